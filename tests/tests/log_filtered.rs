//! A listener that hears one of a call's two kinds of lines. Alone in its program: what may be heard at all is known only
//! for all threads together.

use backoff_runtime::on_predicate;
use backoff_runtime::testing::Scope;
use backoff_tests::logs;
use tracing::Level;

#[test]
fn the_elapsed_time_is_logged_when_only_one_kind_of_line_is_heard() {
    #[on_predicate(
        constant,
        max_tries = 3,
        jitter = none,
        backoff_log_level = levels.0,
        giveup_log_level = levels.1,
    )]
    fn call(levels: (Level, Level)) {}
    let heard = |backoff, giveup| {
        let (lines, _guard) = logs::record_from(Level::WARN);
        Scope::new().without_waits().run(|| call((backoff, giveup)));
        let lines = lines.lock().unwrap();
        lines.iter().map(|line| line.fields["elapsed"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(heard(Level::WARN, Level::TRACE), ["0.0", "1.0"]);
    assert_eq!(heard(Level::INFO, Level::ERROR), ["2.0"]);
    assert_eq!(heard(Level::INFO, Level::INFO), [""; 0]);
}
