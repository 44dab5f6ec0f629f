//! The derive expands to the same in each edition.

use backoff_runtime::{Class, Transient};

#[derive(Transient)]
enum Failure<'a, E> {
    #[transient]
    Lost,
    #[transient(rate_limit, retry_after = after)]
    Refused {
        after: u8,
        by: &'a str,
    },
    #[transient(source)]
    Other(E),
    Final,
}

#[derive(Transient)]
#[transient(retry_after = 0)]
struct Later(u8);

#[test]
fn a_type_says_what_its_marks_say() {
    let seven = Some(std::time::Duration::from_secs(7));
    let failures =
        [Failure::Lost, Failure::Refused { after: 7, by: "it" }, Failure::Other(Later(7)), Failure::Final];
    let expected =
        [Class::TRANSIENT, Class::RATE_LIMIT.after(seven), Class::TRANSIENT.after(seven), Class::Final];
    for (failure, expected) in failures.iter().zip(&expected) {
        assert_eq!(failure.class(), *expected);
    }
    assert!(matches!(failures[1], Failure::Refused { by: "it", .. }));
}
