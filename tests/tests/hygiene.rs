//! Names of the user's and of the expansion don't meet.

#![no_implicit_prelude]

use ::backoff_runtime as backoff;
use ::backoff_runtime::{Class, Transient, on_exception, on_predicate, retry};
use ::backoff_tests::flaky::{Failed, Flaky};
use ::std::prelude::v1::{Err, Fn, Ok, derive, test};
use ::std::{assert_eq, matches};

/// What the language's own names mean to the user.
mod shadows {
    #![allow(dead_code, non_camel_case_types)]

    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod alloc {}
    pub(crate) mod backoff_runtime {}
    pub(crate) mod tokio {}
    pub(crate) mod tracing {}
    pub(crate) struct Option;
    pub(crate) struct Some(u8);
    pub(crate) struct None;
    pub(crate) enum Result {
        Ok,
        Err,
    }
    pub(crate) struct Box;
    pub(crate) struct Duration;
    pub(crate) struct ControlFlow;
    pub(crate) struct Retry;
    pub(crate) struct Class;
    pub(crate) trait Clone {}
    pub(crate) trait Hint {}
    pub(crate) struct Async;
    pub(crate) struct u32;
    pub(crate) struct bool;
    pub(crate) trait Future {}
    pub(crate) trait Iterator {}
    pub(crate) trait Into {}
    pub(crate) trait Display {}
    pub(crate) fn expo() {}
    pub(crate) fn full_jitter() {}
    pub(crate) fn none() {}
}

type Answer = ::core::result::Result<::core::primitive::u32, Failed>;

fn same<T>(value: T) -> T {
    value
}

mod with_shadows {
    #![allow(unused_imports, unused_macros)]

    macro_rules! matches {
        () => {};
    }
    macro_rules! shown {
        () => {};
    }
    macro_rules! compile_error {
        () => {};
    }

    use super::shadows::*;
    use super::{Answer, Err, Failed, Flaky, Ok, on_exception, on_predicate, retry};

    #[on_exception(expo, |failed| failed.0 < 9, giveup = |failed| failed.0 > 9, max_tries = 5, max_time = 9.5)]
    pub(super) async fn later(flaky: &Flaky) -> Answer {
        flaky.call_later().await
    }

    #[on_exception(constant, Failed, interval = [0], raise_on_giveup = false, on_giveup = |_| ())]
    pub(super) fn now(flaky: &Flaky) -> Answer {
        flaky.call()
    }

    #[retry(
        on(constant, matches!(Failed(1)), interval = 0, max_tries = 2),
        on(expo, Failed, max_value = 0),
        on(decay, transient, jitter = none),
        max_tries = 5,
    )]
    pub(super) async fn several(flaky: &Flaky) -> ::core::result::Result<::core::primitive::u32, Failed> {
        flaky.call_later().await
    }

    static POLICY: super::backoff::Policy<super::backoff::Timed> =
        super::backoff::Policy::constant("0s").max_tries(9).timeout("9s");
    static LIVE: super::backoff::LivePolicy =
        super::backoff::LivePolicy::new(super::backoff::Policy::constant("0s").max_tries(9));

    #[retry(POLICY, transient, on_timeout = |_| Failed(0), on_backoff = |_| (), attempt_span = true)]
    pub(super) async fn by_policy(flaky: &Flaky) -> ::core::result::Result<::core::primitive::u32, Failed> {
        flaky.call_later().await
    }

    #[retry(LIVE, Failed, max_tries = 5)]
    pub(super) fn by_live_policy(flaky: &Flaky) -> Answer {
        flaky.call()
    }

    #[on_predicate(constant, matches!(Err(Failed(1..=2))), interval = 0, jitter = none, max_tries = 5)]
    pub(super) fn polled(mut flaky: &Flaky) -> Answer {
        flaky = super::same(flaky);
        flaky.call()
    }

    #[derive(super::Transient)]
    pub(super) enum Failure<Class> {
        #[transient(rate_limit, retry_after = __value)]
        Busy {
            __value: ::core::option::Option<::core::primitive::u8>,
        },
        #[transient(source)]
        Source(Class),
        Final,
    }
}

#[test]
fn a_derive_uses_no_names_of_the_users() {
    use with_shadows::Failure;

    let is = |failure: Failure<Failure<Never>>| Transient::class(&failure);
    assert_eq!(is(Failure::Busy { __value: ::core::option::Option::None }), Class::RATE_LIMIT);
    assert_eq!(is(Failure::Source(Failure::Final)), Class::Final);
    assert_eq!(is(Failure::Final), Class::Final);
}

#[derive(Transient)]
enum Never {}

#[test]
fn the_languages_names_may_mean_something_else() {
    let runtime = ::tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let ::core::result::Result::Ok(runtime) = runtime else { ::std::panic!("no runtime") };
    assert_eq!(runtime.block_on(with_shadows::later(&Flaky::new())), Ok(3));
    assert_eq!(runtime.block_on(with_shadows::several(&Flaky::new())), Ok(3));
    assert_eq!(runtime.block_on(with_shadows::by_policy(&Flaky::new())), Ok(3));
    assert!(matches!(with_shadows::by_live_policy(&Flaky::new()), Ok(3)));
    assert_eq!(with_shadows::now(&Flaky::new()), Ok(0));
    assert_eq!(with_shadows::polled(&Flaky::new()), Ok(3));
}

