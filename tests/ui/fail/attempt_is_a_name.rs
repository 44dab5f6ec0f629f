//! `attempt` names the attempt's number.
use backoff_runtime::on_predicate;

#[on_predicate(expo, attempt = 3)]
fn number() -> bool {
    true
}

#[on_predicate(expo, attempt = self.attempt)]
fn path() -> bool {
    true
}

fn main() {}
