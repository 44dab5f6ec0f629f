//! Lints say of an annotated function what they say of the plain one: that this file compiles is the test of all that
//! is denied here, and each `#[expect]` that a lint is still heard. `cargo clippy` adds its part.

#![deny(
    warnings,
    unused,
    unreachable_pub,
    let_underscore_drop,
    missing_docs,
    redundant_imports,
    single_use_lifetimes,
    trivial_casts,
    unit_bindings,
    unused_qualifications,
    unused_results,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]

use std::error::Error;
use std::fmt::Display;

use backoff_runtime::{Class, Details, Transient, on_exception, on_predicate, retry};
use backoff_tests::flaky::{Failed, Flaky};

fn tell<T>(details: &Details<'_, T>) {
    assert!(details.tries <= 3);
}

#[on_exception(expo, max_tries = 5, max_time = "1h")]
async fn plain(flaky: &Flaky) -> Result<u32, Failed> {
    flaky.call_later().await
}

#[on_exception(
    decay,
    (std::io::Error, Failed),
    initial_value = f64::from(n),
    min_value = 0.1,
    max_tries = n,
    max_time = || 600,
    jitter = equal_jitter,
    giveup = |error| error.to_string().is_empty(),
    fallback = Err,
    on_try = tell,
    on_success = [tell, |details| tell(details)],
    on_backoff = async |details| tell(details),
    on_giveup = |details: &Details<'_, _>| tell(details),
    backoff_log_level = debug
)]
#[on_predicate(fibo, Result::is_err, max_value = 1, jitter = |wait| wait / 2, max_tries = 2, logger = none)]
async fn full(
    flaky: &Flaky,
    mut n: u32,
    (a, _): (u32, u32),
) -> Result<Box<dyn Display + Send + Sync>, Box<dyn Error + Send + Sync>> {
    n += a;
    let call = flaky.call_later().await?;
    Ok(Box::new(call + n))
}

#[on_exception(
    runtime,
    value = |failed| f64::from(failed.0) * 0.0,
    raise_on_giveup = false,
    max_tries = 5,
    on_try = [tell, tell],
    on_backoff = |details| assert_eq!(details.reason, None),
    giveup_log_level = warn
)]
#[on_predicate(constant, matches!(Err(Failed(..1))), interval = [0, 0], jitter = decorrelated_jitter)]
fn sync(flaky: &Flaky, mut text: &str) -> Result<Option<String>, Failed> {
    text = &text[1..];
    let _call = flaky.call()?;
    Ok(Some(text.to_owned()))
}

#[retry(
    on(expo, |failed| failed.0 == 1, max_value = f64::from(n), max_tries = 3),
    on(constant, Failed, jitter = equal_jitter, interval = "1s"),
    max_tries = 5,
    on_backoff = tell
)]
async fn several(flaky: &Flaky, n: u32) -> Result<u32, Failed> {
    flaky.call_later().await
}

#[on_predicate(on(constant, transient, interval = [0, 0], max_tries = 3), max_tries = 5)]
fn transient(flaky: &Flaky) -> Called {
    Called(flaky.call())
}

struct Called(Result<u32, Failed>);

impl Transient for Called {
    fn class(&self) -> Class {
        if self.0.is_err() { Class::TRANSIENT } else { Class::Final }
    }
}

#[tokio::test(start_paused = true)]
async fn warnings_may_be_denied() {
    assert_eq!(plain(&Flaky::new()).await, Ok(3));
    assert_eq!(full(&Flaky::new(), 5, (10, 0)).await.unwrap().to_string(), "18");
    assert_eq!(sync(&Flaky::new(), "abc"), Ok(Some("bc".to_owned())));
    assert_eq!(several(&Flaky::new(), 9).await, Ok(3));
    assert_eq!(transient(&Flaky::new()).0, Ok(3));
}

#[expect(dead_code, reason = "nobody calls it")]
#[on_exception(expo)]
async fn dead(flaky: &Flaky) -> Result<u32, Failed> {
    flaky.call_later().await
}

#[on_predicate(expo)]
#[expect(dead_code, reason = "nobody calls it, and the attribute may stand above")]
fn dead_too(flaky: &Flaky) -> Option<u32> {
    flaky.call().ok()
}

struct Methods;

impl Methods {
    #[expect(dead_code, reason = "nobody calls it")]
    #[on_exception(expo)]
    async fn dead(&self) -> Result<(), Failed> {
        Ok(())
    }
}

