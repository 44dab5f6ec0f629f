//! What happened in a call, in order, and how much time passed in between.

use std::fmt::Debug;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use backoff_runtime::testing::Scope;
use backoff_runtime::{Details, Wait};

use crate::logs;

/// The events of a call. Where time has passed since the event before, it says so: `+1s`.
#[derive(Clone, Debug)]
pub struct Trace {
    clock: Clock,
    events: Arc<Mutex<Events>>,
}

#[derive(Debug, Default)]
struct Events {
    texts: Vec<String>,
    /// When the last one was.
    last: Duration,
}

/// The clock of the call: nobody waits for it.
#[derive(Clone, Debug)]
enum Clock {
    /// Of a scope without waits, for sync functions.
    Scope(Scope),
    /// Of a paused tokio runtime, for async functions.
    Tokio(tokio::time::Instant),
}

impl Trace {
    /// The trace of a sync function, which runs in the scope.
    #[must_use]
    pub fn blocking(scope: &Scope) -> Self {
        Self { clock: Clock::Scope(scope.clone()), events: Arc::default() }
    }

    /// The trace of an async function, under a paused tokio clock.
    #[must_use]
    pub fn later() -> Self {
        Self { clock: Clock::Tokio(tokio::time::Instant::now()), events: Arc::default() }
    }

    /// The time since the trace began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match &self.clock {
            Clock::Scope(scope) => scope.elapsed(),
            Clock::Tokio(start) => start.elapsed(),
        }
    }

    /// Records an event.
    pub fn note(&self, event: impl Into<String>) {
        let now = self.elapsed();
        let mut events = self.events();
        let passed = now.saturating_sub(events.last);
        if !passed.is_zero() {
            events.texts.push(format!("+{passed:?}"));
            events.last = now;
        }
        events.texts.push(event.into());
    }

    /// Records an event, and passes a value on.
    pub fn say<T>(&self, event: &str, value: T) -> T {
        self.note(event);
        value
    }

    /// Records what a handler is told.
    pub fn told<O: Debug>(&self, event: &str, details: &Details<'_, O>) {
        use std::fmt::Write as _;
        let Details { target, tries, elapsed, wait, reason, outcome, .. } = details;
        let mut text = format!("{event}: {target} #{tries} at {elapsed:?}");
        if let Some(wait) = wait {
            let _ = write!(text, ", wait {wait:?}");
        }
        if let Some(reason) = reason {
            let _ = write!(text, ", {reason:?}");
        }
        self.note(format!("{text}, {outcome:?}"));
    }

    /// A generator of these waits, in seconds, that records when it is made and what it is told.
    #[must_use]
    pub fn waits<const N: usize>(&self, waits: [u64; N]) -> Told {
        self.note("generator made");
        Told { trace: self.clone(), waits: waits.map(seconds).to_vec().into_iter() }
    }

    /// Records what a call returned.
    pub fn returned(&self, value: impl Debug) {
        self.note(format!("returned {value:?}"));
    }

    /// Lets time pass, as an attempt that takes its time does; sync, so that one body serves both kinds of function.
    pub fn takes(&self, time: Duration) {
        match &self.clock {
            Clock::Scope(scope) => scope.advance(time),
            // The clock moves at the first poll; what is behind it only lets other tasks run.
            Clock::Tokio(_) => {
                let _ = pin!(tokio::time::advance(time)).poll(&mut Context::from_waker(Waker::noop()));
            }
        }
    }

    /// The events so far.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.events().texts.clone()
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares the whole trace.
    ///
    /// # Panics
    /// When the events are others.
    #[track_caller]
    pub fn assert(&self, expected: &[&str]) {
        let events = &self.events().texts;
        assert!(events == expected, "expected {expected:#?}\nfound {events:#?}");
    }

    /// Records log lines of the thread too, for as long as the guard lives.
    #[must_use]
    pub fn with_log(&self) -> tracing::subscriber::DefaultGuard {
        let trace = self.clone();
        logs::tell(move |line| trace.note(line.to_string()))
    }
}

/// A generator that records what it is told; made by [`Trace::waits`].
#[derive(Debug)]
pub struct Told {
    trace: Trace,
    waits: std::vec::IntoIter<Duration>,
}

impl<O: Debug> Wait<O> for Told {
    fn next_wait(&mut self, outcome: &O) -> Option<Duration> {
        self.trace.note(format!("generator told {outcome:?}"));
        self.waits.next()
    }
}

/// Seconds.
#[must_use]
pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Milliseconds.
#[must_use]
pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A trace of sync calls without waits, with their log lines.
pub fn blocking(calls: impl FnOnce(&Trace)) -> Trace {
    let scope = Scope::new().without_waits();
    let trace = Trace::blocking(&scope);
    let _guard = trace.with_log();
    scope.run(|| calls(&trace));
    trace
}

