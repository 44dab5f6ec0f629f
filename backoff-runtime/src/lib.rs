//! Retry a function by annotating it.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
pub mod call;
mod details;
mod jitter;
mod log;
mod mode;
mod outcome;
mod retry;
pub mod testing;
mod value;
mod wait;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use call::{Call, on_exception, on_predicate};
pub use details::{Details, GiveUp};
pub use jitter::{
    DecorrelatedJitter, IntoJitter, Jitter, NoJitter, decorrelated_jitter, equal_jitter, full_jitter, none,
    random_jitter,
};
pub use log::Level;
pub use outcome::Falsy;
pub use value::{IntoMaxTime, IntoMaxTries, IntoNumber, IntoSeconds};
pub use wait::{
    Constant, Decay, Expo, Fibo, Interval, IntoInterval, IntoWaitValue, MissingValue, Runtime, Wait,
    constant, decay, expo, fibo, runtime,
};

#[cfg(feature = "macros")]
pub use backoff_macros::{on_exception, on_predicate};
