//! Values that several examples take on their command lines.

use std::{fmt, str::FromStr, time::Duration};

use backoff_runtime::Pacer;

use crate::messages_api::Limit;

/// A rate in messages per second.
///
/// # Errors
///
/// When it is no number, or not between 0.01 and 10000.
pub fn rate(written: &str) -> Result<f64, String> {
    let rate: f64 = written.parse().map_err(|_| "not a number".to_owned())?;
    if (0.01..=10_000.0).contains(&rate) { Ok(rate) } else { Err("not between 0.01 and 10000".into()) }
}

/// A time in seconds: at most 23 hours, because a token holds for a day.
///
/// # Errors
///
/// When it is no number, or not between 0 and 82800.
pub fn seconds(written: &str) -> Result<Duration, String> {
    let seconds: f64 = written.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let bounds = 0.0..=82_800.0;
    if bounds.contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("not between 0 and 82800".into())
    }
}

/// How calls are paced: by a rate that is known, or by one that is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pacing {
    /// The limit is not known.
    Adaptive,
    /// So many calls per second are allowed.
    PerSecond(f64),
    /// So many calls in each window are allowed, at once or not.
    PerWindow(u32, Duration),
}

impl Pacing {
    /// A pacer that paces so.
    #[must_use]
    pub const fn pacer(self) -> Pacer {
        match self {
            Self::Adaptive => Pacer::adaptive(),
            Self::PerSecond(rate) => Pacer::per_second(rate),
            Self::PerWindow(calls, window) => Pacer::per_window(calls as u64, window),
        }
    }
}

impl FromStr for Pacing {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        if written == "adaptive" {
            return Ok(Self::Adaptive);
        }
        if let Ok(Limit::Window { messages, window }) = written.parse() {
            return Ok(Self::PerWindow(messages, window));
        }
        rate(written).map(Self::PerSecond).map_err(|why| {
            format!("{why}; write `adaptive`, or the calls per second that the server allows, such as `5`, or per window, such as `100/10s`")
        })
    }
}

impl fmt::Display for Pacing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adaptive => f.write_str("adaptive"),
            Self::PerSecond(rate) => write!(f, "told {rate} a second"),
            Self::PerWindow(messages, window) => {
                write!(f, "told {}", Limit::Window { messages: *messages, window: *window })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pacer_is_adaptive_or_has_a_rate() {
        assert_eq!("adaptive".parse(), Ok(Pacing::Adaptive));
        assert_eq!("0.5".parse(), Ok(Pacing::PerSecond(0.5)));
        assert_eq!("100/10s".parse(), Ok(Pacing::PerWindow(100, Duration::from_secs(10))));
        assert_eq!(Pacing::Adaptive.pacer().rate(), None);
        assert_eq!(Pacing::PerSecond(10.0).pacer().rate(), Some(9.5));
    }

    #[test]
    fn anything_else_is_refused_with_what_to_write() {
        for (written, why) in [
            ("", "not a number"),
            ("Adaptive", "not a number"),
            ("5/s", "not a number"),
            ("0", "not between"),
            ("-1", "not between"),
            ("NaN", "not between"),
            ("inf", "not between"),
        ] {
            let error = written.parse::<Pacing>().unwrap_err();
            assert!(error.starts_with(why) && error.contains("write `adaptive`, or the calls"), "{error}");
        }
    }
}
