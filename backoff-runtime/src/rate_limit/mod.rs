//! What a server says of a limit of its own.

#[cfg(feature = "http")]
mod field;
#[cfg(feature = "http")]
mod headers;
#[cfg(feature = "http")]
mod moment;
#[cfg(feature = "http")]
mod name;
#[cfg(all(test, feature = "http"))]
mod tests;

use std::time::Duration;

/// What a server says of one of its limits, in one response. Whatever it doesn't say is `None`.
///
/// With the feature `http`, `RateLimit::from_headers` reads it from a response. What a server says elsewhere, such as in
/// the body, is put together by hand:
///
/// ```
/// use std::time::Duration;
/// use backoff_runtime::RateLimit;
///
/// let limit = RateLimit::new().with_remaining(0).with_reset(Duration::from_secs(30));
/// assert_eq!((limit.limit, limit.remaining), (None, Some(0)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub struct RateLimit {
    /// What the server calls the limit, or what it is for: `daily`, `input-tokens`, `core`.
    pub name: Option<String>,
    /// What is counted. Default: [`QuotaUnit::Requests`].
    pub unit: QuotaUnit,
    /// How much is allowed in a window.
    pub limit: Option<u64>,
    /// How much of it is left.
    pub remaining: Option<u64>,
    /// The time, from the response on, until there is more: in most cases, until all of the limit is available again.
    /// Zero if that is now or was before.
    pub reset: Option<Duration>,
    /// The time that the limit is for.
    pub window: Option<Duration>,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "fleet", derive(serde::Serialize, serde::Deserialize))]
pub enum QuotaUnit {
    /// Calls.
    #[default]
    Requests,
    /// Tokens of a language model.
    Tokens,
    /// Bytes of content.
    Bytes,
    /// Calls that are in flight at the same time.
    ConcurrentRequests,
    /// Anything else, such as the complexity of queries; the limit's name says what.
    Other,
}

impl RateLimit {
    /// A limit on requests of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            name: None,
            unit: QuotaUnit::Requests,
            limit: None,
            remaining: None,
            reset: None,
            window: None,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets what is counted.
    #[must_use]
    pub const fn with_unit(mut self, unit: QuotaUnit) -> Self {
        self.unit = unit;
        self
    }

    /// Sets how much is allowed in a window.
    #[must_use]
    pub const fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets how much of the limit is left.
    #[must_use]
    pub const fn with_remaining(mut self, remaining: u64) -> Self {
        self.remaining = Some(remaining);
        self
    }

    /// Sets the time until there is more.
    #[must_use]
    pub const fn with_reset(mut self, reset: Duration) -> Self {
        self.reset = Some(reset);
        self
    }

    /// Sets the time that the limit is for.
    #[must_use]
    pub const fn with_window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }
}

/// One limit, where several may be told: so a closure may return a `RateLimit`, an `Option`, an array or a `Vec` of them.
impl IntoIterator for RateLimit {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}
