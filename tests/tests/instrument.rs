//! `#[instrument]` above and below the attributes: one span for the call, either way.

use std::sync::{Arc, Mutex};

use backoff_runtime::on_exception;
use backoff_tests::flaky::{Failed, Flaky};
use tracing::instrument;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Takes down the names of spans.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<&'static str>>>);

impl<S: tracing::Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.0.lock().unwrap().push(attributes.metadata().name());
    }
}

impl Spans {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    fn taken(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[on_exception(expo, max_tries = 5)]
#[instrument(skip_all)]
async fn below(flaky: &Flaky, name: String, seen: &mut Vec<u32>) -> Result<usize, Failed> {
    seen.push(flaky.calls());
    flaky.call_later().await.map(|_| name.len())
}

#[instrument(skip_all, ret, err)]
#[on_exception(expo, max_tries = 5)]
async fn above(flaky: &Flaky, name: &str) -> Result<usize, Failed> {
    flaky.call_later().await.map(|_| name.len())
}

#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
#[instrument(skip_all, ret, err)]
fn sync_below(flaky: &Flaky, name: String, mut n: usize) -> Result<usize, Failed> {
    n += 1;
    flaky.call().map(|_| name.len() + n)
}

#[expect(clippy::needless_pass_by_value, reason = "an owned argument is what is tried")]
#[instrument(skip_all)]
#[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
fn sync_above(flaky: &Flaky, name: String, mut n: usize) -> Result<usize, Failed> {
    n += 1;
    flaky.call().map(|_| name.len() + n)
}

#[tokio::test(start_paused = true)]
async fn instrument_stands_below() {
    let spans = Spans::default();
    let _listening = spans.listen();
    let mut seen = Vec::new();
    assert_eq!(below(&Flaky::new(), "ab".to_owned(), &mut seen).await, Ok(2));
    assert_eq!((seen, spans.taken()), (vec![0, 1, 2], vec!["below"]));
    assert_eq!(sync_below(&Flaky::new(), "ab".to_owned(), 10), Ok(13));
    assert_eq!(spans.taken(), ["sync_below"]);
}

#[tokio::test(start_paused = true)]
async fn instrument_stands_above() {
    let spans = Spans::default();
    let _listening = spans.listen();
    let flaky = Flaky::new();
    assert_eq!((above(&flaky, "ab").await, flaky.calls()), (Ok(2), 3));
    assert_eq!(spans.taken(), ["above"]);
    let flaky = Flaky::new();
    assert_eq!((sync_above(&flaky, "ab".to_owned(), 10), flaky.calls()), (Ok(13), 3));
    assert_eq!(spans.taken(), ["sync_above"]);
}

#[tokio::test(start_paused = true)]
async fn instrument_stands_on_methods() {
    #[derive(Debug, Default)]
    struct Client {
        flaky: Flaky,
        changes: u32,
    }
    impl Client {
        #[instrument]
        #[on_exception(expo, max_tries = 5)]
        async fn above(&self) -> Result<u32, Failed> {
            self.flaky.call_later().await
        }
        #[on_exception(expo, max_tries = 5)]
        #[instrument]
        async fn below(&mut self, name: String) -> Result<usize, Failed> {
            self.changes += 1;
            self.flaky.call_later().await.map(|_| name.len())
        }
    }
    assert_eq!(Client::default().above().await, Ok(3));
    let mut client = Client::default();
    assert_eq!((client.below("ab".to_owned()).await, client.changes), (Ok(2), 3));
}

#[tokio::test(start_paused = true)]
async fn instrument_stands_above_what_owns_or_changes_its_arguments() {
    #[derive(Debug, Default)]
    struct Client {
        flaky: Flaky,
        changes: u32,
    }
    impl Client {
        #[instrument]
        #[on_exception(expo, max_tries = 5)]
        async fn above(&mut self, name: String, seen: &mut Vec<u32>) -> Result<usize, Failed> {
            self.changes += 1;
            seen.push(self.changes);
            self.flaky.call_later().await.map(|_| name.len())
        }
    }
    let (mut client, mut seen) = (Client::default(), Vec::new());
    assert_eq!((client.above("ab".to_owned(), &mut seen).await, client.changes), (Ok(2), 3));
    assert_eq!(seen, [1, 2, 3]);
}
