//! Calls counted by the second in which they ended.

use std::time::Duration;

/// How many calls were accepted and how many were not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls that were accepted.
    pub accepted: u32,
    /// Calls that were answered otherwise, or not at all.
    pub rejected: u32,
}

impl Calls {
    /// All calls, however they ended.
    #[must_use]
    pub fn total(self) -> u32 {
        self.accepted + self.rejected
    }

    fn add(&mut self, accepted: bool) {
        *(if accepted { &mut self.accepted } else { &mut self.rejected }) += 1;
    }
}

/// Accepted and rejected calls, second by second since a start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PerSecond {
    seconds: Vec<Calls>,
}

impl PerSecond {
    /// Counts one call that ended `since_start`.
    pub fn add(&mut self, since_start: Duration, accepted: bool) {
        let second = usize::try_from(since_start.as_secs()).unwrap_or(usize::MAX - 1);
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, Calls::default());
        }
        self.seconds[second].add(accepted);
    }

    /// The counts of each second, from the start to the last one with a call.
    #[must_use]
    pub fn seconds(&self) -> &[Calls] {
        &self.seconds
    }

    /// The sum over all seconds.
    #[must_use]
    pub fn total(&self) -> Calls {
        self.seconds.iter().fold(Calls::default(), |sum, second| Calls {
            accepted: sum.accepted + second.accepted,
            rejected: sum.rejected + second.rejected,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_in_the_second_it_ended_in() {
        let mut calls = PerSecond::default();
        calls.add(Duration::from_millis(999), true);
        calls.add(Duration::from_secs(2), false);
        calls.add(Duration::from_millis(2001), true);
        let counts: Vec<_> = calls.seconds().iter().map(|c| (c.accepted, c.rejected)).collect();
        assert_eq!(counts, [(1, 0), (0, 0), (1, 1)]);
        assert_eq!(calls.total(), Calls { accepted: 2, rejected: 1 });
    }
}
