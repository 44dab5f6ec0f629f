//! Values of options: a number is seconds, a string a duration with a unit; any expression of type `Duration`
//! or a number of seconds; a function or closure without arguments that returns one. Expressions may name the
//! function's arguments and `self`.

use std::num::NonZero;
use std::time::Duration;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::trace::{self, Trace, millis, seconds};
use backoff_tests::{both, waits};

const INTERVAL: Duration = seconds(7);
const WHOLE: u64 = 7;
const PART: f64 = 0.5;
const NO_LIMIT: Option<u32> = None;
static STATIC: [u64; 2] = [7, 8];

mod config {
    pub(super) const INTERVAL: u32 = 7;

    pub(super) fn interval() -> f32 {
        7.0
    }
}

/// Each form gives this wait.
macro_rules! waits_for {
    ($wait:expr; $([$($value:tt)+])*) => {$(
        assert_eq!(waits!(constant, jitter = none, interval = $($value)+), vec![$wait; 5], "{}", stringify!($($value)+));
    )*};
}

#[test]
fn a_number_is_seconds() {
    waits_for! { seconds(7); [7] [7.0] [7_u8] [7_i64] [7f32] [0x7] [(7)] [70e-1] }
    waits_for! { millis(500); [0.5] [5e-1] [0.5_f32] }
    waits_for! { seconds(300); [300] [3e2] [3_00] }
}

#[test]
fn a_string_is_a_duration_with_a_unit() {
    waits_for! { millis(250); ["250ms"] ["0.25s"] ["250 ms"] ["250000us"] ["250000000ns"] [r"250ms"] }
    waits_for! { seconds(300); ["5m"] ["300s"] ["4m60s"] ["4m 60s"] }
    waits_for! { seconds(5400); ["1h30m"] ["90m"] ["1.5h"] }
    waits_for! { seconds(86_400); ["1d"] ["24h"] }
}

#[test]
fn an_expression_is_a_duration_or_a_number_of_seconds() {
    waits_for! { seconds(7); [seconds(7)] [Duration::from_secs_f32(7.0)] [3 + 4] [STATIC[0]] [{ let a = 3; a + 4 }] }
    waits_for! { seconds(7); [seconds(3) + seconds(4)] [if WHOLE > 5 { 7 } else { 8 }] [WHOLE as f32] }
}

#[test]
fn a_function_or_closure_without_arguments_is_called() {
    fn seven() -> u8 {
        7
    }
    waits_for! { seconds(7); [seven] [config::interval] [|| 7] [|| seconds(7)] [move || 7.0] [|| { 3 + 4 }] }
    waits_for! { Duration::ZERO; [Duration::default] [u64::default] }
}

#[test]
fn a_constant_is_a_value() {
    waits_for! { seconds(7); [INTERVAL] [WHOLE] [config::INTERVAL] [self::config::INTERVAL] }
    waits_for! { millis(500); [PART] }
    waits_for! { Duration::ZERO; [Duration::ZERO] [u8::MIN] }
}

#[test]
fn a_value_that_is_known_only_at_run_time_never_panics_and_saturates() {
    #[on_predicate(constant, interval = 0, max_tries = tries, logger = none)]
    fn call(attempts: &mut u32, tries: i64) {
        *attempts += 1;
    }
    waits_for! { Duration::ZERO; [|| -3] [|| -0.5] [|| f64::NAN] [1 - 4] }
    // There is always a first attempt.
    for (tries, expected) in [(0, 1), (-5, 1), (i64::MIN, 1), (1, 1), (2, 2)] {
        let mut attempts = 0;
        call(&mut attempts, tries);
        assert_eq!(attempts, expected);
    }
}

/// How many attempts each `max_tries` allows.
macro_rules! tries {
    ($tries:expr; $([$($value:tt)+])*) => {$({
        #[on_predicate(constant, interval = 0, logger = none, max_tries = $($value)+)]
        fn call(attempts: &mut u32) {
            *attempts += 1;
        }
        let mut attempts = 0;
        call(&mut attempts);
        assert_eq!(attempts, $tries, "{}", stringify!($($value)+));
    })*};
}

