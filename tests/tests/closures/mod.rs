//! A function under an attribute, and the same as a closure in a builder: twins, whose traces are compared whole.

use backoff_runtime::testing::Scope;
use backoff_tests::trace::{self, Trace};

/// What jitter draws from, the same for all twins.
const SEED: u64 = 7;

/// The trace of sync calls without waits, with their log lines.
pub(crate) fn blocking(calls: impl FnOnce(&Trace)) -> Trace {
    let scope = Scope::new().without_waits().seed(SEED);
    let trace = Trace::blocking(&scope);
    let _guard = trace.with_log();
    scope.run(|| calls(&trace));
    trace
}

/// The trace of async calls under a paused clock, with their log lines.
pub(crate) fn later(calls: impl AsyncFnOnce(&Trace)) -> Trace {
    trace::later(async |trace: &Trace| Scope::new().seed(SEED).run_async(calls(trace)).await)
}

#[allow(dead_code, reason = "some compare waits only")]
/// The events as a closure has them: its log lines don't show the outcome.
pub(crate) fn without_outcomes(events: &[&str]) -> Vec<String> {
    let is_line = |event: &str| event.contains(": Backing off ") || event.contains(": Giving up ");
    let cut = |event: &str| match event.rsplit_once(" (") {
        Some((line, _)) if is_line(event) => line.to_owned(),
        _ => event.to_owned(),
    };
    events.iter().map(|event| cut(event)).collect()
}

/// Compares the whole traces of an annotated function and of the same body in a closure, each sync and async.
#[allow(unused_macros, reason = "some compare waits only")]
macro_rules! twins {
    (
        #[$attribute:ident($($options:tt)*)]
        $builder:expr;
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $output:ty)? $body:block
        |$trace:ident| $($call:expr),+ => [$($event:expr),* $(,)?]
    ) => {{
        let events: &[&str] = &[$($event),*];
        let shown = $crate::closures::without_outcomes(events);
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        {
            #[backoff_runtime::$attribute($($options)*)]
            fn $name($($argument: $type),*) $(-> $output)? $body
            $crate::closures::blocking(|$trace| { $($trace.returned($call);)+ }).assert(events);
        }
        {
            #[backoff_runtime::$attribute($($options)*)]
            async fn $name($($argument: $type),*) $(-> $output)? $body
            $crate::closures::later(async |$trace: &backoff_tests::trace::Trace| {
                $($trace.returned($call.await);)+
            })
            .assert(events);
        }
        {
            fn $name($($argument: $type),*) $(-> $output)? {
                $builder.run_blocking(|| $body)
            }
            $crate::closures::blocking(|$trace| { $($trace.returned($call);)+ }).assert(&shown);
        }
        {
            async fn $name($($argument: $type),*) $(-> $output)? {
                $builder.run(async || $body).await
            }
            $crate::closures::later(async |$trace: &backoff_tests::trace::Trace| {
                $($trace.returned($call.await);)+
            })
            .assert(&shown);
        }
    }};
}
#[allow(unused_imports, reason = "some compare waits only")]
pub(crate) use twins;
