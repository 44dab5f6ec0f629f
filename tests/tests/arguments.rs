//! Each attempt has the original arguments, however they are written.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::AddAssign;
use std::pin::Pin;

use backoff_runtime::{Details, on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};

#[tokio::test(start_paused = true)]
async fn borrowed_arguments_are_lent_to_each_attempt() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky, seen: &mut Vec<u32>, text: &str) -> Result<u32, Failed> {
        seen.push(flaky.calls());
        assert_eq!(text, "abc");
        flaky.call_later().await
    }
    let mut seen = Vec::new();
    assert_eq!(f(&Flaky::new(), &mut seen, "abc").await, Ok(3));
    assert_eq!(seen, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_mutable_reference_may_be_lent_on_by_the_body() {
    async fn push(seen: &mut Vec<u32>, n: u32) {
        tokio::task::yield_now().await;
        seen.push(n);
    }
    #[on_exception(expo, max_tries = 5)]
    async fn f<'a>(flaky: &'a Flaky, seen: &'a mut Vec<u32>) -> Result<u32, Failed> {
        push(seen, flaky.calls()).await;
        seen.push(10);
        flaky.call_later().await
    }
    let mut seen = Vec::new();
    assert_eq!(f(&Flaky::new(), &mut seen).await, Ok(3));
    assert_eq!(seen, [0, 10, 1, 10, 2, 10]);
}

#[tokio::test(start_paused = true)]
async fn owned_arguments_are_there_for_each_attempt() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: Flaky, text: String, map: HashMap<u8, Box<u32>>) -> Result<u32, Failed> {
        let text = text.clone();
        assert_eq!(text.into_bytes(), b"abc");
        flaky.call_later().await.map(|call| call + *map[&1])
    }
    assert_eq!(f(Flaky::new(), "abc".to_owned(), [(1, Box::new(4))].into()).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_mut_argument_starts_each_attempt_from_what_was_passed() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky, mut n: u32, mut text: &str) -> Result<(u32, String), Failed> {
        n += 1;
        text = &text[1..];
        flaky.call_later().await.map(|_| (n, text.to_owned()))
    }
    assert_eq!(f(&Flaky::new(), 10, "abcd").await, Ok((11, "bcd".to_owned())));
}

/// What a closure has captured is its caller's own, as what is behind a `&mut` is.
#[tokio::test(start_paused = true)]
async fn a_closure_that_is_a_mut_argument_keeps_what_it_captured() {
    #[on_exception(expo, max_tries = 5)]
    async fn of_impl(mut f: impl AsyncFnMut() -> Result<u32, Failed>) -> Result<u32, Failed> {
        f().await
    }
    #[on_exception(expo, max_tries = 5)]
    async fn of_a_parameter<F>(mut f: F, mut n: u32) -> Result<u32, Failed>
    where
        F: FnMut(u32) -> Result<u32, Failed>,
    {
        n += 1;
        f(n)
    }
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn of_a_bound<F: Send + FnMut() -> Result<u32, Failed>>(mut f: F) -> Result<u32, Failed> {
        f()
    }
    #[on_exception(expo, max_tries = 5)]
    async fn boxed(mut f: Box<dyn FnMut() -> Result<u32, Failed> + '_>) -> Result<u32, Failed> {
        f()
    }
    let failing_twice = |calls: u32| if calls < 3 { Err(Failed(calls)) } else { Ok(calls) };
    let mut calls = 0;
    let called = of_impl(async || {
        calls += 1;
        failing_twice(calls)
    });
    assert_eq!(called.await, Ok(3));
    let mut seen = vec![];
    let called = of_a_parameter(
        |n| {
            seen.push(n);
            failing_twice(u32::try_from(seen.len()).unwrap())
        },
        10,
    );
    assert_eq!((called.await, seen), (Ok(3), vec![11, 11, 11]));
    let mut calls = 0;
    let mut next = || {
        calls += 1;
        failing_twice(calls)
    };
    assert_eq!(of_a_bound(&mut next), Ok(3));
    assert_eq!(boxed(Box::new(next)).await, Ok(4));
}

