//! A hint is named by a field, or by a path into one.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient(retry_after = after.as_secs())]
    Call { after: std::time::Duration },
    #[transient(retry_after = "5s")]
    Text,
    #[transient(retry_after)]
    Missing { retry_after: u64 },
    #[transient(rate_limit = true)]
    Switch,
}

fn main() {}
