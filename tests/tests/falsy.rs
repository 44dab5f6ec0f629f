//! `on_predicate` without a predicate retries falsy values: `false`, `None`, 0, the empty string or
//! collection, `()`.
#![allow(clippy::linkedlist, clippy::unnecessary_box_returns, reason = "these have falsy values, too")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{OsStr, OsString};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use backoff_runtime::Falsy;
use backoff_tests::attempts;

/// Retried are the first of each type, not the second.
macro_rules! falsy {
    ($($value:ty: $falsy:expr, $truthy:expr;)*) => {$(
        assert_eq!(attempts!(on_predicate() -> $value { $falsy }), 2, "{}", stringify!($value, $falsy));
        assert_eq!(attempts!(on_predicate() -> $value { $truthy }), 1, "{}", stringify!($value, $truthy));
    )*};
}

#[test]
fn false_none_and_unit_are_falsy() {
    falsy! {
        bool: false, true;
        Option<u8>: None, Some(0);
        Option<bool>: None, Some(false);
        Option<()>: None, Some(());
    }
    assert_eq!(attempts!(on_predicate() -> () {}), 2);
}

#[test]
fn zero_of_any_type_is_falsy() {
    falsy! {
        u8: 0, 1; u16: 0, 1; u32: 0, 1; u64: 0, 1; u128: 0, 1; usize: 0, 1;
        i8: 0, -1; i16: 0, -1; i32: 0, -1; i64: 0, -1; i128: 0, -1; isize: 0, -1;
        f32: 0.0, f32::MIN_POSITIVE; f64: -0.0, f64::NAN;
        Duration: Duration::ZERO, Duration::from_nanos(1);
    }
}

#[test]
fn the_empty_string_is_falsy() {
    falsy! {
        &'static str: "", "0"; String: String::new(), " ".to_owned();
        &'static OsStr: OsStr::new(""), OsStr::new("0"); OsString: OsString::new(), OsString::from("0");
        Box<str>: "".into(), "0".into(); Rc<str>: "".into(), "0".into(); Arc<str>: "".into(), "0".into();
        Cow<'static, str>: Cow::Borrowed(""), Cow::Owned("0".to_owned());
    }
}

#[test]
fn the_empty_collection_is_falsy() {
    falsy! {
        Vec<u8>: vec![], vec![0]; &'static [u8]: &[], &[0]; Box<[u8]>: Box::new([]), Box::new([0]);
        VecDeque<u8>: VecDeque::new(), VecDeque::from([0]); LinkedList<u8>: LinkedList::new(), LinkedList::from([0]);
        BinaryHeap<u8>: BinaryHeap::new(), BinaryHeap::from([0]);
        HashMap<u8, u8>: HashMap::new(), HashMap::from([(0, 0)]);
        HashSet<u8>: HashSet::new(), HashSet::from([0]);
        BTreeMap<u8, u8>: BTreeMap::new(), BTreeMap::from([(0, 0)]);
        BTreeSet<u8>: BTreeSet::new(), BTreeSet::from([0]);
    }
    assert_eq!(attempts!(on_predicate() -> [u8; 0] { [] }), 2);
    assert_eq!(attempts!(on_predicate() -> [u8; 1] { [0] }), 1);
}

#[test]
fn a_pointer_is_as_falsy_as_what_it_points_to() {
    falsy! {
        &'static bool: &false, &true; Box<u8>: Box::new(0), Box::new(1);
        Rc<Vec<u8>>: Rc::default(), Rc::new(vec![0]); Arc<bool>: Arc::new(false), Arc::new(true);
        Box<Option<u8>>: Box::new(None), Box::new(Some(0));
    }
}

#[test]
fn a_type_of_the_users_may_have_falsy_values() {
    struct Page {
        items: usize,
    }
    impl Falsy for Page {
        fn is_falsy(&self) -> bool {
            self.items == 0
        }
    }
    falsy! {
        Page: Page { items: 0 }, Page { items: 1 };
    }
}
