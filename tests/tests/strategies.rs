//! Several strategies in one loop: each kind of failure has its own generator, which counts its own failures, and limits
//! that stand beside those of the whole call.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backoff_runtime::{
    Class, Details, GiveUp, Pacer, Stop, Transient, Wait, on_exception, on_predicate, retry,
};
use backoff_tests::rate_limits::paused;
use tokio::time::{Instant, sleep};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Failure {
    Server,
    Network,
    Limit { retry_after: u64 },
    Final,
    Slow,
}
use Failure::{Final, Limit, Network, Server, Slow};

impl Failure {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "predicates take references")]
    fn is_server(&self) -> bool {
        *self == Server
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Limit { retry_after } => Some(Duration::from_secs(*retry_after)),
            _ => None,
        }
    }
}

impl From<backoff_runtime::AttemptTimeout> for Failure {
    fn from(_: backoff_runtime::AttemptTimeout) -> Self {
        Slow
    }
}

impl Transient for Failure {
    fn class(&self) -> Class {
        match self {
            Server | Network | Slow => Class::TRANSIENT,
            Limit { .. } => Class::RATE_LIMIT.after(self.retry_after()),
            Final => Class::Final,
        }
    }
}

type Answer = Result<u32, Failure>;

/// What attempts return, one after the other, and what the call did.
struct Call {
    answers: RefCell<Vec<Answer>>,
    waits: RefCell<Vec<u64>>,
    reason: Cell<Option<GiveUp>>,
}

impl Call {
    fn new<const N: usize>(answers: [Answer; N]) -> Self {
        let answers = answers.into_iter().rev().collect();
        Self { answers: RefCell::new(answers), waits: RefCell::default(), reason: Cell::new(None) }
    }

    fn next(&self) -> Answer {
        self.answers.borrow_mut().pop().expect("no further attempt")
    }

    fn backed_off<O>(&self, details: &Details<'_, O>) {
        self.waits.borrow_mut().push(details.wait.expect("a back-off has a wait").as_secs());
    }

    fn gave_up<O>(&self, details: &Details<'_, O>) {
        self.reason.set(details.reason);
    }

    fn waits(&self) -> Vec<u64> {
        self.waits.borrow().clone()
    }
}

#[retry(
    on(expo, Failure::is_server, max_tries = 4, max_value = 60),
    on(fibo, matches!(Network), max_value = 60),
    on(constant, |failure| failure.retry_after().is_some(), interval = 2),
    max_time = 300,
    retry_after = Failure::retry_after,
    jitter = none,
    on_backoff = |details| call.backed_off(details),
    on_giveup = |details| call.gave_up(details),
    logger = none,
)]
async fn send(call: &Call) -> Answer {
    call.next()
}

#[test]
fn each_kind_of_failure_has_its_own_generator_which_counts_its_own_failures() {
    let call = Call::new([
        Err(Server),
        Err(Network),
        Err(Server),
        Err(Limit { retry_after: 7 }),
        Err(Network),
        Err(Network),
        Err(Server),
        Err(Limit { retry_after: 0 }),
        Ok(9),
    ]);
    assert_eq!(paused(send(&call)), Ok(9));
    assert_eq!(call.waits(), [1, 1, 2, 7, 1, 2, 4, 2]);
}

#[test]
fn max_tries_of_a_kind_is_how_many_attempts_may_fail_in_this_way() {
    let call = Call::new([
        Err(Server),
        Err(Network),
        Err(Server),
        Err(Server),
        Err(Network),
        Err(Network),
        Err(Network),
        Err(Network),
        Err(Server),
    ]);
    assert_eq!(paused(send(&call)), Err(Server), "given up at the fourth such failure");
    assert_eq!(call.reason.get(), Some(GiveUp::MaxTries));
}

#[test]
fn what_no_strategy_is_for_is_returned_at_once_and_without_an_event() {
    let call = Call::new([Err(Network), Err(Final)]);
    assert_eq!(paused(send(&call)), Err(Final));
    assert_eq!((call.waits(), call.reason.get()), (vec![1], None));
}

#[test]
fn the_time_of_the_whole_call_bounds_all_kinds_together() {
    let call = Call::new([Err(Limit { retry_after: 200 }), Err(Network), Err(Limit { retry_after: 100 })]);
    assert_eq!(paused(send(&call)), Err(Limit { retry_after: 100 }), "200 s + 1 s + 100 s are too long");
    assert_eq!(call.reason.get(), Some(GiveUp::RetryAfter));
}

