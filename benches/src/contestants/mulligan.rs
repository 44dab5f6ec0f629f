//! mulligan: a builder that runs a closure.

use mulligan::until_ok;

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, FIRST_WAIT, Failed, LONGEST_WAIT, Operation};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("mulligan");
    bench.first(|operation| {
        until_ok()
            .stop_after(4)
            .max_delay(LONGEST_WAIT)
            .exponential(FIRST_WAIT)
            .full_jitter()
            .execute(async || operation.attempt().await)
    });
    bench.first_with_handler(|operation| {
        until_ok()
            .stop_after(4)
            .max_delay(LONGEST_WAIT)
            .exponential(FIRST_WAIT)
            .full_jitter()
            .after_attempt(|answer: &Answer, tries| {
                if let Err(failed) = answer {
                    println!("{failed} {tries}");
                }
            })
            .execute(async || operation.attempt().await)
    });
    bench.first_sync(call_sync);
    bench.lacks("its waits are not for use outside of its loop");
    bench.lacks("has no limit of time");
    bench.lacks("makes a timer for a wait of zero, too");
    bench.source(Source {
        dependencies: r#"mulligan = "0.7.1""#,
        once: "use std::time::Duration;",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    mulligan::until_ok()
        .stop_after(4)
        .max_delay(Duration::from_secs(10))
        .exponential(Duration::from_millis(100))
        .full_jitter()
        .execute(async || { BODY })
        .await
}
",
    });
}

fn call_sync(operation: &'static Operation) -> Result<u64, Failed> {
    until_ok()
        .stop_after(4)
        .max_delay(LONGEST_WAIT)
        .exponential(FIRST_WAIT)
        .full_jitter()
        .execute_sync(|| operation.attempt_now())
}
