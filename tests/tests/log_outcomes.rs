//! What log lines show of an outcome: the whole cause chain of an error, at most 200 characters, nothing that breaks or
//! reorders a line; and what `log_outcome` shows instead.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use backoff_runtime::testing::Scope;
use backoff_runtime::{on_exception, on_predicate};
use backoff_tests::trace::Trace;
use backoff_tests::{both, logs};

/// The messages of calls without waits.
fn messages<R>(calls: impl FnOnce() -> R) -> Vec<String> {
    let (lines, guard) = logs::record();
    let _ = Scope::new().without_waits().run(calls);
    drop(guard);
    lines.lock().unwrap().iter().map(|line| line.message.clone()).collect()
}

/// What the line shows of an outcome.
macro_rules! shown {
    ($output:ty, $value:expr) => {{
        #[on_predicate(constant, |_| true, max_tries = 1)]
        fn call() -> $output {
            $value
        }
        shown(&messages(call)[0])
    }};
}

fn shown(message: &str) -> String {
    message.strip_prefix("Giving up call(...) after 1 tries").expect("a line of a give-up").to_owned()
}

/// An error, and what caused it.
#[derive(Debug)]
struct Because {
    text: &'static str,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// A chain of errors, the outermost first.
fn chain<const N: usize>(texts: [&'static str; N]) -> Because {
    let because = |cause: Option<Because>, text| Because { text, cause: cause.map(Into::into) };
    texts.into_iter().rev().fold(None, |cause, text| Some(because(cause, text))).expect("a text")
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl Error for Because {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[test]
fn the_whole_cause_chain_of_an_error_is_logged() {
    const TEXTS: [&str; 3] = ["cannot send", "no connection", "refused"];
    let all = [
        shown!(Because, chain(TEXTS)),
        shown!(&'static Because, Box::leak(Box::new(chain(TEXTS)))),
        shown!(&'static dyn Error, Box::leak(Box::new(chain(TEXTS)))),
        shown!(Arc<Because>, chain(TEXTS).into()),
        shown!(Box<dyn Error>, chain(TEXTS).into()),
        shown!(Box<dyn Error + Send>, Box::new(chain(TEXTS))),
        shown!(Box<dyn Error + Send + Sync>, chain(TEXTS).into()),
        shown!(Arc<dyn Error>, Arc::new(chain(TEXTS))),
        shown!(Arc<dyn Error + Send + Sync>, Arc::new(chain(TEXTS))),
        shown!(Rc<dyn Error>, Rc::new(chain(TEXTS))),
        shown!(std::io::Error, std::io::Error::other(chain(TEXTS))),
        shown!(anyhow::Error, chain(TEXTS).into()),
        shown!(
            anyhow::Error,
            anyhow::Error::from(chain(["refused"])).context("no connection").context("cannot send")
        ),
    ];
    for shown in all {
        assert_eq!(shown, " (cannot send: no connection: refused)");
    }
}

#[test]
fn an_error_that_borrows_is_logged_with_its_causes() {
    #[derive(Debug)]
    struct Unreadable<'a>(&'a str, Because);
    impl fmt::Display for Unreadable<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "cannot read {}", self.0)
        }
    }
    impl Error for Unreadable<'_> {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.1)
        }
    }
    #[on_exception(constant, max_tries = 1)]
    fn call(path: &str) -> Result<(), Unreadable<'_>> {
        Err(Unreadable(path, chain(["disk", "worn"])))
    }
    #[on_exception(constant, max_tries = 1)]
    fn boxed<'a>(path: &'a str) -> Result<(), Box<dyn Error + 'a>> {
        Err(Unreadable(path, chain(["disk", "worn"])).into())
    }
    let path = "a.txt".to_owned();
    let messages = messages(|| {
        assert!(call(&path).is_err());
        assert!(boxed(&path).is_err());
    });
    assert_eq!(
        messages,
        [
            "Giving up call(...) after 1 tries (cannot read a.txt: disk: worn)",
            "Giving up boxed(...) after 1 tries (cannot read a.txt: disk: worn)"
        ]
    );
}

#[test]
fn a_generic_error_is_logged_with_its_causes() {
    #[on_exception(constant, max_tries = 1)]
    fn call<E: Error>(make: impl Fn() -> E) -> Result<(), E> {
        Err(make())
    }
    assert_eq!(
        messages(|| call(|| chain(["outer", "inner"]))),
        ["Giving up call(...) after 1 tries (outer: inner)"]
    );
}

