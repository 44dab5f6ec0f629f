//! A log level is one of five names.
use backoff_runtime::on_predicate;

#[on_predicate(expo, backoff_log_level = loud)]
fn unknown() -> bool {
    true
}

#[on_predicate(expo, giveup_log_level = warning)]
fn as_in_python() -> bool {
    true
}

#[on_predicate(expo, giveup_log_level = "error")]
fn in_quotes() -> bool {
    true
}

fn main() {}