/// A trace of async calls under a paused clock, with their log lines.
///
/// # Panics
/// When tokio refuses to make a runtime.
pub fn later(calls: impl AsyncFnOnce(&Trace)) -> Trace {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime needs nothing of the system").block_on(async {
        let trace = Trace::later();
        let _guard = trace.with_log();
        calls(&trace).await;
        trace
    })
}

/// Makes a sync and an async function of the same attributes and body, makes the same calls of each, and compares the
/// whole trace.
///
/// ```
/// use backoff_runtime::on_exception;
/// use backoff_tests::both;
/// use backoff_tests::trace::Trace;
///
/// both! {
///     #[on_exception(constant, max_tries = 2, jitter = none, logger = none)]
///     fn call(trace: &Trace) -> Result<(), u8> {
///         trace.note("body");
///         Err(7)
///     }
///     |trace| call(trace) => ["body", "+1s", "body", "returned Err(7)"]
/// }
/// ```
#[macro_export]
macro_rules! both {
    (
        $(#[$($attribute:tt)*])+
        fn $name:ident $arguments:tt $(-> $output:ty)? { $($body:tt)* }
        |$trace:ident| $($call:expr),+ => [$($event:expr),* $(,)?]
    ) => {{
        let expected: &[&str] = &[$($event),*];
        {
            $(#[$($attribute)*])+
            fn $name $arguments $(-> $output)? { $($body)* }
            $crate::trace::blocking(|$trace| {
                $($trace.returned($call);)+
            })
            .assert(expected);
        }
        {
            $(#[$($attribute)*])+
            async fn $name $arguments $(-> $output)? { $($body)* }
            $crate::trace::later(async |$trace: &$crate::trace::Trace| {
                $($trace.returned($call.await);)+
            })
            .assert(expected);
        }
    }};
}

/// The waits of a function that always fails, sync and async, under these arguments of `on_predicate`; five unless the
/// generator is exhausted before.
///
/// ```
/// use backoff_tests::trace::seconds;
///
/// assert_eq!(backoff_tests::waits!(expo, jitter = none), [1, 2, 4, 8, 16].map(seconds));
/// ```
#[macro_export]
macro_rules! waits {
    ($($argument:tt)+) => {{
        #[::backoff_runtime::on_predicate(
            $($argument)+, max_tries = 6, logger = none, on_backoff = |d| waits.extend(d.wait),
        )]
        fn call(waits: &mut Vec<::std::time::Duration>) {
            let _ = waits;
        }
        #[::backoff_runtime::on_predicate(
            $($argument)+, max_tries = 6, logger = none, on_backoff = |d| waits.extend(d.wait),
        )]
        async fn call_later(waits: &mut Vec<::std::time::Duration>) {
            let _ = waits;
        }
        let (mut waits, mut later) = (vec![], vec![]);
        $crate::trace::blocking(|_| call(&mut waits));
        $crate::trace::later(async |_: &$crate::trace::Trace| call_later(&mut later).await);
        assert_eq!(waits, later, "sync and async functions wait alike");
        waits
    }};
}

/// How many attempts a function of this condition and body makes, sync and async: 2 if the outcome is retried, else 1.
///
/// ```
/// use backoff_tests::attempts;
///
/// assert_eq!(attempts!(on_predicate(|n| *n < 5,) -> u8 { 4 }), 2);
/// ```
#[macro_export]
macro_rules! attempts {
    ($attribute:ident($($condition:tt)*) -> $output:ty { $($body:tt)* }) => {{
        #[::backoff_runtime::$attribute(constant, $($condition)* interval = 0, max_tries = 2, logger = none)]
        fn call(attempts: &::std::cell::Cell<u32>) -> $output {
            attempts.set(attempts.get() + 1);
            $($body)*
        }
        #[::backoff_runtime::$attribute(constant, $($condition)* interval = 0, max_tries = 2, logger = none)]
        async fn call_later(attempts: &::std::cell::Cell<u32>) -> $output {
            attempts.set(attempts.get() + 1);
            $($body)*
        }
        let (attempts, later) = <(::std::cell::Cell<_>, ::std::cell::Cell<_>)>::default();
        $crate::trace::blocking(|_| {
            let _ = call(&attempts);
        });
        $crate::trace::later(async |_: &$crate::trace::Trace| {
            let _ = call_later(&later).await;
        });
        assert_eq!(attempts, later, "sync and async functions are retried alike");
        attempts.get()
    }};
}
