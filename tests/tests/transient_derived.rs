//! `#[derive(Transient)]` says of each variant, or of the struct, what its mark says.

#![deny(warnings)]
#![allow(dead_code, reason = "fields and variants are there for the derive to see")]

use std::error::Error;
use std::fmt::{Debug, Display};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use backoff_runtime::{Class, RetryAfter, Transient, on_exception};

const SEVEN: Option<Duration> = Some(Duration::from_secs(7));

#[derive(Transient, Debug)]
enum ApiError {
    #[transient]
    Busy,
    #[transient]
    Lost(String),
    #[transient(rate_limit)]
    Refused {
        text: &'static str,
    },
    NotFound,
    Wrong(u8),
}

#[test]
fn a_variant_is_what_its_mark_says_and_final_without_one() {
    assert_eq!(ApiError::Busy.class(), Class::TRANSIENT);
    assert_eq!(ApiError::Lost("x".into()).class(), Class::TRANSIENT);
    assert_eq!(ApiError::Refused { text: "no" }.class(), Class::RATE_LIMIT);
    assert_eq!(ApiError::NotFound.class(), Class::Final);
    assert_eq!(ApiError::Wrong(1).class(), Class::Final);
    assert_eq!(format!("{:?}", ApiError::Refused { text: "no" }), "Refused { text: \"no\" }");
}

#[test]
fn a_struct_is_what_its_mark_says() {
    #[derive(Transient)]
    struct Nothing;
    #[derive(Transient)]
    #[transient]
    struct Lost;
    #[derive(Transient)]
    #[transient(rate_limit, retry_after = 0)]
    struct Refused(u8);
    #[derive(Transient)]
    #[transient(source)]
    struct Wrapped {
        inner: Lost,
    }
    #[derive(Transient)]
    struct Sending<'a> {
        to: &'a str,
        #[transient(source)]
        cause: Refused,
    }
    assert_eq!(Nothing.class(), Class::Final);
    assert_eq!(Lost.class(), Class::TRANSIENT);
    assert_eq!(Refused(7).class(), Class::RATE_LIMIT.after(SEVEN));
    assert_eq!(Wrapped { inner: Lost }.class(), Class::TRANSIENT);
    assert_eq!(Sending { to: "me", cause: Refused(7) }.class(), Class::RATE_LIMIT.after(SEVEN));
}

