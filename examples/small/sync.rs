//! Plain functions, without an async runtime: a wait blocks the thread.
//!
//! ```text
//! cargo run --example sync
//! ```
//!
//! Two threads want the same lock file, as two runs of a backup would. Expect the second to find it taken, to look again
//! every 20 ms or less and to get it once the first is done. A program that has only such functions needs no tokio:
//! `cargo add backoff-runtime --no-default-features --features macros`.

use std::{
    env,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use backoff_runtime::on_exception;

// Only an existing file is waited for; a folder that is missing, say, stays missing. The interval is short so that the
// example is quick.
#[on_exception(
    constant, |e| e.kind() == io::ErrorKind::AlreadyExists, interval = "20ms", max_time = "2s",
    on_backoff = |details| if details.tries == 1 { println!("{name}: the lock is taken, waiting") },
)]
fn lock(name: &str, path: &Path) -> io::Result<Lock> {
    File::create_new(path)?;
    println!("{name}: got the lock");
    Ok(Lock(path.to_owned()))
}

/// The lock file; it goes when this is dropped.
struct Lock(PathBuf);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}

fn back_up(name: &str, lock: Lock) {
    thread::sleep(Duration::from_millis(200));
    println!("{name}: done");
    drop(lock);
}

fn main() -> io::Result<()> {
    let path = env::temp_dir().join(format!("backup-{}.lock", process::id()));
    let first = lock("first backup", &path)?;
    let running = thread::spawn(|| back_up("first backup", first));
    let second = lock("second backup", &path)?;
    back_up("second backup", second);
    running.join().expect("the first backup does not panic");
    println!("Both backups ran, one after the other.");
    Ok(())
}
