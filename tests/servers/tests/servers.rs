//! Each server starts, answers, survives what it should, and is gone with its value.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use backoff_test_servers::{Missing, Postgres, RabbitMq, Redis, RedisCluster, or_skip, program};

/// Waits until something holds, for ten seconds at most.
fn comes_true(what: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !what() {
        if start.elapsed() > Duration::from_secs(10) {
            return false;
        }
        sleep(Duration::from_millis(10));
    }
    true
}

fn port(url: &str) -> u16 {
    let port = url.rsplit(':').next().unwrap();
    port.split('/').next().unwrap().parse().unwrap()
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn ask(port: u16, question: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(question.as_bytes()).unwrap();
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).unwrap_or(0);
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

fn psql(url: &str, sql: &str) -> String {
    let psql = program("psql", "postgresql-client").unwrap();
    let said = Command::new(psql).args([url, "--no-psqlrc", "-Atc", sql]).output().unwrap();
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

#[test]
fn redis_answers_and_is_gone_when_it_is_dropped() {
    let Some(redis) = or_skip(Redis::start()) else { return };
    let port = port(&redis.url());
    assert_eq!(redis.url(), format!("redis://127.0.0.1:{port}"));
    assert_eq!(ask(port, "PING\r\n"), "+PONG\r\n");
    drop(redis);
    assert!(comes_true(|| !listens(port)));
}

#[test]
fn redis_hangs_while_it_is_stopped_and_forgets_when_it_is_killed() {
    let Some(mut redis) = or_skip(Redis::start_with(&["--maxmemory", "7mb"])) else { return };
    let port = redis.port();
    assert!(ask(port, "CONFIG GET maxmemory\r\n").contains("7340032"));
    redis.stop();
    assert_eq!(ask(port, "SET key before\r\n"), "");
    redis.go_on();
    assert!(comes_true(|| ask(port, "GET key\r\n").contains("before")));
    redis.kill();
    assert!(!listens(port));
    redis.restart().unwrap();
    assert_eq!(ask(port, "GET key\r\n"), "$-1\r\n");
}

#[test]
fn redis_wants_its_password() {
    let Some(redis) = or_skip(Redis::with_password("secret")) else { return };
    assert_eq!(redis.url(), format!("redis://:secret@127.0.0.1:{}", redis.port()));
    assert!(ask(redis.port(), "PING\r\n").starts_with("-NOAUTH"));
    assert!(ask(redis.port(), "AUTH secret\r\nPING\r\n").contains("+PONG"));
}

#[test]
fn redis_speaks_tls_by_a_certificate_that_holds() {
    let Some(redis) = or_skip(Redis::with_tls()) else { return };
    let port = redis.port().to_string();
    assert_eq!(redis.url(), format!("rediss://127.0.0.1:{port}"));
    let cli = or_skip(program("redis-cli", "redis-tools")).unwrap();
    let said = Command::new(cli)
        .args(["--tls", "--cacert"])
        .arg(redis.ca().unwrap())
        .args(["-p", &port, "ping"])
        .output();
    assert_eq!(String::from_utf8_lossy(&said.unwrap().stdout), "PONG\n");
    assert_eq!(ask(redis.port(), "PING\r\n"), "");
}

#[test]
fn the_nodes_of_a_cluster_share_the_keys_also_after_one_was_killed() {
    let Some(mut cluster) = or_skip(RedisCluster::start()) else { return };
    // 3 of 16384 slots are enough to meet another node.
    let answers = |key: &str| {
        let answers = cluster.iter().map(|node| ask(node.port(), &format!("SET {key} 1\r\n")));
        let (own, moved): (Vec<_>, Vec<_>) = answers.partition(|answer| answer == "+OK\r\n");
        assert!(moved.iter().all(|answer| answer.starts_with("-MOVED ")), "{moved:?}");
        (own.len(), moved.len())
    };
    assert_eq!(["a", "b", "c"].map(answers), [(1, 2); 3]);
    cluster[1].kill();
    cluster[1].restart().unwrap();
    cluster.wait_until_whole().unwrap();
    assert_eq!(cluster.urls().len(), 3);
}

#[test]
fn postgres_keeps_what_was_committed_and_is_gone_when_it_is_dropped() {
    let Some(mut postgres) = or_skip(Postgres::start()) else { return };
    let url = postgres.url();
    psql(&url, "create table sent (who text); insert into sent values ('13055550157')");
    postgres.kill();
    assert!(!listens(port(&url)));
    postgres.restart().unwrap();
    assert_eq!(psql(&url, "select who from sent"), "13055550157");
    drop(postgres);
    assert!(comes_true(|| !listens(port(&url))));
}

#[test]
fn rabbitmq_answers_and_is_gone_when_it_is_dropped() {
    let Some(mut rabbitmq) = or_skip(RabbitMq::start()) else { return };
    let port = port(&rabbitmq.url());
    // The first frame: what it is, by name.
    let greeting = || ask(port, "AMQP\0\0\x09\x01");
    assert!(greeting().contains("RabbitMQ"), "{}", greeting());
    rabbitmq.kill();
    assert!(comes_true(|| !listens(port)));
    rabbitmq.restart().unwrap();
    assert!(greeting().contains("RabbitMQ"));
    drop(rabbitmq);
    assert!(comes_true(|| !listens(port)));
}

/// Not a test of its own: the process that the next one kills.
#[test]
#[ignore = "started by a_killed_process_leaves_no_server_and_no_folder"]
fn serve_until_killed() {
    let Some(redis) = or_skip(Redis::start()) else { return };
    println!("\n{}", redis.port());
    sleep(Duration::from_secs(60));
}

#[test]
fn a_killed_process_leaves_no_server_and_no_folder() {
    if or_skip(program("redis-server", "redis-server")).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", "serve_until_killed"]);
    let mut child = command.env("TMPDIR", folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.map_while(Result::ok).find_map(|line| line.trim().parse().ok()).unwrap();
    let is_empty = |folder: &Path| folder.read_dir().unwrap().next().is_none();
    assert!(listens(port) && !is_empty(folder.path()));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(comes_true(|| !listens(port) && is_empty(folder.path())));
}

#[test]
fn without_its_server_a_test_says_that_it_is_skipped_or_fails_where_servers_are_required() {
    let run = |required: bool| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "redis_wants_its_password"]).env("PATH", "").env_remove("REQUIRE_SERVERS");
        if required {
            command.env("REQUIRE_SERVERS", "1");
        }
        let ended = command.output().unwrap();
        (ended.status.success(), String::from_utf8(ended.stderr).unwrap(), ended.stdout)
    };
    let missing = "`redis-server` is not on this machine; install it, as by `apt-get install redis-server`\n";
    let (passes, said, _) = run(false);
    let skipped = "skipped, and set REQUIRE_SERVERS to fail instead: ";
    assert_eq!((passes, said), (true, format!("{skipped}{missing}")));
    let (passes, _, said) = run(true);
    let said = String::from_utf8(said).unwrap();
    assert!(!passes && said.contains(&format!("REQUIRE_SERVERS is set, but {missing}")), "{said}");
}

#[test]
fn what_is_missing_is_named_with_how_to_install_it() {
    let missing = program("no-such-server", "some-package").unwrap_err();
    assert!(matches!(missing, Missing::Program { .. }));
    let told = "`no-such-server` is not on this machine; install it, as by `apt-get install some-package`";
    assert_eq!(missing.to_string(), told);
}

#[test]
fn a_server_that_does_not_run_says_why() {
    let broken = Redis::start_with(&["--no-such-option", "1"]).err();
    match broken {
        Some(Missing::Broken { why, .. }) => assert!(why.contains("no-such-option"), "{why}"),
        other => assert!(or_skip(other.map_or(Ok(()), Err)).is_none()),
    }
}
