//! An adaptive pacer of a policy has to hear of refusals, too.

use backoff_runtime::{Paced, Pacer, Policy, retry};

static LIMIT: Pacer = Pacer::adaptive();
static API: Policy<Paced> = Policy::expo().pacer(&LIMIT).max_tries(3);

#[retry(API)]
fn get() -> Result<(), std::io::Error> {
    Ok(())
}

/// It is told by its type.
#[retry(API, transient)]
fn told() -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {
    let _ = (get(), told());
}
