//! What a pacer is told of a call beside how it ended: `cost`, `settle` and `limit`.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::time::Duration;

use async_trait::async_trait;
use backoff_runtime::{
    AttemptTimeout, Pacer, RateLimit, Stop, constant, on_exception, on_predicate, testing,
};
use tokio::time::Instant;

#[derive(Clone, Debug, PartialEq)]
enum ApiError {
    TooMany,
    Broken,
    Forbidden,
    Timeout,
}

impl From<AttemptTimeout> for ApiError {
    fn from(_: AttemptTimeout) -> Self {
        Self::Timeout
    }
}

impl ApiError {
    fn is_throttled(&self) -> bool {
        *self == Self::TooMany
    }

    fn is_retried(&self) -> bool {
        *self != Self::Forbidden
    }
}

use ApiError::{Broken, Forbidden, TooMany};

/// What a server answers, from the last to the first.
type Answers = RefCell<Vec<Result<u64, ApiError>>>;

fn answers<const N: usize>(in_order: [Result<u64, ApiError>; N]) -> Answers {
    RefCell::new(in_order.into_iter().rev().collect())
}

fn answer(answers: &Answers) -> Result<u64, ApiError> {
    answers.borrow_mut().pop().expect("an answer for each attempt")
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A pacer that holds nobody.
const fn wide() -> Pacer {
    Pacer::per(1_000_000, "1s")
}

// What the closures see.

#[tokio::test(start_paused = true)]
async fn each_outcome_is_seen_once_whatever_became_of_it() {
    static PACER: Pacer = wide();

    #[on_exception(
        constant, ApiError::is_retried, interval = 0, pacer = PACER, throttled = ApiError::is_throttled,
        limit = |outcome| { told.borrow_mut().push(outcome.clone()); None },
        settle = |outcome| { settled.borrow_mut().push(outcome.clone()); None::<u64> },
    )]
    async fn call(
        from: &Answers,
        told: &RefCell<Vec<Result<u64, ApiError>>>,
        settled: &RefCell<Vec<Result<u64, ApiError>>>,
    ) -> Result<u64, ApiError> {
        answer(from)
    }

    for all in [vec![Ok(1)], vec![Err(TooMany), Err(Broken), Ok(2)], vec![Err(Broken), Err(Forbidden)]] {
        let (told, settled) = <(RefCell<_>, RefCell<_>)>::default();
        let from = RefCell::new(all.iter().rev().cloned().collect());
        assert_eq!(call(&from, &told, &settled).await, all[all.len() - 1]);
        assert_eq!((told.into_inner(), settled.into_inner()), (all.clone(), all));
    }
    assert_eq!(PACER.in_flight(), 0);
}

#[test]
fn the_pacer_is_told_before_anybody_judges_the_outcome() {
    static PACER: Pacer = wide();

    #[on_exception(
        constant, |_| { note("when"); true }, interval = 0, max_tries = 1, pacer = PACER,
        on_try = |_| note("try"),
        giveup = |_| { note("giveup"); false },
        throttled = |_| { note("throttled"); false },
        limit = |_| { note("limit"); assert_eq!(PACER.in_flight(), 1); None },
        settle = |_| { note("settle"); 1 },
        on_giveup = |_| note("end"),
    )]
    fn call(note: &dyn Fn(&'static str)) -> Result<u64, ApiError> {
        note("body");
        Err(Broken)
    }

    let notes = RefCell::new(Vec::new());
    assert!(call(&|what| notes.borrow_mut().push(what)).is_err());
    assert_eq!(
        notes.into_inner(),
        ["try", "body", "settle", "limit", "when", "giveup", "throttled", "end"],
        "the true cost goes before what remains, which counts with it"
    );
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_an_answer_tells_nothing() {
    static PACER: Pacer = wide();
    static SLOW: Pacer = Pacer::per(1, "1h");

    #[on_exception(
        constant, interval = 0, max_tries = 3, pacer = PACER, attempt_timeout = 5,
        limit = |_| { seen.set(seen.get() + 1); None }, settle = |_| { seen.set(seen.get() + 1); 1 },
    )]
    async fn cut(seen: &Cell<u32>) -> Result<u64, ApiError> {
        std::future::pending().await
    }

    #[on_exception(
        constant, max_time = 60, pacer = SLOW,
        limit = |_| { seen.set(seen.get() + 1); None }, settle = |_| { seen.set(seen.get() + 1); 1 },
    )]
    async fn made_once(seen: &Cell<u32>) -> Result<u64, ApiError> {
        Ok(1)
    }

    let seen = Cell::new(0);
    assert_eq!(cut(&seen).await, Err(ApiError::Timeout));
    assert_eq!(seen.get(), 0);
    assert_eq!(made_once(&seen).await, Ok(1));
    assert_eq!(made_once(&seen).await, Err(ApiError::Timeout));
    assert_eq!(seen.get(), 2, "the second call had no turn");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_stopped_is_not_heard_again() {
    static PACER: Pacer = wide();
    static STOP: Stop = Stop::new();

    #[on_exception(
        constant, interval = 10, jitter = none, pacer = PACER, stop = STOP,
        limit = |_| { seen.set(seen.get() + 1); None }, settle = |_| { seen.set(seen.get() + 1); 1 },
    )]
    async fn call(seen: &Cell<u32>) -> Result<u64, ApiError> {
        Err(Broken)
    }

    let seen = Cell::new(0);
    let stop = async {
        tokio::time::sleep(seconds(15)).await;
        STOP.stop();
    };
    assert_eq!(tokio::join!(call(&seen), stop).0, Err(Broken));
    assert_eq!(seen.get(), 4, "two attempts, each heard by both");
}

