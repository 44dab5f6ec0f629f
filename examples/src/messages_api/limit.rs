//! Rate limits, as they are written.

use std::{fmt, str::FromStr, time::Duration};

/// How fast messages may come in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A steady rate, as of a token bucket.
    Rate {
        /// Messages per second in the long run.
        rate: f64,
        /// Messages at once after a quiet time, at least one.
        burst: u32,
    },
    /// A fixed window. The first message after the end of one begins the next.
    Window {
        /// Messages in each window, at once or not.
        messages: u32,
        /// How long it lasts.
        window: Duration,
    },
}

impl Limit {
    /// A limit of `rate` messages per second, and of a second's worth of them (at least one) at once.
    #[must_use]
    pub fn per_second(rate: f64) -> Self {
        Self::Rate { rate, burst: (rate.ceil() as u32).max(1) }
    }

    /// Messages per second in the long run.
    #[must_use]
    pub fn rate(self) -> f64 {
        match self {
            Self::Rate { rate, .. } => rate,
            Self::Window { window, .. } => f64::from(self.at_once()) / window.as_secs_f64(),
        }
    }

    /// The messages that may come at once after a quiet time.
    #[must_use]
    pub fn at_once(self) -> u32 {
        match self {
            Self::Rate { burst, .. } => burst.max(1),
            Self::Window { messages, .. } => messages.max(1),
        }
    }

    /// The least time in which so many messages can be accepted, beginning after a quiet time.
    #[must_use]
    pub fn least_time(self, messages: u32) -> Duration {
        let later = messages.saturating_sub(self.at_once());
        match self {
            Self::Rate { rate, .. } => Duration::from_secs_f64(f64::from(later) / rate),
            Self::Window { window, .. } => window * later.div_ceil(self.at_once()),
        }
    }

    /// The time after which all may come at once again, however many came before.
    pub(super) fn window(self) -> Duration {
        match self {
            Self::Rate { rate, .. } => Duration::from_secs_f64(f64::from(self.at_once()) / rate),
            Self::Window { window, .. } => window,
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    /// Reads a window, such as `100/10s`.
    fn from_str(written: &str) -> Result<Self, String> {
        let limit = || {
            let (messages, window) = written.split_once('/')?;
            let (messages, window) = (messages.parse().ok()?, length(window)?);
            (messages > 0).then_some(Self::Window { messages, window })
        };
        limit().ok_or_else(|| {
            "no messages per window; write them as `100/10s`, with a window in `ms`, `s`, `m` or `h`, at most `24h`"
                .into()
        })
    }
}

/// A whole number and a unit, from a millisecond to a day.
fn length(written: &str) -> Option<Duration> {
    let unit = written.find(|character: char| !character.is_ascii_digit())?;
    let milliseconds = match &written[unit..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let length = written[..unit].parse::<u64>().ok()?.checked_mul(milliseconds).map(Duration::from_millis)?;
    let bounds = Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60);
    bounds.contains(&length).then_some(length)
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate { rate, .. } => write!(f, "{rate} a second"),
            Self::Window { messages, window } => write!(f, "{messages} per {} s", window.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_written_as_messages_and_a_time_with_a_unit() {
        for (written, messages, milliseconds) in [
            ("100/10s", 100, 10_000),
            ("20/500ms", 20, 500),
            ("1/1m", 1, 60_000),
            ("5000/24h", 5000, 86_400_000),
        ] {
            let window = Duration::from_millis(milliseconds);
            assert_eq!(written.parse(), Ok(Limit::Window { messages, window }), "{written}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_to_write() {
        for written in [
            "",
            "5",
            "0/10s",
            "-1/10s",
            "100/0s",
            "100/10",
            "100/s",
            "100/25h",
            "1/99999999999999999999h",
            "1/1é",
        ] {
            let error = written.parse::<Limit>().unwrap_err();
            assert!(error.contains("write them as `100/10s`"), "{written}: {error}");
        }
    }

    #[test]
    fn the_least_time_of_windows_is_that_of_the_full_ones_before_the_last() {
        let limit = Limit::Window { messages: 20, window: Duration::from_secs(2) };
        let seconds = [0, 20, 21, 40, 41, 100].map(|messages| limit.least_time(messages).as_secs());
        assert_eq!(seconds, [0, 0, 2, 2, 4, 8]);
    }
}
