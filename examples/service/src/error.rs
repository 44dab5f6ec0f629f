//! What goes wrong with an order: which of it passes by itself is said once, beside it.

use axum::Json;
use axum::http::{StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use backoff_runtime::{AttemptTimeout, RetryAfter, Transient};

/// Why an order is not done, or not yet.
#[derive(Debug, Transient, thiserror::Error)]
pub enum Error {
    /// A lock, a connection, or a query that is wrong.
    #[error("database: {0}")]
    #[transient(source)]
    Database(#[from] sqlx::Error),
    /// By the code of gRPC, and what the server says of when to come back.
    #[error("inventory: {} ({:?})", .0.message(), .0.code())]
    #[transient(source)]
    Inventory(#[from] tonic::Status),
    /// A connection that broke, say.
    #[error("payment: {0}")]
    #[transient(source)]
    Payment(#[from] reqwest::Error),
    /// A status other than success.
    #[error("payment: the provider answers {0}")]
    #[transient(source)]
    Refused(StatusCode),
    /// The provider's rate limit, with its `Retry-After`.
    #[error("payment: too many requests")]
    #[transient(rate_limit, retry_after = 0)]
    TooManyRequests(Option<RetryAfter>),
    /// An attempt took too long, or there was no turn in time.
    #[error(transparent)]
    #[transient(source)]
    TimedOut(#[from] AttemptTimeout),
    /// The customer has no money.
    #[error("the payment is declined")]
    Declined,
    /// There is not enough of it.
    #[error("out of stock")]
    OutOfStock,
    /// Another order has this key.
    #[error("this idempotency key is of another order")]
    KeyInUse,
}

/// What passes by itself is told as such to the service's own callers, who may retry by the same key.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Declined => StatusCode::PAYMENT_REQUIRED,
            Self::OutOfStock => StatusCode::CONFLICT,
            Self::KeyInUse => StatusCode::UNPROCESSABLE_ENTITY,
            _ if self.is_transient() => {
                let body = Json(self.to_string());
                return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], body).into_response();
            }
            // What is inside is no matter of the caller's.
            _ => {
                tracing::error!("{self}");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        (status, Json(self.to_string())).into_response()
    }
}
