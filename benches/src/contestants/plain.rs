//! No retries: what the work itself costs.

use crate::bench::Bench;
use crate::source::Source;
use crate::work::{Answer, Operation, SLEEP_WAIT};

pub(crate) fn enter(bench: &mut Bench) {
    bench.name("plain call");
    bench.first(call);
    bench.first_sync(call_sync);
    bench.tasks(call_slowly);
    bench.source(Source {
        dependencies: "",
        once: "",
        function: "
async fn NAME(client: &Client, id: u64) -> io::Result<String> { BODY }
",
    });
}

async fn call(operation: &'static Operation) -> Answer {
    operation.attempt().await
}

/// The least that a task can do which makes two attempts with a wait in between.
async fn call_slowly(operation: &'static Operation) -> Answer {
    let _ = operation.attempt().await;
    tokio::time::sleep(SLEEP_WAIT).await;
    operation.attempt().await
}

fn call_sync(operation: &'static Operation) -> Answer {
    operation.attempt_now()
}
