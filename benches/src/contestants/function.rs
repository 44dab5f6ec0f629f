//! This crate by its function, with its default log lines.

use backoff_runtime::{Details, Expo, constant, expo, full_jitter, none, on_exception};

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, BATCH, FACTOR, Failed, LONGEST, Operation, SLEEP, TRIES};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("function");
    bench.first(|operation| on_exception(waits()).max_tries(TRIES).run(|| operation.attempt()));
    bench.first_unlogged(|operation| {
        on_exception(waits()).max_tries(TRIES).logger(None).run(|| operation.attempt())
    });
    bench.first_with_max_time(|operation| on_exception(waits()).max_time(60).run(|| operation.attempt()));
    bench.first_with_handler(|operation| {
        let policy = on_exception(waits()).max_tries(TRIES).on_backoff(|details: &Details<'_, Failed>| {
            println!("{} {} {:?}", details.outcome, details.tries, details.elapsed);
        });
        policy.run(|| operation.attempt())
    });
    bench.first_sync(call_sync);
    bench.at_once(|operation| {
        on_exception(constant().interval(0)).jitter(none).max_tries(TRIES).run(|| operation.attempt())
    });
    bench.waits(|| waits().into_iter().map(full_jitter).take(BATCH).sum());
    bench.tasks(|operation| {
        let policy = on_exception(constant().interval(SLEEP)).jitter(none).max_tries(TRIES);
        policy.run(|| operation.attempt())
    });
    bench.source(Source {
        dependencies: concat!(
            r#"backoff-runtime = { path = ""#,
            env!("CARGO_MANIFEST_DIR"),
            r#"/../backoff-runtime" }"#
        ),
        once: "use backoff_runtime::{expo, on_exception};",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    on_exception(expo().factor(0.1).max_value(10)).max_tries(5).run(async || { BODY }).await
}
",
    });
}

fn waits() -> Expo {
    expo().factor(FACTOR).max_value(LONGEST)
}

fn call_sync(operation: &'static Operation) -> Answer {
    on_exception(waits()).max_tries(TRIES).run_blocking(|| operation.attempt_now())
}
