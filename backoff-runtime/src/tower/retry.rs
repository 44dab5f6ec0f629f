//! [`RetryLayer`]: requests are sent again while their answers are transient.

use std::future::poll_fn;
use std::mem;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::answer::{Answer, Discreet, Judged, OnAnswer};
use super::classify::{By, ByType, Classify, If};
use super::future::ResponseFuture;
use super::request::{CloneRequest, Cloned, ClonedBy, Requests};
use super::take_ready;
use crate::call::{Call, Converted, IntoShows, Made, Makes, Shows};
use crate::pacing::AttemptTimeout;
use crate::policy::{Ends, Paced, Plain, Policy, Source, Timed};
use crate::transient::Class;

/// Sends requests again while their answers are transient, by a policy.
#[derive(Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct RetryLayer<E: 'static = Plain, O = Options> {
    policy: Source<E>,
    options: O,
}

/// The options of a [`RetryLayer`]: what is transient (`C`), how a request is copied (`K`), what is made of a timeout (`M`),
/// and what log lines show (`L`).
#[derive(Clone, Copy, Debug)]
pub struct Options<C = ByType, K = Cloned, M = Converted, L = Discreet> {
    classify: C,
    clones: K,
    on_timeout: M,
    shown: L,
}

impl<E: Ends> RetryLayer<E> {
    /// Retries by a policy that lives as long as the program: a `&'static Policy`, or a `&'static LivePolicy`, which is
    /// asked for each request.
    pub fn new(policy: impl Into<Source<E>>) -> Self {
        Self::by(policy.into())
    }

    /// Retries by a policy that is given away, such as one of a configuration.
    ///
    /// ```
    /// use backoff_runtime::Policy;
    /// use backoff_runtime::tower::RetryLayer;
    ///
    /// # fn main() -> Result<(), backoff_runtime::EnvError> {
    /// let layer = RetryLayer::of(Policy::from_env("API_RETRY")?);
    /// # let _ = layer;
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(policy: Policy<E>) -> Self {
        Self::by(Source::of(policy))
    }

    fn by(policy: Source<E>) -> Self {
        let options = Options { classify: ByType, clones: Cloned, on_timeout: Converted, shown: Discreet };
        Self { policy, options }
    }
}

impl<E, C, K, M, L> RetryLayer<E, Options<C, K, M, L>> {
    /// Retries what this holds of; by default what the types of the response and of the error say is
    /// [transient](crate::Transient).
    pub fn retry_if<T, X, F>(self, is_transient: F) -> RetryLayer<E, Options<If<F>, K, M, L>>
    where
        F: Fn(&Result<T, X>) -> bool,
    {
        self.with(|Options { clones, on_timeout, shown, .. }| Options {
            classify: If(is_transient),
            clones,
            on_timeout,
            shown,
        })
    }

    /// What kind of failure an answer is, with the hint in it; by default as the types of the response and of the error
    /// say.
    pub fn classify<T, X, F>(self, class: F) -> RetryLayer<E, Options<By<F>, K, M, L>>
    where
        F: Fn(&Result<T, X>) -> Class,
    {
        self.with(|Options { clones, on_timeout, shown, .. }| Options {
            classify: By(class),
            clones,
            on_timeout,
            shown,
        })
    }

    /// Makes a copy of a request, or `None` where it is to pass once; by default by `Clone`.
    pub fn clone_request<R, F>(self, clone: F) -> RetryLayer<E, Options<C, ClonedBy<F>, M, L>>
    where
        F: Fn(&R) -> Option<R>,
    {
        self.with(|Options { classify, on_timeout, shown, .. }| Options {
            classify,
            clones: ClonedBy(clone),
            on_timeout,
            shown,
        })
    }

    /// Makes the error of a request that ends without an answer of its own, as the policy has an `attempt_timeout`, a
    /// `timeout` or a pacer; by default by `From<AttemptTimeout>`, which tower's `BoxError` has:
    /// `.map_err(BoxError::from)` below this layer serves clients whose own error has not.
    pub fn on_timeout<X, F>(self, make: F) -> RetryLayer<E, Options<C, K, Made<F>, L>>
    where
        F: FnMut(AttemptTimeout) -> X,
    {
        self.with(|Options { classify, clones, shown, .. }| Options {
            classify,
            clones,
            on_timeout: Made(make),
            shown,
        })
    }

