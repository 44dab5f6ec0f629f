//! A policy says by its type how calls may end, and its functions have to be able to say that.

use backoff_runtime::{Paced, Pacer, Policy, Timed, retry};

static LIMIT: Pacer = Pacer::per_second(10.0);
static PACED: Policy<Paced> = Policy::expo().pacer(&LIMIT).max_tries(3);
static TIMED: Policy<Timed> = Policy::expo().timeout("5s");

struct NotOfATimeout;

#[retry(PACED)]
fn no_turn() -> Result<(), NotOfATimeout> {
    Ok(())
}

#[retry(TIMED)]
async fn cut() -> Result<(), NotOfATimeout> {
    Ok(())
}

/// A thread cannot be ended from outside.
#[retry(TIMED)]
fn cut_thread() -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {
    let _ = (no_turn(), cut(), cut_thread());
}
