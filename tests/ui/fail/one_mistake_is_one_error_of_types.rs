//! A value of the wrong type is one error, too, and the function stays defined.
use backoff_runtime::on_exception;

#[on_exception(expo, max_tries = tries, max_time = 5, on_backoff = |d| println!("{}", d.tries))]
async fn read(tries: &str) -> Result<usize, String> {
    Ok(tries.len())
}

async fn all() -> Result<usize, String> {
    Ok(read("a").await? + read("b").await? + read("c").await?)
}

fn main() {
    drop((all(), read("d"), read("e")));
}
