//! An adaptive pacer that hears of no refusal would never find the limit.
use backoff_runtime::{Pacer, on_exception, on_predicate};

static ACCOUNT: Pacer = Pacer::adaptive();

mod limits {
    pub static ACCOUNT: backoff_runtime::Pacer = backoff_runtime::Pacer::adaptive();
}

#[on_exception(expo, pacer = ACCOUNT)]
fn untold() -> Result<(), String> {
    Ok(())
}

#[on_predicate(expo, pacer = &limits::ACCOUNT)]
async fn untold_by_path() -> bool {
    true
}

#[on_exception(expo, pacer = ACCOUNT, throttled = |e| e == "429")]
fn told() -> Result<(), String> {
    Ok(())
}

#[on_exception(expo, pacer = ACCOUNT, retry_after = |_| 5)]
fn hinted() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = (untold(), untold_by_path(), told(), hinted());
}
