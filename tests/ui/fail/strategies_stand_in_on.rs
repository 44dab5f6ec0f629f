use backoff_runtime::{on_predicate, retry};

fn is_busy(error: &String) -> bool {
    error == "busy"
}

#[retry(expo, is_busy, on(fibo))]
fn generator_in_front() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo, is_busy), fibo, max_tries = 3)]
fn generator_behind() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo), is_busy)]
fn condition_behind() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo, is_busy, on(fibo)))]
fn one_inside_another() -> Result<(), String> {
    Ok(())
}

#[on_predicate(on(), max_tries = 3)]
fn nothing_inside() -> bool {
    true
}

#[retry(on(max_tries = 3, expo), on(fibo))]
fn generator_is_late() -> Result<(), String> {
    Ok(())
}

#[retry(on(is_busy, expo), on(fibo))]
fn condition_comes_first() -> Result<(), String> {
    Ok(())
}

#[retry(expo, on = is_busy)]
fn no_option() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo, is_busy), on = fibo)]
fn no_option_beside_others() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (generator_in_front(), generator_behind(), condition_behind(), one_inside_another(), nothing_inside());
    let _ = (generator_is_late(), condition_comes_first(), no_option(), no_option_beside_others());
    let _ = is_busy(&String::new());
}
