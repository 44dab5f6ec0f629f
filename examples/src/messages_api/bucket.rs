//! The rate limit: a token bucket to which time is told, so that it can be tested without waiting.

use std::time::Duration;

use super::Limit;

#[derive(Debug)]
pub(super) struct Bucket {
    limit: Limit,
    tokens: f64,
    filled: Duration,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(limit: Limit) -> Self {
        Self { limit, tokens: f64::from(limit.burst), filled: Duration::ZERO }
    }

    /// Takes one token, or says for how many whole seconds (at least one) to stay away.
    pub(super) fn take(&mut self, since_start: Duration) -> Result<(), u64> {
        let gained = since_start.saturating_sub(self.filled).as_secs_f64() * self.limit.rate;
        self.tokens = (self.tokens + gained).min(f64::from(self.limit.burst));
        self.filled = self.filled.max(since_start);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err((((1.0 - self.tokens) / self.limit.rate).ceil() as u64).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(bucket: &mut Bucket, milliseconds: u64) -> Result<(), u64> {
        bucket.take(Duration::from_millis(milliseconds))
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let mut bucket = Bucket::new(Limit { rate: 2.0, burst: 3 });
        assert_eq!([0, 0, 0, 0].map(|at| takes(&mut bucket, at)), [Ok(()), Ok(()), Ok(()), Err(1)]);
        assert_eq!([499, 500, 501].map(|at| takes(&mut bucket, at)), [Err(1), Ok(()), Err(1)]);
    }

    #[test]
    fn a_quiet_time_fills_it_no_further_than_the_burst() {
        let mut bucket = Bucket::new(Limit { rate: 10.0, burst: 2 });
        let hour = 3_600_000;
        assert_eq!([hour; 3].map(|at| takes(&mut bucket, at)), [Ok(()), Ok(()), Err(1)]);
    }

    #[test]
    fn whole_seconds_are_told_after_which_a_token_is_there() {
        let mut bucket = Bucket::new(Limit { rate: 0.4, burst: 1 });
        assert_eq!([0, 0, 1000].map(|at| takes(&mut bucket, at)), [Ok(()), Err(3), Err(2)]);
        assert_eq!(takes(&mut bucket, 3000), Ok(()));
    }
}
