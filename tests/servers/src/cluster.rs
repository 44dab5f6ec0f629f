//! Several Redis servers that share the keys.

use std::{
    io,
    ops::{Deref, DerefMut},
    process::Command,
};

use backoff_runtime as backoff;

use crate::{Missing, Redis, redis::cli};

/// A Redis cluster: each node has its share of the slots, and no replica.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Three nodes, the fewest that make a cluster.
    ///
    /// # Errors
    ///
    /// When Redis is missing here, or doesn't run.
    pub fn start() -> Result<Self, Missing> {
        let cli = cli()?;
        let nodes: Vec<_> = (0..3).map(|_| Redis::node()).collect::<Result<_, _>>()?;
        let mut create = Command::new(&cli);
        create.args(["--cluster", "create"]);
        create.args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())));
        let made = create.arg("--cluster-yes").output()?;
        if !made.status.success() {
            return Err(Missing::broken(&cli, String::from_utf8_lossy(&made.stdout)));
        }
        let cluster = Self { nodes };
        cluster.wait_until_whole().map_err(|error| Missing::broken(&cli, error))?;
        Ok(cluster)
    }

    /// The addresses of all nodes.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }

    /// Waits until each node knows that all slots are served, as after a node's restart.
    ///
    /// # Errors
    ///
    /// When that takes more than half a minute.
    #[backoff::on_exception(backoff::constant, interval = "50ms", jitter = none, max_time = 30, logger = none)]
    pub fn wait_until_whole(&self) -> io::Result<()> {
        for node in &self.nodes {
            let told = node.ask("CLUSTER INFO")?;
            if !told.contains("cluster_state:ok") {
                return Err(io::Error::other(format!("{} says {told}", node.url())));
            }
        }
        Ok(())
    }
}

impl Deref for RedisCluster {
    type Target = [Redis];

    fn deref(&self) -> &[Redis] {
        &self.nodes
    }
}

impl DerefMut for RedisCluster {
    fn deref_mut(&mut self) -> &mut [Redis] {
        &mut self.nodes
    }
}
