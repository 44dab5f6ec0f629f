//! One contestant does one thing, many times: what runs in a process of its own.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use stats_alloc::Region;

use crate::processor;
use crate::source::Source;
use crate::work::{Answer, Operation, SLEEP_WAIT};

/// What is measured by running it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    /// An async call whose first attempt succeeds; at most five attempts.
    First,
    /// The same, with a limit of time.
    FirstWithMaxTime,
    /// The same, with a handler of back-offs.
    FirstWithHandler,
    /// The same as the first, without log lines.
    FirstUnlogged,
    /// A sync call whose first attempt succeeds.
    FirstSync,
    /// An async call that fails three times, with waits of zero.
    AtOnce,
    /// A batch of jittered exponential waits.
    Waits,
    /// The size of the future of a call, around one of 16 bytes.
    Size,
    /// Allocations of a call whose first attempt succeeds.
    Allocations,
    /// Tasks that all sleep, and then all wake.
    Tasks,
    /// The source of an annotated function, and what it depends on.
    Source,
}

impl Case {
    /// Those that are measured in instructions.
    pub(crate) const RUN: [Self; 7] = [
        Self::First,
        Self::FirstUnlogged,
        Self::FirstWithMaxTime,
        Self::FirstWithHandler,
        Self::FirstSync,
        Self::AtOnce,
        Self::Waits,
    ];
    const OTHERS: [Self; 4] = [Self::Size, Self::Allocations, Self::Tasks, Self::Source];

    /// The case of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::RUN.into_iter().chain(Self::OTHERS).find(|case| format!("{case:?}") == name)
    }
}

/// What tasks cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tasks {
    /// Bytes that were asked of the allocator and not given back, for each task that sleeps.
    pub(crate) heap: f64,
    /// Bytes of the process that are in memory, for each task that sleeps.
    pub(crate) resident: f64,
    /// CPU time from the first wake-up to the last end, in nanoseconds for each task.
    pub(crate) waking: f64,
}

/// What a contestant is asked, and what it answered.
#[derive(Debug)]
pub(crate) struct Bench {
    case: Case,
    /// How often.
    times: u64,
    /// How the contestant is called in the table.
    pub(crate) name: &'static str,
    /// The figure, if the contestant does this; zero if it is the whole run that is measured.
    pub(crate) figure: Option<f64>,
    /// What tasks cost.
    pub(crate) tasks: Option<Tasks>,
    /// The source of its functions.
    pub(crate) source: Option<Source>,
    /// Why it doesn't do things.
    pub(crate) lacks: Vec<&'static str>,
}

impl Bench {
    /// Asks for one case.
    pub(crate) fn new(case: Case, times: u64) -> Self {
        Self { case, times, name: "", figure: None, tasks: None, source: None, lacks: Vec::new() }
    }

    /// How it is called in the table.
    pub(crate) fn name(&mut self, name: &'static str) {
        self.name = name;
    }

    /// What it doesn't do, and why.
    pub(crate) fn lacks(&mut self, why: &'static str) {
        self.lacks.push(why);
    }

