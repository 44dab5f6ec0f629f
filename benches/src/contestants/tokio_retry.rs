//! tokio-retry: a future of a strategy and an action.

use tokio_retry::Retry;
use tokio_retry::strategy::{ExponentialBackoff, FixedInterval, jitter};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{BATCH, LONGEST_WAIT, SLEEP_WAIT};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("tokio-retry");
    bench.first(|operation| Retry::start(waits().map(jitter).take(4), || operation.attempt()));
    bench.waits(|| waits().map(jitter).take(BATCH).sum());
    bench.tasks(|operation| Retry::start(FixedInterval::new(SLEEP_WAIT).take(4), || operation.attempt()));
    bench.lacks("has no limit of time");
    bench.lacks("has no handlers");
    bench.lacks("has no sync form");
    bench.lacks("makes a timer for a wait of zero, too");
    bench.source(Source {
        dependencies: r#"tokio-retry = "0.3.2""#,
        once: "
use std::time::Duration;
use tokio_retry::Retry;
use tokio_retry::strategy::{ExponentialBackoff, jitter};
fn waits() -> impl Iterator<Item = Duration> {
    ExponentialBackoff::from_millis(2).factor(50).max_delay(Duration::from_secs(10)).map(jitter).take(4)
}
",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    Retry::start(waits(), async || { BODY }).await
}
",
    });
}

/// Powers of two, times 50 ms: 0.1 s, 0.2 s, 0.4 s, ...
fn waits() -> ExponentialBackoff {
    ExponentialBackoff::from_millis(2).factor(50).max_delay(LONGEST_WAIT)
}
