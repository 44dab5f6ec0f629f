//! The program `limiters` as its users start it, on real servers.
//!
//! Without nginx, Node and npm what needs them is skipped, unless `REQUIRE_SERVERS` is set.

mod program;

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

use program::{end, program};
use tempfile::TempDir;

/// Whether the program says that a server is missing here, and may.
fn skipped(stderr: &str) -> bool {
    let missing = stderr.lines().any(|line| line.contains(" is left out: "));
    assert!(!missing || env::var_os("REQUIRE_SERVERS").is_none(), "REQUIRE_SERVERS is set, but {stderr}");
    if missing {
        // Not by `eprintln!`, which is shown of tests that fail, while this one passes.
        let _ = writeln!(io::stderr(), "skipped, and set REQUIRE_SERVERS to fail instead: {}", stderr.trim());
    }
    missing
}

/// Sends by the told and the adaptive pacer. Their accepted messages, calls and refused calls, unless it is skipped.
fn told_and_adaptive(server: &str, messages: &str) -> Option<[[u32; 3]; 2]> {
    let arguments = ["--require-all", "--clients", "told,adaptive", "--only", server, "--messages", messages];
    let (stdout, stderr, status) = end(program("limiters").args(arguments));
    if skipped(&stderr) {
        return None;
    }
    assert_eq!(status, 0, "{stderr}");
    let row = |name: &str| {
        let row = stdout.lines().find_map(|line| line.trim_start().strip_prefix(name)).expect(&stdout);
        let mut cells = row.split_whitespace().map(|cell| cell.parse().unwrap());
        [(); 3].map(|()| cells.next().unwrap())
    };
    println!("{stdout}");
    Some(["told", "adaptive"].map(row))
}

#[test]
fn nginx_accepts_all_that_pacers_send_and_refuses_little() {
    let Some([told, adaptive]) = told_and_adaptive("nginx", "30") else { return };
    for [accepted, calls, refused] in [told, adaptive] {
        assert_eq!((accepted, calls), (30, 30 + refused));
    }
    // The machine may be busy, and hold a call back until it comes with the next. Each message would be refused
    // several times without a pacer.
    assert!(told[2] <= 10 && adaptive[2] <= 20, "{told:?} {adaptive:?}");
}

#[test]
fn a_window_of_ten_seconds_is_found_by_retry_after() {
    let Some([told, adaptive]) = told_and_adaptive("express-retry-after", "120") else { return };
    assert_eq!(told, [120, 120, 0]);
    let [accepted, calls, refused] = adaptive;
    assert!(accepted == 120 && calls == 120 + refused && (1..=40).contains(&refused), "{adaptive:?}");
}

#[test]
fn an_interrupted_run_leaves_no_server_and_no_folder() {
    let folder = TempDir::new().unwrap();
    let mut command = program("limiters");
    command.args(["--require-all", "--clients", "told", "--only", "nginx,express-legacy"]);
    command.env("TMPDIR", folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    // A line for each server, with its port at the end; fewer when the program ends.
    for _ in 0..2 {
        stderr.read_line(&mut said).unwrap();
    }
    if skipped(&said) {
        child.wait().unwrap();
        return;
    }
    let ports: Vec<u16> =
        said.lines().map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
    let reached = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).is_ok();
    assert!(ports.len() == 2 && ports.iter().all(reached), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(2));
    stderr.read_to_string(&mut said).unwrap();
    assert!(said.ends_with("error: interrupted\n"), "{said}");
    assert!(!ports.iter().any(reached));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_is_missing_is_named_with_how_to_install_it() {
    let folder = TempDir::new().unwrap();
    symlink(Path::new("/bin/sh"), folder.path().join("sh")).unwrap();
    let (stdout, stderr, status) =
        end(program("limiters").args(["--only", "express-legacy"]).env("PATH", folder.path()));
    assert_eq!((stdout.as_str(), status), ("", 2));
    let missing = "express-legacy is left out: `node` is not on this machine; install it, as by `apt-get install nodejs npm`";
    assert_eq!(stderr, format!("{missing}\nerror: there is no server to measure\n"));
    let (_, stderr, status) = end(program("limiters")
        .args(["--only", "express-legacy", "--require-all"])
        .env("PATH", folder.path()));
    assert!(
        status == 2
            && stderr.ends_with("error: not all servers could be started, and --require-all was given\n"),
        "{stderr}"
    );
}

#[test]
fn a_client_that_suits_no_server_is_refused_with_what_to_write() {
    let (_, stderr, status) = end(program("limiters").args(["--only", "nginx", "--clients", "told-window"]));
    assert!(
        status == 2 && stderr.contains("write `--only express-draft-8`, or `--clients told`"),
        "{stderr}"
    );
}
