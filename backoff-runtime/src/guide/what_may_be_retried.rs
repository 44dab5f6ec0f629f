//! What may be retried.
//!
//! A retry makes a call a second time. [`Transient`](trait@crate::Transient) says whether that may succeed; whether it may be done
//! at all, only you know. The question is: **what if the first attempt was carried out, and only its answer got lost?**
//!
//! # What a failure tells of that
//!
//! | failure | was the call carried out? |
//! | --- | --- |
//! | no connection: refused, no address, not reachable | no |
//! | refused by a limit or an overload: 429, 503 with `Retry-After`, `ResourceExhausted`, `Unavailable` with a hint | no, by all custom |
//! | rolled back by the database: deadlock, serialization failure, locked | no |
//! | a timeout | perhaps; or it is still at it, and this attempt runs beside the first |
//! | the connection broke before the answer | perhaps |
//! | 500, 502, 504, `Internal`, `Unknown` | perhaps, or half of it |
//!
//! A timeout (`attempt_timeout`, a client's own, 408, 504, `DeadlineExceeded`) ends the waiting, not the work: the other side
//! isn't told, unless the protocol does so (gRPC's deadline, a closed HTTP/2 stream), and may not care. So it is the worst
//! of all failures to retry, and the most common.
//!
//! # Calls that may be made twice
//!
//! **What only reads**, and **what sets rather than changes**: "the balance is 5" may be said twice, "5 less" may not.
//! HTTP has rules for its methods ([RFC 9110, section 9.2]):
//!
//! | method | safe: changes nothing | idempotent: twice is as once | retry |
//! | --- | --- | --- | --- |
//! | GET, HEAD, OPTIONS, TRACE | yes | yes | yes |
//! | PUT, DELETE | no | yes | yes; a DELETE that was carried out answers 404 to the second, which is a success |
//! | POST, PATCH, CONNECT | no | no | only with a key, or where the failure says that nothing was done |
//!
//! The same section asks clients not to retry by themselves what isn't idempotent, unless they know that it is meant to be
//! so, or that the first was never applied. An attribute is such knowledge, written down by you; it is hidden behind no word.
//!
//! # One key for all attempts
//!
//! Servers make a POST idempotent by a key that the client chooses ([`Idempotency-Key`], as of payments): the second
//! request with the same key is answered as the first was. The key belongs to the call and not to the attempt, so **it is
//! made outside of the function that is retried**, and given to it as an argument:
//!
//! ```
//! use backoff_runtime::on_exception;
//! # use std::cell::RefCell;
//!
//! # #[derive(Debug)] struct Lost;
//! # /// A server that takes the money, and loses the first two answers.
//! # #[derive(Default)] struct Bank { paid: RefCell<Vec<String>>, asked: RefCell<u32> }
//! # impl Bank {
//! #     async fn post(&self, key: &str, _: u64) -> Result<(), Lost> {
//! #         if !self.paid.borrow().iter().any(|paid| paid == key) { self.paid.borrow_mut().push(key.to_owned()); }
//! #         *self.asked.borrow_mut() += 1;
//! #         if *self.asked.borrow() < 3 { Err(Lost) } else { Ok(()) }
//! #     }
//! # }
//! async fn pay(bank: &Bank, order: u64, amount: u64) -> Result<(), Lost> {
//!     // Of what is paid, so that it is the same after a crash, too. A random one (a UUID) is enough for the retries.
//!     let key = format!("order-{order}");
//!     pay_once(bank, &key, amount).await
//! }
//!
//! #[on_exception(expo, max_tries = 5, attempt_timeout = 10, on_timeout = |_| Lost)]
//! async fn pay_once(bank: &Bank, key: &str, amount: u64) -> Result<(), Lost> {
//!     bank.post(key, amount).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! let bank = Bank::default();
//! pay(&bank, 7, 100).await.unwrap();
//! assert_eq!(*bank.paid.borrow(), ["order-7"], "asked three times, paid once");
//! # assert_eq!(*bank.asked.borrow(), 3);
//! # }
//! ```
//!
//! A key that is made inside the function is another one in each attempt, and protects from nothing. Of stacked attributes
//! and of calls that retry calls, the key is made outside of the outermost.
//!
//! Without such a server: a unique column, a version that a write has to match (`If-Match`, compare and set), or a reading
//! that finds out whether it was done before it is done again. With a database of your own it is
//! one row more, as the chapter on sqlx shows.
//!
//! # Where nothing protects
//!
//! Retry only failures that say that nothing was done, and return the others: whoever called can look before trying again.
//!
//! ```
//! use backoff_runtime::on_exception;
//! use std::io::{self, ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable}};
//!
//! #[on_exception(
//!     expo, |error| matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable), max_tries = 5,
//! )]
//! async fn send_once(text: &str) -> io::Result<()> {
//!     # let _ = text;
//!     Ok(())
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() { send_once("hello").await.unwrap(); }
//! ```
//!
//! And leave `attempt_timeout` out: it makes a failure of which nothing is known, and **a timeout is retried whatever the
//! condition names**. Bound such a call by `timeout`, which ends it for good.
//!
//! [RFC 9110, section 9.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2
//! [`Idempotency-Key`]: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
