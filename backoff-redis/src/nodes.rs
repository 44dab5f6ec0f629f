//! The nodes of Redis that are talked to, and the thread that does it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use redis::{Client, RedisResult};
use tokio::runtime::{Builder, Handle};

use crate::error::Error;
use crate::link::Link;

/// A Redis, with the connections to its nodes.
#[derive(Debug)]
pub(crate) struct Nodes {
    client: Client,
    /// Of each node that was asked.
    links: Mutex<HashMap<String, Arc<Link>>>,
    /// The thread's, once there is one.
    runtime: Mutex<Option<Handle>>,
}

impl Nodes {
    pub(crate) fn of(client: Client) -> Self {
        Self { client, links: Mutex::default(), runtime: Mutex::default() }
    }

    /// The thread that talks to Redis.
    pub(crate) fn runtime(&self) -> Result<Handle, Error> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*runtime {
            return Ok(handle.clone());
        }
        let started = Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let handle = started.handle().clone();
        let name = "backoff-redis".to_owned();
        let run = move || started.block_on(std::future::pending::<()>());
        thread::Builder::new().name(name).spawn(run).map_err(Error::Thread)?;
        *runtime = Some(handle.clone());
        Ok(handle)
    }

    /// The connection to a node; without one, to that of the address.
    pub(crate) fn link(&self, node: Option<&str>) -> RedisResult<Arc<Link>> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = links.get(node.unwrap_or_default()) {
            return Ok(link.clone());
        }
        let client = match node {
            None => self.client.clone(),
            Some(node) => at_node(&self.client, node)?,
        };
        let link = Arc::new(Link::new(client));
        links.insert(node.unwrap_or_default().to_owned(), link.clone());
        let kept = link.clone();
        tokio::spawn(async move { kept.keep().await });
        Ok(link)
    }
}

/// The same Redis, at another of its nodes: `host:port`.
fn at_node(client: &Client, node: &str) -> RedisResult<Client> {
    use redis::ConnectionAddr::{Tcp, TcpTls};
    let info = client.get_connection_info().clone();
    let (host, port) = node.rsplit_once(':').unwrap_or((node, "6379"));
    let (host, port) = (host.trim_matches(['[', ']']).to_owned(), port.parse().unwrap_or(6379));
    let address = match info.addr().clone() {
        TcpTls { insecure, tls_params, .. } => TcpTls { host, port, insecure, tls_params },
        _ => Tcp(host, port),
    };
    Client::open(info.set_addr(address))
}
