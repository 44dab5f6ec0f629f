//! The connection to one node, which all pacers share whose keys are there: made anew when it breaks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backoff_runtime::Policy;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, PushInfo, PushKind, RedisResult, Value};
use tokio::sync::{mpsc, watch};

/// An answer that takes longer does not come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// The waits between attempts to connect.
static RECONNECT: Policy = Policy::expo().factor(0.02).max_value("1s").logger(None);

/// A connection, and its number among those before it.
pub(crate) type Connected = Option<(u64, MultiplexedConnection)>;

/// What came through a channel.
pub(crate) type Mail = mpsc::UnboundedSender<Vec<u8>>;

/// The connection to a node of Redis, and who listens to which channel.
#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    connected: watch::Sender<Connected>,
    /// The number of the connection that broke last.
    broken: watch::Sender<u64>,
    listeners: Mutex<HashMap<String, Mail>>,
    /// Why it could not connect, the last time.
    trouble: Mutex<String>,
}

impl Link {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            connected: watch::Sender::new(None),
            broken: watch::Sender::new(0),
            listeners: Mutex::default(),
            trouble: Mutex::default(),
        }
    }

    /// The connection as it is, and as it becomes.
    pub(crate) fn connected(&self) -> watch::Receiver<Connected> {
        self.connected.subscribe()
    }

    /// A connection is of no use any more.
    pub(crate) fn is_broken(&self, number: u64) {
        self.broken.send_if_modified(|broken| {
            let is_news = *broken < number;
            *broken = number.max(*broken);
            is_news
        });
    }

    /// Sends what comes through the channels to the mail, from now on and after each new connection.
    pub(crate) async fn listen(
        &self,
        connection: &mut MultiplexedConnection,
        channels: [String; 2],
        mail: &Mail,
    ) -> RedisResult<()> {
        let listeners = channels.iter().map(|channel| (channel.clone(), mail.clone()));
        self.listeners().extend(listeners);
        connection.subscribe(&channels[..]).await
    }

    /// Nobody listens to the channels any more.
    pub(crate) async fn ignore(&self, connection: Option<MultiplexedConnection>, channels: [String; 2]) {
        for channel in &channels {
            self.listeners().remove(channel);
        }
        if let Some(mut connection) = connection {
            // If that fails, what comes finds nobody.
            _ = connection.unsubscribe(&channels[..]).await;
        }
    }

    fn listeners(&self) -> MutexGuard<'_, HashMap<String, Mail>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects, and connects again, for as long as the program runs.
    pub(crate) async fn keep(&self) {
        for number in 1.. {
            let connected = RECONNECT.on_exception().run(async || self.connect().await).await;
            let Ok((connection, pushes)) = connected else { continue };
            self.connected.send_replace(Some((number, connection)));
            self.deliver(number, pushes).await;
            self.connected.send_replace(None);
        }
    }

    async fn connect(&self) -> RedisResult<(MultiplexedConnection, mpsc::UnboundedReceiver<PushInfo>)> {
        let (sender, pushes) = mpsc::unbounded_channel();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(sender);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        let connection = connection.inspect_err(|error| *self.trouble() = error.to_string())?;
        Ok((connection, pushes))
    }

    /// Why it could not connect, the last time.
    pub(crate) fn why(&self) -> String {
        self.trouble().clone()
    }

    fn trouble(&self) -> MutexGuard<'_, String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers what comes, until the connection is broken.
    async fn deliver(&self, number: u64, mut pushes: mpsc::UnboundedReceiver<PushInfo>) {
        let mut broken = self.broken.subscribe();
        loop {
            tokio::select! {
                _ = broken.wait_for(|broken| *broken >= number) => return,
                push = pushes.recv() => match push {
                    Some(PushInfo { kind: PushKind::Message, data }) => self.push(data),
                    Some(PushInfo { kind: PushKind::Disconnection, .. }) | None => return,
                    Some(_) => {}
                },
            }
        }
    }

    fn push(&self, data: Vec<Value>) {
        let mut data = data.into_iter();
        if let (Some(Value::BulkString(channel)), Some(Value::BulkString(message))) =
            (data.next(), data.next())
            && let Ok(channel) = std::str::from_utf8(&channel)
            && let Some(mail) = self.listeners().get(channel)
        {
            // Whoever listened may be gone.
            _ = mail.send(message);
        }
    }
}
