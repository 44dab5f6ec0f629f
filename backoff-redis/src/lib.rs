//! One rate limit for many processes: shares the pacers of [`backoff_runtime`] through Redis, Valkey, or what else speaks
//! their protocol and runs scripts.
//!
//! A limit belongs to an account, not to a process. Eight processes that each keep to a limit of 170 calls a second make
//! eight times as many; and eight that each find the limit by trying get in each other's way. With one line more, all of
//! them together keep to it, and each has its part:
//!
//! ```no_run
//! use backoff_runtime::{Pacer, retry};
//!
//! static SMS: Pacer = Pacer::adaptive();
//!
//! #[retry(expo, pacer = SMS, throttled = |e: &String| e == "429", max_time = "5m")]
//! # #[allow(dead_code)]
//! async fn send_sms(to: &str) -> Result<(), String> {
//! #   _ = to;
//!     // ...
//! #   Ok(())
//! }
//!
//! # fn main() -> Result<(), backoff_redis::Error> {
//! backoff_redis::share(&SMS, "sms", "redis://127.0.0.1:6379")?;
//! # Ok(())
//! # }
//! ```
//!
//! All else stays as it is: attributes, closures, layers, policies, costs, deadlines, what the server says of its limits.
//! Processes that name the same pacer on the same Redis should make it alike; one that has another limit in mind (a new
//! release) begins anew when it gets to lead, and says so in a log line.
//!
//! # How it works
//! One process leads: it has the controller that a pacer has by itself, hears of all calls, and gives turns to the processes
//! one after the other, so that each has its part. Each turn says when its call may go, and is given a few milliseconds
//! before that, so the way through Redis does not matter. What the leader knows is stored with the turns that it gives, all or
//! nothing. A process that stops leading for any reason is followed by another within two seconds, which goes on where the
//! first one was. Only the clock of Redis counts. An idle process sends one short message in ten seconds, and one without a
//! shared pacer nothing.
//!
//! # When Redis is away
//! Nobody hangs. A process that gets no answer for a second goes on by itself, with its part of the limit as it was last known:
//! a limit that was told is divided by the number of processes, and one that is found by trying is tried up to that
//! part of the rate. A log line (target `backoff`) says so, [`PacerState::fleet`](backoff_runtime::PacerState::fleet) says so, and
//! another line says when Redis is back. A process that starts while Redis is away has all of the limit, as it knows of no other.
//!
//! - *Slow*: turns are given as much earlier, once that is known; some calls may meet before. Beyond a second it counts as
//!   away.
//! - *Restarted or flushed*: the process that leads has all in memory, and stores it again.
//! - *A process is killed*: its calls in flight count for five seconds, as nobody knows what became of them.
//! - *A process stands still*: it gets no turns after one and a half seconds, and what it has and did not use is void.
//! - *Failed over, evicted scripts, `MOVED`*: followed. All keys of a pacer have one hash tag, `{backoff:NAME}`.
//!
//! The limit is exceeded by hardly more calls than are in flight at such a moment.

mod clock;
mod driver;
mod error;
mod leader;
mod link;
mod nodes;
mod store;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use backoff_runtime::{Pacer, Pacers};
use redis::{Client, IntoConnectionInfo, ProtocolVersion};
use tokio::sync::oneshot;

use crate::driver::Driver;
pub use crate::error::Error;
use crate::nodes::Nodes;

/// Shares a pacer with all processes that share one of this name through the same Redis.
///
/// The address is that of [`Redis::at`]. The pacer stays shared for as long as the program runs, whatever becomes of what
/// this returns. Redis need not be there yet.
///
/// ```no_run
/// use backoff_runtime::Pacer;
///
/// static SMS: Pacer = Pacer::per_second(170.0);
///
/// backoff_redis::share(&SMS, "sms", "redis://:password@redis.example.com/0")?;
/// # Ok::<(), backoff_redis::Error>(())
/// ```
///
/// # Errors
/// If the address can't be used, the name is empty, the pacer is shared already, or no thread can be started.
pub fn share(pacer: &'static Pacer, name: &str, address: &str) -> Result<Shared, Error> {
    Redis::at(address)?.share(pacer, name)
}

/// A Redis through which pacers are shared: one connection and one thread for all of them.
///
/// ```no_run
/// use backoff_redis::Redis;
/// use backoff_runtime::Pacer;
///
/// static SMS: Pacer = Pacer::adaptive();
/// static MAIL: Pacer = Pacer::per(100, "1m");
///
/// let redis = Redis::at("redis://127.0.0.1:6379")?;
/// redis.share(&SMS, "sms")?;
/// redis.share(&MAIL, "mail")?;
/// # Ok::<(), backoff_redis::Error>(())
/// ```
#[derive(Clone)]
pub struct Redis {
    nodes: Arc<Nodes>,
}

