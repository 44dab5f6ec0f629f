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
            $crate::closures::blocking(|$trace| { $($trace.returned($call);)+ }).assert(events);
        }
        {
            async fn $name($($argument: $type),*) $(-> $output)? {
                $builder.run(async || $body).await
            }
            $crate::closures::later(async |$trace: &backoff_tests::trace::Trace| {
                $($trace.returned($call.await);)+
            })
            .assert(events);
        }
    }};
}
#[allow(unused_imports, reason = "some compare waits only")]
pub(crate) use twins;