#[test]
fn max_tries_is_a_whole_number_of_any_type() {
    const THREE: NonZero<u32> = NonZero::new(3).unwrap();
    const SOME: Option<u8> = Some(3);
    tries! { 3; [3] [3_u8] [3_usize] [1 + 2] [|| 3] [THREE] [NonZero::new(3_usize).unwrap()] [Some(3)] [SOME] }
    tries! { 1; [1] [u8::MAX / 255] [|| 1_i64] }
}

#[test]
fn no_limit_may_be_written_as_none() {
    #[on_predicate(constant, interval = 0, max_tries = NO_LIMIT, max_time = max_time, logger = none)]
    fn call(attempts: &mut u32, max_time: Option<Duration>) -> bool {
        *attempts += 1;
        *attempts == 2000
    }
    let mut attempts = 0;
    assert!(call(&mut attempts, None));
    assert!(!call(&mut attempts, Some(Duration::ZERO)));
}

#[test]
fn max_time_takes_every_form() {
    both! {
        #[on_exception(constant, max_time = 2.5, jitter = none, logger = none)]
        #[on_exception(constant, max_time = "250ms", jitter = none, logger = none)]
        #[on_exception(constant, max_time = millis(limit), jitter = none, logger = none)]
        #[on_exception(constant, max_time = || limit / 10, jitter = none, logger = none)]
        #[on_exception(constant, max_time = INTERVAL.saturating_sub(INTERVAL), jitter = none, logger = none)]
        fn call(trace: &Trace, limit: u64) -> Result<(), ()> {
            trace.note("body");
            Err(())
        }
        |trace| call(trace, 5) => [
            "body", "+5ms", "body",
            "+245ms", "body", "+5ms", "body",
            "+1s", "body", "+5ms", "body", "+245ms", "body", "+5ms", "body",
            "+990ms", "body", "+5ms", "body", "+245ms", "body", "+5ms", "body",
            "returned Err(())",
        ]
    }
}

/// Its retries are configured per value.
struct Client<const TRIES: u32> {
    timeout: Duration,
    delay: f64,
}

impl<const TRIES: u32> Client<TRIES> {
    const LIMIT: u32 = 4;

    fn delay(&self) -> f64 {
        self.delay
    }

    #[on_exception(constant, interval = self.delay, max_time = self.timeout, jitter = none, logger = none)]
    async fn fetch(&self, attempts: &mut u32) -> Result<(), ()> {
        *attempts += 1;
        Err(())
    }

    #[on_exception(
        constant,
        interval = || self.delay(),
        max_tries = Self::LIMIT,
        jitter = none,
        logger = none,
    )]
    fn fetch_now(&mut self, attempts: &mut u32) -> Result<(), ()> {
        *attempts += 1;
        Err(())
    }

    #[on_exception(constant, interval = 0, max_tries = TRIES, logger = none)]
    fn fetch_const(attempts: &mut u32) -> Result<(), ()> {
        *attempts += 1;
        Err(())
    }
}

#[test]
fn expressions_may_name_self_and_its_constants() {
    let mut client = Client::<3> { timeout: seconds(10), delay: 2.0 };
    let mut attempts = [0; 3];
    let trace = trace::later(async |trace: &Trace| trace.returned(client.fetch(&mut attempts[0]).await));
    trace.assert(&["+10s", "returned Err(())"]);
    let trace = trace::blocking(|trace| trace.returned(client.fetch_now(&mut attempts[1])));
    trace.assert(&["+6s", "returned Err(())"]);
    assert!(Client::<3>::fetch_const(&mut attempts[2]).is_err());
    assert_eq!(attempts, [6, 4, 3]);
}

#[test]
fn expressions_may_name_arguments_of_any_kind() {
    both! {
        #[on_predicate(
            expo,
            base = base,
            factor = *factor,
            max_value = bounds.0,
            max_tries = tries.len() + 1,
            jitter = none,
            logger = none,
        )]
        fn call(trace: &Trace, base: impl Fn() -> u32, factor: &f64, bounds: (Duration, u8), tries: &[u8]) {
            trace.note("body");
        }
        |trace| call(trace, || 3, &0.5, (seconds(4), 0), &[0; 4]) => [
            "body", "+500ms", "body", "+1.5s", "body", "+4s", "body", "+4s", "body", "returned ()",
        ]
    }
}
