//! PROMISE 7.9: attributes name a policy in the place of the generator, and what stands there overrides it.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backoff_runtime::{
    AnyJitter, AttemptTimeout, Class, GiveUp, LivePolicy, Paced, Pacer, Policy, Retried, RetryBudget,
    Retryable, Stop, Timed, Transient, on_exception, on_predicate, retry,
};
use tokio::time::Instant;

static API: Policy = Policy::constant("1s").max_tries(4).jitter(AnyJitter::None);

/// An error that nothing can be converted to.
#[derive(Debug, PartialEq)]
struct Refused(u32);

impl Transient for Refused {
    fn class(&self) -> Class {
        if self.0 < 3 { Class::TRANSIENT } else { Class::Final }
    }
}

#[tokio::test(start_paused = true)]
async fn an_attribute_names_a_policy_and_its_function_needs_no_error_of_a_timeout() {
    #[retry(API)]
    async fn get(tries: &Cell<u32>) -> Result<(), Refused> {
        tries.set(tries.get() + 1);
        Err(Refused(tries.get()))
    }
    let start = Instant::now();
    assert_eq!(get(&Cell::new(0)).await, Err(Refused(4)));
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[test]
fn a_sync_function_goes_by_a_policy_too() {
    static NOW: Policy = Policy::constant("0s").max_tries(3);
    #[on_exception(NOW)]
    fn get(tries: &mut u32) -> Result<(), Refused> {
        *tries += 1;
        Err(Refused(*tries))
    }
    #[on_predicate(NOW)]
    fn poll(polls: &mut u32) -> Option<u32> {
        *polls += 1;
        None
    }
    let mut polls = 0;
    assert_eq!((get(&mut 0), poll(&mut polls), polls), (Err(Refused(3)), None, 3));
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_the_attribute_overrides_the_policy() {
    #[retry(API, max_tries = 2, jitter = |wait| wait * 5)]
    async fn twice() -> Result<(), Refused> {
        Err(Refused(0))
    }
    #[retry(API, max_tries = none, max_time = 9.5)]
    async fn for_a_while() -> Retried<Result<(), Refused>> {
        Err(Refused(0))
    }
    let start = Instant::now();
    assert!(twice().await.is_err());
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    let retried = for_a_while().await;
    assert_eq!(
        (retried.tries, retried.elapsed, retried.reason),
        (11, Duration::from_millis(9500), Some(GiveUp::MaxTime))
    );
}

#[tokio::test(start_paused = true)]
async fn a_condition_handlers_and_a_fallback_stand_beside_a_policy() {
    #[retry(API, matches!(Refused(n) if *n < 3), on_backoff = |_| heard.set(heard.get() + 1))]
    async fn get(heard: &Cell<u32>, tries: &Cell<u32>) -> Result<(), Refused> {
        tries.set(tries.get() + 1);
        Err(Refused(tries.get()))
    }
    #[retry(API, fallback = async |_, given_up| Ok(given_up.tries), giveup = async |_| false)]
    async fn or_tries() -> Result<u32, Refused> {
        Err(Refused(0))
    }
    let heard = Cell::new(0);
    assert_eq!(get(&heard, &Cell::new(0)).await, Err(Refused(3)));
    assert_eq!(heard.get(), 2);
    assert_eq!(or_tries().await, Ok(4));
}

#[test]
fn transient_failures_are_classified_under_a_policy() {
    static NOW: Policy = Policy::constant("0s").max_tries(9);
    #[retry(NOW, transient)]
    fn get(tries: &mut u32) -> Result<(), Refused> {
        *tries += 1;
        Err(Refused(*tries))
    }
    assert_eq!(get(&mut 0), Err(Refused(3)));
}

#[tokio::test(start_paused = true)]
async fn functions_share_the_pacer_and_the_budget_of_their_policy() {
    static LIMIT: Pacer = Pacer::per_second(1.0);
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).per_second(0.0);
    static SMS: Policy<Paced> = Policy::constant("0s").budget(&BUDGET).pacer(&LIMIT);
    #[retry(SMS)]
    async fn send() -> io::Result<()> {
        Ok(())
    }
    #[retry(SMS, cost = 2)]
    async fn send_long() -> io::Result<()> {
        Ok(())
    }
    #[retry(SMS)]
    async fn fails() -> Retried<io::Result<()>> {
        Err(io::Error::other("no"))
    }
    let start = Instant::now();
    for _ in 0..2 {
        send().await.unwrap();
        send_long().await.unwrap();
    }
    send().await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(6), "{:?}", start.elapsed());
    let mut reasons = Vec::new();
    for _ in 0..30 {
        reasons.push(fails().await.reason);
    }
    assert!(reasons.contains(&Some(GiveUp::Budget)));
}

