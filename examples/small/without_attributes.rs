//! Retries of what cannot be annotated: closures, and calls into other crates.
//!
//! ```text
//! cargo run --example without_attributes
//! ```
//!
//! The functions `on_exception` and `on_predicate` are named as the attributes, and the options are methods of the same
//! names. Expect a connection (on loopback) to a server that starts a little later, and then a wait for a worker thread.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    thread,
    time::Duration,
};

use backoff_runtime::{Details, constant, expo, none, on_exception, on_predicate};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};

/// Has an address at once, but answers there only after a while.
fn start_server() -> io::Result<(SocketAddr, JoinHandle<io::Result<TcpListener>>)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = socket.local_addr()?;
    let listening = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        socket.listen(8)
    });
    Ok((address, listening))
}

/// `TcpStream::connect` is tokio's, so no attribute can stand on it.
async fn connect() -> io::Result<()> {
    let (address, listening) = start_server()?;
    // The waits are short so that the example is quick.
    let stream = on_exception(expo().factor(0.02).max_value(0.1))
        .max_time(2)
        .giveup(|e: &io::Error| e.kind() != io::ErrorKind::ConnectionRefused)
        .on_backoff(|d: &Details<'_, io::Error>| println!("attempt {}: no connection yet", d.tries))
        .run(async || TcpStream::connect(address).await)
        .await?;
    println!("connected: {}", stream.peer_addr()? == address);
    listening.await.expect("the server does not panic")?;
    Ok(())
}

/// The same for sync code: `JoinHandle::is_finished` is of the standard library.
fn wait_for_worker() {
    let worker = thread::spawn(|| thread::sleep(Duration::from_millis(100)));
    let finished = on_predicate(constant().interval(0.01))
        .jitter(none)
        .max_time(2)
        .run_blocking(|| worker.is_finished());
    println!("worker finished: {finished}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    connect().await?;
    // On a thread of its own, as its waits block.
    tokio::task::spawn_blocking(wait_for_worker).await.expect("it does not panic");
    Ok(())
}