    /// What log lines show of an answer: a function from it to something with `Display`, or `None` for nothing. By default
    /// the `Debug` of an error, and of a response only that there is one, as it may hold what is secret.
    pub fn log_outcome<A, S: IntoShows<A>>(self, shown: S) -> RetryLayer<E, Options<C, K, M, S::Shows>> {
        self.with(|Options { classify, clones, on_timeout, .. }| Options {
            classify,
            clones,
            on_timeout,
            shown: shown.into_shows(),
        })
    }

    fn with<O>(self, change: impl FnOnce(Options<C, K, M, L>) -> O) -> RetryLayer<E, O> {
        RetryLayer { policy: self.policy, options: change(self.options) }
    }
}

impl<E, O: Clone> Clone for RetryLayer<E, O> {
    fn clone(&self) -> Self {
        Self { policy: self.policy.clone(), options: self.options.clone() }
    }
}

impl<S, E, O: Clone> Layer<S> for RetryLayer<E, O> {
    type Service = Retry<S, E, O>;

    fn layer(&self, service: S) -> Self::Service {
        Retry { service, policy: self.policy.clone(), options: self.options.clone() }
    }
}

/// A service whose requests are sent again; made by [`RetryLayer`].
#[derive(Debug)]
pub struct Retry<S, E: 'static = Plain, O = Options> {
    service: S,
    policy: Source<E>,
    options: O,
}

impl<S: Clone, E, O: Clone> Clone for Retry<S, E, O> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), policy: self.policy.clone(), options: self.options.clone() }
    }
}

/// One implementation for each kind of ends: that a future is `Send` is known only of types that are named.
macro_rules! services {
    ($($ends:ident: $($makes:ident)?;)*) => {$(
        impl<S, R, C, K, M, L> Service<R> for Retry<S, $ends, Options<C, K, M, L>>
        where
            S: Service<R, Response: Send + 'static, Error: Send + 'static, Future: Send> + Clone + Send + 'static,
            R: Send + 'static,
            C: Classify<Result<S::Response, S::Error>> + Clone + Send + 'static,
            K: CloneRequest<R> + Clone + Send + 'static,
            M: $($makes<Answer<S::Response, S::Error>> +)? Clone + Send + 'static,
            L: Shows<Result<S::Response, S::Error>> + Clone + Send + 'static,
        {
            type Response = S::Response;
            type Error = S::Error;
            type Future = ResponseFuture<S::Response, S::Error>;

            fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
                self.service.poll_ready(context)
            }

            fn call(&mut self, request: R) -> Self::Future {
                let mut service = take_ready(&mut self.service);
                let Options { classify, clones, on_timeout, shown } = self.options.clone();
                let policy = self.policy.held();
                ResponseFuture::new(async move {
                    let are_spent = AtomicBool::new(false);
                    let mut requests = Requests::new(request, clones, policy.tries(), &are_spent);
                    let word = Judged { classify: classify.clone(), are_spent: &are_spent };
                    let call = Call::of(OnAnswer { classify, on_timeout, shown }, policy).with(word);
                    let mut is_ready = true;
                    call.run_named::<S, _, _>(move |attempt| {
                        send(&mut service, mem::take(&mut is_ready), requests.take(attempt))
                    })
                    .await
                })
            }
        }
    )*};
}
services! {
    Plain:;
    Paced: Makes;
    Timed: Makes;
}

/// An attempt, by the service itself if it is ready, or else by a clone that becomes ready.
fn send<S, R>(
    service: &mut S,
    is_ready: bool,
    request: R,
) -> impl Future<Output = Result<S::Response, S::Error>> + Send + use<S, R>
where
    S: Service<R, Future: Send, Error: Send> + Clone + Send,
    R: Send,
{
    let sent = if is_ready { Ok(service.call(request)) } else { Err((service.clone(), request)) };
    async move {
        match sent {
            Ok(answer) => answer.await,
            Err((mut service, request)) => {
                poll_fn(|context| service.poll_ready(context)).await?;
                service.call(request).await
            }
        }
    }
}
