//! Which errors and responses of reqwest are transient, of real servers on loopback; and that an upload is retried whole.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use backoff_runtime::{Class, Transient, on_exception, on_predicate};
use futures_util::stream;
use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Client, Error, redirect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server that answers each connection with the next of some bytes, and then hangs up.
async fn answers(answers: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            read_head(&mut connection).await;
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

async fn read_head(connection: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn get_text(url: &str) -> Result<String, Error> {
    Client::new().get(url).send().await?.error_for_status()?.text().await
}

async fn failure(url: &str) -> Error {
    get_text(url).await.expect_err("it fails")
}

#[tokio::test]
async fn a_server_that_is_not_there_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(listener.local_addr().unwrap());
    drop(listener);
    let error = failure(&url).await;
    assert!(error.is_connect());
    assert_eq!(error.class(), Class::TRANSIENT);
}

/// The class of a call that gets no connection, as making one fails by this error.
async fn without_a_connection(error: fn() -> io::Error) -> Class {
    struct Nobody(fn() -> io::Error);
    impl Resolve for Nobody {
        fn resolve(&self, _: Name) -> Resolving {
            let error = (self.0)();
            Box::pin(async { Err(error.into()) })
        }
    }
    let client = Client::builder().dns_resolver(Arc::new(Nobody(error))).build().unwrap();
    let error = client.get("http://nowhere.test/").send().await.expect_err("it fails");
    assert!(error.is_connect());
    error.class()
}

#[tokio::test]
async fn a_name_without_an_address_is_transient() {
    assert_eq!(without_a_connection(|| io::Error::other("no such name")).await, Class::TRANSIENT);
}

/// A certificate, say; hyper-rustls wraps the error of rustls in this way.
#[tokio::test]
async fn a_connection_that_is_not_as_we_want_it_is_final() {
    let refused = || io::Error::other(io::Error::new(io::ErrorKind::InvalidData, "another certificate"));
    assert_eq!(without_a_connection(refused).await, Class::Final);
}

#[tokio::test]
async fn a_connection_that_breaks_is_transient_wherever_it_breaks() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nonly this",
    ] {
        let answer: &'static [&'static str] = vec![answer].leak();
        let error = failure(&answers(answer).await).await;
        assert_eq!(error.class(), Class::TRANSIENT, "{answer:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_json_body_that_is_cut_off_is_transient_and_one_that_is_wrong_is_final() {
    let json = async |answer: &'static [&'static str]| {
        let response = reqwest::get(answers(answer).await).await.unwrap();
        response.json::<u32>().await.expect_err("it fails")
    };
    let cut = json(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n1"]).await;
    assert!(cut.is_decode(), "so reqwest calls it");
    assert_eq!(cut.class(), Class::TRANSIENT);
    let wrong = json(&["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none"]).await;
    assert!(wrong.is_decode());
    assert_eq!(wrong.class(), Class::Final);
}

#[tokio::test]
async fn a_timeout_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(listener.local_addr().unwrap());
    let client = Client::builder().timeout(Duration::from_millis(50)).build().unwrap();
    let error = client.get(&url).send().await.expect_err("nobody answers");
    assert!(error.is_timeout());
    assert_eq!(error.class(), Class::TRANSIENT);
    drop(listener.accept().await.unwrap());
    // In the middle of the body.
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        read_head(&mut connection).await;
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = client.get(&url).send().await.unwrap().text().await.expect_err("the rest doesn't come");
    assert_eq!(error.class(), Class::TRANSIENT, "{error:?}");
}

#[tokio::test]
async fn what_is_no_http_is_final() {
    let error = failure(&answers(&["SSH-2.0-OpenSSH_9.9\r\n\r\n"]).await).await;
    assert_eq!(error.class(), Class::Final, "{error:?}");
}

#[tokio::test]
async fn what_is_wrong_on_our_side_is_final() {
    assert_eq!(failure("no url").await.class(), Class::Final);
    let error = reqwest::get("ftp://127.0.0.1/").await.expect_err("another scheme");
    assert_eq!(error.class(), Class::Final, "{error:?}");
    let turn = get(|| async { axum::response::Redirect::temporary("/") });
    let url = serve(Router::new().route("/", turn)).await;
    let client = Client::builder().redirect(redirect::Policy::limited(2)).build().unwrap();
    let error = client.get(&url).send().await.expect_err("it goes round");
    assert!(error.is_redirect());
    assert_eq!(error.class(), Class::Final);
    // A stream of ours that fails.
    let url = answers(&[""]).await;
    let broken = Body::wrap_stream(stream::iter([Ok("a"), Err("our own fault")]));
    let error = Client::new().post(&url).body(broken).send().await.expect_err("it fails");
    assert_eq!(error.class(), Class::Final, "{error:?}");
}

