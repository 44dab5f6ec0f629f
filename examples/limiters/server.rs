//! Servers of other people, started here and ended in every case.

use std::{
    fmt, fs, io,
    net::TcpStream,
    process::{Command, Stdio},
};

use backoff_test_servers::{Process, Signal, free_ports, program};
use tempfile::TempDir;

use crate::{Failure, client::Client, install, limiter::Limiter, options::Plan};

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
        write!(f, "{} is {} on the ports", self.limiter, self.process.program().display())?;
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
    let nginx = program("nginx", "nginx-light")?;
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
    let mut process = Process::new(command, folder, Signal::Kill)?;
    process.run_until(ports[0], |_| listen_all(&ports))?;
    Ok((process, ports))
}

fn listen_all(ports: &[u16]) -> io::Result<bool> {
    ports.iter().try_for_each(|port| TcpStream::connect(("127.0.0.1", *port)).map(drop)).map(|()| true)
}

fn express(headers: &str, count: usize) -> Result<(Process, Vec<u16>), Failure> {
    let node = program("node", "nodejs npm")?;
    let folder = TempDir::with_prefix("limiters-")?;
    let mut command = Command::new(node);
    command.arg(install::packages()?.join("serve.js")).arg(headers).arg(count.to_string());
    let mut process = Process::new(command, folder, Signal::Kill)?;
    process.run(Some(Stdio::piped()))?;
    let said = process.line()?;
    let ports: Result<Vec<u16>, _> = said.split_whitespace().map(str::parse).collect();
    match ports {
        Ok(ports) if ports.len() == count => Ok((process, ports)),
        _ => Err(process.complaint(&format_args!("it named no ports: {said:?}")).into()),
    }
}
