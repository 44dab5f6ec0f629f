//! The target of the log lines is a string that lasts.
use backoff_runtime::on_predicate;

#[on_predicate(expo, logger = target)]
fn borrowed(target: &str) -> bool {
    target.is_empty()
}

#[on_predicate(expo, giveup_log_level = LEVEL)]
fn level() -> bool {
    true
}

const LEVEL: u8 = 3;

fn main() {}
