//! What is wrong in a `static` policy is an error when the program is compiled.

use backoff_runtime::{Policy, Timed};

static NO_TRIES: Policy = Policy::expo().max_tries(0);
static NO_UNIT: Policy = Policy::expo().max_time("300");
static NO_DURATION: Policy = Policy::constant("soon");
static BELOW_ZERO: Policy = Policy::expo().max_value("-1s");
static BASE: Policy = Policy::expo().base(0.0);
static OF_ANOTHER: Policy = Policy::fibo().base(2.0);
static NO_WAITS: Policy = Policy::sequence(&[]);
static NO_TIME: Policy<Timed> = Policy::expo().attempt_timeout("0s");

fn main() {
    let _ = (&NO_TRIES, &NO_UNIT, &NO_DURATION, &BELOW_ZERO, &BASE, &OF_ANOTHER, &NO_WAITS, &NO_TIME);
}
