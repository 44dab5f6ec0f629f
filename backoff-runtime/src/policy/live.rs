//! A policy that is replaced while the program runs.

use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Ends, Plain, Policy};
use crate::call::{Call, OnException, OnPredicate};

/// A policy that may be replaced while the program runs, as when its configuration changes.
///
/// A call goes by the policy of the moment at which it begins, to its end. To begin a call costs a read lock and a
/// reference count.
///
/// ```
/// use backoff_runtime::{LivePolicy, Policy, retry};
///
/// static API: LivePolicy = LivePolicy::new(Policy::expo().max_tries(5));
///
/// #[retry(API)]
/// fn get() -> Result<(), std::io::Error> {
///     Ok(())
/// }
///
/// let mut policy = API.get();
/// policy.set_max_tries(8);
/// API.set(policy);
/// # assert!(get().is_ok());
/// ```
#[derive(Debug)]
pub struct LivePolicy<E = Plain> {
    first: Policy<E>,
    now: RwLock<Option<Arc<Policy<E>>>>,
}

impl<E: Ends> LivePolicy<E> {
    /// A policy, until it is replaced.
    #[must_use]
    pub const fn new(policy: Policy<E>) -> Self {
        Self { first: policy, now: RwLock::new(None) }
    }

    /// The policy as it is now, to look at or to change and [`set`](Self::set).
    pub fn get(&self) -> Policy<E> {
        *self.snapshot()
    }

    /// Replaces the policy, for the calls that begin from now on.
    pub fn set(&self, policy: Policy<E>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(policy));
    }

    /// The policy as it is now, as the calls hold it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<E> {
        if let Some(now) = &*self.now.read().unwrap_or_else(PoisonError::into_inner) {
            return Snapshot(Arc::clone(now));
        }
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        Snapshot(Arc::clone(now.get_or_insert_with(|| Arc::new(self.first))))
    }

    /// A call of a closure that is retried on errors, by the policy as it is now.
    pub fn on_exception(&self) -> Call<OnException, Snapshot<E>> {
        Call::of(OnException::ANY, self.snapshot())
    }

    /// A call of a closure that is retried on values, by the policy as it is now.
    pub fn on_predicate(&self) -> Call<OnPredicate, Snapshot<E>> {
        Call::of(OnPredicate::FALSY, self.snapshot())
    }
}

/// A [`LivePolicy`] as it was when a call began.
#[derive(Debug)]
pub struct Snapshot<E = Plain>(Arc<Policy<E>>);

#[cfg(feature = "tower")]
impl<E> From<Policy<E>> for Snapshot<E> {
    fn from(policy: Policy<E>) -> Self {
        Self(Arc::new(policy))
    }
}

impl<E> Clone for Snapshot<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> Deref for Snapshot<E> {
    type Target = Policy<E>;

    fn deref(&self) -> &Policy<E> {
        &self.0
    }
}
