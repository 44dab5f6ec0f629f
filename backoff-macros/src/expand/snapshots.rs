//! What typical functions become, so that a reader sees it and a change in it is reviewed. After a change that is
//! meant: `UPDATE_EXPECT=1 cargo test -p backoff-macros`.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use crate::plan::Attribute;
use crate::stack::expand;

#[track_caller]
fn check(attribute: Attribute, arguments: TokenStream, item: TokenStream, expected: &ExpectFile) {
    let expansion = expand(attribute, arguments, item);
    let file = syn::parse2(expansion).expect("an expansion is valid syntax");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn an_async_function_that_polls() {
    check(
        Attribute::OnPredicate,
        quote!(expo, max_time = 300),
        quote! { async fn is_ready() -> bool { probe().await } },
        &expect_file!["snapshots/async_poll.rs"],
    );
}

#[test]
fn a_documented_function_with_an_error_type_and_limits() {
    check(
        Attribute::OnException,
        quote!(
            expo,
            io::Error,
            max_tries = 5,
            jitter = none,
            giveup = |e| e.kind() == io::ErrorKind::NotFound
        ),
        quote! {
            /// Reads the settings.
            pub async fn settings(path: &Path) -> io::Result<String> { tokio::fs::read_to_string(path).await }
        },
        &expect_file!["snapshots/async_error.rs"],
    );
}

#[test]
fn a_sync_method_with_settings_of_its_own() {
    check(
        Attribute::OnException,
        quote!(
            expo,
            max_value = self.longest,
            max_tries = TRIES,
            jitter = decorrelated_jitter,
            logger = "db"
        ),
        quote! { fn query(&mut self, mut retries: u32) -> Result<Row, DbError> { self.connection.query() } },
        &expect_file!["snapshots/sync_method.rs"],
    );
}

#[test]
fn handlers_sync_and_async() {
    check(
        Attribute::OnException,
        quote!(
            constant,
            interval = "100ms",
            logger = none,
            on_try = |d| count(d.tries),
            on_giveup = [ring, async |d| note(d).await],
            fallback = |_| Ok(Vec::new())
        ),
        quote! { async fn list(client: &Client) -> Result<Vec<Item>, ApiError> { client.list().await } },
        &expect_file!["snapshots/handlers.rs"],
    );
}

#[test]
fn stacked_attributes() {
    check(
        Attribute::OnPredicate,
        quote!(fibo, matches!(Ok(Job::Pending)), max_tries = 3),
        quote! {
            #[on_exception(runtime, value = |e| e.retry_after())]
            async fn job(id: u32) -> Result<Job, ApiError> { fetch(id).await }
        },
        &expect_file!["snapshots/stacked.rs"],
    );
}

#[test]
fn a_boxed_future() {
    check(
        Attribute::OnException,
        quote!(expo, max_tries = 2),
        quote! {
            fn get(&self, key: String) -> Pin<Box<dyn Future<Output = Result<Value, Error>> + Send + '_>> {
                Box::pin(async move { let key = key; self.store.get(&key).await })
            }
        },
        &expect_file!["snapshots/boxed_future.rs"],
    );
}

#[test]
fn two_strategies_in_one_loop() {
    check(
        Attribute::Retry,
        quote!(
            on(expo, DbError::is_busy, max_tries = 4, jitter = none),
            on(fibo, transient, max_value = self.longest),
            max_time = 30,
        ),
        quote! { async fn query(&self, id: u32) -> Result<Row, DbError> { self.pool.query(id).await } },
        &expect_file!["snapshots/strategies.rs"],
    );
}

#[test]
fn a_span_around_each_attempt() {
    check(
        Attribute::OnException,
        quote!(constant, attempt_span = true, attempt_timeout = 5, logger = none, doc = false),
        quote! { async fn fetch(url: &str) -> Result<Page, ApiError> { client().get(url).await?.page() } },
        &expect_file!["snapshots/attempt_span.rs"],
    );
}
