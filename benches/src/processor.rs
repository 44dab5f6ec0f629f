//! CPU time: less noisy than the time on the clock.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// CPU time that this process has taken so far.
pub(crate) fn time() -> Duration {
    of(UsageWho::RUSAGE_SELF)
}

/// CPU time that the ended children of this process have taken so far, with their own children.
pub(crate) fn time_of_children() -> Duration {
    of(UsageWho::RUSAGE_CHILDREN)
}

fn of(who: UsageWho) -> Duration {
    let usage = getrusage(who).expect("these are valid arguments");
    let duration = |time: TimeVal| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000);
    duration(usage.user_time()) + duration(usage.system_time())
}
