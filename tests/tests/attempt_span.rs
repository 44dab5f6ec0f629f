//! `attempt_span = true`: a span around each attempt, and around nothing else.

use std::cell::Cell;
use std::fmt::{Debug, Write as _};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{AttemptTimeout, Pacer, constant, on_exception, on_predicate};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber, info};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Takes down what happens to spans named `attempt`, and of each event in which of them it is.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

/// The fields of a span or event, as one text.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

/// What a span says of itself.
struct Number(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let (metadata, span) = (attributes.metadata(), context.span(id).unwrap());
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if metadata.name() == "attempt" {
            let name = fields.0.split_whitespace().nth(1).unwrap().to_owned();
            self.note(format!("{} {}{}", metadata.target(), metadata.level(), fields.0));
            span.extensions_mut().insert(Number(name));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(Number(name)) = context.span(id).unwrap().extensions().get() {
            self.note(format!("enter {name}"));
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some(Number(name)) = context.span(id).unwrap().extensions().get() {
            self.note(format!("exit {name}"));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(Number(name)) = context.span(&id).unwrap().extensions().get() {
            self.note(format!("close {name}"));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.split(" target_fn").next().unwrap().trim_start().to_owned();
        let scope = context.event_scope(event).into_iter().flatten();
        let inside = scope.filter(|span| span.name() == "attempt").count();
        self.note(format!("{message} in {inside}"));
    }
}

impl Seen {
    fn listen() -> (Self, DefaultGuard) {
        let seen = Self::default();
        let subscriber = tracing_subscriber::registry().with(seen.clone());
        (seen, tracing::subscriber::set_default(subscriber))
    }

    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn each_attempt_of_a_sync_function_has_a_span_and_the_wait_and_the_handlers_have_none() {
    #[on_exception(constant, interval = 1, jitter = none, max_tries = 3, attempt_span = true,
        on_backoff = |_| info!("handler"))]
    fn sync(tries: &mut u32) -> Result<u32, &'static str> {
        info!("body");
        *tries += 1;
        if *tries < 3 { Err("refused") } else { Ok(*tries) }
    }
    let (seen, _guard) = Seen::listen();
    assert_eq!(Scope::new().without_waits().run(|| sync(&mut 0)), Ok(3));
    assert_eq!(
        seen.take(),
        [
            "backoff INFO target_fn=\"sync\" attempt=1",
            "enter attempt=1",
            "message=body in 1",
            "exit attempt=1",
            "close attempt=1",
            "message=Backing off sync(...) for 1.0s (refused) in 0",
            "message=handler in 0",
            "backoff INFO target_fn=\"sync\" attempt=2 http.request.resend_count=1",
            "enter attempt=2",
            "message=body in 1",
            "exit attempt=2",
            "close attempt=2",
            "message=Backing off sync(...) for 1.0s (refused) in 0",
            "message=handler in 0",
            "backoff INFO target_fn=\"sync\" attempt=3 http.request.resend_count=2",
            "enter attempt=3",
            "message=body in 1",
            "exit attempt=3",
            "close attempt=3",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn an_async_attempt_is_in_its_span_whenever_it_is_polled() {
    #[on_exception(constant, interval = 1, jitter = none, max_tries = 2, logger = none, attempt_span = true)]
    async fn later() -> Result<(), &'static str> {
        info!("before");
        tokio::time::sleep(Duration::from_secs(1)).await;
        info!("after");
        Err("refused")
    }
    let (seen, _guard) = Seen::listen();
    later().await.unwrap_err();
    let seen = seen.take();
    let of_one = [
        "enter attempt=1",
        "message=before in 1",
        "exit attempt=1",
        "enter attempt=1",
        "message=after in 1",
        "exit attempt=1",
        "close attempt=1",
    ];
    assert_eq!(seen[1..8], of_one);
    assert_eq!(seen[8], "backoff INFO target_fn=\"later\" attempt=2 http.request.resend_count=1");
    assert_eq!(seen[9..], of_one.map(|what| what.replace("attempt=1", "attempt=2")));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_cut_or_cancelled_closes_its_span() {
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {
            info!("dropped");
        }
    }
    #[on_exception(constant, max_tries = 1, logger = none, attempt_timeout = 5, attempt_span = true)]
    async fn cut() -> Result<(), AttemptTimeout> {
        let _dropped = Dropped;
        pending().await
    }
    #[on_predicate(constant, attempt_span = true)]
    async fn cancelled() -> bool {
        pending().await
    }
    let (seen, _guard) = Seen::listen();
    cut().await.unwrap_err();
    let events = seen.take();
    assert_eq!(events[events.len() - 2..], ["message=dropped in 0", "close attempt=1"]);
    tokio::time::timeout(Duration::from_secs(1), cancelled()).await.unwrap_err();
    assert_eq!(seen.take().last().unwrap(), "close attempt=1");
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_turn_is_in_no_span() {
    static PACER: Pacer = Pacer::per(1, "1m");
    #[on_exception(constant, pacer = PACER, attempt_span = true, on_try = |_| info!("turn"))]
    async fn paced() -> Result<(), &'static str> {
        Ok(())
    }
    let (seen, _guard) = Seen::listen();
    paced().await.unwrap();
    let events = seen.take();
    assert_eq!(events[..2], ["message=turn in 0", "backoff INFO target_fn=\"paced\" attempt=1"]);
}

#[test]
fn spans_of_stacked_attributes_nest_and_false_makes_none() {
    #[on_predicate(constant, Result::is_err, interval = 0, max_tries = 2, logger = none, attempt_span = true)]
    #[on_exception(constant, interval = 0, max_tries = 2, logger = none, attempt_span = true)]
    fn nested() -> Result<bool, &'static str> {
        info!("body");
        Ok(true)
    }
    #[on_exception(constant, interval = 0, max_tries = 1, logger = none, attempt_span = false)]
    fn without() -> Result<(), &'static str> {
        info!("body");
        Ok(())
    }
    let (seen, _guard) = Seen::listen();
    nested().unwrap();
    assert!(seen.take().contains(&"message=body in 2".to_owned()));
    without().unwrap();
    assert_eq!(seen.take(), ["message=body in 0"]);
}

#[test]
fn what_the_body_does_with_its_arguments_stays_possible_and_the_future_is_send() {
    trait Fetch {
        async fn fetch<'a>(&'a mut self, url: &'a str) -> Result<&'a str, String>;
    }
    struct Client(Cell<u32>);
    impl Client {
        #[on_exception(constant, attempt_span = true)]
        fn get<'a>(
            &mut self,
            url: &'a str,
            make: impl Fn(&str) -> String,
        ) -> Result<(&'a str, String), String> {
            self.0.set(self.0.get() + 1);
            let page = make(url);
            if page.is_empty() {
                return Err(page);
            }
            Ok((url, page))
        }
    }
    impl Fetch for Client {
        #[on_exception(constant, interval = 0, max_tries = 2, attempt_span = true, attempt_timeout = 9)]
        async fn fetch<'a>(&'a mut self, url: &'a str) -> Result<&'a str, String> {
            self.0.set(self.0.get() + 1);
            tokio::task::yield_now().await;
            Ok(url)
        }
    }
    #[on_exception(constant, interval = 0, attempt_span = true)]
    async fn boxed(url: String) -> Result<Box<dyn Debug>, Box<dyn std::error::Error + Send + Sync>> {
        tokio::task::yield_now().await;
        let parsed: u32 = url.parse()?;
        Ok(Box::new(parsed))
    }
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let mut client = Client(Cell::new(0));
    assert_eq!(client.get("/", str::to_owned), Ok(("/", "/".to_owned())));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        assert_eq!(client.fetch("/").await, Ok("/"));
        // Its value is not `Send`, which is no matter before it is there.
        assert_eq!(format!("{:?}", is_send(boxed("7".to_owned())).await.unwrap()), "7");
    });
    assert_eq!(client.0.get(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_attempts_of_a_closure_have_spans_too() {
    fn closure() -> Result<u32, &'static str> {
        let mut tries = 0;
        on_exception(constant().interval(0)).max_tries(2).logger(None).attempt_span().run_blocking(
            move || {
                info!("body");
                tries += 1;
                if tries == 1 { Err("refused") } else { Ok(tries) }
            },
        )
    }
    async fn later() -> Result<(), &'static str> {
        info!("body");
        Err("refused")
    }
    let of_two = [
        "backoff INFO target_fn=\"closure\" attempt=1",
        "enter attempt=1",
        "message=body in 1",
        "exit attempt=1",
        "close attempt=1",
        "backoff INFO target_fn=\"closure\" attempt=2 http.request.resend_count=1",
        "enter attempt=2",
        "message=body in 1",
        "exit attempt=2",
        "close attempt=2",
    ];
    let (seen, _guard) = Seen::listen();
    closure().unwrap();
    assert_eq!(seen.take(), of_two);
    let call =
        on_exception(constant().interval(0)).logger(None).attempt_span().max_tries(2).attempt_timeout(5);
    call.on_timeout(|_| "late").run(later).await.unwrap_err();
    assert_eq!(seen.take(), of_two.map(|line| line.replace("closure", "later")));
}