    /// An async call: at most 5 attempts, jittered exponential waits of 0.1 s to 10 s.
    pub(crate) fn first<F: Future<Output = Answer>>(&mut self, call: impl Fn(&'static Operation) -> F) {
        match self.case {
            Case::First => self.figure = Some(self.calls(0, call)),
            Case::Size => self.figure = Some(size_of_val(&call(Operation::leaked())) as f64),
            Case::Allocations => {
                let region = Region::new(crate::ALLOCATOR);
                self.calls(0, call);
                // Less the operation itself.
                self.figure = Some((region.change().allocations as f64 - 1.0) / self.times as f64);
            }
            _ => {}
        }
    }

    /// The same without log lines, of those who write some and of the loop.
    pub(crate) fn first_unlogged<F: Future<Output = Answer>>(
        &mut self,
        call: impl Fn(&'static Operation) -> F,
    ) {
        if self.case == Case::FirstUnlogged {
            self.figure = Some(self.calls(0, call));
        }
    }

    /// The same with a limit of time, one minute.
    pub(crate) fn first_with_max_time<F: Future<Output = Answer>>(
        &mut self,
        call: impl Fn(&'static Operation) -> F,
    ) {
        if self.case == Case::FirstWithMaxTime {
            self.figure = Some(self.calls(0, call));
        }
    }

    /// The same as the first, with a handler that hears of back-offs.
    pub(crate) fn first_with_handler<F: Future<Output = Answer>>(
        &mut self,
        call: impl Fn(&'static Operation) -> F,
    ) {
        if self.case == Case::FirstWithHandler {
            self.figure = Some(self.calls(0, call));
        }
    }

    /// A sync call under the same policy.
    pub(crate) fn first_sync(&mut self, call: impl Fn(&'static Operation) -> Answer) {
        if self.case == Case::FirstSync {
            let operation = Operation::leaked();
            for _ in 0..self.times {
                let _ = black_box(call(black_box(operation)));
            }
            self.figure = Some(0.0);
        }
    }

    /// An async call without waits, that only yields.
    pub(crate) fn at_once<F: Future<Output = Answer>>(&mut self, call: impl Fn(&'static Operation) -> F) {
        if self.case == Case::AtOnce {
            self.figure = Some(self.calls(3, call));
        }
    }

    /// The sum of ten jittered exponential waits, 0.1 s to 10 s.
    pub(crate) fn waits(&mut self, batch: impl Fn() -> Duration) {
        if self.case == Case::Waits {
            for _ in 0..self.times {
                black_box(batch());
            }
            self.figure = Some(0.0);
        }
    }

    /// An async call whose wait is always the same, and long.
    pub(crate) fn tasks<F>(&mut self, call: impl Fn(&'static Operation) -> F)
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        if self.case == Case::Tasks {
            // Of none it is only asked whether there could be some.
            self.tasks = Some(if self.times == 0 { Tasks::default() } else { tasks(self.times, call) });
        }
    }

    /// How its users write a function.
    pub(crate) fn source(&mut self, source: Source) {
        if self.case == Case::Source {
            self.source = Some(source);
        }
    }

    fn calls<F: Future<Output = Answer>>(
        &self,
        failures: u64,
        call: impl Fn(&'static Operation) -> F,
    ) -> f64 {
        let operation = Operation::leaked();
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..self.times {
            operation.fail(failures);
            let mut future = pin!(call(black_box(operation)));
            while poll(future.as_mut(), &mut context).is_pending() {}
        }
        0.0
    }
}

/// Out of line, so that the state of a call is where it is in a spawned task, too: in memory.
#[inline(never)]
fn poll<F: Future<Output = Answer>>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<()> {
    future.poll(context).map(|answer| {
        let _ = black_box(answer);
    })
}

fn tasks<F>(count: u64, call: impl Fn(&'static Operation) -> F) -> Tasks
where
    F: Future<Output = Answer> + Send + 'static,
{
    let operation = Operation::leaked();
    operation.fail(count);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let (region, resident, start) = (Region::new(crate::ALLOCATOR), resident(), Instant::now());
        for _ in 0..count {
            drop(tokio::spawn(call(operation)));
        }
        while operation.failures_left() > 0 {
            tokio::task::yield_now().await;
        }
        let change = region.change();
        let heap = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
        let resident = self::resident() - resident;
        assert!(start.elapsed() < SLEEP_WAIT, "the machine is too busy: the first tasks wake already");
        tokio::time::sleep(SLEEP_WAIT.saturating_sub(start.elapsed() + Duration::from_millis(100))).await;
        let before = processor::time();
        while operation.succeeded() < count {
            // Seldom, so that looking takes none of what is measured.
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let waking = processor::time().saturating_sub(before).as_nanos() as f64;
        let each = |total: f64| total / count as f64;
        Tasks { heap: each(heap), resident: each(resident), waking: each(waking) }
    })
}

/// Bytes of this process that are in memory, where the system tells in the way of Linux.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    kilobytes
        .and_then(|kilobytes| kilobytes.parse().ok())
        .map_or(f64::NAN, |kilobytes: f64| kilobytes * 1024.0)
}