#[test]
fn a_report_that_points_to_an_error_is_logged_with_its_causes() {
    /// As `eyre` has it: no error itself.
    struct Report(Box<dyn Error + Send + Sync>);
    impl fmt::Display for Report {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", self.0)
        }
    }
    impl std::ops::Deref for Report {
        type Target = dyn Error + Send + Sync;
        fn deref(&self) -> &Self::Target {
            &*self.0
        }
    }
    assert_eq!(shown!(Report, Report(chain(["outer", "inner"]).into())), " (outer: inner)");
}

#[test]
fn a_cause_that_the_text_before_ends_with_is_not_repeated() {
    let cases = [
        (shown!(Because, chain(["io: refused", "refused"])), " (io: refused)"),
        (shown!(Because, chain(["refused", "refused", "refused"])), " (refused)"),
        (shown!(Because, chain(["a: b: c", "b: c", "c"])), " (a: b: c)"),
        (shown!(Because, chain(["a", "b: c", "c", "d"])), " (a: b: c: d)"),
        (shown!(Because, chain(["refused", "refused by peer"])), " (refused: refused by peer)"),
        (shown!(Because, chain(["a\nb", "b"])), r" (a\nb)"),
        (shown!(Because, chain(["a", "", "b"])), " (a: b)"),
        (shown!(Because, chain(["", "b"])), " (b)"),
    ];
    for (shown, expected) in cases {
        assert_eq!(shown, expected);
    }
}

fn long() -> &'static str {
    "x".repeat(1000).leak()
}

#[test]
fn at_most_200_characters_of_an_outcome_are_logged() {
    let cut = |c: &str| format!(" ({}...)", c.repeat(200));
    assert_eq!(shown!(String, "é".repeat(200)), format!(" ({})", "é".repeat(200)));
    assert_eq!(shown!(String, "é".repeat(201)), cut("é"));
    assert_eq!(shown!(Vec<u8>, vec![7; 1_000_000]), format!(" ([{}7...)", "7, ".repeat(66)));
    // Over all texts of a chain.
    assert_eq!(shown!(Because, chain([long(), "cause"])), cut("x"));
    assert_eq!(shown!(Because, chain(["", long()])), cut("x"));
    assert_eq!(shown!(Because, chain(["a", long()])), format!(" (a: {}...)", "x".repeat(197)));
    assert_eq!(shown!(Because, chain(["xa", long(), "a"])), format!(" (xa: {}...)", "x".repeat(196)));
}

#[test]
fn the_characters_are_counted_as_they_are_shown() {
    assert_eq!(shown!(String, "\n".repeat(1000)), format!(" ({}...)", r"\n".repeat(100)));
    // An escape is shown whole or not at all.
    assert_eq!(shown!(String, "x".repeat(199) + "\n" + "y"), format!(" ({}...)", "x".repeat(199)));
}

#[test]
fn a_large_outcome_is_not_formatted_whole() {
    struct Endless<'a>(&'a Cell<u32>);
    impl fmt::Debug for Endless<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                self.0.set(self.0.get() + 1);
                f.write_str("and so on, ")?;
            }
        }
    }
    #[on_predicate(constant, |_| true, max_tries = 1)]
    fn call(pieces: &Cell<u32>) -> Endless<'_> {
        Endless(pieces)
    }
    let pieces = Cell::new(0);
    messages(|| {
        call(&pieces);
    });
    assert_eq!(pieces.get(), 19);
}

/// Is debugged on several lines.
struct Pretty;

impl fmt::Debug for Pretty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#?}", std::collections::BTreeSet::from([1]))
    }
}

#[test]
fn an_outcome_cannot_forge_or_reorder_a_line() {
    assert_eq!(
        shown!(&'static str, "a\nINFO backoff: b\r\n\tc\u{1b}[31m\0\u{7f}\u{85}\u{2028}\u{2029}"),
        r" (a\nINFO backoff: b\r\n\tc\u{1b}[31m\u{0}\u{7f}\u{85}\u{2028}\u{2029})"
    );
    assert_eq!(
        shown!(&'static str, "\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}"),
        r" (\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069})"
    );
    // In any text of a chain, and by `Debug`.
    assert_eq!(shown!(Because, chain(["a\nb", "c\nd"])), r" (a\nb: c\nd)");
    assert_eq!(shown!(Pretty, Pretty), r" ({\n    1,\n})");
}

#[test]
fn what_reads_as_it_is_stays_as_it_is() {
    const TEXT: &str = r#"C:\temp "quoted" 'it' naïve 日本語 עברית 👩‍👩‍👧 🇩🇪 é ½"#;
    assert_eq!(shown!(&'static str, TEXT), format!(" ({TEXT})"));
}

#[test]
fn a_display_that_fails_does_not_lose_the_line() {
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            Err(fmt::Error)
        }
    }
    assert_eq!(shown!(Broken, Broken), " (half)");
}

/// Holds a secret, and so does its text.
#[derive(Debug)]
struct Denied {
    code: u16,
    reason: String,
    token: String,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} for {}", self.code, self.reason, self.token)
    }
}

