//! A Messages API on loopback, as strict as the real one, so that nobody has to trigger a real rate limit. It places
//! phone calls, too, as the Voice API does.
//!
//! It knows one application, whose key pair it makes at its start. `POST /v0.1/messages` is judged in this order:
//!
//! | what is wrong | answer |
//! | --- | --- |
//! | no RS256 token, signed by the application, with good claims | 401 |
//! | the body isn't declared to be JSON | 415 |
//! | a field of the body is missing, unknown or wrong | 422 that names each such field |
//! | more messages than the limit allows | 429 with `Retry-After`, or what [`Words`] say |
//! | nothing | 202 with a `message_uuid` |
//!
//! A message may carry a `client_ref` of up to 40 characters, as at the real API, which only tells it back in the status
//! of the message. Here it also tells a message that is sent again from a new one: whoever lost the answer to an
//! accepted message sends it again, is given the same `message_uuid`, and nobody gets it twice.
//!
//! `POST /v1/calls` is judged alike: at most 3 calls a second, and 201 with the call's `uuid`, `conversation_uuid`,
//! `status` and `direction`. See [`Server::phone_calls`].
//!
//! The limit is a steady rate or a window: see [`Limit`]. It can change while messages come in.
//!
//! Refusals are `application/problem+json`. Every judged message is counted: see [`Counts`].

mod application;
mod body;
mod counts;
mod faults;
mod limit;
mod limiter;
mod line;
mod problem;
mod service;
mod words;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

pub use body::PhoneCall;
pub use counts::{Counts, RecipientCounts};
pub use faults::Faults;
pub use limit::Limit;
pub use words::Words;

use crate::vonage::Credentials;
use application::Application;
use line::{Lines, Scissors};
use service::Service;

/// What a server is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// How fast messages may come in.
    pub limit: Limit,
    /// What it says of that.
    pub words: Words,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

/// The limit, told by `Retry-After`, and no faults.
impl From<Limit> for Rules {
    fn from(limit: Limit) -> Self {
        Self { limit, words: Words::default(), faults: Faults::NONE }
    }
}

/// A running Messages API.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    service: Arc<Service>,
    stop: Arc<Notify>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Makes a key pair and serves on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When no port can be bound or no key pair made.
    pub async fn start(rules: impl Into<Rules>) -> io::Result<Self> {
        let application = Application::generate().map_err(io::Error::other)?;
        let service = Arc::new(Service::new(application, rules.into()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let router = service::router(Arc::clone(&service));
        let router = router.into_make_service_with_connect_info::<Scissors>();
        let serve = axum::serve(Lines(listener), router)
            .with_graceful_shutdown(async move { stopped.notified().await });
        Ok(Self { address, service, stop, task: tokio::spawn(serve.into_future()) })
    }

    /// The base address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The identifier of the one application that may send.
    #[must_use]
    pub fn application_id(&self) -> &str {
        self.service.application().id()
    }

    /// The private key of that application, as PEM (PKCS #8).
    #[must_use]
    pub fn private_key_pem(&self) -> &str {
        self.service.application().private_key_pem()
    }

    /// Credentials of that application, sending from `number`.
    ///
    /// # Panics
    ///
    /// When `number` isn't a phone number.
    #[must_use]
    pub fn credentials(&self, number: &str) -> Credentials {
        Credentials::new(self.application_id(), self.private_key_pem().as_bytes(), number)
            .expect("the server's own key is valid, and so should be the number")
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.service.counts()
    }

    /// Changes the limit of messages from now on. What may come at once under it counts as used up.
    pub fn set_limit(&self, limit: Limit) {
        self.service.set_limit(limit);
    }

    /// The phone calls that were placed, in that order.
    #[must_use]
    pub fn phone_calls(&self) -> Vec<PhoneCall> {
        self.service.phone_calls()
    }

    /// Answers the calls under way, takes no further ones, and returns what was counted.
    pub async fn stop(self) -> Counts {
        self.stop.notify_one();
        // A client that keeps a call open must not keep the server up for ever.
        let abort = self.task.abort_handle();
        if tokio::time::timeout(Duration::from_secs(2), self.task).await.is_err() {
            abort.abort();
        }
        self.service.counts()
    }
}
