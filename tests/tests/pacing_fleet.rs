//! Processes that share a pacer through a store, on a paused clock: they keep to the limit as one does, each has its part,
//! and whatever is lost, nobody hangs.

use std::ops::RangeInclusive;

use backoff_runtime::Pacer;
use backoff_tests::fleet::{Fault, Fleet, Latency, NEAR_STORE, Outcome, Who};
use backoff_tests::rate_limits::{CASES, ROWS, Work};
use proptest::prelude::*;

/// The first case of this name, with so many messages.
fn case(name: &str, messages: u32) -> Work {
    let mut case = CASES.into_iter().find(|case| case.name == name).expect("there is such a case");
    case.messages = messages;
    case.into()
}

/// 10 calls a second, and no two at once: 20 s for 200.
fn ten_a_second() -> Work {
    let mut row = ROWS[1];
    row.messages = 200;
    row.into()
}

/// Processes that were told the limit.
fn told(processes: u32) -> Fleet {
    Fleet { pacer: |work| Pacer::per_second(work.rate), ..Fleet::of(processes) }
}

fn hurt(processes: u32, faults: &[(f64, Fault)]) -> Outcome {
    let fleet = Fleet { faults: faults.to_vec(), ..told(processes) };
    fleet.send(&ten_a_second(), 0)
}

/// The longest time in which no message passed, and none of this process.
fn longest_pause(outcome: &Outcome, of: Option<u32>) -> f64 {
    let of = outcome.passed.iter().filter(|(_, process)| of.is_none_or(|of| of == *process));
    let times: Vec<_> = of.map(|(at, _)| *at).collect();
    times.windows(2).map(|two| two[1] - two[0]).fold(0.0, f64::max)
}

#[track_caller]
fn assert_all_passed(outcome: &Outcome, seconds: RangeInclusive<f64>) {
    let took = outcome.seconds.expect("nobody hangs");
    assert!(seconds.contains(&took), "{took} s");
    assert_eq!(outcome.passed.len(), 200);
    assert!(outcome.is_idle, "no call is counted for ever");
}

/// What was in flight when the fault came may have been too much; at ten a second, that is not much.
#[track_caller]
fn assert_few_refused(outcome: &Outcome, most: usize) {
    assert!(outcome.refused.len() <= most, "{:?}", outcome.refused);
}

#[test]
fn many_processes_take_the_calls_and_the_time_of_one() {
    let works = [ten_a_second(), case("windows", 300), case("bucket", 200), case("windows, local", 300)];
    for work in works {
        let mean = |fleet: Fleet| {
            let runs = (0..2).map(|seed| fleet.send(&work, seed));
            runs.fold((0.0, 0.0), |sum, run| {
                (sum.0 + f64::from(run.calls) / 2.0, sum.1 + run.seconds.expect("all pass") / 2.0)
            })
        };
        let alone = mean(Fleet::apart(1));
        for processes in [1, 8] {
            let (calls, time) = mean(Fleet::of(processes));
            assert!(
                calls <= 1.02 * alone.0 && time <= 1.05 * alone.1,
                "{} processes, {}: {calls} calls in {time} s, alone {alone:?}",
                processes,
                work.name
            );
        }
    }
}

#[test]
fn eight_processes_of_which_each_goes_for_itself_take_much_longer() {
    let work = case("windows, any start", 300);
    let [apart, shared] = [Fleet::apart(8), Fleet::of(8)].map(|fleet| fleet.send(&work, 0));
    assert!(shared.seconds < apart.seconds, "{:?}, {:?}", shared.seconds, apart.seconds);
    assert!(shared.refused.len() * 3 < apart.refused.len());
}

#[test]
fn each_process_has_its_part() {
    let mut row = ROWS[2];
    row.messages = 800;
    for processes in [2, 8] {
        let (least, most) = Fleet::of(processes).send(&row.into(), 0).shares();
        assert!(least >= 0.9 && most <= 1.1, "{least} to {most} of 1/{processes}");
    }
}

#[test]
fn a_call_takes_two_exchanges_with_the_store_and_hardly_more() {
    let outcome = Fleet::of(8).send(&case("leaky", 300), 0);
    let each = outcome.exchanges as f64 / f64::from(outcome.calls);
    assert!(each <= 2.1, "{each}");
}

#[test]
fn when_the_leader_is_killed_another_goes_on_within_seconds() {
    let outcome = hurt(4, &[(5.0, Fault::Kill(Who::Leader))]);
    assert!(outcome.seconds.is_some() && outcome.is_idle);
    // Of 200 messages, the killed one had 50.
    assert!((150..200).contains(&outcome.passed.len()), "{}", outcome.passed.len());
    let pause = longest_pause(&outcome, None);
    assert!((1.0..3.5).contains(&pause), "{pause} s");
    assert_few_refused(&outcome, 1);
}

