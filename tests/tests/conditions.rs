//! PREDICATE and EXCEPTION: which outcomes are retried, in every form in which it can be written. Falsy
//! values are in `falsy.rs`.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "what is asked and told is given references")]

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::io;
use std::num::ParseIntError;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Context as _;
use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::attempts;
use backoff_tests::trace::Trace;

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

fn not_a_number() -> ParseIntError {
    "x".parse::<u8>().unwrap_err()
}

/// An error of ours.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Busy { seconds: u32 },
    Refused,
}

impl Fault {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(self, f)
    }
}

impl Error for Fault {}

#[test]
fn without_an_exception_any_error_is_retried() {
    assert_eq!(attempts!(on_exception() -> Result<u8, ()> { Err(()) }), 2);
    assert_eq!(attempts!(on_exception() -> Result<u8, Box<dyn Error>> { Err("x".into()) }), 2);
    assert_eq!(attempts!(on_exception() -> anyhow::Result<u8> { anyhow::bail!("x") }), 2);
    assert_eq!(attempts!(on_exception() -> Result<u8, ()> { Ok(0) }), 1);
}

#[test]
fn a_type_is_retried_when_the_error_is_of_it() {
    assert_eq!(attempts!(on_exception(io::Error,) -> io::Result<u8> { Err(timed_out()) }), 2);
    assert_eq!(attempts!(on_exception(&'static str,) -> Result<u8, &'static str> { Err("x") }), 2);
    assert_eq!(attempts!(on_exception(Vec<(u8, u8)>,) -> Result<u8, Vec<(u8, u8)>> { Err(vec![]) }), 2);
    assert_eq!(attempts!(on_exception(Box<dyn Error>,) -> Result<u8, Box<dyn Error>> { Err("x".into()) }), 2);
}

#[test]
fn a_tuple_of_types_is_retried_when_the_error_is_of_one() {
    assert_eq!(
        attempts!(on_exception((io::Error, ParseIntError),) -> io::Result<u8> { Err(timed_out()) }),
        2
    );
    assert_eq!(
        attempts!(on_exception((fmt::Error, io::Error, ParseIntError),) -> Result<u8, ParseIntError> { "x".parse() }),
        2
    );
    assert_eq!(attempts!(on_exception((Fault,),) -> Result<u8, Fault> { Err(Fault::Refused) }), 2);
}

/// Each of the types that errors are erased to: retried when it is the named type, and only then.
macro_rules! erased {
    ($($erased:ty),* $(,)?) => {$(
        assert_eq!(attempts!(on_exception(io::Error,) -> Result<u8, $erased> { Err(timed_out())? }), 2);
        assert_eq!(attempts!(on_exception(Fault,) -> Result<u8, $erased> { Err(timed_out())? }), 1);
        assert_eq!(attempts!(on_exception((io::Error, Fault),) -> Result<u8, $erased> { Err(Fault::Refused)? }), 2);
        assert_eq!(attempts!(on_exception((io::Error, fmt::Error),) -> Result<u8, $erased> { Err(Fault::Refused)? }), 1);
    )*};
}

#[test]
fn a_type_erased_error_is_retried_when_it_downcasts_to_one_of_the_types() {
    erased!(Box<dyn Error>, Box<dyn Error + Send + Sync>, anyhow::Error, eyre::Report);
}

#[test]
fn a_shared_type_erased_error_is_retried_when_it_downcasts_to_one_of_the_types() {
    assert_eq!(
        attempts!(on_exception(io::Error,) -> Result<u8, Rc<dyn Error>> { Err(Rc::new(timed_out())) }),
        2
    );
    assert_eq!(attempts!(on_exception(Fault,) -> Result<u8, Rc<dyn Error>> { Err(Rc::new(timed_out())) }), 1);
    assert_eq!(
        attempts!(on_exception(io::Error,) -> Result<u8, Arc<dyn Error>> { Err(Arc::new(timed_out())) }),
        2
    );
    assert_eq!(
        attempts!(on_exception(Fault,) -> Result<u8, Arc<dyn Error + Send + Sync>> { Err(Arc::new(timed_out())) }),
        1
    );
    assert_eq!(
        attempts!(on_exception(Fault,) -> Result<u8, Box<dyn Error + Send>> { Err(Box::new(Fault::Refused)) }),
        2
    );
}

#[test]
fn a_type_is_found_behind_the_context_of_eyre() {
    fn read() -> eyre::Result<u8> {
        eyre::WrapErr::wrap_err(Err(timed_out()), "reading")
    }
    assert_eq!(attempts!(on_exception(io::Error,) -> eyre::Result<u8> { read() }), 2);
    assert_eq!(attempts!(on_exception(ParseIntError,) -> eyre::Result<u8> { read() }), 1);
}

#[test]
fn a_type_is_found_behind_the_context_of_anyhow() {
    fn read() -> anyhow::Result<u8> {
        Err(timed_out()).context("reading").context("starting")
    }
    assert_eq!(attempts!(on_exception(io::Error,) -> anyhow::Result<u8> { read() }), 2);
    assert_eq!(attempts!(on_exception(ParseIntError,) -> anyhow::Result<u8> { read() }), 1);
}

#[test]
fn what_the_question_mark_converts_is_retried_as_what_it_was() {
    assert_eq!(
        attempts!(on_exception(ParseIntError,) -> Result<u8, Box<dyn Error>> { Err(not_a_number())? }),
        2
    );
    assert_eq!(attempts!(on_exception(ParseIntError,) -> anyhow::Result<u8> { Err(timed_out())? }), 1);
}

#[test]
fn a_generic_error_type_is_named_as_any_other() {
    #[on_exception(constant, E, interval = 0, max_tries = 2, logger = none)]
    fn call<E: From<Fault>>(attempts: &mut u32) -> Result<(), E> {
        *attempts += 1;
        Err(Fault::Refused.into())
    }
    let mut attempts = 0;
    assert!(call::<Box<dyn Error>>(&mut attempts).is_err());
    assert_eq!(attempts, 2);
}

#[test]
fn matches_tries_a_pattern_on_the_outcome() {
    assert_eq!(
        attempts!(on_exception(matches!(Fault::Busy { .. }),) -> Result<u8, Fault> { Err(Fault::Refused) }),
        1
    );
    assert_eq!(
        attempts!(on_exception(matches!(Fault::Busy { .. } | Fault::Refused),) -> Result<u8, Fault> { Err(Fault::Refused) }),
        2
    );
    assert_eq!(attempts!(on_predicate(matches!(None | Some(0..5)),) -> Option<u8> { Some(4) }), 2);
    assert_eq!(attempts!(on_predicate(matches!(None | Some(0..5)),) -> Option<u8> { Some(5) }), 1);
    assert_eq!(attempts!(on_predicate(matches!(&"pending" | &"queued"),) -> &'static str { "queued" }), 2);
    assert_eq!(attempts!(on_predicate(matches!([0, ..] | [_, 0]),) -> [u8; 2] { [1, 0] }), 2);
}

#[test]
fn the_guard_of_matches_sees_what_the_pattern_binds_and_the_arguments() {
    #[on_exception(
        constant,
        matches!(Fault::Busy { seconds } if *seconds <= patience && !name.is_empty()),
        interval = 0,
        max_tries = 2,
        logger = none,
    )]
    fn call(attempts: &mut u32, patience: u32, name: &str) -> Result<(), Fault> {
        *attempts += 1;
        Err(Fault::Busy { seconds: 5 })
    }
    let tried = |patience, name| {
        let mut attempts = 0;
        let _ = call(&mut attempts, patience, name);
        attempts
    };
    assert_eq!((tried(5, "a"), tried(4, "a"), tried(5, "")), (2, 1, 1));
}

#[test]
fn a_closure_is_given_the_outcome_by_reference() {
    assert_eq!(
        attempts!(on_exception(|e| !e.to_string().is_empty() && e.is_transient(),) -> Result<u8, Fault> { Err(Fault::Refused) }),
        1
    );
    assert_eq!(
        attempts!(on_exception(|e| e.kind() == io::ErrorKind::TimedOut,) -> io::Result<u8> { Err(timed_out()) }),
        2
    );
    assert_eq!(
        attempts!(on_exception(|e: &io::Error| e.raw_os_error().is_none(),) -> io::Result<u8> { Err(timed_out()) }),
        2
    );
    assert_eq!(attempts!(on_predicate(|&n| n < 5,) -> u8 { 4 }), 2);
    assert_eq!(attempts!(on_predicate(|(a, b)| a < b,) -> (u8, u8) { (1, 2) }), 2);
}

#[test]
fn a_path_whose_last_segment_is_lower_case_is_a_function() {
    assert_eq!(attempts!(on_exception(is_small,) -> Result<u8, u8> { Err(4) }), 2);
    assert_eq!(attempts!(on_exception(crate::is_small,) -> Result<u8, u8> { Err(5) }), 1);
    assert_eq!(
        attempts!(on_exception(Fault::is_transient,) -> Result<u8, Fault> { Err(Fault::Busy { seconds: 1 }) }),
        2
    );
    assert_eq!(attempts!(on_predicate(Result::is_err,) -> Result<u8, u8> { Err(4) }), 2);
    assert_eq!(attempts!(on_predicate(String::is_empty,) -> String { String::new() }), 2);
    assert_eq!(attempts!(on_predicate(is_any_of::<3>,) -> u8 { 2 }), 2);
    assert_eq!(attempts!(on_predicate(_is_odd,) -> u8 { 2 }), 1);
}

fn is_small(n: &u8) -> bool {
    *n < 5
}

fn is_any_of<const N: u8>(n: &u8) -> bool {
    *n < N
}

fn _is_odd(n: &u8) -> bool {
    n % 2 == 1
}

#[test]
fn a_path_through_a_type_in_brackets_is_a_function() {
    /// A trait of ours.
    trait Is {
        fn is_bad(&self) -> bool;
    }
    impl<T, E> Is for Result<T, E> {
        fn is_bad(&self) -> bool {
            self.is_err()
        }
    }
    assert_eq!(attempts!(on_predicate(<Vec<u8>>::is_empty,) -> Vec<u8> { vec![] }), 2);
    assert_eq!(attempts!(on_predicate(<Result<u8, ()> as Is>::is_bad,) -> Result<u8, ()> { Ok(1) }), 1);
}

#[test]
fn an_expression_that_makes_a_predicate_is_one() {
    fn below(bound: u8) -> impl Fn(&u8) -> bool {
        move |n| *n < bound
    }
    assert_eq!(attempts!(on_predicate(below(5),) -> u8 { 4 }), 2);
    assert_eq!(attempts!(on_predicate(below(5),) -> u8 { 5 }), 1);
}

#[test]
fn a_predicate_may_be_an_argument_or_look_at_one_and_at_self() {
    struct Poller {
        bound: u8,
    }
    impl Poller {
        fn is_final(value: &u8) -> bool {
            *value == 0
        }

        #[on_predicate(
            constant,
            |n| *n < self.bound && *n > least,
            interval = 0,
            max_tries = 2,
            logger = none,
        )]
        fn poll(&self, attempts: &mut u32, least: u8, value: u8) -> u8 {
            *attempts += 1;
            value
        }

        #[on_predicate(constant, Self::is_final, interval = 0, max_tries = 2, logger = none)]
        fn wait(attempts: &mut u32) -> u8 {
            *attempts += 1;
            0
        }
    }
    #[on_exception(constant, retry_if, interval = 0, max_tries = 2, logger = none)]
    async fn call(attempts: &mut u32, retry_if: impl Fn(&u8) -> bool) -> Result<(), u8> {
        *attempts += 1;
        Err(7)
    }
    let mut attempts = [0; 5];
    Poller { bound: 5 }.poll(&mut attempts[0], 1, 4);
    Poller { bound: 5 }.poll(&mut attempts[1], 4, 4);
    Poller::wait(&mut attempts[2]);
    backoff_tests::trace::later(async |_: &Trace| {
        assert!(call(&mut attempts[3], |error| *error == 7).await.is_err());
        assert!(call(&mut attempts[4], |error| *error == 8).await.is_err());
    });
    assert_eq!(attempts, [2, 1, 2, 2, 1]);
}
