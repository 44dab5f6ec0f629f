//! A way to Redis that can be made slow.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Passes on what comes, later.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    pub(crate) url: String,
    /// In milliseconds, each way.
    delay: Arc<AtomicU64>,
}

impl Slow {
    /// A way to this port of 127.0.0.1, which is not slow yet.
    pub(crate) async fn way_to(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("redis://{}", listener.local_addr()?);
        let delay = Arc::new(AtomicU64::new(0));
        let way = Self { url, delay: delay.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { continue };
                _ = client.set_nodelay(true);
                _ = server.set_nodelay(true);
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, delay.clone()));
                tokio::spawn(pass(from_server, to_client, delay.clone()));
            }
        });
        Ok(way)
    }

    pub(crate) fn set(&self, delay: Duration) {
        self.delay.store(delay.as_millis() as u64, Relaxed);
    }
}

/// Passes on each piece after the delay that there was when it came.
async fn pass(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    mut to: impl AsyncWrite + Unpin,
    delay: Arc<AtomicU64>,
) {
    let (sender, mut pieces) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let at = Instant::now() + Duration::from_millis(delay.load(Relaxed));
            if sender.send((at, buffer[..read].to_vec())).is_err() {
                return;
            }
        }
    });
    while let Some((at, piece)) = pieces.recv().await {
        sleep_until(at).await;
        if to.write_all(&piece).await.is_err() {
            return;
        }
    }
}
