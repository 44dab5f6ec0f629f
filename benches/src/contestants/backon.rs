//! backon: a method on closures.

use std::time::Duration;

use backon::{BackoffBuilder, BlockingRetryable, ConstantBuilder, ExponentialBuilder, Retryable};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, BATCH, FIRST_WAIT, LONGEST_WAIT, Operation, SLEEP_WAIT, Yield};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("backon");
    bench.first(|operation| (|| operation.attempt()).retry(policy()));
    bench.first_with_max_time(|operation| {
        (|| operation.attempt()).retry(policy().with_total_delay(Some(Duration::from_secs(60))))
    });
    bench.first_with_handler(|operation| {
        (|| operation.attempt()).retry(policy()).notify(|failed, wait| println!("{failed} {wait:?}"))
    });
    bench.first_sync(call_sync);
    bench.at_once(|operation| {
        let policy = ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(4);
        (|| operation.attempt()).retry(policy).sleep(|_| Yield::default())
    });
    bench.waits(|| policy().with_max_times(BATCH).build().sum());
    bench.tasks(|operation| {
        let policy = ConstantBuilder::new().with_delay(SLEEP_WAIT).with_max_times(4);
        (move || operation.attempt()).retry(policy)
    });
    bench.source(Source {
        dependencies: r#"backon = "1.6""#,
        once: "
use std::time::Duration;
use backon::{ExponentialBuilder, Retryable};
fn policy() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(10))
        .with_max_times(4)
}
",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    (async || { BODY }).retry(policy()).await
}
",
    });
}

fn policy() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .with_max_times(4)
}

fn call_sync(operation: &'static Operation) -> Answer {
    (|| operation.attempt_now()).retry(policy()).call()
}
