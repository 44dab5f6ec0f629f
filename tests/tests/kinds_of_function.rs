//! Small async functions of many kinds that fail twice and then succeed: three attempts and `Ok` in each. The attempt
//! is left by `?`, `return` and `bail!` as the function would be. Arguments are in `arguments.rs`, sync twins in
//! `kinds_of_sync_function.rs`.

#![allow(
    clippy::needless_continue,
    clippy::needless_question_mark,
    clippy::needless_return,
    clippy::never_loop,
    clippy::result_unit_err,
    reason = "all ways out of a function are tried, the roundabout ones, too"
)]

use std::error::Error;
use std::io;
use std::sync::Mutex;

use anyhow::{Context as _, anyhow, bail, ensure};
use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};

/// A test of each function: called with a flaky thing of its own it makes three attempts and returns the third's value.
macro_rules! three_attempts {
    ($($name:ident: |$flaky:ident| $call:expr;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let $flaky = &Flaky::new();
            assert_eq!($call, 3);
            assert_eq!($flaky.calls(), 3);
        }
    )*};
}

three_attempts! {
    the_last_expression_ends_an_attempt: |flaky| last_expression(flaky).await.unwrap();
    a_question_mark_ends_an_attempt: |flaky| question_mark(flaky).await.unwrap();
    a_question_mark_converts_the_error: |flaky| question_mark_converts(flaky).await.unwrap();
    a_question_mark_on_an_option_ends_an_attempt: |flaky| question_mark_on_option(flaky).await.unwrap();
    an_early_return_ends_an_attempt: |flaky| early_return(flaky).await.unwrap();
    a_return_from_a_loop_ends_an_attempt: |flaky| return_from_loop(flaky).await.unwrap();
    bail_ends_an_attempt: |flaky| bails(flaky).await.unwrap();
    ensure_ends_an_attempt: |flaky| ensures(flaky).await.unwrap();
    context_ends_an_attempt: |flaky| with_context(flaky).await.unwrap();
    let_else_ends_an_attempt: |flaky| let_else(flaky).await.unwrap();
    a_return_from_an_inner_closure_is_the_closures: |flaky| inner_closure(flaky).await.unwrap();
    a_return_from_an_inner_async_block_is_the_blocks: |flaky| inner_async_block(flaky).await.unwrap();
    a_return_from_an_inner_async_closure_is_the_closures: |flaky| inner_async_closure(flaky).await.unwrap();
    a_return_from_an_inner_function_is_that_functions: |flaky| inner_function(flaky).await.unwrap();
    retries_a_boxed_error: |flaky| boxed_error(flaky).await.unwrap();
    retries_a_boxed_error_that_is_send: |flaky| boxed_send_error(flaky).await.unwrap();
    retries_an_error_that_is_impl_trait: |flaky| impl_error(flaky).await.unwrap();
    retries_an_error_that_is_a_string: |flaky| string_error(flaky).await.unwrap();
    retries_an_error_that_is_unit: |flaky| unit_error(flaky).await.unwrap();
    retries_an_error_that_shows_nothing: |flaky| silent_error(flaky).await.ok().unwrap();
    retries_behind_an_alias_of_result: |flaky| aliased(flaky).await.unwrap();
    retries_behind_the_alias_of_std_io: |flaky| aliased_io(flaky).await.unwrap();
    retries_by_recursion: |flaky| recursive(flaky, 2).await.unwrap();
    retries_a_never_returning_branch: |flaky| never_returning_branch(flaky).await.unwrap();
    retries_across_a_lock: |flaky| across_a_lock(flaky).await.unwrap();
}

#[on_exception(expo, max_tries = 5)]
async fn last_expression(flaky: &Flaky) -> Result<u32, Failed> {
    flaky.call_later().await
}

#[on_exception(expo, max_tries = 5)]
async fn question_mark(flaky: &Flaky) -> Result<u32, Failed> {
    let call = flaky.call_later().await?;
    Ok(call)
}

#[on_exception(expo, io::Error, max_tries = 5)]
async fn question_mark_converts(flaky: &Flaky) -> Result<u32, Box<dyn Error>> {
    let call = flaky.call_later().await.map_err(io::Error::other)?;
    Ok(call)
}

#[on_predicate(expo, max_tries = 5)]
async fn question_mark_on_option(flaky: &Flaky) -> Option<u32> {
    let call = flaky.call_later().await.ok()?;
    Some(call)
}

#[on_exception(expo, max_tries = 5)]
async fn early_return(flaky: &Flaky) -> Result<u32, Failed> {
    if flaky.calls() < 2 {
        return flaky.call_later().await;
    }
    let call = flaky.call_later().await;
    return call;
}

#[on_exception(expo, max_tries = 5)]
async fn return_from_loop(flaky: &Flaky) -> Result<u32, Failed> {
    'outer: loop {
        for turn in 0.. {
            match turn {
                0 => continue,
                1 => break,
                _ => break 'outer Ok(0),
            }
        }
        return flaky.call_later().await;
    }
}

