//! The body is left as it is, whatever stands in it.

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};
use backoff_tests::trace::Trace;

#[tokio::test(start_paused = true)]
async fn a_body_may_have_items_of_its_own() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky) -> Result<u32, Failed> {
        use std::fmt::Write as _;
        const EXTRA: u32 = 1;
        static TEXT: &str = "text";
        type Number = u64;
        #[derive(Debug, Default)]
        struct Inner<T>(T);
        impl<T: Copy> Inner<T> {
            fn get(&self) -> T {
                self.0
            }
        }
        trait Twice {
            fn twice(&self) -> u32;
        }
        impl Twice for u32 {
            fn twice(&self) -> u32 {
                self * 2
            }
        }
        mod inside {
            pub(super) fn one() -> u32 {
                1
            }
        }
        macro_rules! call {
            ($flaky:ident) => {
                $flaky.call_later().await?
            };
        }
        let mut text = String::new();
        write!(text, "{TEXT}{:?}", Inner::<Number>::default()).unwrap();
        assert_eq!(text, "textInner(0)");
        let call: u32 = call!(flaky);
        Ok(Inner(call).get().twice() + EXTRA + inside::one())
    }
    assert_eq!(f(&Flaky::new()).await, Ok(8));
}

#[test]
fn a_body_may_have_attributes() {
    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn f(flaky: &Flaky) -> Result<u32, Failed> {
        #![allow(unused_mut)]
        #[cfg(any())]
        let missing = missing();
        #[expect(unused_variables, reason = "nothing looks at it")]
        let unused = 1;
        #[rustfmt::skip]
        let mut call = { flaky.call()? };
        #[cfg(not(any()))]
        {
            Ok(call)
        }
        #[cfg(any())]
        {
            missing
        }
    }
    assert_eq!(f(&Flaky::new()), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn an_async_body_may_have_inner_attributes() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky) -> Result<u32, Failed> {
        #![allow(unused_mut)]
        let mut call = flaky.call_later().await?;
        Ok(call)
    }
    assert_eq!(f(&Flaky::new()).await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn macros_in_a_body_await_and_leave_the_attempt() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky) -> Result<u32, Failed> {
        let call = tokio::select! {
            biased;
            call = flaky.call_later() => call?,
            () = std::future::pending() => return Ok(0),
        };
        let (a, b) = tokio::try_join!(async { Ok::<_, Failed>(call) }, flaky.call_later())?;
        assert_eq!(format!("{a} {b}"), "3 4");
        assert!(matches!(vec![a, b][..], [3, 4]));
        Ok(call)
    }
    let flaky = Flaky::new();
    assert_eq!(f(&flaky).await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn labels_and_loops_of_a_body_are_its_own() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky) -> Result<u32, Failed> {
        let mut turns = 0;
        let call = 'retry: loop {
            turns += 1;
            'inner: for n in 0..3 {
                if n == 1 {
                    continue 'retry;
                }
                if turns == 3 {
                    break 'inner;
                }
            }
            let call = 'block: {
                if turns == 0 {
                    break 'block Ok(0);
                }
                flaky.call_later().await
            };
            while let Some(n) = (turns < 9).then_some(turns) {
                turns += n;
            }
            break call?;
        };
        Ok(call)
    }
    assert_eq!(f(&Flaky::new()).await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn inner_futures_and_closures_borrow_what_the_body_has() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky, seen: &mut Vec<u32>, name: String) -> Result<usize, Failed> {
        let mut push = |n| seen.push(n);
        push(flaky.calls());
        let later = async {
            tokio::task::yield_now().await;
            flaky.call_later().await
        };
        let named = async || name.len();
        let (call, len) = (later.await?, named().await);
        push(call);
        Ok(seen.len() + len)
    }
    let mut seen = Vec::new();
    assert_eq!(f(&Flaky::new(), &mut seen, "ab".to_owned()).await, Ok(6));
    assert_eq!(seen, [0, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_retried_function_may_stand_in_the_body_of_another() {
    #[on_exception(constant, max_tries = 2, interval = 1)]
    async fn outer(flaky: &Flaky, outer_calls: &mut u32) -> Result<u32, Failed> {
        #[on_predicate(constant, Result::is_err, interval = 1, max_tries = 2)]
        async fn inner(flaky: &Flaky) -> Result<u32, Failed> {
            #[on_exception(constant, |_| false, interval = 0)]
            fn innermost(flaky: &Flaky) -> Result<u32, Failed> {
                flaky.call()
            }
            innermost(flaky)
        }
        *outer_calls += 1;
        inner(flaky).await
    }
    let mut outer_calls = 0;
    assert_eq!((outer(&Flaky::new(), &mut outer_calls).await, outer_calls), (Ok(3), 2));
}

/// Writes a function; the attribute and its arguments come from here and from there.
macro_rules! retried {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($argument:ident) -> $output:ty, $tries:expr, $when:ty, $then:expr) => {
        $(#[$attribute])*
        #[on_exception(expo, $when, max_tries = $tries, max_value = "1s", on_success = $then)]
        $visibility async fn $name($argument: &Flaky) -> $output {
            let call = $argument.call_later().await;
            call
        }
    };
}

retried!(
    /// Its docs.
    #[inline]
    pub(crate) fn from_macro(flaky) -> Result<u32, Failed>, 2 + 3, Failed, |details| assert_eq!(details.tries, 3)
);

#[tokio::test(start_paused = true)]
async fn a_macro_may_write_the_function_and_its_attribute() {
    assert_eq!(from_macro(&Flaky::new()).await, Ok(3));
}

mod fragments {
    use super::*;

    macro_rules! retried {
        ($wait:expr, $when:expr, $jitter:expr, $logger:expr, $raise:expr, $flaky:ident, $call:expr) => {
            #[on_exception($wait, $when, jitter = $jitter, max_tries = 5, logger = $logger, raise_on_giveup = $raise)]
            async fn f($flaky: &Flaky) -> Result<u32, Failed> {
                $call
            }
        };
    }
    const fn any<T>(_: &T) -> bool {
        true
    }

    #[tokio::test(start_paused = true)]
    async fn a_macro_may_pass_names_for_the_generator_and_the_options() {
        retried!(expo, any, full_jitter, none, false, flaky, flaky.call_later().await);
        assert_eq!(f(&Flaky::new()).await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_macro_may_pass_expressions_for_the_generator_and_the_options() {
        retried!(
            backoff_runtime::expo().max_value(2),
            |failed| failed.0 > 0,
            |wait| wait / 2,
            concat!("tar", "get"),
            true,
            flaky,
            Ok(flaky.call_later().await?.clamp(3, 3))
        );
        assert_eq!(f(&Flaky::new()).await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_macro_may_pass_the_body_and_the_type() {
        macro_rules! retried {
            ($when:ty, $returned:ty, $flaky:ident, $body:block) => {
                #[on_exception(expo, $when, max_tries = 5)]
                async fn f($flaky: &Flaky) -> $returned $body
            };
        }
        retried!(Failed, Result<u32, Failed>, flaky, {
            let call = flaky.call_later().await?;
            Ok(call)
        });
        assert_eq!(f(&Flaky::new()).await, Ok(3));
    }
}

#[test]
fn variables_of_a_macro_stay_apart_from_those_of_its_caller() {
    macro_rules! retried {
        ($name:ident, $argument:ident, $value:expr) => {
            #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
            fn $name($argument: &Flaky) -> Result<u32, Failed> {
                let flaky = 100;
                let result: u32 = $value;
                Ok(flaky + result)
            }
        };
    }
    retried!(f, flaky, flaky.call()?);
    assert_eq!(f(&Flaky::new()), Ok(103));
}

/// Says when it is dropped.
struct Noted<'a>(&'a Trace, &'static str);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

#[tokio::test(start_paused = true)]
#[allow(clippy::ref_as_ptr, reason = "of a cast, a `let` would keep what is temporary")]
async fn what_is_temporary_in_a_body_ends_before_it_is_judged() {
    #[on_predicate(expo, |_| { trace.note("judged"); false }, max_tries = 2)]
    async fn f(trace: &Trace) -> usize {
        &Noted(trace, "ended") as *const Noted<'_> as usize
    }
    let trace = Trace::later();
    f(&trace).await;
    trace.assert(&["ended", "judged"]);
}

const fn look() {}

#[tokio::test(start_paused = true)]
async fn what_a_macro_was_given_may_begin_a_body() {
    macro_rules! with {
        ($first:block $second:item $third:stmt) => {
            #[on_exception(expo, max_tries = 5)]
            async fn block(flaky: &Flaky) -> Result<u32, Failed> {
                $first flaky.call_later().await
            }
            #[on_exception(expo, max_tries = 5)]
            async fn item(flaky: &Flaky) -> Result<u32, Failed> {
                $second flaky.call_later().await.map(|call| call + one())
            }
            #[on_exception(expo, max_tries = 5)]
            async fn statement(flaky: &Flaky) -> Result<u32, Failed> {
                $third flaky.call_later().await
            }
        };
    }
    with!({ look() } const fn one() -> u32 { 1 } if true { look() });
    assert_eq!(block(&Flaky::new()).await, Ok(3));
    assert_eq!(item(&Flaky::new()).await, Ok(4));
    assert_eq!(statement(&Flaky::new()).await, Ok(3));
}
