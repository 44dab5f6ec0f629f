//! tryhard: a builder that is a future.

use std::time::Duration;

use tryhard::retry_fn;

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{FIRST_WAIT, Failed, LONGEST_WAIT, SLEEP_WAIT};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("tryhard");
    bench.first(|operation| {
        let call = retry_fn(|| operation.attempt()).retries(4);
        call.exponential_backoff(FIRST_WAIT).max_delay(LONGEST_WAIT)
    });
    bench.first_with_handler(|operation| {
        let call = retry_fn(|| operation.attempt()).retries(4);
        let tell = |tries: u32, wait: Option<Duration>, failed: &Failed| {
            println!("{failed} {tries} {wait:?}");
            std::future::ready(())
        };
        call.exponential_backoff(FIRST_WAIT).max_delay(LONGEST_WAIT).on_retry(tell)
    });
    bench.tasks(|operation| {
        retry_fn(move || operation.attempt()).retries(4).fixed_backoff(SLEEP_WAIT)
    });
    bench.lacks("has no jitter");
    bench.lacks("has no limit of time");
    bench.lacks("has no sync form");
    bench.lacks("makes a timer for a wait of zero, too");
    bench.source(Source {
        dependencies: r#"tryhard = "0.5.2""#,
        once: "use std::time::Duration;",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> {
    tryhard::retry_fn(async || { BODY })
        .retries(4)
        .exponential_backoff(Duration::from_millis(100))
        .max_delay(Duration::from_secs(10))
        .await
}
",
    });
}
