//! The attributes in a crate of edition 2018.
#![deny(warnings, rust_2021_compatibility, rust_2024_compatibility)]

#[cfg(test)]
#[path = "../../derived.rs"]
mod derived;

#[cfg(test)]
#[path = "../../drop_order.rs"]
mod drop_order;

#[cfg(test)]
#[path = "../../functions.rs"]
mod functions;

#[cfg(test)]
#[path = "../../older.rs"]
mod older;

#[cfg(test)]
mod only {
    //! What is no longer written since edition 2021.
    #![allow(bare_trait_objects)]

    use backoff_runtime::on_exception;
    use backoff_tests::flaky::Flaky;
    use std::error::Error;

    #[on_exception(constant, interval = 0, max_tries = 5)]
    async fn bare_trait_object(flaky: &Flaky) -> Result<Box<dyn Fn(u32) -> u32>, Box<Error>> {
        let call = flaky.call_later().await?;
        Ok(Box::new(move |n| n + call))
    }

    #[tokio::test]
    async fn trait_objects_may_be_written_without_dyn() {
        assert_eq!(bare_trait_object(&Flaky::new()).await.unwrap()(1), 4);
    }
}
