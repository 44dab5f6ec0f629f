use backoff_runtime::retry;

#[retry]
fn without_a_generator() -> Result<(), String> {
    Ok(())
}

#[retry(max_tries = 3, expo)]
fn generator_is_late() -> Result<(), String> {
    Ok(())
}

#[retry(expo)]
fn no_result() -> u32 {
    7
}

#[retry(expo, exception = String)]
fn named_as_in_python() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (without_a_generator(), generator_is_late(), no_result(), named_as_in_python());
}
