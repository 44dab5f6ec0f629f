//! Limits of a server, in seconds since it started.

/// What a server allows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// A token bucket: so many at once, and so many more each second.
    Bucket { most: f64, rate: f64 },
    /// So many calls in a window of so many seconds, each of which begins when the one before is over.
    Window { most: u32, length: f64 },
}

impl Limit {
    /// The least time that so many calls take.
    pub(crate) fn least(self, calls: u32) -> f64 {
        match self {
            Self::Bucket { most, rate } => (f64::from(calls) - most).max(0.0) / rate,
            Self::Window { most, length } => f64::from((calls - 1) / most) * length,
        }
    }
}

/// How much of a limit is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    limit: Limit,
    left: f64,
    since: f64,
}

impl Used {
    pub(crate) fn none_of(limit: Limit) -> Self {
        let left = match limit {
            Limit::Bucket { most, .. } => most,
            Limit::Window { most, .. } => most.into(),
        };
        Self { limit, left, since: 0.0 }
    }

    /// One call; or the seconds until there is room for one.
    pub(crate) fn take(&mut self, now: f64) -> Result<(), f64> {
        match self.limit {
            Limit::Bucket { most, rate } => {
                self.left = (self.left + (now - self.since) * rate).min(most);
                self.since = now;
                if self.left < 1.0 {
                    return Err((1.0 - self.left) / rate);
                }
            }
            Limit::Window { most, length } => {
                let begins = (now / length).floor() * length;
                if begins > self.since {
                    (self.since, self.left) = (begins, most.into());
                }
                if self.left < 1.0 {
                    return Err(begins + length - now);
                }
            }
        }
        self.left -= 1.0;
        Ok(())
    }
}
