//! Values are expressions over the arguments and `self`.
#![deny(warnings)]
use backoff_runtime::on_exception;
use std::time::Duration;

struct Client {
    timeout: Option<Duration>,
    waits: Vec<f64>,
    tries: u32,
}

impl Client {
    #[on_exception(constant, interval = self.waits.clone(), max_time = self.timeout, max_tries = self.tries + extra)]
    async fn get(&mut self, extra: u32) -> Result<u32, String> {
        self.tries += 1;
        Ok(extra)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut client = Client { timeout: None, waits: vec![0.5], tries: 3 };
    assert_eq!(client.get(1).await, Ok(1));
}
