//! The other sides, real servers on loopback that fail on purpose.

pub mod backup;
pub mod provider;
pub mod warehouse;

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// What share of calls fails, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// The server says that it is away, and does nothing.
    pub away: f64,
    /// The server does its work, and the answer gets lost.
    pub lost: f64,
    /// The server does nothing and never answers.
    pub stalled: f64,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Away,
    Lost,
    Stalled,
}

/// Chooses which calls fail, the same ones each time; the shares may change while the server runs.
#[derive(Debug)]
pub struct Dice(Mutex<(Faults, SmallRng)>);

impl Dice {
    pub(crate) fn new(faults: Faults, seed: u64) -> Self {
        Self(Mutex::new((faults, SmallRng::seed_from_u64(seed))))
    }

    /// Changes the shares.
    pub fn set(&self, faults: Faults) {
        lock(&self.0).0 = faults;
    }

    pub(crate) fn throw(&self) -> Option<Fault> {
        let (Faults { away, lost, stalled }, dice) = &mut *lock(&self.0);
        let drawn: f64 = dice.random();
        let is_below = |share: f64| drawn < share;
        if is_below(*away) {
            Some(Fault::Away)
        } else if is_below(*away + *lost) {
            Some(Fault::Lost)
        } else {
            is_below(*away + *lost + *stalled).then_some(Fault::Stalled)
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
