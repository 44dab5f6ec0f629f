//! `giveup`, `raise_on_giveup = false` and `fallback`, in every form. Their order among the events is rule 7.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "what is asked and told is given references")]

use std::cell::Cell;
use std::error::Error;
use std::io;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::{self, Trace, seconds};

#[test]
fn giveup_is_a_closure_or_a_function_and_sees_the_arguments() {
    fn is_fatal(error: &u8) -> bool {
        *error > 5
    }
    both! {
        #[on_exception(constant, jitter = none, max_tries = 2, giveup = is_fatal, logger = none)]
        #[on_exception(constant, jitter = none, max_tries = 2, giveup = |e| e == fatal, logger = none)]
        #[on_exception(constant, jitter = none, max_tries = 2, giveup = u8::is_ascii_digit, logger = none)]
        fn call(trace: &Trace, fatal: &u8, error: u8) -> Result<(), u8> {
            trace.note("body");
            Err(error)
        }
        |trace| call(trace, &3, 9), call(trace, &3, 3), call(trace, &3, b'0') => [
            // Fatal to the outer loop alone.
            "body", "+1s", "body", "+1s", "body", "+1s", "body", "returned Err(9)",
            // To the loop in the middle.
            "body", "+1s", "body", "+1s", "body", "+1s", "body", "returned Err(3)",
            // To the inner and the outer one.
            "body", "+1s", "body", "returned Err(48)",
        ]
    }
}

#[test]
fn giveup_is_asked_only_of_errors_that_match() {
    both! {
        #[on_exception(
            constant,
            io::Error,
            giveup = |e| trace.say("asked", e.is::<io::Error>()),
            logger = none,
        )]
        fn call(trace: &Trace, error: Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
            match &error {
                Err(error) if error.is::<io::Error>() => Err(io::Error::other("io"))?,
                Err(error) => Err(error.to_string())?,
                Ok(()) => Ok(()),
            }
        }
        |trace|
            call(trace, Err(io::Error::other("x").into())),
            call(trace, Err("text".into()))
        => [
            "asked", r#"returned Err(Custom { kind: Other, error: "io" })"#,
            r#"returned Err("text")"#,
        ]
    }
}

#[test]
fn giveup_may_be_an_argument() {
    both! {
        #[on_exception(constant, jitter = none, giveup = stop, logger = none)]
        fn call(errors: &Cell<u8>, stop: impl Fn(&u8) -> bool) -> Result<(), u8> {
            errors.set(errors.get() + 1);
            Err(errors.get())
        }
        |trace| call(&Cell::new(0), |error| *error == 3) => ["+2s", "returned Err(3)"]
    }
}

#[test]
fn raise_on_giveup_of_false_returns_the_default_of_any_type() {
    #[derive(Debug, PartialEq)]
    struct Settings {
        level: u8,
    }
    impl Default for Settings {
        fn default() -> Self {
            Self { level: 3 }
        }
    }
    macro_rules! defaults {
        ($($value:ty = $default:expr),*) => {$({
            #[on_exception(constant, max_tries = 1, raise_on_giveup = false, logger = none)]
            fn call() -> Result<$value, &'static str> {
                Err("down")
            }
            #[on_exception(constant, max_tries = 1, raise_on_giveup = false, logger = none)]
            async fn call_later() -> Result<$value, Box<dyn Error>> {
                Err("down".into())
            }
            assert_eq!(call(), Ok($default));
            trace::later(async |_: &Trace| assert_eq!(call_later().await.unwrap(), $default));
        })*};
    }
    defaults!(() = (), u64 = 0, bool = false, String = String::new(), Vec<u8> = vec![0; 0]);
    defaults!(Settings = Settings { level: 3 }, Option<Settings> = None, (u8, Option<u8>) = (0, None));
}

