//! The attributes stand wherever a function can be written: three attempts and the third's value, each time.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};

#[tokio::test(start_paused = true)]
async fn stands_on_a_free_function() {
    #[on_exception(expo, max_tries = 5)]
    pub(crate) async fn read(flaky: &Flaky) -> Result<u32, Failed> {
        flaky.call_later().await
    }
    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    pub(crate) fn read_now(flaky: &Flaky) -> Result<u32, Failed> {
        flaky.call()
    }
    assert_eq!(read(&Flaky::new()).await, Ok(3));
    assert_eq!(read_now(&Flaky::new()), Ok(3));
}

/// Methods with every kind of `self`.
#[derive(Default)]
struct Client {
    flaky: Flaky,
    changes: u32,
}

impl Client {
    #[on_exception(expo, max_tries = 5)]
    async fn by_reference(&self) -> Result<u32, Failed> {
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_named_reference<'a>(&'a self, default: &'a u32) -> Result<&'a u32, Failed> {
        self.flaky.call_later().await?;
        Ok(if self.changes > 0 { &self.changes } else { default })
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_mutable_reference(&mut self) -> Result<u32, Failed> {
        self.changes += 1;
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_value(self) -> Result<u32, Failed> {
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_arc(self: Arc<Self>) -> Result<u32, Failed> {
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_borrowed_arc(self: &Arc<Self>) -> Result<u32, Failed> {
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_rc(self: Rc<Self>) -> Result<u32, Failed> {
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_box(self: Box<Self>) -> Result<u32, Failed> {
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_pin(self: Pin<&Self>) -> Result<u32, Failed> {
        self.flaky.call_later().await
    }

    #[on_exception(expo, max_tries = 5)]
    async fn by_mutable_pin(mut self: Pin<&mut Self>) -> Result<u32, Failed> {
        self.as_mut().get_mut().changes += 1;
        self.flaky.call_later().await
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn now_by_reference(&self) -> Result<u32, Failed> {
        self.flaky.call()
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn now_by_mutable_reference(&mut self) -> Result<u32, Failed> {
        self.changes += 1;
        self.flaky.call()
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn now_by_value(self) -> Result<u32, Failed> {
        self.flaky.call()
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn now_by_arc(self: Arc<Self>) -> Result<u32, Failed> {
        self.flaky.call()
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn now_by_rc(self: Rc<Self>) -> Result<u32, Failed> {
        self.flaky.call()
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    #[expect(clippy::boxed_local, reason = "the box is what is tried")]
    fn now_by_box(self: Box<Self>) -> Result<u32, Failed> {
        self.flaky.call()
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn now_by_mutable_pin(mut self: Pin<&mut Self>) -> Result<u32, Failed> {
        self.as_mut().get_mut().changes += 1;
        self.flaky.call()
    }
}

#[tokio::test(start_paused = true)]
async fn stands_on_a_method_of_every_kind_of_self() {
    assert_eq!(Client::default().by_reference().await, Ok(3));
    assert_eq!(Client::default().by_named_reference(&7).await, Ok(&7));
    let mut client = Client::default();
    assert_eq!((client.by_mutable_reference().await, client.changes), (Ok(3), 3));
    assert_eq!(Client::default().by_value().await, Ok(3));
    assert_eq!(Arc::new(Client::default()).by_arc().await, Ok(3));
    assert_eq!(Arc::new(Client::default()).by_borrowed_arc().await, Ok(3));
    assert_eq!(Rc::new(Client::default()).by_rc().await, Ok(3));
    assert_eq!(Box::new(Client::default()).by_box().await, Ok(3));
    assert_eq!(Pin::new(&Client::default()).by_pin().await, Ok(3));
    let mut client = Client::default();
    assert_eq!((Pin::new(&mut client).by_mutable_pin().await, client.changes), (Ok(3), 3));
}

#[test]
fn stands_on_a_sync_method_of_every_kind_of_self() {
    assert_eq!(Client::default().now_by_reference(), Ok(3));
    let mut client = Client::default();
    assert_eq!((client.now_by_mutable_reference(), client.changes), (Ok(3), 3));
    assert_eq!(Client::default().now_by_value(), Ok(3));
    assert_eq!(Arc::new(Client::default()).now_by_arc(), Ok(3));
    assert_eq!(Rc::new(Client::default()).now_by_rc(), Ok(3));
    assert_eq!(Box::new(Client::default()).now_by_box(), Ok(3));
    let mut client = Client::default();
    assert_eq!((Pin::new(&mut client).now_by_mutable_pin(), client.changes), (Ok(3), 3));
}

/// A trait whose methods have bodies of their own, and one that has none.
trait Source: Sized {
    type Item: From<u32>;

    fn flaky(&self) -> &Flaky;

    async fn required(&self) -> Result<Self::Item, Failed>;

    #[on_exception(expo, max_tries = 5)]
    async fn provided(&self) -> Result<Self::Item, Failed> {
        self.flaky().call_later().await.map(Self::Item::from)
    }

    #[on_exception(expo, max_tries = 5)]
    async fn provided_by_value(self) -> Result<Self::Item, Failed>
    where
        Self::Item: Copy,
    {
        self.flaky().call_later().await.map(Into::into)
    }

    #[on_exception(constant, interval = 0, jitter = none, max_tries = 5)]
    fn provided_now(&mut self) -> Result<Self::Item, Failed> {
        self.flaky().call().map(Into::into)
    }
}

impl Source for Client {
    type Item = u64;

    fn flaky(&self) -> &Flaky {
        &self.flaky
    }

    #[on_exception(expo, max_tries = 5)]
    async fn required(&self) -> Result<u64, Failed> {
        Ok(Self::Item::from(self.flaky.call_later().await?))
    }
}

#[tokio::test(start_paused = true)]
async fn stands_on_a_method_of_a_trait_impl() {
    assert_eq!(Client::default().required().await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn stands_on_a_trait_default_method() {
    assert_eq!(Client::default().provided().await, Ok(3));
    assert_eq!(Client::default().provided_by_value().await, Ok(3));
    assert_eq!(Client::default().provided_now(), Ok(3));
}

#[test]
fn stands_on_a_method_that_is_called_through_dyn() {
    trait Probe {
        fn flaky(&self) -> &Flaky;
        #[on_predicate(constant, interval = 0, jitter = none, max_tries = 5)]
        fn probe(&self) -> Option<u32> {
            self.flaky().call().ok()
        }
        #[on_predicate(constant, interval = 0, jitter = none, max_tries = 5)]
        fn probe_shared(self: Arc<Self>) -> Option<u32> {
            self.flaky().call().ok()
        }
    }
    impl Probe for Client {
        fn flaky(&self) -> &Flaky {
            &self.flaky
        }
    }
    let boxed: Box<dyn Probe> = Box::new(Client::default());
    assert_eq!(boxed.probe(), Some(3));
    let shared: Arc<dyn Probe> = Arc::new(Client::default());
    assert_eq!(shared.probe_shared(), Some(3));
}

#[tokio::test(start_paused = true)]
async fn stands_on_a_method_of_a_generic_impl() {
    struct Queue<'a, T, const N: usize> {
        flaky: &'a Flaky,
        items: [T; N],
    }
    impl<'a, T: Clone, const N: usize> Queue<'a, T, N> {
        const TRIES: u32 = 5;

        #[on_exception(expo, max_tries = Self::TRIES)]
        async fn take<E>(&self, error: E) -> Result<(&'a Flaky, [T; N]), E>
        where
            E: Copy + From<Failed>,
        {
            self.flaky.call_later().await.map_err(|_| error)?;
            Ok((self.flaky, self.items.clone()))
        }
    }
    let flaky = Flaky::new();
    let queue = Queue { flaky: &flaky, items: ["a", "b"] };
    let (same, items) = queue.take(Failed(0)).await.unwrap();
    assert_eq!((same.calls(), items), (3, ["a", "b"]));
}

#[test]
fn stands_on_an_extern_function() {
    #[on_predicate(constant, |code| *code != 0, interval = 0, jitter = none, max_tries = 5)]
    extern "C" fn poll(flaky: &Flaky) -> i32 {
        if flaky.call().is_ok() { 0 } else { -1 }
    }
    let flaky = Flaky::new();
    let pointer: extern "C" fn(&Flaky) -> i32 = poll;
    assert_eq!((pointer(&flaky), flaky.calls()), (0, 3));
}
