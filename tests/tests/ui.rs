//! What the attributes refuse, and how they say it: one rule per file of `ui/fail`, named after the rule. Beside them
//! `ui/pass`: what is like a mistake and is none.
//!
//! The texts beside the files are what users read; a change in them is reviewed like prose. After one, write them anew
//! with `TRYBUILD=overwrite cargo test -p backoff-tests --test ui`.

#[test]
fn a_mistake_is_one_error_at_its_place() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

/// Constants are evaluated when code is generated. That takes a build, which the cases that pass ask for.
#[test]
fn a_constant_is_checked_as_a_literal_is_and_what_is_valid_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/constants/*.rs");
}