#[on_exception(expo, max_tries = 5)]
async fn bails(flaky: &Flaky) -> anyhow::Result<u32> {
    match flaky.call_later().await {
        Ok(call) => Ok(call),
        Err(failed) => bail!("bailed: {failed}"),
    }
}

#[on_exception(expo, max_tries = 5)]
async fn ensures(flaky: &Flaky) -> anyhow::Result<u32> {
    let result = flaky.call_later().await;
    ensure!(result.is_ok(), "not ok");
    result.map_err(|failed| anyhow!(failed))
}

#[on_exception(expo, Failed, max_tries = 5)]
async fn with_context(flaky: &Flaky) -> anyhow::Result<u32> {
    flaky.call_later().await.context("calling")
}

#[on_exception(expo, max_tries = 5)]
async fn let_else(flaky: &Flaky) -> Result<u32, &'static str> {
    let Ok(call) = flaky.call_later().await else { return Err("failed") };
    Ok(call)
}

#[on_exception(expo, max_tries = 5)]
async fn inner_closure(flaky: &Flaky) -> Result<u32, Failed> {
    let call = || -> Result<u32, Failed> { return Ok(flaky.call()?) };
    let result = call();
    Ok(result?)
}

#[on_exception(expo, max_tries = 5)]
async fn inner_async_block(flaky: &Flaky) -> Result<u32, Failed> {
    let call = async {
        if flaky.calls() > 0 {
            return flaky.call_later().await;
        }
        let call = flaky.call_later().await?;
        Ok(call)
    };
    call.await.map(|call: u32| call)
}

#[on_exception(expo, max_tries = 5)]
async fn inner_async_closure(flaky: &Flaky) -> Result<u32, Failed> {
    let call = async |extra: u32| {
        let call = flaky.call_later().await?;
        return Ok(call + extra);
    };
    call(0).await
}

#[on_exception(expo, max_tries = 5)]
async fn inner_function(flaky: &Flaky) -> Result<u32, Failed> {
    const EXTRA: u32 = 0;
    struct Call(u32);
    impl From<u32> for Call {
        fn from(call: u32) -> Self {
            return Self(call + EXTRA);
        }
    }
    async fn call(flaky: &Flaky) -> Result<Call, Failed> {
        return Ok(flaky.call_later().await?.into());
    }
    Ok(call(flaky).await?.0)
}

#[on_exception(expo, Failed, max_tries = 5)]
async fn boxed_error(flaky: &Flaky) -> Result<u32, Box<dyn Error>> {
    Ok(flaky.call_later().await?)
}

#[on_exception(expo, (io::Error, Failed), max_tries = 5)]
async fn boxed_send_error(flaky: &Flaky) -> Result<u32, Box<dyn Error + Send + Sync>> {
    flaky.call_later().await.map_err(|failed| Box::new(failed) as _)
}

#[on_exception(expo, |error| error.to_string().contains("failed"), max_tries = 5)]
async fn impl_error(flaky: &Flaky) -> Result<u32, impl Error> {
    flaky.call_later().await
}

#[on_exception(expo, max_tries = 5)]
async fn string_error(flaky: &Flaky) -> Result<u32, String> {
    flaky.call_later().await.map_err(|failed| failed.to_string())
}

#[on_exception(expo, max_tries = 5)]
async fn unit_error(flaky: &Flaky) -> Result<u32, ()> {
    flaky.call_later().await.map_err(|_| ())
}

/// Neither `Display` nor `Debug`, neither `Clone` nor `Error`.
struct Silent;

#[on_exception(expo, max_tries = 5)]
async fn silent_error(flaky: &Flaky) -> Result<u32, Silent> {
    flaky.call_later().await.map_err(|_| Silent)
}

type Answer<T = u32> = Result<T, Failed>;

#[on_exception(expo, max_tries = 5)]
async fn aliased(flaky: &Flaky) -> Answer {
    flaky.call_later().await
}

#[on_exception(expo, io::Error, max_tries = 5)]
async fn aliased_io(flaky: &Flaky) -> io::Result<u32> {
    flaky.call_later().await.map_err(io::Error::other)
}

#[on_exception(expo, max_tries = 5)]
async fn recursive(flaky: &Flaky, depth: u32) -> Result<u32, Failed> {
    if depth == 0 {
        return flaky.call_later().await;
    }
    Box::pin(recursive(flaky, depth - 1)).await
}

#[on_exception(expo, max_tries = 5)]
async fn never_returning_branch(flaky: &Flaky) -> Result<u32, Failed> {
    match flaky.call_later().await {
        Ok(call @ 3) => Ok(call),
        Err(failed) => return Err(failed),
        Ok(_) => unreachable!(),
    }
}

#[on_exception(expo, max_tries = 5)]
async fn across_a_lock(flaky: &Flaky) -> Result<u32, Failed> {
    let lock = Mutex::new(flaky);
    lock.lock().unwrap().call()
}
