//! Ways to send the same messages, to be compared.

use std::{sync::Arc, time::Duration};

use backoff_runtime::Pacer;

use crate::{
    arguments::Pacing,
    article::Article,
    delivery::{Courier, Delivery, interruption, send_to_all},
    messages_api::{Limit, Rules, Server, Words},
    outbox::{Outbox, Spacing},
    progress::Progress,
    recipients::Recipients,
    report::Summary,
    send_paced::Paced,
    told::Told,
    vonage::Client,
};

/// A number that is kept free for fiction.
const SENDER: &str = "12015550199";
const TEXT: &str = "Hello! This is an SMS that waits for its turn";

/// One of the annotated functions.
#[derive(Debug)]
pub enum Way {
    /// The article's.
    Article(Article),
    /// The one that takes `Retry-After` at its word.
    Told(Told),
    /// The one with a pacer in front of it.
    Paced(Box<Paced>),
}

impl Way {
    /// The article's policy.
    #[must_use]
    pub fn article(outbox: Outbox) -> Self {
        Self::Article(Article(outbox))
    }

    /// Each message comes back when it was told to.
    #[must_use]
    pub fn told(outbox: Outbox) -> Self {
        Self::Told(Told(outbox))
    }

    /// All messages share a pacer.
    #[must_use]
    pub fn paced(outbox: Outbox, pacing: Pacing) -> Self {
        Self::Paced(Box::new(Paced { outbox, pacer: pacing.pacer() }))
    }
}

impl Courier for Way {
    fn outbox(&self) -> &Outbox {
        match self {
            Self::Article(way) => way.outbox(),
            Self::Told(way) => way.outbox(),
            Self::Paced(way) => way.outbox(),
        }
    }

    fn pacer(&self) -> Option<&Pacer> {
        if let Self::Paced(way) = self { way.pacer() } else { None }
    }

    async fn deliver(&self, number: &str, message: &str) -> bool {
        match self {
            Self::Article(way) => way.deliver(number, message).await,
            Self::Told(way) => way.deliver(number, message).await,
            Self::Paced(way) => way.deliver(number, message).await,
        }
    }
}

/// What every way is given.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How many messages.
    pub count: u16,
    /// How fast the server lets them through.
    pub limit: Limit,
    /// What it says of that.
    pub words: Words,
    /// How long to try, for each message.
    pub max_time: Duration,
    /// The longest wait between two calls for the same message.
    pub max_wait: Duration,
}

/// One way to send the messages, with a server of its own.
#[derive(Debug)]
pub struct Run {
    /// What it is called.
    pub name: String,
    way: Arc<Way>,
    numbers: Vec<String>,
    server: Server,
}

impl Run {
    /// A server, and a way to send to it, whose messages are begun with such spaces between them.
    ///
    /// # Errors
    ///
    /// When there is no server or no client.
    pub async fn new(
        name: String,
        terms: Terms,
        spacing: Spacing,
        way: impl FnOnce(Outbox) -> Way,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let numbers = Recipients::invented(terms.count.into()).numbers;
        let server = Server::start(Rules { words: terms.words, ..terms.limit.into() }).await?;
        let lifetime = terms.max_time + spacing.every * terms.count.into() + Duration::from_secs(60);
        let client = Client::new(&server.url(), &server.credentials(SENDER), lifetime)?;
        let progress = Progress::hidden(numbers.len());
        let outbox = Outbox::new(client, terms.max_time, terms.max_wait, progress).spaced_by(spacing);
        Ok(Self { name, way: Arc::new(way(outbox)), numbers, server })
    }

    /// What it sends with.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        self.way.outbox()
    }

    /// Its server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Sends all messages, until they are through or it is interrupted by Ctrl-C.
    pub async fn send(&self) -> Delivery {
        send_to_all(&self.way, &self.numbers, TEXT, interruption()).await
    }

    /// Stops the server, and tells what became of the messages.
    pub async fn end(self, delivery: Delivery) -> Summary {
        Summary::new(&*self.way, delivery, Some(self.server.stop().await))
    }
}
