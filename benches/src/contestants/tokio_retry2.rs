//! tokio-retry2: as tokio-retry, with errors that say whether they are worth another try.

use tokio_retry2::strategy::{ExponentialFactorBackoff, FixedInterval, jitter};
use tokio_retry2::{MapErr, Retry};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, BATCH, LONGEST_WAIT, Operation, SLEEP_WAIT};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("tokio-retry2");
    bench.first(call);
    bench.first_with_handler(call_with_handler);
    bench.waits(|| waits().map(jitter).take(BATCH).sum());
    bench.tasks(call_slowly);
    bench.lacks("limits the sum of waits, not the time");
    bench.lacks("has no sync form");
    bench.lacks("makes a timer for a wait of zero, too");
    bench.source(Source {
        dependencies: r#"tokio-retry2 = { version = "0.9.1", features = ["jitter"] }"#,
        once: "
use std::time::Duration;
use tokio_retry2::strategy::{ExponentialFactorBackoff, jitter};
use tokio_retry2::{MapErr, Retry};
fn waits() -> impl Iterator<Item = Duration> {
    ExponentialFactorBackoff::from_millis(100, 2.0).max_delay(Duration::from_secs(10)).map(jitter).take(4)
}
",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    Retry::spawn(waits(), async || { let result: io::Result<String> = async { BODY }.await; result.map_transient_err() }).await
}
",
    });
}

fn waits() -> ExponentialFactorBackoff {
    ExponentialFactorBackoff::from_millis(100, 2.0).max_delay(LONGEST_WAIT)
}

async fn call(operation: &'static Operation) -> Answer {
    let action = async || operation.attempt().await.map_transient_err();
    Retry::spawn(waits().map(jitter).take(4), action).await
}

async fn call_with_handler(operation: &'static Operation) -> Answer {
    let action = async || operation.attempt().await.map_transient_err();
    let tell = |failed: &crate::work::Failed, wait| println!("{failed} {wait:?}");
    Retry::spawn_notify(waits().map(jitter).take(4), action, tell).await
}

async fn call_slowly(operation: &'static Operation) -> Answer {
    let action = move || async move { operation.attempt().await.map_transient_err() };
    Retry::spawn(FixedInterval::new(SLEEP_WAIT).take(4), action).await
}
