use backoff_runtime::{on_predicate, retry};

#[retry(on(expo, |e| e == "busy", max_time = 300, on_backoff = |_| {}), on(fibo))]
fn option_of_the_call() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo, |e| e == "busy"), on(fibo, giveup = |e| e == "fatal"))]
fn giveup_of_the_call() -> Result<(), String> {
    Ok(())
}

#[on_predicate(on(expo, giveup = |b| *b))]
fn option_of_the_other_attribute() -> bool {
    true
}

#[retry(on(expo, |e| e == "busy"), on(fibo), max_value = 60, interval = 3)]
fn option_of_a_generator() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo, |e| e == "busy", interval = 3), on(fibo, base = 2))]
fn option_of_another_generator() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo, |e| e == "busy", max_tires = 3), on(fibo, max_tries = 2, max_tries = 3), max_tmie = 4)]
fn misspelt_and_given_twice() -> Result<(), String> {
    Ok(())
}

#[retry(on(expo, |e| e == "busy", max_tries = 0, jitter = full_jiter), on(constant, interval = -1))]
fn wrong_values() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (option_of_the_call(), giveup_of_the_call(), option_of_the_other_attribute(), option_of_a_generator());
    let _ = (option_of_another_generator(), misspelt_and_given_twice(), wrong_values());
}
