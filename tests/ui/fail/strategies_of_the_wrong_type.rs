use std::num::ParseIntError;

use backoff_runtime::retry;

#[retry(on(expo, |e| e.is_bad()), on(fibo, |_| true))]
fn predicate(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(on(expo, std::io::Error), on(fibo, ParseIntError))]
fn error_can_never_match(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(on(expo, |_| true), on(7_u8.max(1), |_| true))]
fn generator(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(on(expo, |_| true), on(fibo), jitter = |wait: u32| wait)]
fn jitter_for_all(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(on(expo, |_| true, max_tries = "3"), on(fibo, max_tries = text))]
fn max_tries(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(on(expo, |_| true), on(fibo, max_tries = text))]
fn max_tries_of_an_argument(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(on(expo, |_| true), on(constant, transient))]
fn class(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(on(expo, |_| true), on(fibo, max_tries =))]
fn not_complete(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

fn main() {
    let _ = (predicate("7"), error_can_never_match("7"), generator("7"), jitter_for_all("7"));
    let _ = (max_tries("7"), max_tries_of_an_argument("7"), class("7"), not_complete("7"));
}