#[test]
fn without_a_pacer_at_run_time_nobody_is_told() {
    #[on_exception(constant, interval = 0, pacer = pacer, cost = 3, limit = |_| -> Option<RateLimit> { panic!() }, settle = |_| -> u64 { panic!() })]
    fn call(pacer: Option<&Pacer>) -> Result<u64, ApiError> {
        Ok(1)
    }

    assert_eq!(call(None), Ok(1));
}

#[test]
fn what_limit_returns_may_be_one_or_several_or_borrow_from_the_outcome() {
    static PACER: Pacer = wide();

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "what an attempt returned is lent")]
    fn one(_: &bool) -> RateLimit {
        RateLimit::new().with_name("one")
    }

    #[on_predicate(expo, pacer = PACER, limit = one)]
    fn by_name() -> bool {
        true
    }

    #[on_predicate(expo, pacer = PACER, limit = |_| [RateLimit::new().with_name("a"), RateLimit::new().with_name("b")])]
    fn array() -> bool {
        true
    }

    #[on_predicate(expo, |_| false, pacer = PACER, limit = |all| all.iter().cloned())]
    fn borrowed() -> Vec<RateLimit> {
        vec![RateLimit::new().with_name("lent")]
    }

    #[on_predicate(expo, pacer = PACER, limit = limit)]
    fn of_an_argument(limit: impl Fn(&bool) -> Vec<RateLimit>) -> bool {
        true
    }

    assert!(by_name() && array() && borrowed().len() == 1);
    assert!(of_an_argument(|_| vec![RateLimit::new().with_name("argument")]));
    let told: Vec<_> = PACER.state().told.into_iter().filter_map(|limit| limit.name).collect();
    assert_eq!(told, ["one", "a", "b", "lent", "argument"]);
}

// Where they may stand.

#[test]
fn a_cost_is_evaluated_once_per_call_and_may_be_of_any_type_of_integers() {
    static PACER: Pacer = wide();

    #[on_exception(constant, interval = 0, max_tries = 4, pacer = PACER, cost = { asked.set(asked.get() + 1); text.len() / 4 })]
    fn call(text: &str, asked: &Cell<u32>) -> Result<u64, ApiError> {
        Err(Broken)
    }

    macro_rules! costs {
        ($($ty:ty)*) => {$({
            #[on_predicate(expo, pacer = PACER, cost = cost)]
            fn paced(cost: $ty) -> bool {
                true
            }
            assert!(paced(1) && paced(<$ty>::MIN) && paced(0));
        })*};
    }

    let asked = Cell::new(0);
    assert!(call("a prompt", &asked).is_err());
    assert_eq!(asked.get(), 1);
    costs!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
}

/// A trait whose methods are boxed by `async_trait`.
#[async_trait]
trait Model {
    async fn ask(&self, prompt: String) -> Result<u64, ApiError>;
}

struct Llm {
    pacer: Pacer,
}

#[async_trait]
impl Model for Llm {
    #[on_exception(constant, interval = 0, pacer = self.pacer, cost = prompt.len(), settle = |used| used.as_ref().ok().copied())]
    async fn ask(&self, prompt: String) -> Result<u64, ApiError> {
        tokio::task::yield_now().await;
        Ok(prompt.len() as u64 / 2)
    }
}

