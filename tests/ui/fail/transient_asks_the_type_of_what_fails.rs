use std::num::ParseIntError;

use backoff_runtime::{on_predicate, retry};

#[retry(expo, transient)]
fn error_without_a_class(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[retry(expo, transient, max_tries = 3)]
async fn error_without_a_class_async(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[on_predicate(fibo, transient)]
fn value_without_a_class() -> u32 {
    7
}

#[retry(transient)]
fn generator_is_missing(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

fn main() {
    let _ = (error_without_a_class("7"), value_without_a_class(), generator_is_missing("7"));
    drop(error_without_a_class_async("7"));
}
