//! backon-macros: an attribute that writes backon's closure.

use std::time::Duration;

use backon::{ConstantBuilder, ExponentialBuilder};
use backon_macros::backon;

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, FIRST_WAIT, Failed, LONGEST_WAIT, Operation, SLEEP_WAIT, Yield};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("backon-macros");
    bench.first(call);
    bench.first_with_max_time(call_with_max_time);
    bench.first_with_handler(call_with_handler);
    bench.first_sync(call_sync);
    bench.at_once(call_at_once);
    bench.tasks(call_slowly);
    bench.lacks("its waits are those of backon");
    bench.source(Source {
        dependencies: "backon = \"1.6\"\nbackon-macros = \"1.0.0\"",
        once: "
use std::time::Duration;
use backon::ExponentialBuilder;
use backon_macros::backon;
fn policy() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(10))
        .with_max_times(4)
}
",
        function: "
#[backon(backoff = policy)]
async fn NAME(client: &Client, id: u64) -> io::Result<String> { BODY }
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

fn policy_with_max_time() -> ExponentialBuilder {
    policy().with_total_delay(Some(Duration::from_secs(60)))
}

fn policy_at_once() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(4)
}

fn policy_slowly() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(SLEEP_WAIT).with_max_times(4)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "that's what it is given")]
fn tell(failed: &Failed, wait: Duration) {
    println!("{failed} {wait:?}");
}

async fn yielding(_: Duration) {
    Yield::default().await;
}

#[backon(backoff = policy)]
async fn call(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[backon(backoff = policy_with_max_time)]
async fn call_with_max_time(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[backon(backoff = policy, notify = tell)]
async fn call_with_handler(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[backon(backoff = policy)]
fn call_sync(operation: &'static Operation) -> Answer {
    operation.attempt_now()
}

#[backon(backoff = policy_at_once, sleep = yielding)]
async fn call_at_once(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[backon(backoff = policy_slowly)]
async fn call_slowly(operation: &'static Operation) -> Answer {
    operation.attempt().await
}
