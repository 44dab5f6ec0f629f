//! backoff: functions that take a policy and a closure.

use std::time::Duration;

use backoff::backoff::{Backoff, Constant};
use backoff::future::{Retry, Sleeper, retry, retry_notify};
use backoff::{Error, ExponentialBackoff, ExponentialBackoffBuilder};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, BATCH, FIRST_WAIT, Failed, LONGEST_WAIT, Operation, SLEEP_WAIT, Yield};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("backoff");
    bench.first(call);
    bench.first_with_max_time(|operation| {
        retry(policy(Some(Duration::from_secs(60))), async || Ok(operation.attempt().await?))
    });
    bench.first_with_handler(|operation| {
        let tell = |failed: Failed, wait| println!("{failed} {wait:?}");
        retry_notify(policy(None), async || Ok(operation.attempt().await?), tell)
    });
    bench.first_sync(call_sync);
    bench.at_once(|operation| {
        let operation = move || async move { Ok(operation.attempt().await?) };
        Retry::new(Yielding, Constant::new(Duration::ZERO), |_, _| (), operation)
    });
    bench.waits(|| {
        let mut waits = policy(None);
        (0..BATCH).map(|_| waits.next_backoff().unwrap_or_default()).sum()
    });
    bench.tasks(|operation| {
        retry(Constant::new(SLEEP_WAIT), move || async move { Ok(operation.attempt().await?) })
    });
    bench.lacks("has no maximum of tries");
    bench.source(Source {
        dependencies: r#"backoff = { version = "0.4.0", features = ["tokio"] }"#,
        once: "
use std::time::Duration;
use backoff::{ExponentialBackoff, ExponentialBackoffBuilder};
use backoff::future::retry;
fn policy() -> ExponentialBackoff {
    ExponentialBackoffBuilder::new()
        .with_initial_interval(Duration::from_millis(100))
        .with_multiplier(2.0)
        .with_max_interval(Duration::from_secs(10))
        .build()
}
",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    retry(policy(), async || { let result: io::Result<String> = async { BODY }.await; Ok(result?) }).await
}
",
    });
}

fn policy(max_time: Option<Duration>) -> ExponentialBackoff {
    ExponentialBackoffBuilder::new()
        .with_initial_interval(FIRST_WAIT)
        .with_multiplier(2.0)
        .with_max_interval(LONGEST_WAIT)
        .with_max_elapsed_time(max_time)
        .build()
}

async fn call(operation: &'static Operation) -> Answer {
    retry(policy(None), async || Ok(operation.attempt().await?)).await
}

fn call_sync(operation: &'static Operation) -> Answer {
    backoff::retry(policy(None), || Ok(operation.attempt_now()?)).map_err(|error| match error {
        Error::Permanent(failed) | Error::Transient { err: failed, .. } => failed,
    })
}

/// Waits of zero without a timer.
struct Yielding;

impl Sleeper for Yielding {
    type Sleep = Yield;

    fn sleep(&self, _: Duration) -> Self::Sleep {
        Yield::default()
    }
}