#[test]
fn unused_things_are_still_told() {
    #[expect(unused_variables, reason = "the second is not looked at")]
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn argument(flaky: &Flaky, unused: u32) -> Result<u32, Failed> {
        flaky.call()
    }
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn local(flaky: &Flaky) -> Result<u32, Failed> {
        #[expect(unused_variables, reason = "not looked at")]
        let unused = 1;
        #[expect(unused_must_use, reason = "the result is ignored")]
        {
            Flaky::new().call();
        }
        flaky.call()
    }
    #[expect(unreachable_code, reason = "after a return")]
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn unreachable(flaky: &Flaky) -> Result<u32, Failed> {
        return flaky.call();
        Ok(0)
    }
    assert_eq!(argument(&Flaky::new(), 0), Ok(3));
    assert_eq!(local(&Flaky::new()), Ok(3));
    assert_eq!(unreachable(&Flaky::new()), Ok(3));
}

#[test]
fn what_is_unused_of_a_mut_argument_is_still_told() {
    #[expect(unused_variables, reason = "changed for nobody")]
    #[expect(unused_assignments, reason = "changed for nobody")]
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn changed(flaky: &Flaky, mut unused: u32) -> Result<u32, Failed> {
        unused = 1;
        flaky.call()
    }
    #[expect(unused_mut, reason = "never changed")]
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn unchanged(flaky: &Flaky, mut n: u32) -> Result<u32, Failed> {
        flaky.call().map(|call| call + n)
    }
    assert_eq!(changed(&Flaky::new(), 0), Ok(3));
    assert_eq!(unchanged(&Flaky::new(), 1), Ok(4));
}

#[test]
fn what_a_function_says_of_itself_is_still_heard() {
    #[must_use = "it was a long way"]
    #[on_predicate(constant, interval = 0, max_tries = 5)]
    fn must_be_used(flaky: &Flaky) -> Option<u32> {
        flaky.call().ok()
    }
    #[on_predicate(constant, interval = 0, max_tries = 5)]
    #[must_use]
    fn must_be_used_too(flaky: &Flaky) -> Option<u32> {
        flaky.call().ok()
    }
    #[deprecated = "write another"]
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn old(flaky: &Flaky) -> Result<u32, Failed> {
        flaky.call()
    }
    let flaky = Flaky::new();
    #[expect(unused_must_use, reason = "it has to be told")]
    {
        must_be_used(&flaky);
        must_be_used_too(&flaky);
    }
    #[expect(deprecated, reason = "it has to be told")]
    let call = old(&flaky);
    assert_eq!(call, Ok(5));
}

#[test]
fn a_function_may_be_left_out_by_cfg() {
    #[cfg(any())]
    #[on_exception(nonsense, nonsense = nonsense)]
    fn f(flaky: &Missing) -> Missing {}

    #[on_exception(nonsense, nonsense = nonsense)]
    #[cfg(any())]
    fn f(flaky: &Missing) -> Missing {}

    #[cfg_attr(all(), on_exception(constant, interval = 0, max_tries = 5))]
    #[cfg_attr(any(), on_exception(nonsense))]
    #[inline]
    #[cold]
    fn f(flaky: &Flaky) -> Result<u32, Failed> {
        flaky.call()
    }
    assert_eq!(f(&Flaky::new()), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn branches_that_never_return_are_no_unreachable_code() {
    #[on_exception(expo)]
    async fn panics(text: &str) -> Result<u32, Failed> {
        panic!("{text}")
    }
    #[on_exception(expo)]
    async fn pends() -> Result<u32, Failed> {
        loop {
            std::future::pending::<()>().await;
        }
    }
    #[on_exception(expo)]
    fn panics_now(text: &str) -> Result<u32, Failed> {
        panic!("{text}")
    }
    #[on_predicate(expo, |_| true)]
    async fn never(flaky: &Flaky) -> ! {
        let _ = flaky.call();
        std::future::pending().await
    }
    assert!(tokio::spawn(panics("text")).await.unwrap_err().is_panic());
    assert!(std::panic::catch_unwind(|| panics_now("text")).is_err());
    let flaky = Flaky::new();
    let second = std::time::Duration::from_secs(1);
    assert!(tokio::time::timeout(second, pends()).await.is_err());
    assert!(tokio::time::timeout(second, async { never(&flaky).await }).await.is_err());
    assert_eq!(flaky.calls(), 1);
}

#[test]
fn a_sync_function_that_never_returns_is_no_unreachable_code() {
    #[on_predicate(constant, |_| true, interval = 0)]
    fn never(flaky: &Flaky) -> ! {
        let _ = flaky.call();
        panic!("never")
    }
    let flaky = Flaky::new();
    assert!(std::panic::catch_unwind(|| never(&flaky)).is_err());
    assert_eq!(flaky.calls(), 1);
}
