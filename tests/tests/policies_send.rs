//! A policy leaves the future of a function as `Send` as it is without: also where that is boxed, and borrows.

use std::error::Error;

use async_trait::async_trait;
use backoff_runtime::{AnyJitter, Policy, Retryable, on_exception};
use backoff_tests::flaky::{Failed, Flaky};

static API: Policy = Policy::constant("0s").jitter(AnyJitter::None).max_tries(5);

#[async_trait]
trait Calls {
    async fn ask(&self) -> Result<u32, Failed>;
    async fn boxed(&self) -> Result<u32, Box<dyn Error + Send + Sync>>;
    async fn by_closure(&self) -> Result<u32, Failed>;
    async fn by_call(&self, key: &str) -> Result<u32, String>;
}

#[async_trait]
impl Calls for Flaky {
    #[on_exception(API)]
    async fn ask(&self) -> Result<u32, Failed> {
        self.call_later().await
    }

    #[on_exception(API, attempt_span = true)]
    async fn boxed(&self) -> Result<u32, Box<dyn Error + Send + Sync>> {
        Ok(self.call_later().await?)
    }

    async fn by_closure(&self) -> Result<u32, Failed> {
        (|| self.call_later()).retry(&API).await
    }

    async fn by_call(&self, key: &str) -> Result<u32, String> {
        let call = API.on_exception().attempt_timeout(5).timeout(60);
        call.run(|| async { self.call_later().await.map_err(|_| key.to_owned()) }).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_of_async_trait_goes_by_a_policy() {
    assert_eq!(Flaky::new().ask().await.unwrap(), 3);
    assert_eq!(Flaky::new().boxed().await.unwrap(), 3);
    assert_eq!(Flaky::new().by_closure().await.unwrap(), 3);
    assert_eq!(Flaky::new().by_call("key").await.unwrap(), 3);
}