#[test]
fn max_tries_of_the_whole_call_counts_all_kinds_together() {
    #[retry(
        on(constant, matches!(Server), interval = 0, max_tries = 3),
        on(constant, interval = 0, max_tries = 3),
        max_tries = 4,
        on_giveup = |details| call.gave_up(details),
        logger = none,
    )]
    fn get(call: &Call) -> Answer {
        call.next()
    }
    let call = Call::new([Err(Server), Err(Network), Err(Server), Err(Final)]);
    assert_eq!(get(&call), Err(Final));
    assert_eq!(call.reason.get(), Some(GiveUp::MaxTries));
    let call = Call::new([Err(Final), Err(Network), Err(Slow)]);
    assert_eq!(get(&call), Err(Slow), "the third of its kind");
}

#[test]
fn the_first_strategy_counts_whose_condition_holds_and_the_last_may_be_for_everything_else() {
    #[retry(
        on(constant, matches!(Server | Network), interval = 1),
        on(constant, Failure, interval = 2),
        jitter = none,
        on_backoff = |details| call.backed_off(details),
        logger = none,
    )]
    async fn get(call: &Call) -> Answer {
        call.next()
    }
    let call = Call::new([Err(Server), Err(Final), Err(Network), Ok(1)]);
    assert_eq!(paused(get(&call)), Ok(1));
    assert_eq!(call.waits(), [1, 2, 1]);
}

#[test]
fn a_kind_that_may_not_be_repeated_gives_up_at_its_first_failure() {
    #[retry(
        on(constant, matches!(Final), max_tries = 1),
        on(constant, interval = 0),
        on_giveup = |details| call.gave_up(details),
        logger = none,
    )]
    fn get(call: &Call) -> Answer {
        call.next()
    }
    let call = Call::new([Err(Server), Err(Network), Err(Final)]);
    assert_eq!(get(&call), Err(Final));
    assert_eq!(call.reason.get(), Some(GiveUp::MaxTries));
}

#[test]
fn giveup_is_asked_of_every_kind() {
    #[retry(
        on(constant, matches!(Server), interval = 0),
        on(constant, interval = 0),
        giveup = |failure| *failure == Final,
        on_giveup = |details| call.gave_up(details),
        fallback = |_| Ok(7),
        logger = none,
    )]
    fn get(call: &Call) -> Answer {
        call.next()
    }
    let call = Call::new([Err(Server), Err(Network), Err(Final)]);
    assert_eq!(get(&call), Ok(7));
    assert_eq!(call.reason.get(), Some(GiveUp::Predicate));
}

#[test]
fn transient_is_a_condition_of_a_strategy_and_its_hint_is_for_all() {
    #[retry(
        on(constant, matches!(Network), interval = 1),
        on(constant, transient, interval = 2),
        jitter = none,
        pacer = pacer,
        on_backoff = [|details| call.backed_off(details), |_| closed.borrow_mut().push(pacer.state().closed_until.is_some())],
        logger = none,
    )]
    async fn get(pacer: &Pacer, call: &Call, closed: &RefCell<Vec<bool>>) -> Answer {
        call.next()
    }
    let (call, closed) = (
        Call::new([Err(Network), Err(Server), Err(Limit { retry_after: 9 }), Err(Final)]),
        RefCell::default(),
    );
    paused(async {
        assert_eq!(get(&Pacer::adaptive(), &call, &closed).await, Err(Final));
    });
    assert_eq!((call.waits(), closed.take()), (vec![1, 2, 9], vec![false, false, true]));
}

#[test]
fn a_polled_value_has_strategies_too() {
    #[on_predicate(
        on(expo, matches!(Job::Printing)),
        on(constant, matches!(Job::Queued), interval = 10, max_tries = 2),
        jitter = none,
        on_backoff = |d| waits.borrow_mut().push(d.wait.expect("a wait").as_secs()),
        logger = none,
    )]
    async fn job(answers: &RefCell<Vec<Job>>, waits: &RefCell<Vec<u64>>) -> Job {
        answers.borrow_mut().pop().expect("no further attempt")
    }
    #[derive(Debug, PartialEq)]
    enum Job {
        Queued,
        Printing,
        Done,
    }
    let waits = RefCell::default();
    let mut jobs = vec![Job::Queued, Job::Printing, Job::Printing, Job::Done];
    jobs.reverse();
    assert_eq!(paused(job(&RefCell::new(jobs), &waits)), Job::Done);
    assert_eq!(waits.take(), [10, 1, 2]);
    let stuck = RefCell::new(vec![Job::Queued, Job::Queued]);
    assert_eq!(paused(job(&stuck, &waits)), Job::Queued, "twice is all");
}

