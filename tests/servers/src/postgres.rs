//! PostgreSQL.

use std::{
    cmp::Reverse,
    fs,
    io::{self, Read, Write},
    net::TcpStream,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use backoff_runtime as backoff;

use crate::{
    Missing,
    port::free_ports,
    process::{Process, Signal, temporary_folder},
    program::{program, program_in},
};

/// The user that the server runs as where this process is root. Root may not run it.
const USER: &str = "postgres";
const PACKAGE: &str = "postgresql";

/// A PostgreSQL server with an empty database. It trusts every client on this machine.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    port: u16,
}

impl Postgres {
    /// Makes a database, and serves it.
    ///
    /// # Errors
    ///
    /// When it is missing here, or doesn't run.
    pub fn start() -> Result<Self, Missing> {
        let (initdb, postgres) = (find("initdb")?, find("postgres")?);
        let folder = temporary_folder()?;
        let is_root = fs::metadata(folder.path())?.uid() == 0;
        if is_root {
            done(Command::new("chown").arg(USER).arg(folder.path()))?;
        }
        let mut command = as_user(is_root, &initdb)?;
        command.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        done(command.args(["--pgdata", "data"]).current_dir(folder.path()))?;

        let port = free_ports(1)?[0];
        let mut command = as_user(is_root, &postgres)?;
        command.args(["-D", "data", "-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        // What was written outlives the server without a sync, though not the machine.
        command.args(["-c", "unix_socket_directories=", "-c", "fsync=off"]);
        let process = Process::new(command, folder, Signal::Quit)?;
        let mut server = Self { process, port };
        server.restart()?;
        Ok(server)
    }

    /// The address of its database, for a user who may do everything.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it at once. What was committed is still there after [`restart`](Self::restart).
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Runs it again on the same port with the same data, and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it doesn't run.
    // Processes of the one that was killed may still be about to end, and until then it refuses to run.
    #[backoff::on_exception(backoff::constant, interval = "100ms", jitter = none, max_time = 30, logger = none)]
    pub fn restart(&mut self) -> Result<(), Missing> {
        self.process.run_until(self.port, is_ready)
    }
}

/// Whether it takes sessions: it greets one with `R`, and with an error (`E`) while it recovers.
fn is_ready(mut stream: TcpStream) -> io::Result<bool> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let hello = b"\x00\x03\x00\x00user\0postgres\0database\0postgres\0\0";
    let length = u32::try_from(hello.len() + 4).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), &hello[..]].concat())?;
    let mut kind = [0];
    stream.read_exact(&mut kind)?;
    Ok(kind == *b"R")
}

/// Debian has the programs of each release in a folder of its own, and a wrapper around some of them.
fn find(name: &'static str) -> Result<PathBuf, Missing> {
    let releases = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut releases: Vec<_> = releases.map(|release| release.path().join("bin")).collect();
    releases.sort_by_key(|bin| Reverse(release(bin)));
    program_in(&releases, name, PACKAGE)
}

fn release(bin: &Path) -> Option<u32> {
    bin.parent()?.file_name()?.to_str()?.parse().ok()
}

fn as_user(is_root: bool, program: &Path) -> Result<Command, Missing> {
    if !is_root {
        return Ok(Command::new(program));
    }
    let mut command = Command::new(self::program("setpriv", "util-linux")?);
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"]).arg(program);
    Ok(command)
}

fn done(command: &mut Command) -> Result<(), Missing> {
    let ended = command.output()?;
    if ended.status.success() {
        return Ok(());
    }
    Err(Missing::broken(Path::new(command.get_program()), String::from_utf8_lossy(&ended.stderr).trim()))
}