impl Error for Denied {}

impl Denied {
    fn new() -> Self {
        Self { code: 403, reason: "expired\n".to_owned(), token: "hunter2".to_owned() }
    }

    fn reason(&self) -> &str {
        &self.reason
    }
}

#[test]
fn log_outcome_none_hides_the_outcome() {
    #[on_exception(constant, interval = 1, jitter = none, max_tries = 2, log_outcome = none)]
    #[on_exception(constant, max_tries = 1, on_giveup = |_| (), log_outcome = None)]
    fn call() -> Result<(), Denied> {
        Err(Denied::new())
    }
    assert_eq!(
        messages(call),
        [
            "Giving up call(...) after 1 tries",
            "Backing off call(...) for 1.0s",
            "Giving up call(...) after 1 tries",
            "Giving up call(...) after 2 tries"
        ]
    );
}

#[test]
fn log_outcome_shows_something_else() {
    fn brief(denied: &Denied) -> String {
        denied.code.to_string()
    }
    macro_rules! shown_by {
        ($($show:expr),* $(,)?) => {[$({
            #[on_exception(constant, max_tries = 1, log_outcome = $show)]
            fn call() -> Result<(), Denied> {
                Err(Denied::new())
            }
            shown(&messages(call)[0])
        }),*]};
    }
    assert_eq!(
        shown_by![
            |e| e.code,
            |e| format!("{} {}", e.code, e.reason.len()),
            // Lent by the outcome, and escaped.
            |e| &e.reason,
            |e| e.reason.as_str(),
            Denied::reason,
            brief,
            |_| "x".repeat(1000),
            |e| format_args!("{}", e.code).to_string(),
            |_| Ok::<(), Denied>(()).map_or("failed", |()| "passed"),
        ],
        [
            " (403)".to_owned(),
            " (403 8)".to_owned(),
            r" (expired\n)".to_owned(),
            r" (expired\n)".to_owned(),
            r" (expired\n)".to_owned(),
            " (403)".to_owned(),
            format!(" ({}...)", "x".repeat(200)),
            " (403)".to_owned(),
            " (passed)".to_owned(),
        ]
    );
}

#[test]
fn log_outcome_sees_the_arguments_and_any_value() {
    struct Silent(u8);
    #[on_predicate(
        constant, |_| true, max_tries = 2, jitter = none,
        log_outcome = |silent| format!("{name}: {}", silent.0),
    )]
    fn call(name: &str) -> Silent {
        Silent(7)
    }
    #[on_predicate(constant, max_tries = 1, log_outcome = show)]
    fn shown_by<T: backoff_runtime::Falsy>(value: impl Fn() -> T, show: impl Fn(&T) -> String) -> T {
        value()
    }
    let messages = messages(|| (call("a"), shown_by(|| 0, |n: &i32| format!("{n} messages"))));
    assert_eq!(
        messages,
        [
            "Backing off call(...) for 1.0s (a: 7)",
            "Giving up call(...) after 2 tries (a: 7)",
            "Giving up shown_by(...) after 1 tries (0 messages)"
        ]
    );
}

#[test]
fn log_outcome_is_called_once_a_line_before_the_handlers() {
    both! {
        #[on_exception(
            constant, max_tries = 2, jitter = none, log_outcome = |e| trace.say("shown", *e),
            on_backoff = |_| trace.note("on_backoff"),
        )]
        fn call(trace: &Trace) -> Result<(), u8> {
            Err(7)
        }
        |trace| call(trace) => [
            "shown", "INFO backoff: Backing off call(...) for 1.0s (7)", "on_backoff", "+1s",
            "shown", "ERROR backoff: Giving up call(...) after 2 tries (7)", "returned Err(7)"
        ]
    }
}

#[test]
fn log_outcome_is_called_only_for_a_listener() {
    #[on_exception(constant, interval = 0, max_tries = 3, log_outcome = |e| { *shown += 1; *e })]
    fn call(shown: &mut u32) -> Result<(), u8> {
        Err(7)
    }
    let mut shown = 0;
    tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::default(), || {
        let _ = call(&mut shown);
    });
    assert_eq!(shown, 0);
    let (_lines, guard) = logs::record_from(tracing::Level::ERROR);
    let _ = call(&mut shown);
    assert_eq!(shown, 1);
    drop(guard);
    messages(|| call(&mut shown));
    assert_eq!(shown, 4);
}