#[test]
fn a_hint_is_anything_that_is_a_wait_and_only_borrowed() {
    struct Refusal {
        wait: (u8, f64),
    }
    #[derive(Transient)]
    enum Hinted<'a> {
        #[transient(retry_after = after)]
        Named { after: Duration },
        #[transient(retry_after = 1)]
        Second(&'a str, Option<u64>),
        #[transient(rate_limit, retry_after = after)]
        Header { after: RetryAfter },
        #[transient(retry_after = refusal.wait.1)]
        Deep { refusal: &'a Refusal },
        #[transient(retry_after = 0.wait.1)]
        DeepInTuple(Box<Refusal>),
        #[transient(retry_after = 0.1)]
        Pair((u8, Duration)),
        #[transient(retry_after = r#type)]
        Raw { r#type: i32 },
        #[transient(rate_limit, retry_after = 0)]
        None(Option<Duration>),
    }
    let seven = Class::TRANSIENT.after(SEVEN);
    assert_eq!(Hinted::Named { after: Duration::from_secs(7) }.class(), seven);
    assert_eq!(Hinted::Second("x", Some(7)).class(), seven);
    assert_eq!(
        Hinted::Header { after: RetryAfter::parse("7").unwrap() }.class(),
        Class::RATE_LIMIT.after(SEVEN)
    );
    assert_eq!(Hinted::Deep { refusal: &Refusal { wait: (0, 7.0) } }.class(), seven);
    assert_eq!(Hinted::DeepInTuple(Box::new(Refusal { wait: (0, 7.0) })).class(), seven);
    assert_eq!(Hinted::Pair((0, Duration::from_secs(7))).class(), seven);
    assert_eq!(Hinted::Raw { r#type: 7 }.class(), seven);
    assert_eq!(Hinted::Raw { r#type: -7 }.class(), Class::TRANSIENT, "what is no wait is none");
    assert_eq!(Hinted::None(None).class(), Class::RATE_LIMIT);
    let Hinted::Second(text, _) = Hinted::Second("x", None) else { unreachable!() };
    assert_eq!(text, "x");
}

#[test]
fn a_source_says_what_the_failure_is() {
    #[derive(Transient)]
    enum Outer {
        #[transient(source)]
        Io(io::Error),
        #[transient(source)]
        Named { cause: Arc<ApiError> },
        Sending {
            to: String,
            #[transient(source)]
            cause: Box<ApiError>,
        },
    }
    assert!(Outer::Io(io::ErrorKind::ConnectionReset.into()).is_transient());
    assert!(!Outer::Io(io::ErrorKind::NotFound.into()).is_transient());
    assert_eq!(Outer::Named { cause: Arc::new(ApiError::Refused { text: "" }) }.class(), Class::RATE_LIMIT);
    let sending = |cause| Outer::Sending { to: "me".to_owned(), cause: Box::new(cause) };
    assert!(sending(ApiError::Busy).is_transient() && !sending(ApiError::NotFound).is_transient());
}

#[test]
fn a_type_without_values_has_nothing_to_say() {
    #[derive(Transient)]
    enum Never {}
    #[derive(Transient)]
    enum Nearly {
        #[transient]
        Never(std::convert::Infallible),
        #[transient(source)]
        Source(Never),
        #[transient]
        Once,
    }
    fn is_transient<T: Transient>() {}
    is_transient::<Never>();
    assert!(Nearly::Once.is_transient());
}

#[test]
fn only_the_types_of_what_is_asked_are_bounded() {
    struct Opaque;
    #[derive(Transient)]
    enum Generic<'a, T: Display, E, H, const N: usize>
    where
        E: Error,
    {
        #[transient]
        Unasked(&'a T, [u8; N]),
        #[transient(source)]
        Source(E),
        #[transient(retry_after = 0)]
        Hint(H),
        Final(Opaque),
    }
    type Made<'a> = Generic<'a, &'a str, io::Error, u8, 2>;
    assert!(Made::Unasked(&"x", [1, 2]).is_transient());
    assert!(Made::Source(io::ErrorKind::TimedOut.into()).is_transient());
    assert_eq!(Made::Hint(7).class(), Class::TRANSIENT.after(SEVEN));
    assert!(!Made::Final(Opaque).is_transient());
}

#[test]
fn a_type_may_hold_itself_and_associated_types() {
    trait Service {
        type Error;
    }
    struct Http;
    impl Service for Http {
        type Error = ApiError;
    }
    #[derive(Transient)]
    enum Chain<S: Service> {
        #[transient(source)]
        Here(S::Error),
        #[transient(source)]
        Deeper(Box<Chain<S>>),
    }
    assert!(Chain::<Http>::Deeper(Box::new(Chain::Here(ApiError::Busy))).is_transient());
    assert!(!Chain::<Http>::Deeper(Box::new(Chain::Here(ApiError::NotFound))).is_transient());
}

#[test]
fn names_may_be_raw_and_parts_deprecated() {
    #[derive(Transient)]
    #[expect(non_camel_case_types, reason = "a name to try")]
    enum r#enum {
        #[transient]
        r#type,
        #[deprecated]
        #[transient]
        Old,
        #[deprecated]
        Older,
    }
    assert!(r#enum::r#type.is_transient());
    #[allow(deprecated)]
    let old = r#enum::Old;
    assert!(old.is_transient());
}

#[test]
fn an_enum_of_a_macro_may_be_derived() {
    macro_rules! errors {
        ($name:ident { $($variant:ident($ty:ty) by $hint:expr),* }) => {
            #[derive(Transient)]
            enum $name {
                $(#[transient(retry_after = $hint)] $variant($ty),)*
            }
        };
    }
    errors!(Made { First(u8) by 0, Second((u8, u8)) by 0.1 });
    assert_eq!(Made::First(7).class(), Class::TRANSIENT.after(SEVEN));
    assert_eq!(Made::Second((1, 7)).class(), Class::TRANSIENT.after(SEVEN));
}

/// A crate of the user's that passes the runtime on.
mod facade {
    pub(crate) mod deep {
        pub(crate) use backoff_runtime as retries;
    }
}

#[test]
fn the_runtime_may_be_reached_through_another_path() {
    #[derive(Transient)]
    #[transient(crate = crate::facade::deep::retries)]
    #[transient(rate_limit)]
    struct Apart;
    #[derive(Transient)]
    #[transient(crate = facade::deep::retries, rate_limit)]
    struct Together;
    assert_eq!((Apart.class(), Together.class()), (Class::RATE_LIMIT, Class::RATE_LIMIT));
}

#[tokio::test(start_paused = true)]
async fn a_call_is_made_again_while_what_fails_is_transient() {
    #[on_exception(constant, Transient::is_transient, interval = 0, max_tries = 9)]
    async fn call(outcomes: &mut impl Iterator<Item = Result<u8, ApiError>>) -> Result<u8, ApiError> {
        outcomes.next().unwrap()
    }
    let mut outcomes = [Err(ApiError::Busy), Err(ApiError::Lost(String::new())), Ok(7)].into_iter();
    assert_eq!(call(&mut outcomes).await.unwrap(), 7);
    let mut outcomes = [Err(ApiError::Busy), Err(ApiError::NotFound), Ok(7)].into_iter();
    assert!(matches!(call(&mut outcomes).await, Err(ApiError::NotFound)));
    assert_eq!(outcomes.count(), 1);
}
