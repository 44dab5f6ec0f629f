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

/// What becomes of a job whose call gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is put in again, for when it is due.
    Again(Job),
    /// It has failed for good.
    Failed(Failed),
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

    /// What becomes of the job after a call that gave up.
    #[must_use]
    pub fn after(self, error: &Error, later: &Policy) -> Next {
        if !error.is_transient() {
            return Next::Failed(Failed { reason: error.to_string(), job: self });
        }
        let tries = self.tries + 1;
        let since = self.put_in.elapsed().unwrap_or_default();
        let so_far = Tried::new(tries, since).last(self.is_last).retry_after(error.class().retry_after());
        match later.next_wait(so_far) {
            Ok(next) => {
                let due = SystemTime::now() + next.wait;
                Next::Again(Self { due, tries, is_last: next.is_last, ..self })
            }
            Err(reason) => {
                Next::Failed(Failed { reason: format!("{reason}: {error}"), job: Self { tries, ..self } })
            }
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

    fn again(job: Job, error: &Error) -> Job {
        match job.after(error, &EXACT) {
            Next::Again(job) => job,
            Next::Failed(failed) => panic!("{failed:?}"),
        }
    }

    fn failed(job: Job, error: &Error) -> Failed {
        match job.after(error, &EXACT) {
            Next::Again(job) => panic!("{job:?}"),
            Next::Failed(failed) => failed,
        }
    }

    fn seconds_until(time: SystemTime) -> u64 {
        time.duration_since(SystemTime::now()).unwrap().as_secs_f64().round() as u64
    }

    #[test]
    fn a_job_comes_back_when_the_policy_says_with_the_same_key() {
        let job = Job::new("4915112345678", "hello");
        let first = again(job.clone(), &Error::Away);
        assert_eq!((first.tries, seconds_until(first.due), &first.key), (1, 60, &job.key));
        let second = again(first, &Error::Away);
        assert_eq!((second.tries, seconds_until(second.due), second.put_in), (2, 120, job.put_in));
        assert_ne!(second.task_key(), job.task_key());
    }

    #[test]
    fn what_the_provider_asked_for_is_never_shortened() {
        let error = Error::TooManyRequests(Some(Duration::from_hours(2)));
        assert_eq!(seconds_until(again(Job::new("4915112345678", "hello"), &error).due), 7200);
    }

    #[test]
    fn max_time_counts_from_when_the_job_was_first_put_in() {
        let yesterday = SystemTime::now() - Duration::from_hours(24);
        let job = Job { put_in: yesterday, tries: 40, ..Job::new("4915112345678", "hello") };
        let failed = failed(job, &Error::Away);
        assert_eq!((failed.reason.as_str(), failed.job.tries), ("max_time: the provider is away", 41));
    }

    #[test]
    fn what_does_not_pass_by_itself_fails_at_once() {
        let failed = failed(Job::new("1", "hello"), &Error::NoSuchNumber);
        assert_eq!((failed.reason.as_str(), failed.job.tries), ("no such number", 0));
    }

    #[test]
    fn a_due_time_is_rounded_up_to_the_second() {
        let at = |millis| Job { due: UNIX_EPOCH + Duration::from_millis(millis), ..Job::new("1", "") };
        assert_eq!((at(5000).due_second(), at(5001).due_second()), (5, 6));
    }
}
