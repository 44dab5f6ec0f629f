//! In upper case, or behind `&`, a policy stands in the place of the generator.

use backoff_runtime::{Expo, Policy, retry};

static API: Policy = Policy::expo().max_tries(3);
static RETRIES: u32 = 3;

/// A generator in a constant is no policy.
const WAITS: Expo = backoff_runtime::expo();

#[retry(RETRIES)]
fn number() -> Result<(), String> {
    Ok(())
}

#[retry(WAITS, max_tries = 3)]
fn generator() -> Result<(), String> {
    Ok(())
}

struct Client {
    policy: Policy,
}

impl Client {
    /// Without `&` it is taken for a generator.
    #[retry(self.policy)]
    fn get(&self) -> Result<(), String> {
        Ok(())
    }
}

#[retry(API, max_value = 5, base = 3)]
fn options_of_its_generator() -> Result<(), String> {
    Ok(())
}

#[retry(on(API, |e| e.is_empty()), on(expo))]
fn one_of_several() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (number(), generator(), Client { policy: API }.get(), options_of_its_generator(), one_of_several());
}
