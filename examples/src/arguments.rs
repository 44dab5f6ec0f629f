//! Values that several examples take on their command lines.

use std::time::Duration;

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