#[tokio::test(start_paused = true)]
async fn a_closure_under_async_trait_keeps_what_it_captured() {
    #[async_trait::async_trait]
    trait Ask {
        async fn ask<F: FnMut() -> Result<u32, Failed> + Send>(&self, mut f: F) -> Result<u32, Failed>;
    }
    #[async_trait::async_trait]
    impl Ask for () {
        #[on_exception(expo, max_tries = 5)]
        async fn ask<F: FnMut() -> Result<u32, Failed> + Send>(&self, mut f: F) -> Result<u32, Failed> {
            f()
        }
    }
    let mut calls = 0;
    let called = ().ask(|| {
        calls += 1;
        if calls < 3 { Err(Failed(calls)) } else { Ok(calls) }
    });
    assert_eq!(called.await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn arguments_may_be_patterns() {
    struct Point {
        x: u32,
        y: u32,
        name: String,
    }
    #[on_exception(expo, max_tries = 5)]
    async fn f(
        (flaky, extra): (&Flaky, String),
        Point { x, y: mut up, ref name }: Point,
        [first, .., mut last]: [u32; 3],
        &(a, _): &(u32, u32),
        whole @ Wrapper(inner): Wrapper,
        _: &str,
        _unused: u32,
    ) -> Result<u32, Failed> {
        assert_eq!((extra.as_str(), name.as_str(), whole.0), ("extra", "point", inner));
        up += 10;
        last += 100;
        flaky.call_later().await.map(|call| call + x + up + first + last + a + inner)
    }
    #[derive(Clone, Copy)]
    struct Wrapper(u32);
    let point = Point { x: 1, y: 2, name: "point".to_owned() };
    let extra = "extra".to_owned();
    let result = f((&Flaky::new(), extra), point, [3, 4, 5], &(6, 7), Wrapper(8), "", 0).await;
    assert_eq!(result, Ok(3 + 1 + 12 + 3 + 105 + 6 + 8));
}

#[tokio::test(start_paused = true)]
async fn arguments_may_have_attributes() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(
        flaky: &Flaky,
        #[cfg(any())] gone: Missing,
        #[cfg(not(any()))] there: u32,
        #[allow(unused_variables)] unused: u32,
    ) -> Result<u32, Failed> {
        flaky.call_later().await.map(|call| call + there)
    }
    assert_eq!(f(&Flaky::new(), 1, 0).await, Ok(4));
}

#[test]
fn a_mut_argument_may_be_left_out_by_cfg() {
    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn f(
        flaky: &Flaky,
        #[cfg(any())] mut gone: u32,
        #[cfg(not(any()))] mut there: u32,
    ) -> Result<u32, Failed> {
        there += 1;
        flaky.call().map(|_| there)
    }
    assert_eq!(f(&Flaky::new(), 1), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn arguments_may_be_generic() {
    #[on_exception(expo, max_tries = 5)]
    async fn f<'a, T, U: ?Sized + AsRef<str>, const N: usize>(
        flaky: &'a Flaky,
        items: [T; N],
        text: &U,
    ) -> Result<(T, usize, String), Failed>
    where
        T: Clone + Default + for<'b> AddAssign<&'b T> + 'a,
    {
        flaky.call_later().await?;
        let mut sum = T::default();
        for item in &items {
            sum += item;
        }
        Ok((sum, N, text.as_ref().to_owned()))
    }
    assert_eq!(f(&Flaky::new(), [1, 2, 3], "abc").await, Ok((6, 3, "abc".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn arguments_may_be_impl_trait() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(
        flaky: &Flaky,
        words: impl IntoIterator<Item = impl Display> + Clone,
        then: impl AsyncFn(u32) -> u32,
        seen: &mut impl Extend<u32>,
    ) -> Result<u32, Failed> {
        seen.extend([flaky.calls()]);
        assert_eq!(words.clone().into_iter().map(|word| word.to_string()).collect::<String>(), "ab");
        let call = flaky.call_later().await?;
        Ok(then(call).await)
    }
    let mut seen = Vec::new();
    assert_eq!(f(&Flaky::new(), ["a", "b"], async |n| n + 1, &mut seen).await, Ok(4));
    assert_eq!(seen, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn arguments_may_be_trait_objects() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(
        call: &dyn Fn() -> Pin<Box<dyn Future<Output = Result<u32, Failed>>>>,
        seen: &mut dyn FnMut(u32),
        also: Box<dyn Fn(u32) -> u32>,
    ) -> Result<u32, Failed> {
        seen(also(1));
        call().await
    }
    let flaky: &'static Flaky = Box::leak(Box::new(Flaky::new()));
    let mut sum = 0;
    assert_eq!(f(&|| Box::pin(flaky.call_later()), &mut |n| sum += n, Box::new(|n| n * 2)).await, Ok(3));
    assert_eq!(sum, 6);
}

#[tokio::test(start_paused = true)]
async fn the_result_may_borrow_from_the_arguments() {
    #[on_exception(expo, max_tries = 5)]
    async fn f<'a>(
        flaky: &Flaky,
        text: &'a str,
        (_, rest): (u8, &'a [u8]),
    ) -> Result<(&'a str, &'a u8), Failed> {
        flaky.call_later().await?;
        Ok((&text[1..], &rest[0]))
    }
    let bytes = vec![1];
    assert_eq!(f(&Flaky::new(), "abc", (0, &bytes)).await, Ok(("bc", &1)));
}

#[tokio::test(start_paused = true)]
async fn options_may_name_arguments_and_self() {
    struct Client {
        flaky: Flaky,
        tries: u32,
    }
    impl Client {
        #[on_exception(expo, |failed| failed.0 < limit, max_tries = self.tries, max_value = cap, factor = cap / 2.0)]
        async fn f(&mut self, limit: u32, cap: f64) -> Result<u32, Failed> {
            self.tries = 1;
            self.flaky.call_later().await
        }
    }
    let mut client = Client { flaky: Flaky::new(), tries: 5 };
    assert_eq!(client.f(9, 0.5).await, Ok(3));
    let mut client = Client { flaky: Flaky::new(), tries: 5 };
    assert_eq!(client.f(2, 0.5).await, Err(Failed(2)));
}

#[tokio::test(start_paused = true)]
async fn handlers_may_be_arguments() {
    #[on_exception(expo, retriable, max_tries = 5, on_backoff = |details| seen.push(details.tries), on_success = done)]
    async fn f(
        flaky: &Flaky,
        seen: &mut Vec<u32>,
        retriable: impl Fn(&Failed) -> bool,
        done: fn(&Details<'_, u32>),
    ) -> Result<u32, Failed> {
        seen.push(10);
        flaky.call_later().await
    }
    let mut seen = Vec::new();
    assert_eq!(f(&Flaky::new(), &mut seen, |failed| failed.0 < 9, |_| ()).await, Ok(3));
    assert_eq!(seen, [10, 1, 10, 2, 10]);
}

#[test]
fn a_predicate_may_be_an_argument_of_a_sync_function() {
    #[on_predicate(constant, again, interval = 0, jitter = none, max_tries = 5)]
    fn f<P>(flaky: &Flaky, again: P) -> u32
    where
        P: Fn(&u32) -> bool,
    {
        flaky.call().unwrap_or(0)
    }
    assert_eq!(f(&Flaky::new(), |n| *n == 0), 3);
}
