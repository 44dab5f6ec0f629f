//! Rule 10: each attempt sees the original arguments: a `mut` argument starts every attempt from the value
//! that was passed.

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::both;
use backoff_tests::trace::Trace;

#[test]
fn a_mut_argument_starts_every_attempt_from_the_value_that_was_passed() {
    both! {
        #[on_exception(constant, interval = 0, max_tries = 3, logger = none)]
        fn call(trace: &Trace, mut n: u32, mut name: &str) -> Result<(), u32> {
            trace.note(format!("{n} {name}"));
            n += 1;
            name = "changed";
            trace.note(format!("{n} {name}"));
            Err(n)
        }
        |trace| call(trace, 1, "passed") => [
            "1 passed", "2 changed", "1 passed", "2 changed", "1 passed", "2 changed", "returned Err(2)",
        ]
    }
}

#[test]
fn a_mut_binding_in_a_pattern_starts_every_attempt_from_the_value_that_was_passed() {
    struct Page {
        number: u32,
        size: u32,
    }
    both! {
        #[on_predicate(constant, interval = 0, max_tries = 2, logger = none)]
        fn call(trace: &Trace, (mut a, b): (u32, u32), Page { mut number, size }: Page, [mut first, ..]: [u8; 2]) {
            a += b;
            number += size;
            first += 1;
            trace.note(format!("{a} {number} {first}"));
        }
        |trace| call(trace, (1, 2), Page { number: 10, size: 5 }, [3, 4]) => ["3 15 4", "3 15 4", "returned ()"]
    }
}

#[test]
fn stacked_loops_rebind_for_each_attempt_of_the_innermost() {
    both! {
        #[on_exception(constant, interval = 0, max_tries = 2, logger = none)]
        #[on_exception(constant, interval = 0, max_tries = 2, logger = none)]
        fn call(trace: &Trace, mut n: u32) -> Result<(), ()> {
            n += 1;
            trace.note(n.to_string());
            Err(())
        }
        |trace| call(trace, 1) => ["2", "2", "2", "2", "returned Err(())"]
    }
}

#[test]
fn options_and_handlers_see_the_value_that_was_passed() {
    both! {
        #[on_predicate(
            constant,
            interval = 0,
            max_tries = n,
            on_backoff = |d| trace.note(format!("backoff {n} {}", d.tries)),
            logger = none,
        )]
        fn call(trace: &Trace, mut n: u32) -> bool {
            n *= 100;
            trace.note(n.to_string());
            false
        }
        |trace| call(trace, 2) => ["200", "backoff 2 1", "200", "returned false"]
    }
}

#[test]
fn an_owned_argument_is_lent_to_each_attempt() {
    both! {
        #[on_exception(constant, interval = 0, max_tries = 2, logger = none)]
        fn call(trace: &Trace, name: String, items: Vec<u32>, both: Box<(u8, u8)>) -> Result<String, String> {
            trace.note(format!("{name} {items:?} {both:?}"));
            let copy = name.clone();
            Err(copy)
        }
        |trace| call(trace, "n".to_owned(), vec![1, 2], Box::new((3, 4))) => [
            "n [1, 2] (3, 4)", "n [1, 2] (3, 4)", r#"returned Err("n")"#,
        ]
    }
}

/// What an attempt does to something that it was lent stays done, as in the plain function that is called
/// twice.
#[test]
fn a_mutable_reference_is_lent_to_each_attempt() {
    both! {
        #[on_exception(constant, interval = 0, max_tries = 3, logger = none)]
        fn call(trace: &Trace, log: &mut Vec<u32>, mut count: impl FnMut() -> u32 + Copy) -> Result<usize, ()> {
            log.push(count());
            trace.note(format!("{log:?}"));
            if log.len() == 3 { Ok(log.len()) } else { Err(()) }
        }
        |trace| call(trace, &mut vec![], || 7) => ["[7]", "[7, 7]", "[7, 7, 7]", "returned Ok(3)"]
    }
}