#[tokio::test(start_paused = true)]
async fn methods_of_async_trait_and_generic_functions_have_the_options() {
    static PACER: Pacer = wide();

    #[on_exception(expo, pacer = PACER, cost = text.to_string().len(), limit = |all| all.clone().unwrap_or_default(), settle = |_| Some(1_u8))]
    async fn generic<T: Display + ?Sized, E: Clone + std::fmt::Debug>(text: &T) -> Result<Vec<RateLimit>, E> {
        Ok(vec![])
    }

    /// The future of a paced call goes to other threads.
    fn require_send<T: Send>(value: T) -> T {
        value
    }

    let model: Box<dyn Model + Sync> = Box::new(Llm { pacer: wide() });
    assert_eq!(require_send(model.ask("a prompt".to_owned())).await, Ok(4));
    assert_eq!(require_send(generic::<str, ApiError>("text")).await, Ok(vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_looked_at_is_seen_whole() {
    static PACER: Pacer = wide();

    #[on_predicate(constant, interval = 0, pacer = PACER, limit = |value| { seen.borrow_mut().push(*value); None })]
    async fn poll(polls: &Cell<u8>, seen: &RefCell<Vec<Option<u8>>>) -> Option<u8> {
        polls.set(polls.get() + 1);
        (polls.get() > 2).then_some(7)
    }

    let seen = RefCell::default();
    assert_eq!(poll(&Cell::new(0), &seen).await, Some(7));
    assert_eq!(seen.into_inner(), [None, None, Some(7)]);
}

#[tokio::test(start_paused = true)]
async fn of_stacked_attributes_each_tells_its_own_pacer() {
    static OUTER: Pacer = Pacer::per(10, "1s");
    static INNER: Pacer = Pacer::per(10, "1s");

    #[on_predicate(constant, matches!(Err(_)), interval = 0, pacer = OUTER, cost = 4, settle = |_| { notes.borrow_mut().push("outer"); 1 })]
    #[on_exception(constant, interval = 0, max_tries = 2, pacer = INNER, cost = 2, settle = |_| { notes.borrow_mut().push("inner"); 1 })]
    async fn call(from: &Answers, notes: &RefCell<Vec<&'static str>>) -> Result<u64, ApiError> {
        answer(from)
    }

    let notes = RefCell::default();
    let from = answers([Err(Broken), Err(Broken), Ok(1)]);
    assert_eq!(call(&from, &notes).await, Ok(1));
    assert_eq!(notes.into_inner(), ["inner", "inner", "outer", "inner", "outer"]);
}

// What they do.

#[tokio::test(start_paused = true)]
async fn two_calls_of_five_fit_into_a_limit_of_ten() {
    static PACER: Pacer = Pacer::per(10, "1s");

    #[on_exception(expo, pacer = PACER, cost = 5)]
    async fn call() -> Result<Instant, ApiError> {
        Ok(Instant::now())
    }

    let start = Instant::now();
    let mut at = Vec::new();
    for _ in 0..6 {
        at.push((call().await.unwrap() - start).as_secs());
    }
    assert_eq!(at, [0, 0, 1, 1, 2, 2]);
}

#[test]
fn a_sync_function_takes_its_cost_too() {
    static PACER: Pacer = Pacer::per(10, "1s");

    #[on_exception(expo, pacer = PACER, cost = tokens)]
    fn call(tokens: usize) -> Result<(), ApiError> {
        Ok(())
    }

    let scope = testing::Scope::new().without_waits();
    scope.run(|| (0..6).for_each(|_| call(5).unwrap()));
    assert_eq!(scope.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_estimated_too_high_is_given_back() {
    static PACER: Pacer = Pacer::per(10, "1s");

    #[on_exception(expo, pacer = PACER, cost = 5, settle = |outcome| outcome.as_ref().ok().map(|(used, _)| *used))]
    async fn call(used: u32) -> Result<(u32, Instant), ApiError> {
        Ok((used, Instant::now()))
    }

    let start = Instant::now();
    let mut at = Vec::new();
    for _ in 0..7 {
        at.push((call(1).await.unwrap().1 - start).as_secs());
    }
    assert_eq!(at, [0, 0, 0, 0, 0, 0, 1], "five calls took 1 each, so a sixth of 5 fits");
}

#[tokio::test(start_paused = true)]
async fn without_a_cost_a_settled_attempt_was_taken_for_one() {
    static PACER: Pacer = Pacer::per(10, "1s");

    #[on_exception(expo, pacer = PACER, settle = |_| 10)]
    async fn call() -> Result<Instant, ApiError> {
        Ok(Instant::now())
    }

    let start = Instant::now();
    assert_eq!((call().await.unwrap() - start).as_secs(), 0);
    assert_eq!((call().await.unwrap() - start).as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_takes_the_cost_and_one_without_an_answer_keeps_the_estimate() {
    static PACER: Pacer = Pacer::per(10, "1m");

    #[on_exception(constant, interval = 0, max_tries = 3, attempt_timeout = 1, pacer = PACER, cost = 5, settle = |_| 0)]
    async fn call() -> Result<Instant, ApiError> {
        std::future::pending().await
    }

    let start = Instant::now();
    assert_eq!(call().await, Err(ApiError::Timeout));
    assert!(start.elapsed() >= seconds(60), "the third attempt waited for a window: {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_refused_attempt_comes_back_with_its_cost() {
    static PACER: Pacer = Pacer::per(10, "1m");

    #[on_exception(expo, pacer = PACER, cost = 6, throttled = ApiError::is_throttled, settle = |_| 1)]
    async fn call(from: &Answers, made: &RefCell<Vec<Instant>>) -> Result<u64, ApiError> {
        made.borrow_mut().push(Instant::now());
        answer(from)
    }

    let made = RefCell::default();
    assert_eq!(call(&answers([Err(TooMany), Ok(1)]), &made).await, Ok(1));
    // With 1 and 6 taken, another of 6 has to wait until the window is over.
    assert_eq!(call(&answers([Ok(2)]), &made).await, Ok(2));
    assert_eq!(made.borrow().len(), 3);
    assert_eq!((PACER.waiting(), PACER.in_flight()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_success_that_tells_that_nothing_remains_closes_the_gate_until_the_reset() {
    static PACER: Pacer = Pacer::adaptive();

    fn limit(_: &Result<Instant, ApiError>) -> RateLimit {
        RateLimit::new().with_limit(100).with_remaining(0).with_reset(seconds(30))
    }

    #[on_exception(expo, pacer = PACER, throttled = ApiError::is_throttled, limit = limit)]
    async fn call() -> Result<Instant, ApiError> {
        Ok(Instant::now())
    }

    let start = Instant::now();
    assert_eq!(call().await.unwrap(), start);
    assert_eq!(PACER.state().told[0].remaining, Some(0));
    let waited = call().await.unwrap() - start;
    assert!((seconds(30)..seconds(31)).contains(&waited), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn headers_of_an_accepted_response_reach_the_pacer() {
    static PACER: Pacer = Pacer::adaptive();

    #[on_exception(
        expo, pacer = PACER, throttled = ApiError::is_throttled,
        limit = |outcome| outcome.as_ref().map(|r| RateLimit::from_headers(r.headers())).unwrap_or_default(),
    )]
    async fn get() -> Result<http::Response<()>, ApiError> {
        let response = http::Response::builder().header("RateLimit", r#""hour";r=41;t=600"#).body(());
        Ok(response.expect("a response"))
    }

    get().await.unwrap();
    let told = PACER.state().told;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].name.as_deref(), told[0].remaining), (Some("hour"), Some(41)));
}

// The closure form.

#[tokio::test(start_paused = true)]
async fn closures_have_the_same_options_in_any_order() {
    let seen = RefCell::new(Vec::new());
    let from = answers([Err(TooMany), Err(Broken), Ok(7)]);
    let pacer = wide();
    let returned = on_exception(constant().interval(0))
        .settle(|outcome: &Result<u64, ApiError>| {
            seen.borrow_mut().push(("settle", outcome.clone()));
            outcome.as_ref().ok().copied()
        })
        .cost(5)
        .pacer(&pacer)
        .throttled(ApiError::is_throttled)
        .limit(|outcome: &Result<u64, ApiError>| {
            seen.borrow_mut().push(("limit", outcome.clone()));
            RateLimit::new().with_name("told")
        })
        .run(async || answer(&from))
        .await;
    assert_eq!(returned, Ok(7));
    assert_eq!(pacer.state().told[0].name.as_deref(), Some("told"));
    let mut outcomes = Vec::new();
    for outcome in [Err(TooMany), Err(Broken), Ok(7)] {
        outcomes.extend([("settle", outcome.clone()), ("limit", outcome)]);
    }
    assert_eq!(seen.into_inner(), outcomes);
}

#[test]
fn closures_that_block_take_their_cost_and_give_back_what_is_too_much() {
    let times = |settled: Option<u32>| {
        let scope = testing::Scope::new().without_waits();
        let pacer = Pacer::per(10, "1s");
        let call = on_predicate(constant()).pacer(&pacer).cost(5_u8).settle(move |_: &bool| settled);
        scope.run(|| (0..6).for_each(|_| assert!(call.clone().run_blocking(|| true))));
        scope.elapsed().as_secs()
    };
    assert_eq!((times(None), times(Some(1)), times(Some(5))), (2, 0, 2));
}

#[tokio::test(start_paused = true)]
async fn the_last_word_of_an_option_of_closures_counts() {
    let pacer = Pacer::per(10, "1s");
    let seen = RefCell::new(Vec::new());
    let note = |what: &'static str| seen.borrow_mut().push(what);
    let returned = on_predicate(constant())
        .pacer(&pacer)
        .cost(10)
        .cost(1)
        .limit(|_: &bool| {
            note("first limit");
            None
        })
        .limit(|_: &bool| {
            note("last limit");
            None
        })
        .settle(|_: &bool| {
            note("first settle");
            9
        })
        .settle(|_: &bool| {
            note("last settle");
            1
        })
        .run(async || true)
        .await;
    assert!(returned);
    let mut seen = seen.take();
    seen.sort_unstable();
    assert_eq!(seen, ["last limit", "last settle"]);
}
