//! Errors that will not get better are not tried again.
//!
//! ```text
//! cargo run --example give_up_on_fatal_errors
//! ```
//!
//! There are two ways to say so: `giveup` names the errors that are fatal, and giving up on them is an event; a pattern
//! behind the generator names those that pass, and any other error is returned at once, without an event. Expect
//! three requests where the shop is busy, and one where the password is wrong or the page does not exist.

use std::{cell::Cell, fmt};

use backoff_runtime::on_exception;

/// The status of an HTTP answer that is an error.
#[derive(Debug)]
struct Refused(u16);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.0)
    }
}

/// A web shop that is busy at first.
#[derive(Default)]
struct Shop {
    requests: Cell<u32>,
}

impl Shop {
    fn get(&self, path: &str) -> Result<&'static str, Refused> {
        self.requests.set(self.requests.get() + 1);
        match (path, self.requests.get()) {
            ("/accounts", _) => Err(Refused(401)),
            ("/no-such-page", _) => Err(Refused(404)),
            (_, ..=2) => Err(Refused(503)),
            _ => Ok("3 orders"),
        }
    }
}

fn is_fatal(error: &Refused) -> bool {
    matches!(error.0, 400..=428 | 430..=499)
}

// The waits are short so that the example is quick.
#[on_exception(
    expo, factor = 0.02, max_tries = 5, giveup = is_fatal,
    on_giveup = |details| println!("  gave up, reason: {}", details.reason.unwrap()),
)]
fn fetch(shop: &Shop, path: &str) -> Result<&'static str, Refused> {
    shop.get(path)
}

#[on_exception(
    expo, matches!(Refused(429 | 500..)), factor = 0.02, max_tries = 5,
    on_giveup = |details| println!("  gave up, reason: {}", details.reason.unwrap()),
)]
fn fetch_by_pattern(shop: &Shop, path: &str) -> Result<&'static str, Refused> {
    shop.get(path)
}

fn show(path: &str, fetch: impl Fn(&Shop, &str) -> Result<&'static str, Refused>) {
    let shop = Shop::default();
    println!("GET {path}");
    match fetch(&shop, path) {
        Ok(page) => println!("  {page}"),
        Err(error) => println!("  {error}"),
    }
    println!("  requests: {}", shop.requests.get());
}

fn main() {
    println!("`giveup` names what is fatal:");
    show("/orders", fetch);
    show("/accounts", fetch);
    println!("\nA pattern names what passes:");
    show("/orders", fetch_by_pattern);
    show("/no-such-page", fetch_by_pattern);
}
