//! The scope of the whole process.

use std::error::Error;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Scope;
use super::current::Counted;

static HELD: Mutex<Option<Scope>> = Mutex::new(None);
static LEFT: Condvar = Condvar::new();

/// The scope that holds everywhere, if one does.
pub(super) fn held() -> Option<Scope> {
    lock().clone()
}

fn lock() -> MutexGuard<'static, Option<Scope>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A scope is in force on every thread, in every task, for as long as this lives; made by [`Scope::everywhere`].
#[derive(Debug)]
#[must_use = "the scope is left when this is dropped"]
pub struct Everywhere {
    _counted: Counted,
}

impl Everywhere {
    pub(super) fn enter(scope: &Scope) -> Result<Self, Busy> {
        let held = lock();
        if held.is_some() { Err(Busy(())) } else { Ok(Self::hold(scope, held)) }
    }

    pub(super) fn wait(scope: &Scope) -> Self {
        let left = LEFT.wait_while(lock(), |held| held.is_some());
        Self::hold(scope, left.unwrap_or_else(PoisonError::into_inner))
    }

    fn hold(scope: &Scope, mut held: MutexGuard<'_, Option<Scope>>) -> Self {
        *held = Some(scope.clone());
        drop(held);
        scope.reset_once();
        Self { _counted: Counted::new() }
    }
}

impl Drop for Everywhere {
    fn drop(&mut self) {
        let left = lock().take();
        drop(left);
        LEFT.notify_one();
    }
}

/// Another scope is in force in the whole process.
#[derive(Debug, PartialEq, Eq)]
pub struct Busy(());

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "another scope is in force in the whole process, as one test at a time may change it; wait for its end by \
             `Scope::everywhere_blocking`",
        )
    }
}

impl Error for Busy {}
