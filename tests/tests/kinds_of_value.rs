//! Small async functions that return values of many kinds, fail twice and then succeed: three attempts and `Ok` in each.
//! What the body makes is coerced to the declared type as in the plain function.

use std::fmt::{Debug, Display};

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
    retries_to_a_unit_value: |flaky| unit_value(flaky).await.map(|()| 3).unwrap();
    retries_to_an_iterator: |flaky| impl_iterator(flaky).await.unwrap().sum::<u32>();
    retries_to_a_closure: |flaky| impl_fn(flaky).await.unwrap()(1);
    retries_to_a_boxed_trait: |flaky| boxed_trait(flaky).await.unwrap().to_string().parse::<u32>().unwrap();
    retries_to_a_borrowed_trait: |flaky| borrowed_trait(flaky).await.unwrap().to_string().parse::<u32>().unwrap();
    retries_to_a_slice: |flaky| slice(flaky).await.unwrap().iter().sum::<u32>();
    retries_to_a_function_pointer: |flaky| function_pointer(flaky).await.unwrap()(1);
    retries_to_a_generic_value: |flaky| generic::<u64, Failed>(flaky).await.unwrap();
    retries_to_a_tuple_of_impl_traits: |flaky| impl_traits(flaky).await.unwrap().1;
    retries_to_a_trait_of_an_impl_trait: |flaky| dyn_of_impl(flaky).await.unwrap().map(|n| n.to_string()).collect::<String>().len();
    retries_until_true: |flaky| { assert!(until_true(flaky).await); 3 };
    retries_until_there_is_something: |flaky| until_some(flaky).await.len();
    retries_a_plain_impl_trait: |flaky| plain_impl_trait(flaky).await.to_string().parse::<u32>().unwrap();
}

type Answer<T = u32> = Result<T, Failed>;

#[on_exception(expo, max_tries = 5)]
async fn unit_value(flaky: &Flaky) -> Answer<()> {
    flaky.call_later().await?;
    Ok(())
}

#[on_exception(expo, max_tries = 5)]
async fn impl_iterator(flaky: &Flaky) -> Result<impl Iterator<Item = u32> + use<>, Failed> {
    flaky.call_later().await?;
    Ok([1, 2].into_iter())
}

#[on_exception(expo, max_tries = 5)]
async fn impl_fn(flaky: &Flaky) -> Result<impl Fn(u32) -> u32, Failed> {
    let call = flaky.call_later().await?;
    Ok(move |n| n * call)
}

#[on_exception(expo, max_tries = 5)]
async fn boxed_trait(flaky: &Flaky) -> Result<Box<dyn Display + Send>, Failed> {
    let call = flaky.call_later().await?;
    Ok(if call == 3 { Box::new(call) } else { Box::new("another type") })
}

#[on_exception(expo, max_tries = 5)]
async fn borrowed_trait(flaky: &Flaky) -> Result<&dyn Display, Failed> {
    flaky.call_later().await?;
    Ok(&3)
}

#[on_exception(expo, max_tries = 5)]
async fn slice(flaky: &Flaky) -> Result<&[u32], Failed> {
    match flaky.call_later().await {
        Ok(_) => Ok(&[1, 2]),
        Err(failed) => Err(failed),
    }
}

#[on_exception(expo, max_tries = 5)]
async fn function_pointer(flaky: &Flaky) -> Result<fn(u32) -> u32, Failed> {
    flaky.call_later().await?;
    Ok(if flaky.calls() == 3 { |n| n + 2 } else { |n| n })
}

#[on_exception(expo, max_tries = 5)]
async fn generic<T: From<u32>, E: From<Failed> + Debug>(flaky: &Flaky) -> Result<T, E> {
    Ok(flaky.call_later().await?.into())
}

#[on_exception(expo, max_tries = 5)]
async fn impl_traits(flaky: &Flaky) -> Result<(impl Display, u32), Failed> {
    let call = flaky.call_later().await?;
    Ok(("call", call))
}

#[on_exception(expo, max_tries = 5)]
async fn dyn_of_impl(flaky: &Flaky) -> Result<Box<dyn Iterator<Item = impl Display>>, Failed> {
    flaky.call_later().await?;
    Ok(Box::new([1, 22].into_iter()))
}

#[on_predicate(expo, max_tries = 5)]
async fn until_true(flaky: &Flaky) -> bool {
    flaky.call_later().await.is_ok()
}

#[on_predicate(expo, max_tries = 5)]
async fn until_some(flaky: &Flaky) -> Vec<u32> {
    flaky.call_later().await.map_or_else(|_| vec![], |call| vec![call; 3])
}

#[on_predicate(expo, |shown| shown.to_string() == "0", max_tries = 5)]
async fn plain_impl_trait(flaky: &Flaky) -> impl Display {
    flaky.call_later().await.unwrap_or_default()
}
