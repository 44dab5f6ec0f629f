use backoff_runtime::{on_predicate, retry};

#[retry(on(expo, max_tries = 3), on(fibo, |e| e == "busy"))]
fn behind_one_for_any_error() -> Result<(), String> {
    Ok(())
}

#[on_predicate(on(expo), on(constant, |b| *b), on(fibo, max_value = 3))]
fn twice_for_falsy_values() -> bool {
    true
}

#[retry(on(expo, transient), on(constant, |e| e == "busy"), on(fibo, transient))]
fn twice_for_what_is_transient() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (behind_one_for_any_error(), twice_for_falsy_values(), twice_for_what_is_transient());
}
