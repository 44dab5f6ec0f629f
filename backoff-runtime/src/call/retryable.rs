//! `f.retry(&API)`: the function first, then how it is retried.

use super::bounds::Ends;
use super::ending::End;
#[cfg(feature = "tokio")]
use super::ending::EndLater;
use super::engine::Of;
use super::kind::{Kind, OnException};
use super::rules::{Only, Rules};
use super::{Call, on_exception};
use crate::policy::{self, LivePolicy, Policy, Snapshot};
use crate::wait::{AnyWait, Constant, Decay, Expo, Fibo};

/// Functions and closures, with a method that retries them.
///
/// ```
/// use backoff_runtime::{Policy, Retryable};
///
/// static API: Policy = Policy::expo().max_tries(5);
///
/// async fn fetch() -> Result<u32, std::io::Error> {
///     Ok(1)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let fetched = fetch.retry(&API).await?;
/// # assert_eq!(fetched, 1);
/// # Ok(())
/// # }
/// ```
pub trait Retryable<R>: FnMut() -> R + Sized {
    /// Runs an async function until it succeeds, or what it is given says to give up: a [`Policy`], a [`LivePolicy`], a
    /// built-in generator, or a [`Call`] with all its options. Without one that says otherwise, it is retried on any
    /// error.
    #[cfg(feature = "tokio")]
    fn retry<C: IntoCall>(self, policy: C) -> impl Future<Output = R::Output>
    where
        R: Future,
        C::Kind: Kind<R::Output, End: EndLater<R::Output>>,
        C::Rules: Rules<
                Of<C::Kind, R::Output>,
                Bounds: Ends<Of<C::Kind, R::Output>, <C::Kind as Kind<R::Output>>::Make>,
            >,
    {
        policy.into_call().run(self)
    }

    /// Runs a sync function in the same way; waits block the thread.
    fn retry_blocking<C: IntoCall>(self, policy: C) -> R
    where
        C::Kind: Kind<R, End: End<R>>,
        C::Rules: Rules<Of<C::Kind, R>, Bounds: Ends<Of<C::Kind, R>, <C::Kind as Kind<R>>::Make>>,
    {
        policy.into_call().run_blocking(self)
    }
}

impl<R, F: FnMut() -> R> Retryable<R> for F {}

/// What [`Retryable::retry`] takes: a policy, a built-in generator or a call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how a call is retried",
    label = "write `&POLICY`, a built-in generator such as `expo()`, or `on_exception(...)` with its options"
)]
pub trait IntoCall {
    /// How what is returned is looked at.
    type Kind;
    /// What the call goes by.
    type Rules;

    /// The call.
    fn into_call(self) -> Call<Self::Kind, Self::Rules>;
}

impl<A, P> IntoCall for Call<A, P> {
    type Kind = A;
    type Rules = P;

    fn into_call(self) -> Self {
        self
    }
}

impl<'p, E: policy::Ends> IntoCall for &'p Policy<E> {
    type Kind = OnException;
    type Rules = &'p Policy<E>;

    fn into_call(self) -> Call<OnException, Self> {
        self.on_exception()
    }
}

impl<E: policy::Ends> IntoCall for &LivePolicy<E> {
    type Kind = OnException;
    type Rules = Snapshot<E>;

    fn into_call(self) -> Call<OnException, Snapshot<E>> {
        self.on_exception()
    }
}

macro_rules! generators {
    ($([$($param:ident)?] $generator:ty;)*) => {$(
        impl$(<$param>)? IntoCall for $generator {
            type Kind = OnException;
            type Rules = Only<Self>;

            fn into_call(self) -> Call<OnException, Only<Self>> {
                on_exception(self)
            }
        }
    )*};
}
generators! {
    [] Expo;
    [] Fibo;
    [S] Constant<S>;
    [] Decay;
    [] AnyWait;
}
