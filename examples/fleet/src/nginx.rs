//! nginx as a rate limiter, whose log says who called when.

use std::fs;
use std::process::Command;

use backoff_test_servers::{Process, Signal, free_ports, program};
use tempfile::TempDir;

use crate::Failure;
use crate::server::{Came, Log};

/// nginx, while it runs.
#[derive(Debug)]
pub(crate) struct Nginx {
    pub(crate) address: String,
    process: Process,
}

impl Nginx {
    /// Allows so many calls a second, and so many more at once.
    pub(crate) fn start(rate: u32, burst: u32) -> Result<Self, Failure> {
        let nginx = program("nginx", "nginx-light")?;
        let folder = TempDir::with_prefix("nginx-")?;
        let port = free_ports(1)?[0];
        fs::write(folder.path().join("nginx.conf"), configuration(port, rate, burst))?;
        fs::create_dir(folder.path().join("www"))?;
        fs::write(folder.path().join("www/index.html"), "ok")?;
        let mut command = Command::new(nginx);
        command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(folder.path());
        let mut process = Process::new(command, folder, Signal::Kill)?;
        process.run_until(port, |_| Ok(true))?;
        Ok(Self { address: format!("http://127.0.0.1:{port}/"), process })
    }

    /// What came, as its log has it.
    pub(crate) fn log(&self) -> Result<Log, Failure> {
        let text = fs::read_to_string(self.process.folder().join("calls"))?;
        let mut came: Vec<_> = text.lines().filter_map(line).collect();
        came.sort_by(|a, b| a.at.total_cmp(&b.at));
        Ok(Log(came))
    }
}

fn line(line: &str) -> Option<Came> {
    let mut words = line.split(' ');
    let at = words.next()?.parse().ok()?;
    let is_accepted = words.next()? == "200";
    Some(Came { at, is_accepted, process: words.next()?.parse().ok()? })
}

fn configuration(port: u16, rate: u32, burst: u32) -> String {
    let burst = if burst == 0 { String::new() } else { format!("burst={burst} nodelay") };
    format!(
        "daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
worker_rlimit_nofile 8192;
events {{ worker_connections 8192; }}
http {{
    log_format calls '$msec $status $http_x_process';
    access_log calls calls;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    keepalive_timeout 600s;
    keepalive_requests 100000;
    limit_req_zone $server_name zone=calls:1m rate={rate}r/s;
    limit_req_status 429;
    server {{
        listen 127.0.0.1:{port};
        server_name limiter;
        root www;
        location = / {{ limit_req zone=calls {burst}; }}
    }}
}}
"
    )
}
