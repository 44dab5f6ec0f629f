//! A process of a fleet, which can be stopped and killed.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use backoff_runtime::Pacer;
use backoff_runtime::fleet::Member;
use tokio::task::AbortHandle;

use super::driver::Driver;
use super::store::Store;

/// A process, which can be stopped and killed.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) pacer: Arc<Pacer>,
    stopped: Arc<Stopped>,
    tasks: Mutex<Vec<AbortHandle>>,
    is_killed: AtomicBool,
}

impl Process {
    pub(super) fn new(number: u32, pacer: Pacer) -> Arc<Self> {
        Arc::new(Self {
            name: format!("{number:04}"),
            pacer: Arc::new(pacer),
            stopped: Arc::default(),
            tasks: Mutex::default(),
            is_killed: AtomicBool::new(false),
        })
    }

    /// From now on, its turns come from the fleet.
    pub(super) fn join(&self, store: Arc<Store>) {
        let driver = Driver::new(
            self.name.clone(),
            Member::join(self.pacer.clone()).expect("it has left the fleet before"),
            store,
        );
        let running = self.stopped.clone().gate(driver.drive());
        self.owns(tokio::spawn(running).abort_handle());
    }

    /// A future of this process: it stands still when that does.
    pub(super) fn runs<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        self.stopped.clone().gate(future)
    }

    /// A task of this process, which ends with it.
    pub(super) fn owns(&self, task: AbortHandle) {
        self.tasks.lock().expect("no task panics").push(task);
    }

    pub(super) fn kill(&self) {
        self.is_killed.store(true, Ordering::Relaxed);
        self.tasks.lock().expect("no task panics").drain(..).for_each(|task| task.abort());
    }

    pub(super) fn is_killed(&self) -> bool {
        self.is_killed.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.stopped.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn go_on(&self) {
        self.stopped.is_stopped.store(false, Ordering::Relaxed);
        self.stopped.wakers.lock().expect("no waker panics").drain(..).for_each(Waker::wake);
    }
}

/// Whether a process was told to stand still.
#[derive(Debug, Default)]
struct Stopped {
    is_stopped: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Stopped {
    async fn gate<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            if self.is_stopped.load(Ordering::Relaxed) {
                self.wakers.lock().expect("no waker panics").push(context.waker().clone());
                return Poll::Pending;
            }
            future.as_mut().poll(context)
        })
        .await
    }
}