#[test]
fn raise_on_giveup_of_false_holds_for_each_reason() {
    both! {
        #[on_exception(
            constant,
            interval = [1, 1],
            max_tries = limits.0,
            max_time = limits.1,
            giveup = |_| limits.2,
            jitter = none,
            raise_on_giveup = false,
            on_giveup = |d| trace.note(format!("{:?}", d.reason)),
            logger = none,
        )]
        fn call(trace: &Trace, limits: (u32, u64, bool)) -> Result<u8, u8> {
            Err(7)
        }
        |trace|
            call(trace, (2, 9, false)),
            call(trace, (9, 1, false)),
            call(trace, (9, 9, true)),
            call(trace, (9, 9, false))
        => [
            "+1s", "Some(MaxTries)", "returned Ok(0)",
            "+1s", "Some(MaxTime)", "returned Ok(0)",
            "Some(Predicate)", "returned Ok(0)",
            "+2s", "Some(Exhausted)", "returned Ok(0)",
        ]
    }
}

#[test]
fn raise_on_giveup_of_true_is_the_default_and_goes_with_a_fallback() {
    both! {
        #[on_exception(constant, max_tries = 1, raise_on_giveup = true, logger = none)]
        fn call() -> Result<u8, u8> {
            Err(7)
        }
        |trace| call() => ["returned Err(7)"]
    }
    both! {
        #[on_exception(
            constant,
            max_tries = 1,
            raise_on_giveup = true,
            fallback = |e| Ok(e + 1),
            logger = none,
        )]
        fn call() -> Result<u8, u8> {
            Err(7)
        }
        |trace| call() => ["returned Ok(8)"]
    }
}

#[test]
fn fallback_is_a_closure_or_a_function_of_the_functions_own_return_type() {
    fn or_cached(error: String) -> Result<Vec<String>, String> {
        if error.is_empty() { Err(error) } else { Ok(vec![error]) }
    }
    both! {
        #[on_exception(constant, max_tries = 1, fallback = or_cached, logger = none)]
        fn call(error: &str) -> Result<Vec<String>, String> {
            Err(error.to_owned())
        }
        |trace| call("x"), call("") => [r#"returned Ok(["x"])"#, r#"returned Err("")"#]
    }
    both! {
        #[on_exception(constant, max_tries = 1, fallback = Err, logger = none)]
        fn call(error: &str) -> Result<u8, String> {
            Err(error.to_owned())
        }
        |trace| call("x") => [r#"returned Err("x")"#]
    }
    both! {
        #[on_exception(
            constant,
            max_tries = 1,
            fallback = |_| { let n = text.parse()?; Ok(n) },
            logger = none,
        )]
        fn call(text: &str) -> anyhow::Result<u8> {
            anyhow::bail!("down")
        }
        |trace| call("8") => ["returned Ok(8)"]
    }
}

/// Falls back to what it knows.
struct Client {
    cached: Option<u8>,
}

impl Client {
    #[on_exception(
        constant,
        max_tries = 2,
        interval = 0,
        fallback = |error| self.cached.ok_or(error),
        logger = none,
    )]
    async fn fetch(&self) -> Result<u8, String> {
        Err("down".to_owned())
    }

    #[on_exception(
        constant,
        max_tries = 2,
        interval = 0,
        fallback = |_| Ok(self.cached.take().unwrap_or(9)),
        logger = none,
    )]
    fn fetch_now(&mut self) -> Result<u8, String> {
        self.cached = self.cached.map(|n| n + 1);
        Err("down".to_owned())
    }
}

#[test]
fn fallback_sees_self() {
    trace::later(async |_: &Trace| {
        assert_eq!(Client { cached: Some(5) }.fetch().await, Ok(5));
        assert_eq!(Client { cached: None }.fetch().await, Err("down".to_owned()));
    });
    assert_eq!(Client { cached: Some(5) }.fetch_now(), Ok(7));
    assert_eq!(Client { cached: None }.fetch_now(), Ok(9));
}

#[test]
fn a_call_that_gives_up_on_a_value_returns_it() {
    both! {
        #[on_predicate(constant, |page| page.len() < 3, max_time = 2, jitter = none, logger = none)]
        fn call(trace: &Trace, items: &Cell<usize>) -> Vec<u8> {
            trace.takes(seconds(1));
            items.set(items.get() + 1);
            vec![0; items.get()]
        }
        |trace| call(trace, &Cell::new(0)) => ["+3s", "returned [0, 0]"]
    }
}
