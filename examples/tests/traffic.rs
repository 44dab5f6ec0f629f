//! The article's experiment gives the article's three pictures: checked on the numbers that they are drawn from.

use std::{collections::BTreeMap, time::Duration};

use backoff_examples::traffic::{Experiment, Generator, Jitter, Policy, Traffic};

const ARTICLE: Experiment = Experiment {
    tasks: 500,
    max_time: Duration::from_secs(300),
    call_time: Duration::from_millis(20),
    seed: 7,
};

async fn traffic(generator: Generator, jitter: Jitter) -> Traffic {
    ARTICLE.run(Policy { generator, jitter }).await
}

/// Stretches of seconds with calls, with idle seconds between them: the second each begins and ends in.
fn bunches(per_second: &[u32]) -> Vec<(usize, usize)> {
    let busy = per_second.iter().enumerate().filter(|(_, calls)| **calls > 0).map(|(second, _)| second);
    busy.fold(Vec::new(), |mut bunches: Vec<(usize, usize)>, second| {
        match bunches.last_mut() {
            Some((_, end)) if *end + 1 == second => *end = second,
            _ => bunches.push((second, second)),
        }
        bunches
    })
}

#[tokio::test(start_paused = true)]
async fn constant_waits_are_a_thick_flat_band_of_40_to_60_calls() {
    let per_second = traffic(Generator::Constant, Jitter::None).await.per_second();
    let in_band = per_second[..300].iter().filter(|calls| (40..=60).contains(*calls)).count();
    assert!(in_band >= 290, "{in_band} of 300 seconds are in the band: {per_second:?}");
    let halves = [&per_second[..150], &per_second[150..300]].map(|half| half.iter().sum::<u32>());
    assert!(halves[0].abs_diff(halves[1]) < halves[0] / 20, "it never falls: {halves:?}");
}

#[tokio::test(start_paused = true)]
async fn exponential_waits_are_tall_bunches_farther_and_farther_apart() {
    let per_second = traffic(Generator::Expo, Jitter::None).await.per_second();
    let bunches = bunches(&per_second);
    // The last one, at `max_time`, comes early: its wait was cut to what was left.
    let gaps: Vec<_> = bunches[..bunches.len() - 1].windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
    assert!(gaps.len() >= 4 && gaps.windows(2).all(|pair| pair[1] > pair[0]), "{bunches:?}");
    assert!(gaps.last() > Some(&100), "{bunches:?}");
    for (begin, end) in bunches {
        let tallest = per_second[begin..=end].iter().max().unwrap();
        assert!(*tallest >= 40, "as tall as the band: {tallest} in {begin}..={end}");
    }
}

#[tokio::test(start_paused = true)]
async fn full_jitter_makes_exponential_waits_low_and_even() {
    let per_second = traffic(Generator::Expo, Jitter::Full).await.per_second();
    let steady = &per_second[100..290];
    let mean = f64::from(steady.iter().sum::<u32>()) / steady.len() as f64;
    assert!(mean < 10.0, "low: {mean} calls a second, and the band has 50");
    assert!(steady.iter().all(|calls| *calls < 25), "no bunches: {steady:?}");
    let idle = bunches(steady).windows(2).map(|pair| pair[1].0 - pair[0].1 - 1).max().unwrap_or(0);
    assert!(idle <= 2, "even: {idle} seconds in a row have no call: {steady:?}");
}

#[tokio::test(start_paused = true)]
async fn each_task_tries_until_max_time() {
    let traffic = traffic(Generator::Fibo, Jitter::Equal).await;
    let mut calls = BTreeMap::<u32, u32>::new();
    for call in &traffic.calls {
        *calls.entry(call.task).or_default() += 1;
    }
    assert_eq!(calls.len(), 500);
    assert!(calls.values().all(|calls| *calls > 3), "{calls:?}");
    assert!(traffic.per_second().len() <= 300 + 500 / 40, "{}", traffic.per_second().len());
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_calls() {
    let policy = Policy::ARTICLE[2];
    let small = Experiment { tasks: 50, ..ARTICLE };
    assert_eq!(small.run(policy).await, small.run(policy).await);
    assert_ne!(small.run(policy).await, Experiment { seed: 8, ..small }.run(policy).await);
}
