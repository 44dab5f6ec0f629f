//! A pacer, budget or stop may be a static, behind any pointer, made when it is first used, or absent.
#![allow(clippy::ref_option, reason = "that is one of the forms")]

use std::rc::Rc;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use backoff_runtime::{GiveUp, Pacer, Retried, RetryBudget, Stop, constant, on_exception};
use tokio::time::Instant;

/// The time that three calls take: two intervals of a second, if they are paced.
macro_rules! three {
    ($call:expr) => {{
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!($call.await, Ok(()));
        }
        start.elapsed().as_secs()
    }};
}

fn pacer() -> Pacer {
    Pacer::per_second(1.0).margin(1.0)
}

#[tokio::test(start_paused = true)]
async fn a_pacer_is_found_behind_every_pointer() {
    static LAZY: LazyLock<Pacer> = LazyLock::new(pacer);
    static LATER: OnceLock<Pacer> = OnceLock::new();
    static ARC: LazyLock<Arc<Pacer>> = LazyLock::new(|| Arc::new(pacer()));
    static PLAIN: Pacer = Pacer::per_second(1.0).margin(1.0);
    static POINTER: &Pacer = &PLAIN;

    macro_rules! paced {
        ($pacer:expr) => {{
            #[on_exception(constant, pacer = $pacer)]
            async fn call() -> Result<(), u32> {
                Ok(())
            }
            three!(call())
        }};
    }
    assert_eq!(paced!(LAZY), 2);
    assert_eq!(paced!(&LAZY), 2 + 1);
    assert_eq!(paced!(ARC), 2);
    assert_eq!(paced!(POINTER), 2);
    assert_eq!(paced!(LATER), 0, "it is not set yet");
    LATER.set(pacer()).unwrap();
    assert_eq!(paced!(LATER), 2);
}

#[tokio::test(start_paused = true)]
async fn an_expression_may_make_a_pointer_or_lend_one() {
    struct Client {
        budget: RetryBudget,
        shared: Arc<RetryBudget>,
        absent: Option<Arc<RetryBudget>>,
        stop: Stop,
        stops: Arc<Stop>,
        calls: u32,
    }
    impl Client {
        fn shared(&self) -> Arc<RetryBudget> {
            self.shared.clone()
        }
        fn stops(&self) -> Arc<Stop> {
            self.stops.clone()
        }
    }
    impl Client {
        #[on_exception(constant, interval = 0, max_tries = 3, logger = none, budget = self.shared(), stop = self.stops())]
        async fn later(&self) -> Result<(), u32> {
            Err(1)
        }
        #[on_exception(constant, interval = 0, max_tries = 3, logger = none, on_backoff = async |_| (), budget = self.shared(), stop = self.stops())]
        async fn told(&self) -> Result<(), u32> {
            Err(1)
        }
        #[on_exception(constant, interval = 0, max_tries = 3, logger = none, budget = self.shared(), stop = self.stops())]
        fn blocking(&self) -> Result<(), u32> {
            Err(1)
        }
    }
    mod others {
        use super::*;
        pub(super) struct Others {
            pub(super) client: Arc<RetryBudget>,
            pub(super) stop: Arc<Stop>,
        }
        impl Others {
            #[on_exception(constant, interval = 0, max_tries = 3, logger = none, budget = self.client.clone(), stop = self.stop.clone())]
            pub(super) async fn cloned(&self) -> Result<(), u32> {
                Err(1)
            }
            #[on_exception(constant, interval = 0, max_tries = 3, logger = none, budget = &*self.client, stop = &*self.stop)]
            pub(super) fn lent(&self) -> Result<(), u32> {
                Err(1)
            }
            #[on_exception(constant, interval = 0, max_tries = 3, logger = none, budget = Some(&self.client), stop = Some(&self.stop))]
            pub(super) fn some(&self) -> Result<(), u32> {
                Err(1)
            }
        }
    }
    impl Client {
        #[on_exception(constant, interval = 0, max_tries = 3, logger = none, budget = &self.budget, stop = &self.stop)]
        async fn mutable(&mut self) -> Result<(), u32> {
            self.calls += 1;
            Err(self.calls)
        }
        #[on_exception(constant, interval = 0, max_tries = 3, logger = none, budget = self.absent.as_deref())]
        fn absent(&self) -> Result<(), u32> {
            Err(1)
        }
    }
    let mut client = Client {
        budget: RetryBudget::new(),
        shared: Arc::default(),
        absent: None,
        stop: Stop::new(),
        stops: Arc::default(),
        calls: 0,
    };
    assert!(client.later().await.is_err() && client.told().await.is_err() && client.blocking().is_err());
    assert_eq!((client.mutable().await, client.absent()), (Err(3), Err(1)));
    let others = others::Others { client: Arc::default(), stop: Arc::default() };
    assert!(others.cloned().await.is_err() && others.lent().is_err() && others.some().is_err());
}

#[tokio::test(start_paused = true)]
async fn an_argument_or_a_field_may_be_any_of_them_or_absent() {
    struct Client {
        pacer: Option<Arc<Pacer>>,
        budget: Option<&'static RetryBudget>,
        stop: Option<Rc<Stop>>,
    }
    impl Client {
        #[on_exception(constant, interval = 0, max_tries = 3, pacer = self.pacer, budget = self.budget, logger = none)]
        async fn get(&self) -> Result<(), u32> {
            Ok(())
        }

        #[on_exception(constant, interval = 0, max_tries = 3, pacer = None, budget = self.budget, stop = self.stop, logger = none)]
        fn fail(&self) -> Retried<Result<(), u32>> {
            Err(1)
        }
    }
    #[on_exception(constant, pacer = pacer)]
    async fn lent(pacer: &Option<Box<Pacer>>) -> Result<(), u32> {
        Ok(())
    }
    #[on_exception(constant, pacer = pacer)]
    async fn owned(pacer: Arc<Pacer>) -> Result<(), u32> {
        Ok(())
    }

    static NOTHING: RetryBudget = RetryBudget::new().ratio(0.0).per_second(0.0);
    let client = Client { pacer: None, budget: None, stop: None };
    assert_eq!(three!(client.get()), 0);
    assert_eq!(client.fail().reason, Some(GiveUp::MaxTries));
    let client = Client { pacer: Some(Arc::new(pacer())), budget: Some(&NOTHING), stop: Some(Rc::default()) };
    assert_eq!(three!(client.get()), 2);
    assert_eq!(client.fail().reason, Some(GiveUp::Budget));
    assert_eq!(three!(lent(&None)), 0);
    let boxed = Some(Box::new(pacer()));
    assert_eq!(three!(lent(&boxed)), 2);
    let shared = Arc::new(pacer());
    assert_eq!(three!(owned(shared.clone())), 2);

    let policy = || on_exception(constant()).logger(None);
    assert_eq!(three!(policy().pacer(&shared).run(async || Ok::<(), u32>(()))), 2 + 1);
    assert_eq!(three!(policy().pacer(&client.pacer).run(async || Ok::<(), u32>(()))), 2);
    assert_eq!(three!(policy().pacer(&None::<Pacer>).run(async || Ok::<(), u32>(()))), 0);
    let called = policy().budget(&client.budget).run_reported(async |_| Err::<(), _>(())).await;
    assert_eq!(called.reason, Some(GiveUp::Budget));
    let stop = Arc::new(Stop::new());
    stop.stop();
    let called = policy().stop(&stop).run_reported(async |_| Err::<(), _>(())).await;
    assert_eq!((called.reason, called.elapsed), (Some(GiveUp::Stopped), Duration::ZERO));
}