#[tokio::test(start_paused = true)]
async fn no_turn_in_time_ends_a_call_of_a_paced_policy() {
    static LIMIT: Pacer = Pacer::per_second(0.1);
    static SMS: Policy<Paced> = Policy::expo().max_time("1s").pacer(&LIMIT);
    #[retry(SMS, on_timeout = |timeout| Refused(u32::from(timeout.made)))]
    async fn send() -> Result<(), Refused> {
        Ok(())
    }
    #[retry(SMS)]
    fn send_blocking() -> io::Result<()> {
        Ok(())
    }
    send().await.unwrap();
    assert_eq!(send().await, Err(Refused(0)));
    assert_eq!(send_blocking().unwrap_err().kind(), io::ErrorKind::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn attempts_of_a_timed_policy_are_cut_and_so_is_its_call() {
    static SLOW: Policy<Timed> =
        Policy::constant("1s").jitter(AnyJitter::None).attempt_timeout("2s").timeout("10s").max_tries(9);
    #[retry(SLOW)]
    async fn hangs() -> Retried<Result<(), Timeout>> {
        std::future::pending().await
    }
    #[derive(Debug)]
    struct Timeout;
    impl From<AttemptTimeout> for Timeout {
        fn from(_: AttemptTimeout) -> Self {
            Self
        }
    }
    #[retry(SLOW, attempt_timeout = 0.5, timeout = none, max_tries = 2)]
    async fn hangs_shortly() -> Result<(), Timeout> {
        std::future::pending().await
    }
    let retried = hangs().await;
    assert_eq!((retried.tries, retried.elapsed), (4, Duration::from_secs(10)));
    let start = Instant::now();
    assert!(hangs_shortly().await.is_err());
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_pacer_a_bound_and_a_stop_may_stand_beside_a_plain_policy() {
    static LIMIT: Pacer = Pacer::per_second(1.0);
    static STOP: Stop = Stop::new();
    #[retry(API, pacer = LIMIT, timeout = 20, stop = STOP)]
    async fn send(sent: &AtomicU32) -> io::Result<()> {
        sent.fetch_add(1, Ordering::Relaxed);
        Err(io::Error::other("no"))
    }
    let sent = AtomicU32::new(0);
    assert!(send(&sent).await.is_err());
    assert_eq!(sent.load(Ordering::Relaxed), 4);
    STOP.stop();
    assert!(send(&sent).await.is_err());
    assert_eq!(sent.load(Ordering::Relaxed), 4, "a call that is told to stop makes no attempt");
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_self_is_kept_as_it_was_when_the_call_began() {
    struct Client {
        policy: Policy,
        sent: u32,
    }
    impl Client {
        #[retry(&self.policy)]
        async fn send(&mut self) -> Result<(), Refused> {
            self.policy.set_max_tries(99);
            self.sent += 1;
            Err(Refused(self.sent))
        }
    }
    #[retry(&policy)]
    async fn given(policy: &Policy, tries: &Cell<u32>) -> Result<(), Refused> {
        tries.set(tries.get() + 1);
        Err(Refused(tries.get()))
    }
    let mut client = Client { policy: API, sent: 0 };
    assert_eq!(client.send().await, Err(Refused(4)));
    assert_eq!(given(&API, &Cell::new(0)).await, Err(Refused(4)));
}

#[tokio::test(start_paused = true)]
async fn a_live_policy_is_named_as_any_other() {
    static LIVE: LivePolicy = LivePolicy::new(Policy::constant("1s").max_tries(2).jitter(AnyJitter::None));
    #[retry(LIVE)]
    async fn get(tries: &Cell<u32>) -> Result<(), Refused> {
        tries.set(tries.get() + 1);
        let mut policy = LIVE.get();
        policy.set_max_tries(5);
        LIVE.set(policy);
        Err(Refused(tries.get()))
    }
    assert_eq!(get(&Cell::new(0)).await, Err(Refused(2)), "the call keeps the policy that it began with");
    assert_eq!(get(&Cell::new(0)).await, Err(Refused(5)));
}

#[test]
fn the_future_of_a_function_with_a_policy_is_send() {
    #[retry(API)]
    async fn plain() -> Result<(), Refused> {
        Ok(())
    }
    static SLOW: LivePolicy<Timed> = LivePolicy::new(Policy::expo().timeout("10s"));
    #[retry(SLOW)]
    async fn timed() -> io::Result<()> {
        Ok(())
    }
    fn is_send<T: Send>(future: T) {
        drop(future);
    }
    is_send(plain());
    is_send(timed());
}

/// Of calls that borrow what a task owns, the compiler has to see that they are `Send` (rust-lang/rust#138207).
#[tokio::test(start_paused = true)]
async fn a_task_may_call_methods_with_a_policy_that_borrow_what_it_owns() {
    static TIMED: LivePolicy<Timed> = LivePolicy::new(Policy::constant("1s").max_tries(2).timeout("9s"));
    static NEVER: Stop = Stop::new();
    struct Shop(Vec<String>);
    impl Shop {
        #[retry(API, transient, stop = NEVER)]
        async fn begin(&self, key: &str) -> io::Result<usize> {
            tokio::task::yield_now().await;
            Ok(self.0.len() + key.len())
        }

        #[retry(TIMED, transient, stop = NEVER, fallback = async |e, _| Err(e))]
        async fn end(&mut self, key: &str, status: Option<&str>) -> io::Result<bool> {
            self.0.push(key.to_owned());
            tokio::task::yield_now().await;
            Ok(status.is_some())
        }

        async fn by_closures(&self, key: &str) -> io::Result<usize> {
            let length = (|| self.begin(key)).retry(&API).await?;
            let call = TIMED.on_exception().transient().attempt_timeout(5);
            Ok(length + call.run(async || self.begin(key).await).await?)
        }
    }
    async fn place(shop: Arc<tokio::sync::Mutex<Shop>>, key: String) -> io::Result<usize> {
        let mut shop = shop.lock().await;
        let begun = shop.begin(&key).await? + shop.by_closures(&key).await?;
        shop.end(&key, Some("paid")).await?;
        Ok(begun)
    }
    fn handler<Fut: Future + Send + 'static>(
        handler: fn(Arc<tokio::sync::Mutex<Shop>>, String) -> Fut,
        shop: Shop,
    ) -> Fut {
        handler(Arc::new(tokio::sync::Mutex::new(shop)), "key".to_owned())
    }
    assert_eq!(tokio::spawn(handler(place, Shop(Vec::new()))).await.unwrap().unwrap(), 9);
}
