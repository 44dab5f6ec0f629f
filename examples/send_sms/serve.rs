//! The Messages API alone, to be called by another `send_sms --api`, by curl or by one's own program.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use backoff_examples::messages_api::Server;

use crate::{Failure, SENDER, options::Options};

const KEY: &str = "out/loopback.pem";

/// Serves until Ctrl-C, having said how to call.
pub(crate) async fn until_interrupted(options: &Options) -> Result<ExitCode, Failure> {
    let rules = options.rules();
    let server = Server::start(rules).await?;
    write_key(server.private_key_pem()).map_err(|error| format!("cannot write {KEY}: {error}"))?;
    println!("A Messages API whose limit is {}, until Ctrl-C. From another terminal:\n", rules.limit);
    println!("  export VONAGE_APPLICATION_ID={}", server.application_id());
    println!("  export VONAGE_PRIVATE_KEY={KEY} VONAGE_NUMBER={SENDER}");
    println!("  cargo run --release --example send_sms -- --api {} 13055550157\n", server.url());
    tokio::signal::ctrl_c().await?;
    let counts = server.stop().await;
    println!("{} calls, {} messages accepted", counts.calls(), counts.accepted());
    println!("{} calls for a message that had been accepted, known by its `client_ref`", counts.repeated);
    Ok(ExitCode::SUCCESS)
}

/// The key is good for this one server and dies with it; all the same nobody else need read it.
fn write_key(pem: &str) -> io::Result<()> {
    fs::create_dir_all(Path::new(KEY).parent().unwrap_or(Path::new(".")))?;
    let mut file = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.write(true).create(true).truncate(true).open(KEY)?.write_all(pem.as_bytes())
}