#[test]
fn no_prelude_is_needed() {
    #[on_exception(fibo, |failed| matches!(failed, Failed(1..=2)), max_value = 0, max_tries = 5, max_time = "1h")]
    fn f(flaky: &Flaky) -> Answer {
        flaky.call()
    }
    assert_eq!(f(&Flaky::new()), Ok(3));
}

#[test]
fn the_runtime_may_have_another_name() {
    #[backoff::on_exception(backoff::constant, interval = 0, jitter = backoff::none, max_tries = 5)]
    fn f(flaky: &Flaky) -> Answer {
        flaky.call()
    }
    #[backoff::on_predicate(
        backoff::expo,
        ::core::result::Result::is_err,
        max_value = 0,
        jitter = backoff::full_jitter,
        max_tries = 5
    )]
    fn g(flaky: &Flaky) -> Answer {
        flaky.call()
    }
    assert_eq!((f(&Flaky::new()), g(&Flaky::new())), (Ok(3), Ok(3)));
}

/// A crate of the user's that passes the runtime on.
mod facade {
    pub(crate) mod deep {
        pub(crate) use ::backoff_runtime as retries;
    }
}

#[test]
fn the_runtime_may_be_reached_through_another_path() {
    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5, crate = crate::facade::deep::retries)]
    fn f(flaky: &Flaky) -> Answer {
        flaky.call()
    }
    mod inside {
        use super::{Answer, Flaky, facade, on_exception};

        #[on_exception(constant, interval = 0, jitter = none, max_tries = 5, crate = facade::deep::retries)]
        pub(super) fn g(flaky: &Flaky) -> Answer {
            flaky.call()
        }

        #[on_exception(constant, interval = 0, max_tries = 5, crate = super::backoff)]
        #[on_exception(constant, interval = 0, max_tries = 1, crate = ::backoff_runtime)]
        pub(super) fn h(flaky: &Flaky) -> Answer {
            flaky.call()
        }
    }
    assert_eq!((f(&Flaky::new()), inside::g(&Flaky::new()), inside::h(&Flaky::new())), (Ok(3), Ok(3), Ok(3)));
}

#[test]
fn arguments_and_variables_may_be_called_as_those_of_the_expansion() {
    #[on_exception(
        constant,
        |__outcome| *__outcome != __output,
        interval = 0,
        jitter = none,
        max_tries = __max_tries,
        giveup = |__error| *__error == __output,
        on_backoff = |__details| assert_eq!(__details.tries, __details.outcome.0)
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a name to try")]
    fn f(
        __retry: &Flaky,
        __attempt: ::core::primitive::u32,
        __backoff: ::core::primitive::u32,
        __max_tries: ::core::primitive::u32,
        __output: Failed,
        mut __delay: ::core::primitive::u32,
        retry: &::core::primitive::str,
        none: ::core::primitive::u32,
    ) -> Answer {
        let __limits = __attempt + __backoff;
        let __waits = ::std::string::ToString::to_string(retry);
        __delay += none;
        __retry
            .call()
            .map(|__outcome| __outcome + __limits + __delay + if __waits.is_empty() { 0 } else { 100 })
    }
    assert_eq!(f(&Flaky::new(), 10, 20, 5, Failed(9), 30, "r", 40), Ok(203));
}

/// Traits that give every type methods of the names that the expansion calls.
mod extensions {
    #[expect(dead_code, reason = "they are there to be mistaken for others")]
    pub(crate) trait Extension {
        fn when(&self) {}
        fn begin(&self) {}
        fn giveup(&self) {}
        fn limit(&self) {}
        fn log(&self) {}
        fn wait(&self) {}
        fn wait_number(&self) {}
        fn on_backoff(&self) {}
        fn end(&self) {}
        fn shown(&self) {}
        fn at(&self) {}
        fn base(&self) {}
    }
    impl<T: ?::core::marker::Sized> Extension for T {}
}

#[test]
fn traits_in_scope_may_have_methods_of_the_same_names() {
    use extensions::Extension;

    #[on_exception(
        expo,
        |failed| failed.0 < 9,
        base = 2,
        max_value = 0,
        max_tries = 5,
        giveup = |failed| failed.0 > 9,
        on_backoff = |_| ()
    )]
    fn f(flaky: &Flaky) -> Answer {
        flaky.when();
        flaky.call()
    }
    assert_eq!(f(&Flaky::new()), Ok(3));
}

#[test]
fn functions_may_have_the_names_of_generators_and_raw_names() {
    #[derive(Debug)]
    struct Client;
    impl Client {
        #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
        fn expo(r#type: &Flaky) -> Answer {
            r#type.call()
        }
        #[on_exception(
            constant,
            interval = 0,
            jitter = none,
            max_tries = 5,
            on_success = |details| assert_eq!((details.target, details.tries), ("try", 3))
        )]
        fn r#try(constant: &Flaky, then: impl Fn()) -> Answer {
            then();
            constant.call()
        }
    }
    assert_eq!(Client::expo(&Flaky::new()), Ok(3));
    assert_eq!(Client::r#try(&Flaky::new(), || ()), Ok(3));
}
