//! Each mistake of an attribute is told at its place, and those of the function, too.
use backoff_runtime::on_exception;

#[on_exception(fibo, max_tires = 3, base = 2, max_time = "5 parsecs", max_tries = 0, giveup = async |_| true)]
const fn read() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
