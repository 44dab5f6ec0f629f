//! RabbitMQ.

use std::{
    fs,
    io::{self, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    time::Duration,
};

use crate::{
    Missing,
    port::free_ports,
    process::{Process, Signal, temporary_folder},
    program::program_in,
};

const PACKAGE: &str = "rabbitmq-server";

/// What begins a connection of AMQP 0-9-1. The server begins to talk then.
const HEADER: &[u8; 8] = b"AMQP\0\0\x09\x01";

/// A RabbitMQ server without plugins, whose user `guest` has the password `guest`.
#[derive(Debug)]
pub struct RabbitMq {
    // Dropped in this order: the server needs the list of nodes until it ends.
    server: Process,
    _nodes: Process,
    port: u16,
}

impl RabbitMq {
    /// Starts a server, which takes several seconds.
    ///
    /// # Errors
    ///
    /// When it is missing here, or doesn't run.
    pub fn start() -> Result<Self, Missing> {
        let server = find("rabbitmq-server")?;
        let ports = free_ports(3)?;
        let [port, nodes_port, other_nodes] = [0, 1, 2].map(|index| ports[index].to_string());
        let mut nodes = Command::new(find("epmd")?);
        nodes.args(["-port", &nodes_port, "-address", "127.0.0.1"]);
        let mut nodes = Process::new(nodes, temporary_folder()?, Signal::Kill)?;
        nodes.run_until(ports[1], |_| Ok(true))?;

        let folder = temporary_folder()?;
        let path = |name: &str| folder.path().join(name);
        // Files of our own, though empty: else those of the system's own server are read.
        for (name, text) in [("rabbitmq.conf", CONFIGURATION), ("env", ""), ("plugins", "[].\n")] {
            fs::write(path(name), text)?;
        }
        let mut command = Command::new(server);
        command
            // Its cookie is there.
            .env("HOME", folder.path())
            .env("RABBITMQ_CONF_ENV_FILE", path("env"))
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
            .env("RABBITMQ_MNESIA_BASE", path("data"))
            .env("RABBITMQ_LOG_BASE", path("logs"))
            .env("RABBITMQ_LOGS", "-")
            .env("RABBITMQ_PID_FILE", path("pid"))
            .env("RABBITMQ_NODENAME", format!("backoff{port}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", &port)
            .env("RABBITMQ_DIST_PORT", other_nodes)
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}")
            .env("ERL_EPMD_PORT", nodes_port)
            .env("ERL_EPMD_ADDRESS", "127.0.0.1");
        let server = Process::new(command, folder, Signal::Kill)?;
        let mut server = Self { server, _nodes: nodes, port: ports[0] };
        server.restart()?;
        Ok(server)
    }

    /// The address, with the user and the password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.port)
    }

    /// Ends it at once. What is durable is still there after [`restart`](Self::restart).
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Runs it again on the same port with the same data, and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it doesn't run.
    pub fn restart(&mut self) -> Result<(), Missing> {
        self.server.run_until(self.port, is_ready)
    }
}

/// A disk that is nearly full is no reason to take no messages.
const CONFIGURATION: &str = "disk_free_limit.absolute = 1MB\n";

fn is_ready(mut stream: TcpStream) -> io::Result<bool> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(HEADER)?;
    // A frame of methods on channel 0, where another version would be answered by a header.
    let mut frame = [0; 3];
    stream.read_exact(&mut frame)?;
    Ok(frame == [1, 0, 0])
}

/// Debian's program of that name in the usual place becomes another user first, which only some can.
fn find(name: &'static str) -> Result<PathBuf, Missing> {
    program_in(&["/usr/lib/rabbitmq/bin".into()], name, PACKAGE)
}
