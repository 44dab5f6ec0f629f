//! This crate by its attribute, with its default log lines.

use backoff_runtime::{Details, expo, full_jitter, on_exception};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, BATCH, Failed, Operation};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("attribute");
    bench.first(call);
    bench.first_unlogged(call_unlogged);
    bench.first_with_max_time(call_with_max_time);
    bench.first_with_handler(call_with_handler);
    bench.first_sync(call_sync);
    bench.at_once(call_at_once);
    bench.waits(|| expo().factor(0.1).max_value(10).into_iter().map(full_jitter).take(BATCH).sum());
    bench.tasks(call_slowly);
    bench.source(Source {
        dependencies: concat!(
            r#"backoff-runtime = { path = ""#,
            env!("CARGO_MANIFEST_DIR"),
            r#"/../backoff-runtime" }"#
        ),
        once: "use backoff_runtime::on_exception;",
        function: "
#[on_exception(expo, factor = 0.1, max_value = 10, max_tries = 5)]
async fn NAME(client: &Client, id: u64) -> io::Result<String> { BODY }
",
    });
}

#[on_exception(expo, factor = 0.1, max_value = 10, max_tries = 5)]
async fn call(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[on_exception(expo, factor = 0.1, max_value = 10, max_tries = 5, logger = none)]
async fn call_unlogged(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[on_exception(expo, factor = 0.1, max_value = 10, max_time = 60)]
async fn call_with_max_time(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[on_exception(expo, factor = 0.1, max_value = 10, max_tries = 5, on_backoff = tell)]
async fn call_with_handler(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

fn tell(details: &Details<'_, Failed>) {
    println!("{} {} {:?}", details.outcome, details.tries, details.elapsed);
}

#[on_exception(expo, factor = 0.1, max_value = 10, max_tries = 5)]
fn call_sync(operation: &'static Operation) -> Answer {
    operation.attempt_now()
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
async fn call_at_once(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

#[on_exception(constant, interval = 5, jitter = none, max_tries = 5)]
async fn call_slowly(operation: &'static Operation) -> Answer {
    operation.attempt().await
}
