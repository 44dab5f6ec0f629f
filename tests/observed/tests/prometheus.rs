//! The metrics of a program, as Prometheus reads them: its exporter answers a real request on loopback.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{Pacer, Place, metrics, on_exception, on_predicate};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a page of metrics says, by name and labels as they stand there.
struct Page(BTreeMap<String, f64>);

impl Page {
    fn parse(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(
            samples
                .map(|line| {
                    let (name, value) = line.rsplit_once(' ').expect("a value");
                    (name.to_owned(), value.parse().expect("a number"))
                })
                .collect(),
        )
    }

    /// Gets a page from a listener.
    async fn get(address: SocketAddr) -> (String, Self) {
        let mut stream = TcpStream::connect(address).await.expect("somebody listens");
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200") && !head.contains("chunked"), "{head}");
        (body.to_owned(), Self::parse(body))
    }

    fn value(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

/// A page of what a function does, by a recorder of its own.
fn page<R>(builder: PrometheusBuilder, function: impl FnOnce() -> R) -> Page {
    let recorder = builder.build_recorder();
    let _ = ::metrics::with_local_recorder(&recorder, || {
        metrics::record();
        function()
    });
    Page::parse(&recorder.handle().render())
}

#[tokio::test]
async fn calls_that_succeed_retry_and_give_up_are_counted_where_prometheus_looks() {
    static SMS: Pacer = Pacer::per_second(10.0).margin(1.0);
    #[on_exception(constant, interval = 0, max_tries = 3, giveup = |e| *e == 400, on_try = |d| *tries = d.tries)]
    async fn fetch(tries: &mut u32, statuses: &[u32]) -> Result<(), u32> {
        let _ = &tries;
        match statuses[usize::try_from(*tries).unwrap() - 1] {
            200 => Ok(()),
            status => Err(status),
        }
    }
    #[on_predicate(constant, interval = 0, max_tries = 2)]
    async fn poll() -> bool {
        false
    }
    let address = free();
    let builder = PrometheusBuilder::new().with_http_listener(address).set_buckets(&[1.0]).unwrap();
    let (recorder, listener) = builder.build().unwrap();
    ::metrics::set_global_recorder(recorder).unwrap();
    tokio::spawn(listener);
    metrics::record();
    metrics::record();
    metrics::watch_pacer("sms", &SMS);

    fetch(&mut 0, &[200]).await.unwrap();
    fetch(&mut 0, &[503, 200]).await.unwrap();
    fetch(&mut 0, &[503, 503, 503]).await.unwrap_err();
    fetch(&mut 0, &[503, 400]).await.unwrap_err();
    poll().await;
    let turn = SMS.turn(Place::back(), None).await.unwrap();
    metrics::refresh();
    let (text, page) = Page::get(address).await;

    let of_fetch = r#"{code_function_name="fetch"}"#;
    assert_eq!(page.value(&format!("backoff_attempts{of_fetch}")), Some(8.0), "{text}");
    assert_eq!(page.value(&format!("backoff_retries{of_fetch}")), Some(4.0));
    assert_eq!(page.value(&format!("backoff_successes{of_fetch}")), Some(2.0));
    for (function, reason, count) in
        [("fetch", "max_tries", 1.0), ("fetch", "giveup", 1.0), ("poll", "max_tries", 1.0)]
    {
        let name = format!(r#"backoff_giveups{{code_function_name="{function}",backoff_reason="{reason}"}}"#);
        assert_eq!(page.value(&name), Some(count), "{text}");
    }
    assert_eq!(page.value(&format!("backoff_wait_duration_count{of_fetch}")), Some(4.0));
    assert_eq!(page.value(&format!("backoff_wait_duration_sum{of_fetch}")), Some(0.0));
    assert_eq!(page.value(r#"backoff_wait_duration_bucket{code_function_name="poll",le="1"}"#), Some(1.0));
    assert!(text.contains("# TYPE backoff_wait_duration histogram\n"), "{text}");
    assert!(text.contains("# HELP backoff_giveups Calls that gave up, by reason.\n"), "{text}");

    let of_sms = r#"{backoff_pacer_name="sms"}"#;
    assert_eq!(page.value(&format!("backoff_pacer_rate{of_sms}")), Some(10.0));
    assert_eq!(page.value(&format!("backoff_pacer_active_calls{of_sms}")), Some(1.0));
    assert_eq!(page.value(&format!("backoff_pacer_queue_length{of_sms}")), Some(0.0));
    turn.accepted();
    metrics::refresh();
    let (_, page) = Page::get(address).await;
    assert_eq!(page.value(&format!("backoff_pacer_active_calls{of_sms}")), Some(0.0));
}

/// An address on loopback that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

#[test]
fn waits_are_in_seconds_also_those_of_sync_functions() {
    #[on_exception(constant, interval = "1m 30s", jitter = none, max_tries = 3)]
    fn slow() -> Result<(), String> {
        Err("refused".to_owned())
    }
    let page = page(PrometheusBuilder::new(), || {
        Scope::new().without_waits().run(slow).unwrap_err();
    });
    let name = r#"backoff_wait_duration_sum{code_function_name="slow"}"#;
    assert_eq!(page.value(name), Some(180.0));
}

#[test]
fn recommended_names_have_the_suffixes_of_prometheus() {
    #[on_exception(constant, interval = 0, max_tries = 2)]
    fn named() -> Result<(), String> {
        Err("refused".to_owned())
    }
    static NAMED: Pacer = Pacer::adaptive();
    let page = page(PrometheusBuilder::new().with_recommended_naming(true), || {
        metrics::watch_pacer("named", &NAMED);
        named().unwrap_err();
        metrics::refresh();
    });
    for (name, value) in [
        (r#"backoff_attempts_total{code_function_name="named"}"#, Some(2.0)),
        (r#"backoff_giveups_total{code_function_name="named",backoff_reason="max_tries"}"#, Some(1.0)),
        (r#"backoff_wait_duration_seconds_count{code_function_name="named"}"#, Some(1.0)),
        (r#"backoff_pacer_closed_duration_seconds{backoff_pacer_name="named"}"#, Some(0.0)),
        // Nothing is known of its limit yet.
        (r#"backoff_pacer_rate{backoff_pacer_name="named"}"#, None),
    ] {
        assert_eq!(page.value(name), value, "{name} in {:?}", page.0.keys());
    }
}

#[test]
fn an_error_that_is_not_retried_is_an_attempt_without_an_end() {
    #[on_exception(constant, |e| *e != 404, interval = 0)]
    fn passed_on(status: u32) -> Result<(), u32> {
        Err(status)
    }
    let page = page(PrometheusBuilder::new(), || passed_on(404).unwrap_err());
    assert_eq!(page.value(r#"backoff_attempts{code_function_name="passed_on"}"#), Some(1.0));
    assert_eq!(page.0.len(), 1, "{:?}", page.0);
}

#[tokio::test(start_paused = true)]
async fn gauges_are_written_again_whenever_the_interval_has_passed() {
    static QUEUED: Pacer = Pacer::per(1, "1m");
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let value = |name: &str| {
        Page::parse(&handle.render()).value(&format!(r#"{name}{{backoff_pacer_name="queued"}}"#))
    };
    metrics::watch_pacer("queued", Arc::new(Pacer::adaptive()));
    metrics::watch_pacer("queued", &QUEUED);
    QUEUED.turn(Place::back(), None).await.unwrap().accepted();
    let program = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(value("backoff_pacer_queue_length"), Some(0.0), "the next caller has only just come");
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(value("backoff_pacer_queue_length"), Some(1.0));
        let closed = value("backoff_pacer_closed_duration").unwrap();
        assert!((49.0..=50.0).contains(&closed), "{closed}");
    };
    let next = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        QUEUED.turn(Place::back(), None).await
    };
    tokio::select! {
        _ = metrics::refresh_every(Duration::from_secs(10)) => {}
        _ = next => panic!("the window lasts a minute"),
        () = program => {}
    }
}
