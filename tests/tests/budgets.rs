//! A token of a budget pays for a retry that is made; when the generator ends, that is the reason.
#![allow(clippy::items_after_statements, reason = "a function stands where it is called")]

use std::cell::Cell;
use std::time::Duration;

use backoff_runtime::{
    AttemptTimeout, GiveUp, Pacer, Place, Retried, RetryBudget, Stop, constant, on_exception,
};

/// One token, and no other within the test.
const fn one() -> RetryBudget {
    RetryBudget::new().ratio(0.0).per_second(1e-9)
}

/// Whether the token is there.
fn is_whole(budget: &RetryBudget) -> bool {
    budget.withdraw()
}

#[test]
fn the_reason_is_the_generators_when_it_ends() {
    #[on_exception(constant, interval = [0], budget = budget, logger = none)]
    fn call(budget: &RetryBudget) -> Retried<Result<(), ()>> {
        Err(())
    }
    let budget = one();
    assert_eq!(call(&budget).reason, Some(GiveUp::Exhausted));
    assert!(!is_whole(&budget), "one retry was made");
    assert_eq!(call(&budget).reason, Some(GiveUp::Budget));
    let closure = on_exception(constant().interval([0; 0])).budget(&budget).logger(None);
    assert_eq!(closure.run_blocking_reported(|_| Err::<(), _>(())).reason, Some(GiveUp::Exhausted));
}

#[test]
fn a_call_that_gives_up_for_another_reason_takes_nothing() {
    macro_rules! untouched {
        ($($options:tt)*) => {{
            let budget = one();
            #[on_exception($($options)*, budget = budget, logger = none)]
            fn call(budget: &RetryBudget) -> Result<(), u32> {
                Err(7)
            }
            assert!(call(&budget).is_err());
            assert!(is_whole(&budget), stringify!($($options)*));
        }};
    }
    untouched!(constant, max_tries = 1);
    untouched!(constant, max_time = 0);
    untouched!(constant, giveup = |_| true);
    untouched!(constant, |e| *e == 8);
    untouched!(constant, retry_after = |_| 3601);
    untouched!(runtime, value = |_| 60, max_time = 5);
    untouched!(std::iter::empty());
}

#[tokio::test(start_paused = true)]
async fn a_token_goes_back_if_the_call_is_dropped_or_stopped_in_the_wait() {
    #[on_exception(constant, interval = 60, jitter = none, budget = budget, stop = stop, logger = none)]
    async fn call(budget: &RetryBudget, stop: &Stop) -> Result<(), ()> {
        Err(())
    }
    let (budget, stop) = (one(), Stop::new());
    let dropped = tokio::time::timeout(Duration::from_secs(30), call(&budget, &stop)).await;
    assert!(dropped.is_err());
    assert!(is_whole(&budget));

    let budget = one();
    let (stopped, ()) = tokio::join!(call(&budget, &stop), async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        stop.stop();
    });
    assert!(stopped.is_err());
    assert!(is_whole(&budget));

    let budget = one();
    let closure = on_exception(constant().interval(60)).jitter(None).budget(&budget).logger(None);
    let dropped = tokio::time::timeout(Duration::from_secs(30), closure.run(async || Err::<(), _>(()))).await;
    assert!(dropped.is_err());
    assert!(is_whole(&budget));
}

#[tokio::test(start_paused = true)]
async fn a_token_goes_back_if_there_is_no_turn_for_the_retry() {
    #[on_exception(constant, interval = 0, max_time = 60, pacer = pacer, budget = budget, logger = none)]
    async fn call(calls: &Cell<u32>, pacer: &Pacer, budget: &RetryBudget) -> Result<(), AttemptTimeout> {
        calls.set(calls.get() + 1);
        // Somebody else is refused in the meantime.
        let _ = pacer.turn(Place::back(), None).await.unwrap().throttled(Some(Duration::from_secs(3600)));
        on_exception(constant()).max_tries(1).logger(None).run_blocking(|| Err(timeout()))
    }
    fn timeout() -> AttemptTimeout {
        let slow = Pacer::per_second(0.001);
        slow.turn_blocking(Place::back(), None).unwrap().accepted();
        let call = on_exception(constant()).pacer(&slow).max_time(5).logger(None);
        call.run_blocking(|| Ok::<(), AttemptTimeout>(())).expect_err("there is no turn in time")
    }
    let (calls, pacer, budget) = (Cell::new(0), Pacer::per_second(1000.0), one());
    assert!(call(&calls, &pacer, &budget).await.is_err());
    assert_eq!(calls.get(), 1);
    assert!(is_whole(&budget));
}
