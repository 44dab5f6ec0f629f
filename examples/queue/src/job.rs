//! A message as the queue stores it, and when it comes back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use backoff_runtime::{Policy, Transient, Tried};
use serde::{Deserialize, Serialize};

use crate::messages::Error;

/// How messages come back that a call could not deliver: after up to a minute, two, four, ... an hour, for a day.
///
/// Variables such as `SMS_LATER_MAX_TIME=2h` override it.
pub const LATER: Policy = Policy::expo().factor(60.0).max_value("1h").max_time("1d");

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The recipient's number.
    pub to: String,
    /// The message.
    pub text: String,
    /// What the provider knows the message by, in whichever call it comes. Made once, when the job is put in.
    pub key: String,
    /// When it was first put in.
    pub put_in: SystemTime,
    /// When the next try is due.
    pub due: SystemTime,
    /// Tries that failed.
    pub tries: u32,
    /// The next try is the last, as then the time is over.
    pub is_last: bool,
}

/// A message that will not be tried again. It was not delivered as far as we know: the answer to its last call may have got
/// lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The message.
    pub job: Job,
    /// Why.
    pub reason: String,
}

impl Job {
    /// A message that is due now.
    #[must_use]
    pub fn new(to: &str, text: &str) -> Self {
        let now = SystemTime::now();
        Self {
            to: to.to_owned(),
            text: text.to_owned(),
            key: format!("{:032x}", rand::random::<u128>()),
            put_in: now,
            due: now,
            tries: 0,
            is_last: false,
        }
    }

    /// The job after a call that gave up: what to put in again, or what has failed for good.
    ///
    /// # Errors
    /// When the failure will not pass by itself, or the policy has no other try.
    pub fn again(self, error: &Error, later: &Policy) -> Result<Self, Failed> {
        if !error.is_transient() {
            return Err(Failed { reason: error.to_string(), job: self });
        }
        let tries = self.tries + 1;
        let elapsed = self.put_in.elapsed().unwrap_or_default();
        let tried = Tried::new(tries, elapsed).last(self.is_last).retry_after(error.class().retry_after());
        match later.next_wait(tried) {
            Ok(next) => Ok(Self { due: SystemTime::now() + next.wait, tries, is_last: next.is_last, ..self }),
            Err(reason) => Err(Failed { reason: format!("{reason}: {error}"), job: Self { tries, ..self } }),
        }
    }

    /// Names the job and the try, so that the queue takes it only once.
    #[must_use]
    pub fn task_key(&self) -> String {
        format!("{}/{}", self.key, self.tries)
    }

    /// When it is due in whole seconds of Unix time, which is what queues store. Rounded up, as no wait is shortened.
    #[must_use]
    pub fn due_second(&self) -> u64 {
        let due = self.due.duration_since(UNIX_EPOCH).unwrap_or_default();
        due.as_secs() + u64::from(due.subsec_nanos() > 0)
    }

    /// How long until then.
    #[must_use]
    pub fn due_in(&self) -> Duration {
        let due = UNIX_EPOCH + Duration::from_secs(self.due_second());
        due.duration_since(SystemTime::now()).unwrap_or_default()
    }

    /// Whether the next try is the first, for which nothing has to be waited for.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.tries == 0
    }
}

#[cfg(test)]
mod tests {
    use backoff_runtime::AnyJitter;

    use super::*;

    const EXACT: Policy = LATER.jitter(AnyJitter::None);

    fn away() -> Error {
        Error::Away
    }

    fn seconds_until(time: SystemTime) -> u64 {
        time.duration_since(SystemTime::now()).unwrap().as_secs_f64().round() as u64
    }

    #[test]
    fn a_job_comes_back_when_the_policy_says_with_the_same_key() {
        let job = Job::new("4915112345678", "hello");
        let again = job.clone().again(&away(), &EXACT).unwrap();
        assert_eq!((again.tries, seconds_until(again.due), &again.key), (1, 60, &job.key));
        let again = again.again(&away(), &EXACT).unwrap();
        assert_eq!((again.tries, seconds_until(again.due), again.put_in), (2, 120, job.put_in));
        assert_ne!(again.task_key(), job.task_key());
    }

    #[test]
    fn what_the_provider_asked_for_is_never_shortened() {
        let error = Error::TooManyRequests(Some(Duration::from_secs(7200)));
        let again = Job::new("4915112345678", "hello").again(&error, &EXACT).unwrap();
        assert_eq!(seconds_until(again.due), 7200);
    }

    #[test]
    fn max_time_counts_from_when_the_job_was_first_put_in() {
        let day_ago = SystemTime::now() - Duration::from_secs(86_400);
        let job = Job { put_in: day_ago, tries: 40, ..Job::new("4915112345678", "hello") };
        let failed = job.again(&away(), &EXACT).unwrap_err();
        assert_eq!(failed.reason, "max_time: the provider is away");
        assert_eq!(failed.job.tries, 41);
    }

    #[test]
    fn what_does_not_pass_by_itself_fails_at_once() {
        let failed = Job::new("1", "hello").again(&Error::NoSuchNumber, &EXACT).unwrap_err();
        assert_eq!((failed.reason.as_str(), failed.job.tries), ("no such number", 0));
    }

    #[test]
    fn a_due_time_is_rounded_up_to_the_second() {
        let at = |millis| Job { due: UNIX_EPOCH + Duration::from_millis(millis), ..Job::new("1", "") };
        assert_eq!((at(5000).due_second(), at(5001).due_second()), (5, 6));
    }
}