#[test]
fn without_a_condition_a_strategy_of_on_predicate_is_for_falsy_values() {
    #[on_predicate(on(constant, interval = 1), on(constant, |n| *n > 9, interval = 2), jitter = none, on_backoff = |d| waits.borrow_mut().push(d.wait.expect("a wait").as_secs()), logger = none)]
    async fn poll(answers: &RefCell<Vec<u32>>, waits: &RefCell<Vec<u64>>) -> u32 {
        answers.borrow_mut().pop().expect("no further attempt")
    }
    let waits = RefCell::default();
    assert_eq!(paused(poll(&RefCell::new(vec![7, 10, 0, 12]), &waits)), 7);
    assert_eq!(waits.take(), [2, 1, 2]);
}

#[test]
fn what_is_evaluated_once_per_call_is_so_in_the_order_of_the_strategies() {
    struct Note<'a>(&'a RefCell<Vec<&'static str>>);

    impl Note<'_> {
        fn of<T>(&self, name: &'static str, value: T) -> T {
            self.0.borrow_mut().push(name);
            value
        }
    }

    #[retry(
        on(expo, matches!(Server), max_tries = note.of("tries 0", 9_u32), max_value = note.of("longest 0", 2_u32)),
        on(std::iter::repeat(note.of("waits 1", Duration::from_secs(3))), matches!(Network)),
        on(fibo, jitter = decorrelated_jitter, max_value = note.of("longest 2", 5_u32)),
        max_tries = note.of("tries", 99_u32),
        jitter = none,
        on_backoff = |details| call.backed_off(details),
        logger = none,
    )]
    async fn get(note: Note<'_>, call: &Call) -> Answer {
        call.next()
    }
    let order = RefCell::default();
    let call = Call::new([
        Err(Network),
        Err(Server),
        Err(Server),
        Err(Server),
        Err(Network),
        Err(Final),
        Err(Server),
        Ok(1),
    ]);
    assert_eq!(paused(get(Note(&order), &call)), Ok(1));
    assert_eq!(order.take(), ["tries", "tries 0", "longest 0", "waits 1", "longest 2"]);
    let waits = call.waits();
    assert_eq!([&waits[..5], &waits[6..]].concat(), [3, 1, 2, 2, 3, 2]);
    assert!((1..=3).contains(&waits[5]), "of its own first wait, not of the others: {waits:?}");
}

#[test]
fn a_generator_of_ones_own_hears_only_the_failures_of_its_kind() {
    struct Doubling(u64, Vec<Failure>);

    impl Wait<Failure> for Doubling {
        fn next_wait(&mut self, failure: &Failure) -> Option<Duration> {
            self.1.push(*failure);
            assert_eq!(self.1, vec![Limit { retry_after: 0 }; self.1.len()]);
            self.0 *= 2;
            (self.0 < 9).then_some(Duration::from_secs(self.0))
        }
    }

    #[retry(
        on(Doubling(1, Vec::new()), matches!(Limit { .. })),
        on(runtime, value = |failure| if *failure == Final { None } else { Some(30) }),
        jitter = none,
        on_backoff = |details| call.backed_off(details),
        on_giveup = |details| call.gave_up(details),
        logger = none,
    )]
    async fn get(call: &Call) -> Answer {
        call.next()
    }
    let limit = Err(Limit { retry_after: 0 });
    let call = Call::new([limit, Err(Server), limit, limit, Err(Network), limit]);
    assert_eq!(paused(get(&call)), limit);
    assert_eq!((call.waits(), call.reason.get()), (vec![2, 30, 4, 8, 30], Some(GiveUp::Exhausted)));
    let call = Call::new([limit, Err(Final)]);
    assert_eq!(paused(get(&call)), Err(Final));
    assert_eq!(call.reason.get(), Some(GiveUp::Exhausted));
}

#[test]
fn what_took_too_long_is_of_the_kind_of_its_error_or_else_of_the_first() {
    #[retry(
        on(constant, matches!(Server), interval = 1, max_tries = 3),
        on(constant, matches!(Network), interval = 2),
        attempt_timeout = 5,
        jitter = none,
        on_backoff = |details| call.backed_off(details),
        logger = none,
    )]
    async fn unnamed(call: &Call) -> Answer {
        sleep(Duration::from_secs(9)).await;
        call.next()
    }
    #[retry(
        on(constant, matches!(Server), interval = 1),
        on(constant, matches!(Slow), interval = 2, max_tries = 3),
        attempt_timeout = 5,
        jitter = none,
        on_backoff = |details| call.backed_off(details),
        logger = none,
    )]
    async fn named(call: &Call) -> Answer {
        sleep(Duration::from_secs(9)).await;
        call.next()
    }
    let call = Call::new([]);
    assert_eq!(paused(unnamed(&call)), Err(Slow));
    assert_eq!(call.waits(), [1, 1]);
    let call = Call::new([]);
    assert_eq!(paused(named(&call)), Err(Slow));
    assert_eq!(call.waits(), [2, 2]);
}

