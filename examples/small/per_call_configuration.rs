//! Limits and waits that are known only when the function is called.
//!
//! ```text
//! cargo run --example per_call_configuration
//! ```
//!
//! Options take them from `self`, from the function's arguments and from configuration that may change while the program
//! runs, each read once per call. Expect a caller in a hurry to try twice, a patient one five times, one who sets no limit
//! to get the answer, and a client without patience to try once; and the settings to be read once in each call.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use backoff_runtime::on_exception;

/// Configuration that an operator may change at any time. Milliseconds so that the example is quick.
static LONGEST_WAIT: AtomicU64 = AtomicU64::new(10);

fn longest_wait() -> Duration {
    println!("  (reading the settings)");
    Duration::from_millis(LONGEST_WAIT.load(Ordering::Relaxed))
}

/// A client of an archive that finds things at the seventh request.
struct Client {
    patience: Duration,
    requests: Cell<u32>,
}

impl Client {
    fn new(patience: Duration) -> Self {
        Self { patience, requests: Cell::new(0) }
    }

    // `max_time` of the client, `max_tries` of the caller (`None` is no limit), `max_value` of the configuration: a
    // function without arguments, called once per call.
    #[on_exception(expo, factor = 0.005, max_value = longest_wait, max_time = self.patience, max_tries = attempts)]
    async fn find(&self, title: &str, attempts: Option<u32>) -> Result<String, String> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.requests.set(self.requests.get() + 1);
        let found = self.requests.get() == 7;
        if found { Ok(format!("{title}: shelf 9")) } else { Err(format!("{title}: not found yet")) }
    }
}

async fn show(who: &str, patience: Duration, attempts: Option<u32>) {
    println!("{who}:");
    let client = Client::new(patience);
    let found = client.find("Moby-Dick", attempts).await;
    println!("  {found:?}, requests: {}", client.requests.get());
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let patience = Duration::from_secs(2);
    show("in a hurry", patience, Some(2)).await;
    show("patient", patience, Some(5)).await;
    LONGEST_WAIT.store(20, Ordering::Relaxed);
    show("without a limit", patience, None).await;
    show("without patience", Duration::ZERO, None).await;
}
