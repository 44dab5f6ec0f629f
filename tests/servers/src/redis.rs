//! Redis, or Valkey where that is installed instead.

use std::{
    fmt::Write as _,
    io::{self, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    Missing,
    port::free_ports,
    process::{Process, Signal, temporary_folder},
    program::program,
    tls,
};

/// One Redis server. It keeps nothing on disk, so it is empty after each start.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    password: Option<String>,
    has_tls: bool,
}

impl Redis {
    /// A server without a password.
    ///
    /// # Errors
    ///
    /// When it is missing here, or doesn't run.
    pub fn start() -> Result<Self, Missing> {
        Self::start_with(&[])
    }

    /// A server that is given these arguments, too, such as `["--maxmemory", "1mb"]`.
    ///
    /// # Errors
    ///
    /// When it is missing here, or doesn't run.
    pub fn start_with(arguments: &[&str]) -> Result<Self, Missing> {
        let port = free_ports(1)?[0];
        let mut options = options(["--port", &port.to_string()]);
        options.extend(arguments.iter().map(ToString::to_string));
        Self { process: process(temporary_folder()?, &options)?, port, password: None, has_tls: false }.run()
    }

    /// A server that wants a password.
    ///
    /// # Errors
    ///
    /// When it is missing here, or doesn't run.
    pub fn with_password(password: &str) -> Result<Self, Missing> {
        let mut server = Self::start_with(&["--requirepass", password])?;
        server.password = Some(password.to_owned());
        Ok(server)
    }

    /// A server that speaks TLS alone, by a certificate for 127.0.0.1 and `localhost` that [`ca`](Self::ca) signed.
    ///
    /// # Errors
    ///
    /// When it or `openssl` is missing here, or doesn't run.
    pub fn with_tls() -> Result<Self, Missing> {
        let folder = temporary_folder()?;
        tls::make_certificates(folder.path())?;
        let port = free_ports(1)?[0];
        let options = options([
            "--port",
            "0",
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            tls::CERTIFICATE,
            "--tls-key-file",
            tls::KEY,
            "--tls-ca-cert-file",
            tls::CA,
            "--tls-auth-clients",
            "no",
        ]);
        Self { process: process(folder, &options)?, port, password: None, has_tls: true }.run()
    }

    /// A node that belongs to no cluster yet.
    pub(crate) fn node() -> Result<Self, Missing> {
        let ports = free_ports(2)?;
        let options = options([
            "--port",
            &ports[0].to_string(),
            "--cluster-enabled",
            "yes",
            // By default 10000 above the port, which may be taken.
            "--cluster-port",
            &ports[1].to_string(),
            "--cluster-node-timeout",
            "2000",
        ]);
        let process = process(temporary_folder()?, &options)?;
        Self { process, port: ports[0], password: None, has_tls: false }.run()
    }

    fn run(mut self) -> Result<Self, Missing> {
        self.restart()?;
        Ok(self)
    }

    /// The address with all that a client needs, such as `redis://:secret@127.0.0.1:12345`.
    #[must_use]
    pub fn url(&self) -> String {
        let mut url = String::from(if self.has_tls { "rediss://" } else { "redis://" });
        if let Some(password) = &self.password {
            let _ = write!(url, ":{password}@");
        }
        let _ = write!(url, "127.0.0.1:{}", self.port);
        url
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate (PEM) of who signed that of the server, if it speaks TLS.
    #[must_use]
    pub fn ca(&self) -> Option<PathBuf> {
        self.has_tls.then(|| self.process.folder().join(tls::CA))
    }

    /// Makes it hang: it takes connections, but answers nothing until [`go_on`](Self::go_on).
    pub fn stop(&self) {
        self.process.signal(Signal::Stop);
    }

    /// Lets it answer again, also what came in while it was stopped.
    pub fn go_on(&self) {
        self.process.signal(Signal::Continue);
    }

    /// Ends it at once. Its port refuses connections until [`restart`](Self::restart).
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Runs it again on the same port, and waits until it answers. It has forgotten everything.
    ///
    /// # Errors
    ///
    /// When it doesn't run.
    pub fn restart(&mut self) -> Result<(), Missing> {
        let has_tls = self.has_tls;
        // What speaks TLS is ready when it listens. Asked in plain text it says nothing.
        self.process.run_until(self.port, |stream| Ok(has_tls || is_ready(&ask(stream, "PING")?)))
    }

    /// Sends a command of one line, and returns the first kilobytes of the answer.
    pub(crate) fn ask(&self, command: &str) -> io::Result<String> {
        ask(TcpStream::connect(("127.0.0.1", self.port))?, command)
    }
}

fn is_ready(answer: &str) -> bool {
    answer.starts_with("+PONG") || answer.starts_with("-NOAUTH")
}

fn ask(mut stream: TcpStream, command: &str) -> io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}

fn options<'a>(own: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let common = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    common.into_iter().chain(own).map(str::to_owned).collect()
}

fn process(folder: TempDir, options: &[String]) -> Result<Process, Missing> {
    let server = program("redis-server", PACKAGE)
        .or_else(|missing| program("valkey-server", PACKAGE).map_err(|_| missing))?;
    let mut command = Command::new(server);
    command.args(options);
    Ok(Process::new(command, folder, Signal::Kill)?)
}

const PACKAGE: &str = "redis-server";

/// The program that makes a cluster of nodes.
pub(crate) fn cli() -> Result<PathBuf, Missing> {
    program("redis-cli", PACKAGE).or_else(|missing| program("valkey-cli", PACKAGE).map_err(|_| missing))
}
