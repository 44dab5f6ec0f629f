//! smoke
use backoff_runtime::{Details, on_exception, on_predicate};
use std::cell::Cell;
use std::io;

#[on_predicate(expo, max_time = 300)]
async fn ready(n: &Cell<u32>) -> bool {
    n.set(n.get() + 1);
    n.get() > 3
}

#[on_exception(expo, io::Error, max_tries = 5, giveup = |e| e.kind() == io::ErrorKind::NotFound, on_backoff = |d| println!("{d:?}"))]
async fn read(n: &mut u32) -> io::Result<u32> {
    *n += 1;
    if *n < 3 {
        Err(io::Error::other("x"))?;
    }
    Ok(*n)
}

async fn ring(d: &Details<'_, String>) {
    tokio::task::yield_now().await;
    println!("ring {d:?}");
}

fn sync_handler(d: &Details<'_, String>) {
    println!("sync {d:?}");
}

#[on_exception(fibo, max_tries = 2, jitter = decorrelated_jitter, on_giveup = [ring, sync_handler, async |d| println!("{}", d.tries)])]
#[on_exception(constant, interval = [1, 2], jitter = none, fallback = |e| Err(e + "!"))]
async fn stacked(mut n: u32, log: &Cell<u32>) -> Result<u32, String> {
    n += 1;
    log.set(log.get() + 1);
    Err(format!("e{n}"))
}

#[on_exception(constant, interval = 0, max_tries = 3, raise_on_giveup = false)]
fn sync(log: &mut Vec<u8>, x: impl Fn() -> u8) -> Result<Option<u8>, Box<dyn std::error::Error>> {
    log.push(x());
    "a".parse::<u8>()?;
    Ok(Some(1))
}

#[tokio::test(start_paused = true)]
async fn smoke() {
    let n = Cell::new(0);
    assert!(ready(&n).await);
    assert_eq!(n.get(), 4);
    let mut n = 0;
    assert_eq!(read(&mut n).await.unwrap(), 3);
    let n = Cell::new(0);
    assert_eq!(stacked(0, &n).await, Err("e1!".to_owned()));
    assert_eq!(n.get(), 6);
    let mut v = vec![];
    assert_eq!(sync(&mut v, || 7).unwrap(), None);
    assert_eq!(v, [7, 7, 7]);
}
