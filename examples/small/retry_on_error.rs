//! A function that fails is called again, after a wait that grows.
//!
//! ```text
//! cargo run --example retry_on_error
//! ```
//!
//! The weather service is starting up and fails twice. Expect three requests and then the forecast: `main` makes one
//! call and sees nothing of the failures.

use std::{cell::Cell, io, time::Duration};

use backoff_runtime::on_exception;

/// A service that is starting up.
#[derive(Default)]
struct WeatherService {
    requests: Cell<u32>,
}

impl WeatherService {
    async fn get(&self, city: &str) -> io::Result<String> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.requests.set(self.requests.get() + 1);
        match self.requests.get() {
            1 => Err(io::ErrorKind::ConnectionRefused.into()),
            2 => Err(io::ErrorKind::TimedOut.into()),
            _ => Ok(format!("{city}: sunny, 21 degrees")),
        }
    }
}

// Without `factor` the waits are up to 1 s, 2 s, 4 s and 8 s; here up to 20 ms, 40 ms, ..., so that the example is quick.
#[on_exception(expo, io::Error, max_tries = 5, factor = 0.02)]
async fn forecast(service: &WeatherService, city: &str) -> io::Result<String> {
    println!("asking for the weather in {city}");
    service.get(city).await.inspect_err(|error| println!("  no answer: {error}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    println!("{}", forecast(&WeatherService::default(), "Lisbon").await?);
    Ok(())
}