impl Redis {
    /// The Redis at an address: `redis://host:port/database`, `redis://user:password@host`, `rediss://host` for TLS, or
    /// `redis+unix:///path`. Default port: 6379. Nothing is sent yet. It needs to be Redis 6 or newer, or Valkey.
    ///
    /// # Errors
    /// If that is no such address.
    pub fn at(address: &str) -> Result<Self, Error> {
        Ok(Self::with(Client::open(info(address)?).map_err(Error::Address)?))
    }

    /// As [`at`](Self::at), over TLS with certificates that are signed by this one, which is a text in PEM format.
    ///
    /// # Errors
    /// If that is no address for TLS, or no certificate.
    #[cfg(feature = "tls")]
    pub fn with_root_certificate(address: &str, certificate: &[u8]) -> Result<Self, Error> {
        let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(certificate.to_vec()) };
        Ok(Self::with(Client::build_with_tls(info(address)?, certificates).map_err(Error::Address)?))
    }

    fn with(client: Client) -> Self {
        #[cfg(feature = "tls")]
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // If another thread was first, its choice stands.
            _ = rustls::crypto::ring::default_provider().install_default();
        }
        Self { nodes: Arc::new(Nodes::of(client)) }
    }

    /// Shares a pacer with all processes that share one of this name.
    ///
    /// # Errors
    /// If the name is empty, the pacer is shared already, or no thread can be started.
    pub fn share(&self, pacer: &'static Pacer, name: &str) -> Result<Shared, Error> {
        self.share_pointer(pacer, name)
    }

    /// Shares the pacer of each key, whether it is there or will be: under the name, a colon and the key.
    ///
    /// ```no_run
    /// use backoff_redis::Redis;
    /// use backoff_runtime::{Pacer, Pacers};
    ///
    /// static TENANTS: Pacers<u64> = Pacers::new(|| Pacer::per(100, "1m"));
    ///
    /// Redis::at("redis://127.0.0.1:6379")?.share_each(&TENANTS, "tenants")?;
    /// # Ok::<(), backoff_redis::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the name is empty, or no thread can be started.
    pub fn share_each<K>(&self, pacers: &'static Pacers<K>, name: &str) -> Result<(), Error>
    where
        K: Hash + Eq + fmt::Display,
    {
        if name.is_empty() {
            return Err(Error::NoName);
        }
        self.nodes.runtime()?;
        let (redis, name) = (self.clone(), name.to_owned());
        pacers.share(move |key, pacer| {
            let shared = redis.share_pointer(pacer, &format!("{name}:{key}"));
            // There is a name, and there is a thread.
            Box::new(shared.map(|Shared { stop, .. }| UntilDropped(Some(stop))).ok())
        });
        Ok(())
    }

    fn share_pointer<P>(&self, pacer: P, name: &str) -> Result<Shared, Error>
    where
        P: Deref<Target = Pacer> + Send + Sync + 'static,
    {
        if name.is_empty() {
            return Err(Error::NoName);
        }
        let runtime = self.nodes.runtime()?;
        let (stop, stopped) = oneshot::channel();
        let driver = Driver::new(pacer, name, process(), self.nodes.clone(), stopped).ok_or(Error::Shared)?;
        let task = runtime.spawn(driver.run());
        Ok(Shared { stop, task })
    }
}

/// Stops to share a pacer when its key is forgotten.
struct UntilDropped(Option<oneshot::Sender<()>>);

impl Drop for UntilDropped {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.0.take().map(|stop| stop.send(()));
    }
}

fn info(address: &str) -> Result<redis::ConnectionInfo, Error> {
    let info = address.into_connection_info().map_err(Error::Address)?;
    // Messages and answers come through one connection.
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(settings))
}

/// A name for this process, of its pacer: no two are alike.
fn process() -> String {
    let random = RandomState::new().build_hasher().finish();
    format!("{}-{random:016x}", std::process::id())
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

/// A pacer that is shared, for as long as the program runs or until it [leaves](Self::leave).
#[derive(Debug)]
pub struct Shared {
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Shared {
    /// The pacer is not shared any more, and goes on by itself with its part of the limit. Blocks until the others know, at
    /// most for a second.
    ///
    /// A process need not do this before it ends; but if it was the one that leads, the others then wait for two seconds until
    /// another leads.
    pub fn leave(self) {
        let Self { stop, task } = self;
        _ = stop.send(());
        let since = std::time::Instant::now();
        while !task.is_finished() && since.elapsed() < Duration::from_secs(1) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}
