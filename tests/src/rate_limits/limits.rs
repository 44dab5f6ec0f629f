//! Rate limits as servers keep them, in seconds that are told to them: without a clock, a network or a wait.

use std::collections::VecDeque;

/// A rate limit.
#[derive(Clone, Debug)]
pub enum Limit {
    /// So many calls per second, saved up to a burst. (A burst of one is a leaky bucket without a queue.)
    Bucket(Bucket),
    /// As a bucket, of which each refused call takes a quarter of a token, too.
    Penal(Bucket),
    /// As a bucket, whose rate changes at these times.
    Changing(Bucket, Vec<(f64, f64)>),
    /// So many calls in each window of time.
    Window(Window),
    /// So many calls in whatever span of time.
    Log(Log),
    /// So many calls in a span of time, of which those of the window before are taken to have come evenly.
    Counter(Window, u32),
    /// Whoever is refused is refused for a while from then on.
    Ban(Box<Ban>),
    /// So many calls at a time, each for so many seconds.
    AtOnce(usize, f64, VecDeque<f64>),
    /// None.
    Open,
}

/// A token bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: f64,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, tokens: burst, filled: 0.0 }
    }

    fn fill(&mut self, now: f64) {
        self.tokens = self.burst.min(self.tokens + (now - self.filled) * self.rate);
        self.filled = now;
    }

    /// Takes a token, or says in how many seconds there will be one.
    fn take(&mut self, now: f64) -> Result<(), f64> {
        self.fill(now);
        if self.tokens < 1.0 - 1e-9 {
            return Err((1.0 - self.tokens) / self.rate);
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

/// A count of calls that begins anew when a window of time is over.
#[derive(Clone, Debug)]
pub struct Window {
    calls: u32,
    length: f64,
    ends: f64,
    used: u32,
    /// A window begins with the first call after the one before, not by the clock.
    by_call: bool,
    /// A refused call begins the window anew.
    restarts: bool,
}

impl Window {
    /// Windows of so many seconds, of which the first ends then.
    #[must_use]
    pub fn new(calls: u32, length: f64, ends: f64) -> Self {
        Self { calls, length, ends, used: 0, by_call: false, restarts: false }
    }

    /// How many windows have ended since the last call.
    fn roll(&mut self, now: f64) -> u32 {
        if now < self.ends {
            return 0;
        }
        let ended = 1.0 + ((now - self.ends) / self.length).floor();
        self.ends =
            if self.by_call { now } else { self.ends } + self.length * if self.by_call { 1.0 } else { ended };
        self.used = 0;
        ended as u32
    }

    fn take(&mut self, now: f64) -> Result<(), f64> {
        self.roll(now);
        if self.used == self.calls {
            if self.restarts {
                self.ends = now + self.length;
            }
            return Err(self.ends - now);
        }
        self.used += 1;
        Ok(())
    }
}

/// When the last calls came.
#[derive(Clone, Debug)]
pub struct Log {
    calls: usize,
    length: f64,
    times: VecDeque<f64>,
    /// A refused call is one, too.
    all: bool,
}

impl Log {
    fn take(&mut self, now: f64) -> Result<(), f64> {
        while self.times.front().is_some_and(|time| time + self.length <= now) {
            self.times.pop_front();
        }
        let over = (self.times.len() + 1).checked_sub(self.calls).filter(|over| *over > 0);
        if over.is_none() || self.all {
            self.times.push_back(now);
        }
        over.map_or(Ok(()), |over| Err(self.times[over - 1] + self.length - now))
    }
}

/// A limit that refuses all calls for so many seconds once it refused one.
#[derive(Clone, Debug)]
pub struct Ban {
    limit: Limit,
    seconds: f64,
    until: f64,
    /// A call in that time begins it anew.
    prolonged: bool,
}

impl Ban {
    fn take(&mut self, now: f64) -> Result<(), f64> {
        let banned = now < self.until;
        if !banned {
            let Err(after) = self.limit.take(now) else { return Ok(()) };
            self.until = now + self.seconds.max(after);
        } else if self.prolonged {
            self.until = now + self.seconds;
        }
        Err(self.until - now)
    }
}

impl Limit {
    /// A token bucket.
    #[must_use]
    pub fn bucket(rate: f64, burst: f64) -> Self {
        Self::Bucket(Bucket::new(rate, burst))
    }

    /// Windows of one second.
    #[must_use]
    pub fn window(calls: u32) -> Self {
        Self::windows(calls, 1.0, 1.0)
    }

    /// Windows of so many seconds, of which the first ends then.
    #[must_use]
    pub fn windows(calls: u32, length: f64, ends: f64) -> Self {
        Self::Window(Window::new(calls, length, ends))
    }

    /// Windows that begin with the first call after the one before.
    #[must_use]
    pub fn windows_by_call(calls: u32, length: f64) -> Self {
        Self::Window(Window { by_call: true, ..Window::new(calls, length, 0.0) })
    }

    /// Windows that begin anew whenever a call is refused.
    #[must_use]
    pub fn windows_that_restart(calls: u32, length: f64) -> Self {
        Self::Window(Window { by_call: true, restarts: true, ..Window::new(calls, length, 0.0) })
    }

    /// At most so many calls in any span of so many seconds; `all` counts refused ones, too.
    #[must_use]
    pub fn log(calls: usize, length: f64, all: bool) -> Self {
        Self::Log(Log { calls, length, times: VecDeque::new(), all })
    }

    /// As windows, but the calls of the last one still count for the share of it that is less than a length ago.
    #[must_use]
    pub fn counter(calls: u32, length: f64, ends: f64) -> Self {
        Self::Counter(Window::new(calls, length, ends), 0)
    }

    /// At most so many calls at a time, each for so many seconds.
    #[must_use]
    pub fn at_once(calls: usize, seconds: f64) -> Self {
        Self::AtOnce(calls, seconds, VecDeque::new())
    }

    /// Refuses all for so many seconds once it refused a call; `prolonged`, if calls in that time begin it anew.
    #[must_use]
    pub fn that_bans(self, seconds: f64, prolonged: bool) -> Self {
        Self::Ban(Box::new(Ban { limit: self, seconds, until: 0.0, prolonged }))
    }

    /// Lets a call pass, or says in how many seconds another would.
    ///
    /// # Errors
    /// The seconds, if the call is refused.
    pub fn take(&mut self, now: f64) -> Result<(), f64> {
        match self {
            Self::Open => Ok(()),
            Self::Bucket(bucket) => bucket.take(now),
            Self::Penal(bucket) => bucket.take(now).inspect_err(|_| {
                bucket.tokens = (bucket.tokens - 0.25).max(-bucket.burst - 1.0);
            }),
            Self::Changing(bucket, changes) => {
                while let Some(&(at, rate)) = changes.first().filter(|(at, _)| *at <= now) {
                    bucket.fill(at);
                    bucket.rate = rate;
                    changes.remove(0);
                }
                bucket.take(now)
            }
            Self::Window(window) => window.take(now),
            Self::Log(log) => log.take(now),
            Self::Counter(window, before) => {
                let used = window.used;
                *before = match window.roll(now) {
                    0 => *before,
                    1 => used,
                    _ => 0,
                };
                let still = f64::from(*before) * (window.ends - now) / window.length;
                let over = still + f64::from(window.used) + 1.0 - f64::from(window.calls);
                if over > 1e-9 {
                    let rest = window.ends - now;
                    let shrinks = over / f64::from(*before).max(1e-9) * window.length;
                    return Err(if shrinks <= rest { shrinks } else { rest });
                }
                window.used += 1;
                Ok(())
            }
            Self::Ban(ban) => ban.take(now),
            Self::AtOnce(calls, seconds, ends) => {
                ends.retain(|end| *end > now);
                if ends.len() >= *calls {
                    return Err(ends[0] - now);
                }
                ends.push_back(now + *seconds);
                Ok(())
            }
        }
    }

    /// How long it takes at least until so many calls have passed.
    #[must_use]
    pub fn shortest(&self, calls: u32) -> f64 {
        if let Self::Ban(ban) = self {
            return ban.limit.shortest(calls);
        }
        let (mut limit, mut now) = (self.clone(), 0.0);
        for _ in 0..calls {
            loop {
                let mut next = limit.clone();
                match next.take(now) {
                    Ok(()) => {
                        limit = next;
                        break;
                    }
                    Err(after) => now += after + 1e-9,
                }
            }
        }
        now
    }
}
