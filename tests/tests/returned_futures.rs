//! Functions that return a future without being `async`: the future is retried, not the making of it.

#![allow(
    clippy::manual_async_fn,
    clippy::elidable_lifetime_names,
    reason = "the other ways to write it are what is tried"
)]

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};
use futures_util::future::{BoxFuture, LocalBoxFuture};
use futures_util::{FutureExt, TryFuture, TryFutureExt};

fn require_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test(start_paused = true)]
async fn an_impl_future_is_retried() {
    #[on_exception(expo, max_tries = 5)]
    fn moved(
        flaky: Arc<Flaky>,
        name: String,
    ) -> impl Future<Output = Result<usize, Failed>> + Send + 'static {
        async move {
            let call = flaky.call_later().await?;
            Ok(name.len() + call as usize)
        }
    }
    #[on_exception(expo, max_tries = 5)]
    fn borrowed(flaky: &Flaky) -> impl Future<Output = Result<u32, Failed>> {
        async { flaky.call_later().await }
    }
    #[on_predicate(expo, max_tries = 5)]
    fn option<'a>(flaky: &'a Flaky) -> impl Future<Output = Option<u32>> + use<'a> {
        async {
            let call = flaky.call_later().await.ok()?;
            Some(call)
        }
    }
    assert_eq!(tokio::spawn(moved(Arc::default(), "ab".to_owned())).await.unwrap(), Ok(5));
    assert_eq!(borrowed(&Flaky::new()).await, Ok(3));
    assert_eq!(option(&Flaky::new()).await, Some(3));
}

#[tokio::test(start_paused = true)]
async fn a_boxed_future_is_retried() {
    type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

    #[on_exception(expo, max_tries = 5)]
    fn pinned<'a>(
        flaky: &'a Flaky,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send + 'a>> {
        assert_eq!(name, "name");
        Box::pin(async move { flaky.call_later().await })
    }
    #[on_exception(expo, max_tries = 5)]
    fn box_future<'a>(flaky: &'a Flaky, seen: &'a mut Vec<u32>) -> BoxFuture<'a, Result<u32, Failed>> {
        async move {
            seen.push(flaky.calls());
            flaky.call_later().await
        }
        .boxed()
    }
    #[on_exception(expo, max_tries = 5)]
    fn local(flaky: &Flaky) -> LocalBoxFuture<'_, Result<u32, Failed>> {
        Box::pin(async {
            if flaky.calls() == 7 {
                return Ok(7);
            }
            flaky.call_later().await
        })
    }
    let flaky = Flaky::new();
    assert_eq!(require_send(pinned(&flaky, "name")).await, Ok(3));
    let mut seen = Vec::new();
    assert_eq!(box_future(&Flaky::new(), &mut seen).await, Ok(3));
    assert_eq!(seen, [0, 1, 2]);
    assert_eq!(local(&Flaky::new()).await, Ok(3));
    let boxed: Boxed<'_, _> = pinned(&flaky, "name");
    assert_eq!(boxed.await, Ok(4));
}

