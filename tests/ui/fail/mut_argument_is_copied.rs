//! Changes to a `mut` argument would carry over into the next attempt, unless it is copied for each.
use backoff_runtime::on_predicate;

#[on_predicate(expo)]
fn pop(mut names: Vec<String>) -> Option<String> {
    names.pop()
}

#[on_predicate(expo)]
async fn push(mut name: String, mut n: u8) -> bool {
    n += 1;
    name.push('x');
    name.len() > usize::from(n)
}

fn main() {}
