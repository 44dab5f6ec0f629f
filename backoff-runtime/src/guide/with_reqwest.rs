//! With reqwest.
//!
//! With the feature `reqwest`, [`Transient`](trait@crate::Transient) says which of its errors pass by themselves, so the
//! condition is one word. The [table](trait@crate::Transient#foreign-impls) is in the trait's documentation.
//!
//! ```
//! use backoff_runtime::retry;
//! use reqwest::{Client, Error};
//!
//! #[retry(expo, transient, max_tries = 5, max_time = "1m")]
//! async fn page(client: &Client, url: &str) -> Result<String, Error> {
//!     client.get(url).send().await?.error_for_status()?.text().await
//! }
//! ```
//!
//! Read the body inside the function, as here: a connection that breaks in the middle of it is a failure of the attempt
//! then, and is retried. Of a `Response` that is returned, whoever reads it has to deal with that.
//!
//! # The server's hint
//!
//! `error_for_status` leaves only the status: the headers, and with them `Retry-After`, are gone. Keep what they say in an
//! error of your own:
//!
//! ```
//! use backoff_runtime::{Class, Pacer, Transient, retry};
//! use reqwest::{Client, Response, StatusCode};
//!
//! #[derive(Debug, Transient)]
//! enum ApiError {
//!     #[transient(source)]
//!     Http(reqwest::Error),
//!     Status {
//!         status: StatusCode,
//!         #[transient(source)]
//!         class: Class,
//!     },
//! }
//!
//! impl From<reqwest::Error> for ApiError {
//!     fn from(error: reqwest::Error) -> Self {
//!         Self::Http(error)
//!     }
//! }
//!
//! fn success(response: Response) -> Result<Response, ApiError> {
//!     let status = response.status();
//!     if status.is_success() { Ok(response) } else { Err(ApiError::Status { status, class: response.class() }) }
//! }
//!
//! /// The limit of our account.
//! static ACCOUNT: Pacer = Pacer::adaptive();
//!
//! #[retry(expo, transient, max_tries = 8, pacer = ACCOUNT)]
//! async fn order(client: &Client, id: u64) -> Result<String, ApiError> {
//!     let response = client.get(format!("https://api.example/orders/{id}")).send().await?;
//!     Ok(success(response)?.text().await?)
//! }
//! ```
//!
//! Where the caller wants the response whatever its status is, a `Result<Response, Error>` is looked at as a value, and both
//! are retried:
//!
//! ```
//! use backoff_runtime::on_predicate;
//! use reqwest::{Client, Error, Response};
//!
//! #[on_predicate(expo, transient, max_tries = 5)]
//! async fn get(client: &Client, url: &str) -> Result<Response, Error> {
//!     client.get(url).send().await
//! }
//! ```
//!
//! # Bodies
//!
//! A body that streams, and every multipart form, is used up by the attempt that sends it: whoever is given a finished
//! request, a middleware or a `tower` layer, can't send it twice. The function can, as it makes the body anew in each
//! attempt:
//!
//! ```
//! use backoff_runtime::{Transient, retry};
//! use reqwest::multipart::Form;
//! use reqwest::{Body, Client};
//! use std::path::Path;
//!
//! # #[derive(Debug, Transient)] enum UploadError { #[transient(source)] Http(reqwest::Error), File(std::io::Error) }
//! # impl From<reqwest::Error> for UploadError { fn from(error: reqwest::Error) -> Self { Self::Http(error) } }
//! # impl From<std::io::Error> for UploadError { fn from(error: std::io::Error) -> Self { Self::File(error) } }
//! #[retry(expo, transient, max_tries = 5)]
//! async fn upload(client: &Client, url: &str, file: &Path) -> Result<(), UploadError> {
//!     let form = Form::new().text("kind", "report").file("file", file).await?;
//!     client.post(url).multipart(form).send().await?.error_for_status()?;
//!     Ok(())
//! }
//!
//! #[retry(expo, transient, max_tries = 5)]
//! async fn put(client: &Client, url: &str, file: &Path) -> Result<(), UploadError> {
//!     let body = Body::from(tokio::fs::File::open(file).await?);
//!     client.put(url).body(body).send().await?.error_for_status()?;
//!     Ok(())
//! }
//! ```
//!
//! So take what the body is made of, a path, bytes, a `Vec` of parts, and not the body. Bytes that are cloned for each
//! attempt cost nothing as `bytes::Bytes`. A stream that can be read only once, such as another request's body, has to be
//! collected first, or its call not be retried.
//!
//! # Time
//!
//! `ClientBuilder::timeout` bounds each request, `connect_timeout` and `read_timeout` parts of it; their errors are
//! transient. `attempt_timeout` and `timeout` of the attribute bound more than the request, but `reqwest::Error` can't say
//! that: see [errors of other crates](super::errors_of_other_crates), or use an error of your own with
//! `#[transient(source)]` on an [`AttemptTimeout`](crate::AttemptTimeout).
//!
//! # What reqwest does itself
//!
//! It sends a request again that the server has told it not to have looked at (`REFUSED_STREAM` and `GOAWAY` of HTTP/2),
//! and one that finds a kept connection closed. Both are safe, and happen inside an attempt.
//!
//! Of a POST think first: [what may be retried](super::what_may_be_retried).
