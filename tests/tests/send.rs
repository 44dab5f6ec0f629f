//! The future is `Send` exactly when the plain function's would be.

use std::cell::Cell;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use backoff_runtime::{Details, on_exception, on_predicate};
use backoff_tests::flaky::{Failed, Flaky};

fn require_send<T: Send>(value: T) -> T {
    value
}

/// Whether the type of a value is `Send`, by method lookup: the inherent method goes before the trait's.
macro_rules! is_send {
    ($value:expr) => {{
        struct Probe<T>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        impl<T: Send> Probe<T> {
            fn is_send(&self) -> bool {
                true
            }
        }
        #[allow(dead_code)]
        trait Otherwise {
            fn is_send(&self) -> bool {
                false
            }
        }
        impl<T> Otherwise for Probe<T> {}
        fn probe<T>(_: &T) -> Probe<T> {
            Probe(std::marker::PhantomData)
        }
        probe(&$value).is_send()
    }};
}

/// An error that cannot go to another thread, nor be seen from there.
#[derive(Debug)]
struct Local(#[expect(dead_code, reason = "only its type matters")] Rc<u32>);

#[tokio::test(start_paused = true)]
async fn is_send_although_the_error_is_not() {
    #[on_exception(
        expo,
        |_| true,
        max_tries = 5,
        giveup = |_| false,
        on_backoff = |details: &Details<'_, Local>| assert!(details.tries < 3)
    )]
    async fn f(flaky: &Flaky) -> Result<u32, Local> {
        flaky.call_later().await.map_err(|failed| Local(Rc::new(failed.0)))
    }
    let flaky = Flaky::new();
    assert_eq!(require_send(f(&flaky)).await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn is_send_although_the_value_is_not() {
    #[on_predicate(expo, Result::is_err, max_tries = 5)]
    async fn f(flaky: &Flaky) -> Result<Rc<u32>, Box<dyn Error>> {
        Ok(Rc::new(flaky.call_later().await?))
    }
    let flaky = Flaky::new();
    assert_eq!(*require_send(f(&flaky)).await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn is_send_although_the_body_has_what_is_not_between_awaits() {
    #[on_exception(decay, max_tries = 5, jitter = decorrelated_jitter, max_time = 600)]
    #[on_exception(fibo, max_tries = 2, jitter = random_jitter)]
    async fn f(flaky: &Flaky) -> Result<u32, Failed> {
        let calls = {
            let calls = Rc::new(Cell::new(flaky.calls()));
            calls.set(calls.get() + 1);
            calls.get()
        };
        let call = flaky.call_later().await?;
        assert_eq!(*Rc::new(calls), call);
        Ok(call)
    }
    let flaky = Flaky::new();
    assert_eq!(require_send(f(&flaky)).await, Ok(3));
}

#[tokio::test]
async fn is_not_send_when_the_body_holds_what_is_not_across_an_await() {
    #[on_exception(constant, interval = 0, max_tries = 5)]
    async fn f(flaky: &Flaky) -> Result<u32, Failed> {
        let held = Rc::new(0);
        let call = flaky.call_later().await?;
        Ok(call + *held)
    }
    let flaky = Flaky::new();
    assert!(!is_send!(f(&flaky)));
    assert!(is_send!(flaky.call_later()));
    assert_eq!(f(&flaky).await, Ok(3));
}

#[tokio::test]
async fn is_not_send_when_an_argument_is_not() {
    #[on_exception(constant, interval = 0, max_tries = 5)]
    async fn f<T: Clone>(flaky: &Flaky, value: T) -> Result<T, Failed> {
        flaky.call_later().await?;
        Ok(value.clone())
    }
    let flaky = Flaky::new();
    assert!(is_send!(f(&flaky, 1)));
    assert!(!is_send!(f(&flaky, Rc::new(1))));
    assert_eq!(*f(&flaky, Rc::new(1)).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn is_send_although_handlers_capture_what_is_not_sync() {
    #[on_exception(expo, max_tries = 5, on_backoff = |details| { seen.push(details.tries); })]
    async fn f(flaky: &Flaky, seen: &mut Vec<u32>) -> Result<u32, Failed> {
        flaky.call_later().await
    }
    let (flaky, mut seen) = (Flaky::new(), Vec::new());
    assert_eq!(require_send(f(&flaky, &mut seen)).await, Ok(3));
    assert_eq!(seen, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn is_send_with_handlers_that_are_async() {
    async fn tell(_: &Details<'_, Failed>) {
        tokio::task::yield_now().await;
    }
    #[on_exception(
        expo,
        max_tries = 5,
        giveup = async |failed: &Failed| failed.0 > 9,
        on_backoff = [tell, async |details| { tokio::task::yield_now().await; assert!(details.tries < 3) }]
    )]
    async fn f(flaky: Arc<Flaky>) -> Result<u32, Failed> {
        flaky.call_later().await
    }
    assert_eq!(tokio::spawn(f(Arc::default())).await.unwrap(), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn can_be_spawned_with_references_held_across_awaits() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: Arc<Flaky>, names: Vec<String>) -> Result<usize, Box<dyn Error + Send + Sync>> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut sum = 0;
        for name in &names {
            sum += lengths(name).await?;
        }
        flaky.call_later().await?;
        Ok(sum)
    }
    #[on_exception(expo, max_tries = 5)]
    async fn lengths(name: &str) -> Result<usize, Failed> {
        tokio::task::yield_now().await;
        Ok(name.len())
    }
    let names = vec!["ab".to_owned(), "c".to_owned()];
    assert_eq!(tokio::spawn(f(Arc::default(), names)).await.unwrap().unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn can_be_a_boxed_future_that_is_send() {
    trait Source: Sync {
        fn flaky(&self) -> &Flaky;
        fn read<'a>(
            &'a self,
            name: &'a str,
        ) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send + 'a>>;
    }
    struct File(Flaky);
    impl File {
        #[on_exception(expo, max_tries = 5)]
        async fn read_now(&self, name: &str) -> Result<u32, Failed> {
            assert_eq!(name, "name");
            self.flaky().call_later().await
        }
    }
    impl Source for File {
        fn flaky(&self) -> &Flaky {
            &self.0
        }
        fn read<'a>(
            &'a self,
            name: &'a str,
        ) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send + 'a>> {
            Box::pin(self.read_now(name))
        }
    }
    let source: Box<dyn Source> = Box::new(File(Flaky::new()));
    assert_eq!(source.read("name").await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn can_be_spawned_when_it_calls_itself() {
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: Arc<Flaky>, depth: u32) -> Result<u32, Failed> {
        if depth == 0 {
            return flaky.call_later().await;
        }
        Box::pin(f(flaky.clone(), depth - 1)).await
    }
    assert_eq!(tokio::spawn(f(Arc::default(), 2)).await.unwrap(), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn can_be_spawned_from_a_generic_method() {
    trait Call: Send + Sync {
        fn call(&self) -> impl Future<Output = Result<u32, Failed>> + Send;
    }
    impl Call for Flaky {
        #[on_exception(expo, max_tries = 1)]
        async fn call(&self) -> Result<u32, Failed> {
            self.call_later().await
        }
    }
    #[on_exception(expo, max_tries = 5)]
    async fn f<C: Call>(calls: Arc<C>, names: &[&str]) -> Result<u32, Failed> {
        assert_eq!(names.iter().map(|name| name.len()).sum::<usize>(), 3);
        calls.call().await
    }
    let task = tokio::spawn(async { f(Arc::new(Flaky::new()), &["ab", "c"]).await });
    assert_eq!(task.await.unwrap(), Ok(3));
}

#[tokio::test(start_paused = true)]
async fn is_send_although_what_is_borrowed_mutably_is_not_sync() {
    #[derive(Default)]
    struct Client {
        flaky: Flaky,
        calls: Cell<u32>,
    }
    impl Client {
        #[on_exception(expo, max_tries = 5)]
        async fn f(&mut self) -> Result<u32, Failed> {
            self.calls.set(self.calls.get() + 1);
            self.flaky.call_later().await.map(|_| self.calls.get())
        }
    }
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky, calls: &mut Cell<u32>) -> Result<u32, Failed> {
        calls.set(calls.get() + 1);
        flaky.call_later().await.map(|_| calls.get())
    }
    assert_eq!(require_send(Client::default().f()).await, Ok(3));
    assert_eq!(require_send(f(&Flaky::new(), &mut Cell::new(0))).await, Ok(3));
}

/// A limit: each attempt borrows what was passed, so what is passed by value has to be `Sync` as well.
#[tokio::test(start_paused = true)]
async fn is_not_send_when_what_is_passed_by_value_is_not_sync() {
    async fn plain(flaky: &Flaky, calls: Cell<u32>) -> Result<u32, Failed> {
        calls.set(calls.get() + 1);
        flaky.call_later().await.map(|_| calls.get())
    }
    #[on_exception(expo, max_tries = 5)]
    async fn f(flaky: &Flaky, calls: Cell<u32>) -> Result<u32, Failed> {
        calls.set(calls.get() + 1);
        flaky.call_later().await.map(|_| calls.get())
    }
    let flaky = Flaky::new();
    assert!(is_send!(plain(&flaky, Cell::new(0))));
    assert!(!is_send!(f(&flaky, Cell::new(0))));
    assert_eq!(f(&flaky, Cell::new(0)).await, Ok(3));
}

/// Only the error is held while a handler is awaited, so what is in an `Ok` needs no `Sync`.
#[tokio::test(start_paused = true)]
async fn is_send_with_awaited_handlers_when_the_value_is_not_sync() {
    #[on_exception(
        expo, max_tries = 5, giveup = async |_: &Failed| false,
        on_backoff = async |_| (), on_giveup = async |_| (),
    )]
    async fn f(flaky: &Flaky) -> Result<Cell<u32>, Failed> {
        flaky.call_later().await.map(Cell::new)
    }
    assert_eq!(require_send(f(&Flaky::new())).await, Ok(Cell::new(3)));
}
