//! The testing switch: jitter that repeats.

use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{Details, constant, on_predicate};
use backoff_tests::trace::{self, Trace};

/// The waits of a sync and an async function, whose last one does not fit in its time.
macro_rules! jittered {
    ($($jitter:ident)*) => {[$({
        #[on_predicate(
            constant, interval = 10, max_time = 60, jitter = $jitter, logger = none, on_backoff = |d| waits.extend(d.wait),
        )]
        fn call(waits: &mut Vec<Duration>) {}
        #[on_predicate(
            constant, interval = 10, max_time = 60, jitter = $jitter, logger = none, on_backoff = |d| waits.extend(d.wait),
        )]
        async fn call_later(waits: &mut Vec<Duration>) {}
        |seed| {
            let (scope, same) = (Scope::new().without_waits().seed(seed), Scope::new().without_waits().seed(seed));
            let (mut waits, mut later) = (vec![], vec![]);
            scope.run(|| call(&mut waits));
            // Under a paused clock, as an async function's last wait depends on the time that went by.
            trace::later(async |_: &Trace| same.run_async(call_later(&mut later)).await);
            assert!(waits.len() > 1 && waits == later, "{waits:?}, {later:?}");
            // One scope goes on drawing.
            let mut more = vec![];
            scope.run(|| call(&mut more));
            assert_ne!(waits, more);
            waits
        }
    }),*]};
}

#[test]
fn a_seed_repeats_the_waits_of_sync_and_async_functions_under_every_jitter() {
    let all: [fn(u64) -> Vec<Duration>; 4] =
        jittered!(full_jitter equal_jitter random_jitter decorrelated_jitter);
    for waits in all {
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }
}

#[test]
fn clones_share_the_clock_and_the_seeded_jitter() {
    let draw = |scopes: [&Scope; 2]| {
        scopes.map(|scope| {
            let mut waits = vec![];
            let call =
                on_predicate(constant()).max_tries(5).on_backoff(|d: &Details<'_, ()>| waits.extend(d.wait));
            scope.run(|| call.run_blocking(|| ()));
            waits
        })
    };
    let scope = Scope::new().without_waits().seed(7);
    let (one, other) = (scope.clone(), Scope::new().without_waits().seed(7));
    assert_eq!(draw([&scope, &one]), draw([&other, &other]));
    assert_eq!((scope.elapsed(), one.elapsed()), (other.elapsed(), other.elapsed()));
}
