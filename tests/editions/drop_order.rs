//! What a body makes is dropped in the order of the edition that it is written in.

use backoff_runtime::on_predicate;
use std::cell::RefCell;

/// Takes down when it is dropped.
struct Noted<'a>(&'static str, &'a RefCell<Vec<&'static str>>);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

impl Noted<'_> {
    fn value(&self) -> Option<u32> {
        std::convert::TryFrom::try_from(self.1.borrow().len()).ok()
    }
}

/// The same function, plain and annotated: a local and two temporaries, one of them in the last expression.
macro_rules! noted {
    ($($name:ident: $(#[$attribute:meta])* [$($async:ident)?])*) => {$(
        #[allow(tail_expr_drop_order, if_let_rescope)]
        $(#[$attribute])*
        $($async)? fn $name(notes: &RefCell<Vec<&'static str>>) -> Option<u32> {
            let _local = Noted("local", notes);
            if let None = Noted("condition", notes).value() {
                return None;
            } else {
                notes.borrow_mut().push("else");
            }
            Noted("last", notes).value()
        }
    )*};
}

noted! {
    plain: []
    annotated: #[on_predicate(constant, interval = 0, max_tries = 1)] []
    plain_later: [async]
    annotated_later: #[on_predicate(constant, interval = 0, max_tries = 1)] [async]
}

#[tokio::test]
async fn what_the_body_makes_is_dropped_in_the_same_order() {
    let (expected, notes) = (RefCell::default(), RefCell::default());
    assert_eq!(plain(&expected), annotated(&notes));
    assert_eq!(expected.borrow().len(), 4);
    assert_eq!(expected, notes);
    let (expected, notes) = (RefCell::default(), RefCell::default());
    assert_eq!(plain_later(&expected).await, annotated_later(&notes).await);
    assert_eq!(expected.borrow().len(), 4);
    assert_eq!(expected, notes);
}