#[tokio::test]
async fn a_status_is_judged_as_error_and_as_response_which_has_the_hint() {
    let seven = Some(Duration::from_secs(7));
    for (answer, error, response) in [
        ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", Class::TRANSIENT, Class::TRANSIENT),
        (
            "HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
            Class::RATE_LIMIT,
            Class::RATE_LIMIT.after(seven),
        ),
        (
            "HTTP/1.1 503 Busy\r\ndate: Wed, 21 Oct 2015 07:27:53 GMT\r\nretry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n\
             content-length: 0\r\n\r\n",
            Class::TRANSIENT,
            Class::TRANSIENT.after(seven),
        ),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", Class::Final, Class::Final),
    ] {
        let url = answers(vec![answer].leak()).await;
        let answered = reqwest::get(&url).await.unwrap();
        assert_eq!(answered.class(), response, "{answer}");
        assert_eq!(answered.error_for_status().unwrap_err().class(), error, "{answer}");
    }
}

#[tokio::test]
async fn a_call_is_made_again_on_errors_and_on_responses_alike() {
    #[on_predicate(constant, Transient::is_transient, interval = 0, max_tries = 9)]
    async fn call(url: &str) -> Result<reqwest::Response, Error> {
        reqwest::get(url).await
    }
    let url = answers(&[
        "",
        "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone",
    ])
    .await;
    assert_eq!(call(&url).await.unwrap().text().await.unwrap(), "done");
}

/// A server that refuses two uploads and takes the third, and tells what arrived.
async fn uploads() -> (String, mpsc::UnboundedReceiver<Bytes>) {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let take = post(move |body: Bytes| async move {
        arrived.send(body).unwrap();
        if ATTEMPTS.fetch_add(1, Ordering::Relaxed) % 3 < 2 {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        }
    });
    (serve(Router::new().route("/", take)).await, arrivals)
}

#[tokio::test]
async fn an_upload_is_retried_whole_as_each_attempt_makes_its_own_body() {
    #[on_exception(constant, Transient::is_transient, interval = 0, max_tries = 5)]
    async fn upload(url: &str, file: &Bytes) -> Result<(), Error> {
        let form = Form::new().text("name", "report").part("file", Part::stream(file.clone()));
        Client::new().post(url).multipart(form).send().await?.error_for_status()?;
        Ok(())
    }
    #[on_exception(constant, Transient::is_transient, interval = 0, max_tries = 5)]
    async fn stream_up(url: &str, parts: &[Bytes]) -> Result<(), Error> {
        let parts = stream::iter(parts.to_vec()).map(Ok::<_, io::Error>);
        Client::new().post(url).body(Body::wrap_stream(parts)).send().await?.error_for_status()?;
        Ok(())
    }
    use futures_util::StreamExt;

    let (url, mut arrivals) = uploads().await;
    let file = Bytes::from((0..=255).cycle().take(300_000).collect::<Vec<u8>>());
    upload(&url, &file).await.unwrap();
    for _ in 0..3 {
        let form = arrivals.recv().await.unwrap();
        assert!(form.windows(6).any(|part| part == b"report"), "the text");
        assert!(form.windows(file.len()).any(|part| part == file), "the file");
    }
    let parts = [file.clone(), file.clone(), Bytes::from_static(b"end")];
    stream_up(&url, &parts).await.unwrap();
    for _ in 0..3 {
        assert_eq!(arrivals.recv().await.unwrap(), parts.concat());
    }
}

#[tokio::test]
async fn an_upload_that_breaks_in_the_middle_is_retried_whole() {
    #[on_exception(constant, Transient::is_transient, interval = 0, max_tries = 5)]
    async fn upload(url: &str, parts: usize) -> Result<(), Error> {
        let part = || Ok::<_, io::Error>(vec![b'x'; 100_000]);
        let body = Body::wrap_stream(stream::iter((0..parts).map(move |_| part())));
        Client::new().post(url).body(body).send().await?.error_for_status()?;
        Ok(())
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        read_head(&mut connection).await;
        connection.read_exact(&mut vec![0; 50_000]).await.unwrap();
        drop(connection);
        let (mut connection, _) = listener.accept().await.unwrap();
        read_head(&mut connection).await;
        let mut body = Vec::new();
        while !body.ends_with(b"\r\n0\r\n\r\n") {
            connection.read_buf(&mut body).await.unwrap();
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        body.split(|byte| *byte == b'x').count() - 1
    });
    upload(&url, 30).await.unwrap();
    assert_eq!(server.await.unwrap(), 3_000_000);
}
