//! Servers of other people, started here and ended in every case.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use backoff_runtime as backoff;
use tempfile::TempDir;

use crate::{Failure, client::Client, install, limiter::Limiter, options::Plan};

/// Runs a program until the input ends, and then kills it.
///
/// The input is a pipe from this program, so it ends with this program, however that ends. Where the program ends
/// first, the output ends.
const KEEPER: &str = "\"$@\" & exec >&-; read -r _; kill -9 $! 2>/dev/null; wait";

/// A limiter that runs, with a port for each client. Each port counts on its own.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) limiter: Limiter,
    pub(crate) clients: Vec<(Client, u16)>,
    process: Process,
}

/// What runs where.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {} on the ports", self.limiter, self.process.name)?;
        self.clients.iter().try_for_each(|(_, port)| write!(f, " {port}"))
    }
}

/// Starts what the plan needs. Returns also, for each limiter that can't be started, why.
pub(crate) async fn start(plan: Plan) -> Result<(Vec<Server>, Vec<String>), Failure> {
    tokio::task::spawn_blocking(move || {
        let (mut servers, mut missing) = (Vec::new(), Vec::new());
        for (limiter, clients) in plan {
            match Server::start(limiter, clients) {
                Ok(server) => servers.push(server),
                Err(why) => missing.push(format!("{limiter} is left out: {why}")),
            }
        }
        (servers, missing)
    })
    .await
    .map_err(Into::into)
}

impl Server {
    fn start(limiter: Limiter, clients: Vec<Client>) -> Result<Self, Failure> {
        let (process, ports) = match limiter.limit_req() {
            Some(limit_req) => nginx(limit_req, clients.len())?,
            None => express(limiter.headers(), clients.len())?,
        };
        Ok(Self { limiter, clients: clients.into_iter().zip(ports).collect(), process })
    }
}

fn nginx(limit_req: &str, count: usize) -> Result<(Process, Vec<u16>), Failure> {
    let nginx = install::program("nginx", "nginx-light")?;
    let folder = TempDir::with_prefix("limiters-")?;
    let ports = free_ports(count)?;
    let listen: Vec<_> = ports.iter().map(|port| format!("        listen 127.0.0.1:{port};")).collect();
    let configuration = include_str!("servers/nginx.conf");
    let configuration = configuration.replace("@LISTEN@", &listen.join("\n")).replace("@LIMIT@", limit_req);
    fs::write(folder.path().join("nginx.conf"), configuration)?;
    fs::create_dir(folder.path().join("www"))?;
    fs::write(folder.path().join("www/index.html"), "ok")?;
    let mut command = Command::new(nginx);
    command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(folder.path());
    let process = Process::start(&command, folder)?;
    for port in &ports {
        connect(*port).map_err(|error| process.complaint(&error))?;
    }
    Ok((process, ports))
}

/// Ports that are free at the moment. nginx can't choose them itself.
fn free_ports(count: usize) -> io::Result<Vec<u16>> {
    // All are held until the last is known, so that none comes twice.
    let held: Vec<_> = (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<io::Result<_>>()?;
    held.iter().map(|listener| listener.local_addr().map(|address| address.port())).collect()
}

/// Waits until something listens.
#[backoff::on_exception(backoff::constant, interval = "20ms", jitter = none, max_time = 5, logger = none)]
fn connect(port: u16) -> io::Result<TcpStream> {
    TcpStream::connect(("127.0.0.1", port))
}

fn express(headers: &str, count: usize) -> Result<(Process, Vec<u16>), Failure> {
    let node = install::program("node", "nodejs npm")?;
    let folder = TempDir::with_prefix("limiters-")?;
    let mut command = Command::new(node);
    command.arg(install::packages()?.join("serve.js")).arg(headers).arg(count.to_string());
    let mut process = Process::start(&command, folder)?;
    let said = process.line()?;
    let ports: Result<Vec<u16>, _> = said.split_whitespace().map(str::parse).collect();
    match ports {
        Ok(ports) if ports.len() == count => Ok((process, ports)),
        _ => Err(process.complaint(&format!("it named no ports: {said:?}"))),
    }
}

/// A program that runs in a temporary folder. Dropping it ends the program and removes the folder.
#[derive(Debug)]
struct Process {
    name: String,
    keeper: Child,
    folder: TempDir,
}

impl Process {
    const LOG: &str = "stderr.log";

    fn start(command: &Command, folder: TempDir) -> Result<Self, Failure> {
        let name = Path::new(command.get_program()).display().to_string();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join(Self::LOG))?)
            // Ctrl-C on a terminal is for this program alone, which then ends the others.
            .process_group(0)
            .spawn()?;
        Ok(Self { name, keeper, folder })
    }

    /// The next line that it prints; empty when it has ended.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        let output = self.keeper.stdout.as_mut().ok_or_else(|| io::Error::other("there is no output"))?;
        BufReader::new(output).read_line(&mut line)?;
        Ok(line)
    }

    /// What went wrong, with what the program itself said of it.
    fn complaint(&self, what: &impl ToString) -> Failure {
        let said = fs::read_to_string(self.folder.path().join(Self::LOG)).unwrap_or_default();
        format!("{} doesn't run ({}): {}", self.name, what.to_string(), said.trim()).into()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The input ends, and with it the program.
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("{} may still run: {error}", self.name);
        }
    }
}
