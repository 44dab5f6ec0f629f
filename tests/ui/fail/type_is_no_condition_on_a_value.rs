//! A value has one type; `on_predicate` needs to be told which of its values.
use backoff_runtime::on_predicate;

#[on_predicate(expo, std::io::Error)]
fn path() -> bool {
    true
}

#[on_predicate(expo, (u8, bool))]
fn tuple() -> bool {
    true
}

fn main() {}
