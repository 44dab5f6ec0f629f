//! What ends without an answer has to be able to say so.
use backoff_runtime::{Pacer, on_exception};

struct ApiError;

static PACER: Pacer = Pacer::per_second(1.0);

#[on_exception(expo, attempt_timeout = 5)]
async fn bounded() -> Result<(), ApiError> {
    Ok(())
}

#[on_exception(expo, pacer = PACER, max_time = 60)]
async fn paced() -> Result<(), ApiError> {
    Ok(())
}

fn main() {
    let _ = (bounded(), paced());
}
