//! Policies that something holds which lives as long as it likes: a layer and its services.

use std::ops::Deref;

use super::{Ends, LivePolicy, Plain, Policy, Snapshot};

/// Where the policy of a layer is: a `&'static Policy`, or a `&'static LivePolicy`, which is asked for each call. Of a policy
/// by value, [`RetryLayer::of`](crate::tower::RetryLayer::of) makes a layer.
#[derive(Debug)]
pub struct Source<E: 'static = Plain>(Kept<E>);

#[derive(Debug)]
enum Kept<E: 'static> {
    Held(Held<E>),
    Live(&'static LivePolicy<E>),
}

impl<E: Ends> Source<E> {
    /// A policy by value. By no `From`: as a policy is `Copy`, lints would ask to write `API` instead of `&API`.
    pub(crate) fn of(policy: Policy<E>) -> Self {
        Self(Kept::Held(Held::Shared(policy.into())))
    }

    /// The policy as it is now.
    pub(crate) fn held(&self) -> Held<E> {
        match &self.0 {
            Kept::Held(held) => held.clone(),
            Kept::Live(live) => Held::Shared(live.snapshot()),
        }
    }
}

impl<E> Clone for Source<E> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Kept::Held(held) => Kept::Held(held.clone()),
            Kept::Live(live) => Kept::Live(live),
        })
    }
}

impl<E> From<&'static Policy<E>> for Source<E> {
    fn from(policy: &'static Policy<E>) -> Self {
        Self(Kept::Held(Held::Static(policy)))
    }
}

impl<E> From<&'static LivePolicy<E>> for Source<E> {
    fn from(policy: &'static LivePolicy<E>) -> Self {
        Self(Kept::Live(policy))
    }
}

/// A policy as a call holds it.
#[derive(Debug)]
pub(crate) enum Held<E: 'static> {
    /// For as long as the program runs.
    Static(&'static Policy<E>),
    /// Together with others.
    Shared(Snapshot<E>),
}

impl<E> Clone for Held<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(policy) => Self::Static(policy),
            Self::Shared(policy) => Self::Shared(policy.clone()),
        }
    }
}

impl<E> Deref for Held<E> {
    type Target = Policy<E>;

    fn deref(&self) -> &Policy<E> {
        match self {
            Self::Static(policy) => policy,
            Self::Shared(policy) => policy,
        }
    }
}