#[tokio::test(start_paused = true)]
async fn a_future_behind_an_alias_is_retried() {
    type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;
    trait Api {
        fn get(&self, extra: u32) -> Answer<'_, u32>;
        fn change(&mut self) -> Answer<'_, Box<dyn ToString + Send>>;
    }
    impl Api for Client {
        #[on_exception(expo, max_tries = 5)]
        fn get(&self, extra: u32) -> Answer<'_, u32> {
            Box::pin(async move { Ok(self.flaky.call_later().await? + extra) })
        }
        #[on_exception(expo, max_tries = 5)]
        fn change(&mut self) -> Answer<'_, Box<dyn ToString + Send>> {
            async move {
                self.changes += 1;
                let call = self.flaky.call_later().await?;
                Ok(Box::new(call) as _)
            }
            .boxed()
        }
    }
    assert_eq!(require_send(Client::default().get(4)).await, Ok(7));
    let mut client = Client::default();
    assert_eq!(client.change().await.map(|call| call.to_string()), Ok("3".to_owned()));
    assert_eq!(client.changes, 3);
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_an_associated_type_is_retried() {
    /// As tower's.
    trait Service<Request> {
        type Response;
        type Error;
        type Future: Future<Output = Result<Self::Response, Self::Error>>;
        fn call(&mut self, request: Request) -> Self::Future;
    }
    impl Service<u32> for Arc<Flaky> {
        type Response = u32;
        type Error = Failed;
        type Future = BoxFuture<'static, Result<u32, Failed>>;

        #[on_exception(expo, max_tries = 5)]
        fn call(&mut self, request: u32) -> Self::Future {
            let flaky = self.clone();
            Box::pin(async move {
                let call = flaky.call_later().await?;
                Ok(call + request)
            })
        }
    }
    impl Service<()> for Arc<Flaky> {
        type Response = bool;
        type Error = Failed;
        type Future = BoxFuture<'static, Result<bool, Failed>>;

        #[on_predicate(expo, Result::is_err)]
        fn call(&mut self, (): ()) -> <Self as Service<()>>::Future {
            let flaky = self.clone();
            async move { flaky.call_later().await.map(|call| call > 0) }.boxed()
        }
    }
    assert_eq!(tokio::spawn(Arc::<Flaky>::default().call(4)).await.unwrap(), Ok(7));
    assert_eq!(Arc::<Flaky>::default().call(()).await, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn a_future_of_another_trait_is_retried() {
    #[on_exception(expo, max_tries = 5)]
    fn f(flaky: &Flaky) -> impl TryFuture<Ok = u32, Error = Failed, Output = Result<u32, Failed>> {
        async { flaky.call_later().await }
    }
    assert_eq!(TryFutureExt::into_future(f(&Flaky::new())).await, Ok(3));
}

#[test]
fn a_future_that_is_run_in_the_body_is_retried_with_it() {
    #[on_exception(constant, interval = 0, max_tries = 5)]
    fn f(flaky: &Flaky) -> Result<u32, Failed> {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(async { flaky.call_later().await })
    }
    assert_eq!(f(&Flaky::new()), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_before_the_future_is_made_is_done_once() {
    #[on_exception(expo, max_tries = 5)]
    fn f<'a>(flaky: &'a Flaky, made: &mut u32) -> impl Future<Output = Result<u32, Failed>> + use<'a> {
        *made += 1;
        async { flaky.call_later().await }
    }
    let mut made = 0;
    assert_eq!(f(&Flaky::new(), &mut made).await, Ok(3));
    assert_eq!(made, 1);
}

#[async_trait]
trait Source: Send + Sync {
    fn flaky(&self) -> &Flaky;

    async fn read(&self, name: &str) -> Result<u32, Failed>;

    async fn write(&mut self, text: String, mut n: usize, (a, _): (usize, u8)) -> Result<usize, Failed>;

    #[on_exception(expo, max_tries = 5)]
    async fn provided(&self) -> Result<u32, Failed> {
        self.flaky().call_later().await
    }

    #[on_predicate(expo, Option::is_none, max_tries = 5)]
    async fn shared(self: Arc<Self>, _unused: u8) -> Option<u32> {
        let call = self.flaky().call_later().await.ok()?;
        Some(call)
    }

    async fn generic<T: Into<u32> + Send + Sync + Copy>(&self, extra: T) -> Result<u32, Failed>
    where
        Self: Sized;
}

#[derive(Default)]
struct Client {
    flaky: Flaky,
    changes: u32,
}

#[async_trait]
impl Source for Client {
    fn flaky(&self) -> &Flaky {
        &self.flaky
    }

    #[on_exception(expo, max_tries = 5)]
    async fn read(&self, name: &str) -> Result<u32, Failed> {
        assert_eq!(name, "name");
        let call = self.flaky.call_later().await?;
        Ok(call)
    }

    #[on_exception(expo, max_tries = 5, on_success = |details| assert_eq!(details.target, "write"))]
    async fn write(&mut self, text: String, mut n: usize, (a, _): (usize, u8)) -> Result<usize, Failed> {
        n += a;
        self.changes += 1;
        if self.changes < 3 {
            return self.flaky.call_later().await.map(|_| 0);
        }
        self.flaky.call_later().await.map(|_| text.len() + n)
    }

    #[on_exception(expo, max_tries = 5)]
    async fn generic<T: Into<u32> + Send + Sync + Copy>(&self, extra: T) -> Result<u32, Failed> {
        self.flaky.call_later().await.map(|call| call + extra.into())
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_under_async_trait_is_retried() {
    let source: Box<dyn Source> = Box::new(Client::default());
    assert_eq!(source.read("name").await, Ok(3));
    assert_eq!(Client::default().generic(4_u8).await, Ok(7));
    let mut client = Client::default();
    assert_eq!((client.write("ab".to_owned(), 10, (100, 0)).await, client.changes), (Ok(112), 3));
}

#[tokio::test(start_paused = true)]
async fn a_default_method_under_async_trait_is_retried() {
    let source: Box<dyn Source> = Box::new(Client::default());
    assert_eq!(require_send(source.provided()).await, Ok(3));
    let shared: Arc<dyn Source> = Arc::new(Client::default());
    assert_eq!(tokio::spawn(shared.shared(0)).await.unwrap(), Some(3));
}

#[tokio::test(start_paused = true)]
async fn options_under_async_trait_may_name_arguments_and_self() {
    #[async_trait]
    trait Poll {
        async fn poll(&self, tries: u32) -> Option<u32>;
    }
    #[async_trait]
    impl Poll for Client {
        #[on_predicate(expo, max_tries = tries + self.changes, max_time = "1h")]
        async fn poll(&self, tries: u32) -> Option<u32> {
            self.flaky.call_later().await.ok()
        }
    }
    let source: &dyn Poll = &Client::default();
    assert_eq!(source.poll(2).await, None);
    let source: &dyn Poll = &Client { changes: 1, ..Client::default() };
    assert_eq!(source.poll(2).await, Some(3));
}

#[tokio::test(start_paused = true)]
async fn instrument_and_async_trait_go_together() {
    #[async_trait(?Send)]
    trait Local {
        async fn above(&self, name: String) -> Result<usize, Failed>;
        async fn below(&self, name: String) -> Result<usize, Failed>;
    }
    #[async_trait(?Send)]
    impl Local for Client {
        #[tracing::instrument(skip_all)]
        #[on_exception(expo, max_tries = 5)]
        async fn above(&self, name: String) -> Result<usize, Failed> {
            self.flaky.call_later().await.map(|_| name.len())
        }
        #[on_exception(expo, max_tries = 5)]
        #[tracing::instrument(skip_all)]
        async fn below(&self, name: String) -> Result<usize, Failed> {
            self.flaky.call_later().await.map(|_| name.len())
        }
    }
    assert_eq!(Client::default().above("ab".to_owned()).await, Ok(2));
    assert_eq!(Client::default().below("ab".to_owned()).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn attributes_that_are_stacked_on_async_trait_nest() {
    #[async_trait]
    trait Stacked {
        async fn call(&self) -> Result<u32, Failed>;
    }
    #[async_trait]
    impl Stacked for Flaky {
        #[on_predicate(constant, Result::is_err, max_tries = 2)]
        #[on_exception(constant, max_tries = 2)]
        async fn call(&self) -> Result<u32, Failed> {
            self.call_later().await
        }
    }
    let flaky: Box<dyn Stacked> = Box::new(Flaky::new());
    assert_eq!(flaky.call().await, Ok(3));
}