#[test]
fn one_strategy_in_on_is_as_one_without() {
    #[on_exception(on(constant, matches!(Server), interval = 3, max_tries = 3), jitter = none, on_backoff = |d| call.backed_off(d), logger = none)]
    async fn get(call: &Call) -> Answer {
        call.next()
    }
    #[retry(on(constant, interval = 0, max_tries = 4), max_tries = 2, logger = none)]
    fn both(call: &Call) -> Answer {
        call.next()
    }
    let call = Call::new([Err(Server), Err(Server), Err(Server)]);
    assert_eq!(paused(get(&call)), Err(Server));
    assert_eq!(call.waits(), [3, 3]);
    let call = Call::new([Err(Server), Err(Network)]);
    assert_eq!(paused(get(&call)), Err(Network));
    assert_eq!(both(&Call::new([Err(Server), Err(Network)])), Err(Network));
}

#[test]
fn sync_functions_and_methods_have_strategies_too() {
    struct Client {
        call: Call,
        tries: Option<u32>,
        attempts: u32,
    }

    impl Client {
        #[retry(
            on(constant, Failure::is_server, interval = 0, max_tries = self.tries),
            on(expo, factor = 0.0, jitter = |wait| wait / 2),
            attempt = n,
            logger = none,
        )]
        fn get(&mut self) -> Result<u32, Failure> {
            self.attempts = n;
            let answer = self.call.next()?;
            Ok(answer)
        }
    }
    let answers = || Call::new([Err(Server), Err(Network), Err(Server), Err(Network), Ok(4)]);
    let mut client = Client { call: answers(), tries: Some(2), attempts: 0 };
    assert_eq!((client.get(), client.attempts), (Err(Server), 3));
    let mut client = Client { call: answers(), tries: None, attempts: 0 };
    assert_eq!((client.get(), client.attempts), (Ok(4), 5));
}

#[test]
fn stacked_with_another_the_strategies_are_one_loop() {
    #[on_predicate(constant, matches!(Err(_)), interval = 0, max_tries = 2, logger = none)]
    #[retry(on(constant, matches!(Server), interval = 0, max_tries = 2), on(constant, matches!(Network), interval = 0), logger = none)]
    fn get(call: &Call) -> Answer {
        call.next()
    }
    let call = Call::new([Err(Server), Err(Network), Err(Server), Err(Server), Err(Network), Err(Server)]);
    assert_eq!(get(&call), Err(Server), "each loop counts anew");
    assert!(call.answers.borrow().is_empty());
}

#[test]
fn a_call_with_strategies_can_be_stopped_and_spawned() {
    static STOP: Stop = Stop::new();

    /// Not to be shared between threads.
    type Local = Cell<u32>;

    #[retry(
        on(expo, |e: &(Failure, Local)| e.0 == Server),
        on(fibo, |e: &(Failure, Local)| e.0 == Network),
        stop = STOP,
        logger = none,
    )]
    async fn get(failure: Failure) -> Result<u32, (Failure, Local)> {
        Err((failure, Cell::new(1)))
    }
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    paused(async {
        let begun = Instant::now();
        let calls = tokio::spawn(is_send(get(Network)));
        sleep(Duration::from_millis(1)).await;
        STOP.stop();
        let last = calls.await.expect("no panic");
        assert!(matches!(last, Err((Network, _))));
        assert!(begun.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn handlers_may_be_async_beside_strategies() {
    #[retry(
        on(constant, matches!(Server), interval = 1),
        on(constant, interval = 2, max_tries = 2),
        jitter = none,
        giveup = async |failure| *failure == Final,
        on_backoff = async |details| { sleep(Duration::from_secs(1)).await; call.backed_off(details) },
        logger = none,
    )]
    async fn get(call: &Call) -> Answer {
        call.next()
    }
    let call = Call::new([Err(Server), Err(Network), Err(Server), Err(Final)]);
    assert_eq!(paused(get(&call)), Err(Final));
    assert_eq!(call.waits(), [1, 2, 1]);
}

#[test]
fn strategies_may_come_out_of_a_macro() {
    macro_rules! retried {
        ($name:ident, $($strategy:expr),*) => {
            #[retry($($strategy),*, logger = none)]
            fn $name(call: &Call) -> Answer {
                call.next()
            }
        };
    }
    retried!(
        get,
        on(constant, Failure::is_server, interval = 0),
        on(constant, |e| *e == Network, interval = 0, max_tries = 2)
    );
    assert_eq!(get(&Call::new([Err(Server), Err(Network), Err(Server), Err(Network)])), Err(Network));
}
