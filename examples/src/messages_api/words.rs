//! What the server says of its limit in the headers of its answers.

use std::{str::FromStr, time::Duration};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header::RETRY_AFTER};

use super::{Limit, limiter::Verdict};

/// Which headers tell of the limit. By default only `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// `Retry-After` in refusals: whole seconds, at least one.
    pub retry_after: bool,
    /// `RateLimit` and `RateLimit-Policy` in all answers, as in the drafts 8 and later of the IETF.
    pub rate_limit: bool,
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset` (in seconds from now) in all answers.
    pub x_rate_limit: bool,
}

impl Words {
    /// Nothing is told.
    pub const NONE: Self = Self { retry_after: false, rate_limit: false, x_rate_limit: false };

    pub(super) fn headers(self, limit: Limit, verdict: Verdict) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |name: &'static str, value: String| {
            let value = HeaderValue::try_from(value).expect("digits and ASCII signs");
            headers.insert(HeaderName::from_static(name), value);
        };
        let (quota, window) = (limit.at_once(), whole_seconds(limit.window()));
        let (remaining, reset) = (verdict.remaining, whole_seconds(verdict.reset));
        if let (true, Some(wait)) = (self.retry_after, verdict.refused_for) {
            add(RETRY_AFTER.as_str(), whole_seconds(wait).to_string());
        }
        if self.rate_limit {
            add("ratelimit-policy", format!("\"messages\";q={quota};w={window}"));
            add("ratelimit", format!("\"messages\";r={remaining};t={reset}"));
        }
        if self.x_rate_limit {
            add("x-ratelimit-limit", quota.to_string());
            add("x-ratelimit-remaining", remaining.to_string());
            add("x-ratelimit-reset", reset.to_string());
        }
        headers
    }
}

impl Default for Words {
    fn default() -> Self {
        Self { retry_after: true, ..Self::NONE }
    }
}

impl FromStr for Words {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let mut words = Self::NONE;
        if written == "none" {
            return Ok(words);
        }
        for name in written.split(',') {
            let word = match name.trim() {
                "retry-after" => &mut words.retry_after,
                "ratelimit" => &mut words.rate_limit,
                "x-ratelimit" => &mut words.x_rate_limit,
                other => {
                    return Err(format!(
                        "there is no `{other}`; there are retry-after, ratelimit and x-ratelimit, or none"
                    ));
                }
            };
            *word = true;
        }
        Ok(words)
    }
}

/// Rounded up, and at least one: whoever waits so long has not come too early.
fn whole_seconds(time: Duration) -> u64 {
    (time.as_nanos().div_ceil(1_000_000_000) as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit::Window { messages: 100, window: Duration::from_secs(10) };

    fn told(words: &str, verdict: Verdict) -> Vec<String> {
        let headers = words.parse::<Words>().unwrap().headers(LIMIT, verdict);
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn each_family_of_headers_is_sent_when_asked_for() {
        let reset = Duration::from_millis(8001);
        let accepted = Verdict { refused_for: None, remaining: 40, reset };
        let refused = Verdict { refused_for: Some(reset), remaining: 0, reset };
        assert_eq!(told("none", refused), [""; 0]);
        assert_eq!(told("retry-after", accepted), [""; 0]);
        assert_eq!(told("retry-after", refused), ["retry-after: 9"]);
        let draft = ["ratelimit-policy: \"messages\";q=100;w=10", "ratelimit: \"messages\";r=40;t=9"];
        assert_eq!(told("ratelimit", accepted), draft);
        let legacy = ["x-ratelimit-limit: 100", "x-ratelimit-remaining: 0", "x-ratelimit-reset: 9"];
        assert_eq!(told("x-ratelimit", refused), legacy);
        assert_eq!(told("retry-after, ratelimit,x-ratelimit", refused).len(), 6);
    }

    #[test]
    fn whole_seconds_are_told_rounded_up_and_at_least_one() {
        let seconds = [0, 1, 1000, 1001].map(|time| whole_seconds(Duration::from_millis(time)));
        assert_eq!(seconds, [1, 1, 1, 2]);
    }

    #[test]
    fn words_that_there_are_not_are_refused_with_those_that_there_are() {
        let error = "retry".parse::<Words>().unwrap_err();
        assert_eq!(error, "there is no `retry`; there are retry-after, ratelimit and x-ratelimit, or none");
    }
}
