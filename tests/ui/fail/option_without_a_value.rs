//! A half-typed option is refused at its name.
use backoff_runtime::on_predicate;

#[on_predicate(expo, max_tries = )]
fn at_the_end() -> bool {
    true
}

#[on_predicate(expo, max_tries = , jitter = none)]
fn before_another() -> bool {
    true
}

#[on_predicate(expo, max_tries)]
fn a_name_alone() -> bool {
    true
}

fn main() {}
