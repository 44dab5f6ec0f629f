//! What is no longer written since edition 2024.
#![allow(keyword_idents_2024)]

use backoff_runtime::on_exception;
use backoff_tests::flaky::{Failed, Flaky};

#[on_exception(constant, |failed| failed.0 < gen, interval = 0, jitter = none, max_tries = gen)]
async fn gen(flaky: &Flaky, gen: u32) -> Result<u32, Failed> {
    flaky.call_later().await.map(|call| call + gen)
}

#[tokio::test]
async fn gen_may_be_a_name() {
    assert_eq!(gen(&Flaky::new(), 5).await, Ok(8));
}
