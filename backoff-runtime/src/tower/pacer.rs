//! [`PacerLayer`]: requests wait for their turn.

use std::fmt;
use std::ops::Deref;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::classify::{By, ByType, Classify, Throttled};
use super::future::ResponseFuture;
use super::take_ready;
use crate::pacer::{Pacer, Place, Turn};
use crate::pacing::RateLimits;
use crate::transient::Class;

/// Lets each request wait for its turn, and tells the pacer what became of it.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct PacerLayer<P = &'static Pacer, C = ByType, T = Untold> {
    pacer: P,
    classify: C,
    tells: T,
}

impl<P: Deref<Target = Pacer>> PacerLayer<P> {
    /// Requests wait for a turn of this pacer: a `&'static Pacer`, or an `Arc` of one.
    pub fn new(pacer: P) -> Self {
        Self { pacer, classify: ByType, tells: Untold }
    }
}

impl<P, C, T> PacerLayer<P, C, T> {
    /// What kind of failure an answer is, with the hint in it; by default as the types of the response and of the error
    /// say ([`Transient`](crate::Transient)).
    pub fn classify<A, X, F>(self, class: F) -> PacerLayer<P, By<F>, T>
    where
        F: Fn(&Result<A, X>) -> Class,
    {
        PacerLayer { pacer: self.pacer, classify: By(class), tells: self.tells }
    }

    /// Which answers are the limit speaking. Of the others, an error says nothing of the limit, and a response that the limit
    /// let the request pass.
    pub fn throttled<A, X, F>(self, is_refused: F) -> PacerLayer<P, Throttled<F>, T>
    where
        F: Fn(&Result<A, X>) -> bool,
    {
        PacerLayer { pacer: self.pacer, classify: Throttled(is_refused), tells: self.tells }
    }

    /// What the server tells of its limits in an answer: a [`RateLimit`](crate::RateLimit), or an `Option`, an array or a
    /// `Vec` of them; by default nothing.
    pub fn limit<A, X, I, F>(self, limit: F) -> PacerLayer<P, C, Told<F>>
    where
        I: RateLimits,
        F: Fn(&Result<A, X>) -> I,
    {
        PacerLayer { pacer: self.pacer, classify: self.classify, tells: Told(limit) }
    }
}

impl<S, P: Clone, C: Clone, T: Clone> Layer<S> for PacerLayer<P, C, T> {
    type Service = Pace<S, P, C, T>;

    fn layer(&self, service: S) -> Self::Service {
        Pace { service, layer: self.clone() }
    }
}

/// A service whose requests wait for their turn; made by [`PacerLayer`].
#[derive(Clone, Debug)]
pub struct Pace<S, P = &'static Pacer, C = ByType, T = Untold> {
    service: S,
    layer: PacerLayer<P, C, T>,
}

impl<S, R, P, C, T> Service<R> for Pace<S, P, C, T>
where
    S: Service<R, Response: Send + 'static, Error: Send + 'static, Future: Send> + Clone + Send + 'static,
    R: Send + 'static,
    P: Deref<Target = Pacer> + Clone + Send + Sync + 'static,
    C: Classify<Result<S::Response, S::Error>> + Clone + Send + 'static,
    T: Tells<Result<S::Response, S::Error>> + Clone + Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let mut service = take_ready(&mut self.service);
        let PacerLayer { pacer, classify, tells } = self.layer.clone();
        ResponseFuture::new(async move {
            let turn = pacer.turn(Place::back(), None).await;
            let answer = service.call(request).await;
            if let Some(mut turn) = turn {
                tells.tell(&mut turn, &answer);
                end(turn, classify.class(&answer));
            }
            answer
        })
    }
}

/// Tells the pacer how the request ended.
fn end(turn: Turn<'_>, class: Class) {
    match class {
        Class::Final => turn.accepted(),
        Class::Transient { .. } => turn.failed(),
        Class::RateLimit { retry_after } => _ = turn.throttled(retry_after),
    }
}

/// Tells the pacer what the server says of its limits.
pub trait Tells<A> {
    /// Tells it.
    fn tell(&self, turn: &mut Turn<'_>, answer: &A);
}

/// Nothing; the default.
#[derive(Clone, Copy, Debug)]
pub struct Untold;

impl<A> Tells<A> for Untold {
    fn tell(&self, _: &mut Turn<'_>, _: &A) {}
}

/// By a function; made by [`PacerLayer::limit`].
#[derive(Clone, Copy)]
pub struct Told<F>(F);

impl<A, I: RateLimits, F: Fn(&A) -> I> Tells<A> for Told<F> {
    fn tell(&self, turn: &mut Turn<'_>, answer: &A) {
        turn.told((self.0)(answer));
    }
}

impl<F> fmt::Debug for Told<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}