#[test]
fn a_member_that_is_killed_holds_nobody_up() {
    let outcome = hurt(4, &[(5.0, Fault::Kill(Who::Follower))]);
    assert!(outcome.seconds.is_some() && outcome.is_idle);
    assert!(longest_pause(&outcome, None) < 1.0);
    assert_few_refused(&outcome, 0);
}

#[test]
fn a_member_that_stands_still_holds_nobody_up_and_goes_on_later() {
    let outcome = hurt(4, &[(5.0, Fault::Stop(Who::Follower)), (12.0, Fault::Continue)]);
    assert_all_passed(&outcome, 20.0..=25.0);
    assert!(longest_pause(&outcome, None) < 1.0);
    let own = (0..4).map(|process| longest_pause(&outcome, Some(process))).fold(0.0, f64::max);
    assert!((6.5..8.5).contains(&own), "{own} s");
    assert_few_refused(&outcome, 1);
}

#[test]
fn a_leader_that_stands_still_is_followed_and_then_follows() {
    let outcome = hurt(4, &[(5.0, Fault::Stop(Who::Leader)), (12.0, Fault::Continue)]);
    assert_all_passed(&outcome, 20.0..=28.0);
    let pause = longest_pause(&outcome, None);
    assert!((1.0..3.5).contains(&pause), "{pause} s");
    assert_few_refused(&outcome, 2);
}

#[test]
fn while_the_store_is_away_each_goes_on_with_its_part() {
    let outcome = hurt(4, &[(5.0, Fault::Away), (12.0, Fault::Back { flushed: false })]);
    assert_all_passed(&outcome, 20.0..=27.0);
    assert!(longest_pause(&outcome, None) < 3.0);
    let away = outcome.passed.iter().filter(|(at, _)| (7.0..12.0).contains(at)).count();
    // Parts of a rate that know nothing of each other meet now and then, and this server saves up nothing.
    assert!((20..=50).contains(&away), "{away} in five seconds");
    assert_few_refused(&outcome, 30);
}

#[test]
fn a_store_that_comes_back_empty_is_filled_by_who_leads() {
    let outcome = hurt(4, &[(5.0, Fault::Away), (5.5, Fault::Back { flushed: true })]);
    assert_all_passed(&outcome, 20.0..=27.0);
    assert_few_refused(&outcome, 2);
    let outcome = hurt(4, &[(5.0, Fault::Flush)]);
    assert_all_passed(&outcome, 20.0..=23.0);
    assert_few_refused(&outcome, 2);
}

#[test]
fn messages_that_are_lost_cost_time_and_nothing_else() {
    let store = Latency { lost: 0.02, ..NEAR_STORE };
    let fleet = Fleet { store: Some(store), faults: vec![(1.0, Fault::Continue)], ..told(4) };
    let outcome = fleet.send(&ten_a_second(), 0);
    assert_all_passed(&outcome, 20.0..=30.0);
    assert_few_refused(&outcome, 0);
}

#[test]
fn a_slow_store_costs_little() {
    let store = Latency { one_way: 0.03, noise: 0.005, lost: 0.0 };
    let fleet = Fleet { store: Some(store), ..told(4) };
    let outcome = fleet.send(&ten_a_second(), 0);
    assert_all_passed(&outcome, 20.0..=22.5);
    assert_few_refused(&outcome, 3);
}

fn fault() -> impl Strategy<Value = (f64, Fault)> {
    let who = || prop_oneof![Just(Who::Leader), (0..4_u32).prop_map(Who::Number)];
    let fault = prop_oneof![
        1 => Just(Fault::Kill(Who::Leader)),
        2 => who().prop_map(Fault::Stop),
        2 => Just(Fault::Continue),
        2 => Just(Fault::Away),
        2 => any::<bool>().prop_map(|flushed| Fault::Back { flushed }),
        1 => Just(Fault::Flush),
    ];
    (0.0..15.0, fault)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_happens_everyone_gets_through_at_last(
        mut faults in prop::collection::vec(fault(), 0..6),
        lost in prop_oneof![Just(0.0), 0.0..0.2],
        adaptive: bool,
        seed: u64,
    ) {
        // In the end, all who live can go on. One at least does.
        faults.push((16.0, Fault::Back { flushed: false }));
        faults.push((16.0, Fault::Continue));
        let kills = |fault: &(f64, Fault)| matches!(fault.1, Fault::Kill(_));
        let most = faults.iter().filter(|fault| kills(fault)).nth(3).copied();
        faults.retain(|fault| !kills(fault) || most.is_none());
        let store = Some(Latency { lost, ..NEAR_STORE });
        let pacer = if adaptive { |_: &Work| Pacer::adaptive() } else { |work: &Work| Pacer::per_second(work.rate) };
        let outcome = Fleet { store, faults, pacer, ..Fleet::of(4) }.send(&case("leaky", 100), seed);
        prop_assert!(outcome.seconds.is_some(), "{} of 100 passed", outcome.passed.len());
        prop_assert!(outcome.is_idle);
    }
}
