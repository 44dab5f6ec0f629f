//! Calls and time where so many calls are allowed in a window of any length, and at servers of other kinds.

use backoff_runtime::{Learned, Pacer};
use backoff_tests::rate_limits::{Api, CASES, Case, Demand, Limit, Ratios, Worst, paused, send_all};

fn adaptive(case: &Case) -> Worst {
    case.measure(|_| Pacer::adaptive(), 0..3)
}

/// The time as a ratio to that of a pacer that was told the rate.
fn by_told(case: &Case, adaptive: Worst) -> f64 {
    adaptive.seconds / case.measure(Case::told, 0..3).seconds
}

fn cases(which: impl Fn(&Case) -> bool) -> impl Iterator<Item = Case> {
    let cases: Vec<_> = CASES.into_iter().filter(which).collect();
    assert!(!cases.is_empty());
    cases.into_iter()
}

#[test]
fn three_windows_are_used_nearly_as_fast_as_the_server_allows_if_it_says_when_they_end() {
    for case in cases(|case| case.name == "windows" && case.hints && case.messages == 300) {
        let measured = adaptive(&case);
        let Ratios { calls, time } = measured.worst;
        assert!(calls <= 1.10 && time <= 1.25, "{case}: {measured}");
    }
}

#[test]
fn without_hints_a_window_takes_little_longer_than_at_the_rate_that_was_told() {
    for case in cases(|case| case.quota == (100, 10.0) && !case.hints && case.messages == 300) {
        let measured = adaptive(&case);
        let by_told = by_told(&case, measured);
        assert!(measured.mean.calls <= 1.15 && by_told <= 1.2, "{case}: {measured}, {by_told} of told");
    }
}

#[test]
fn refused_calls_that_count_cost_little_time() {
    for case in cases(|case| case.name == "log of all") {
        let measured = adaptive(&case);
        let by_told = by_told(&case, measured);
        assert!(measured.mean.calls <= 1.15 && by_told <= 1.2, "{case}: {measured}, {by_told} of told");
    }
}

#[test]
fn of_a_thousand_calls_or_more_few_are_made_in_vain_whatever_the_window() {
    let windows =
        |name: &str| name.starts_with("windows") || name.starts_with("log") || name.starts_with("counter");
    for case in cases(|case| windows(case.name) && case.messages >= 1000 && case.failures == 0.0) {
        let measured = case.measure(|_| Pacer::adaptive(), 0..2);
        // With calls that take half a second, more are under way when the first is refused; without hints, more ask.
        let most = if case.network.round_trip > 0.1 || !case.hints { 1.04 } else { 1.03 };
        assert!(measured.mean.calls <= most, "{case}: {measured}");
    }
}

#[test]
fn limits_by_the_minute_and_by_the_hour_are_used_at_least_as_fast_as_at_the_rate_that_was_told() {
    for case in cases(|case| case.quota.1 >= 60.0) {
        let measured = adaptive(&case);
        let by_told = by_told(&case, measured);
        assert!(by_told <= 1.05, "{case}: {measured}, {by_told} of told");
    }
}

#[test]
fn servers_that_ban_or_that_fail_otherwise_are_served_with_few_calls_in_vain() {
    for case in cases(|case| case.name.starts_with("ban") || case.name.starts_with("restarted")) {
        let measured = adaptive(&case);
        assert!(measured.mean.calls <= 1.04, "{case}: {measured}");
    }
    for case in cases(|case| case.failures > 0.0) {
        let measured = adaptive(&case);
        assert!(measured.mean.calls <= 1.04 + case.failures / (1.0 - case.failures), "{case}: {measured}");
    }
}

#[test]
fn demand_below_the_limit_of_a_window_is_not_delayed() {
    for case in cases(|case| matches!(case.demand, Demand::Random(_))) {
        let measured = adaptive(&case);
        assert!(measured.mean.calls <= 1.02 && measured.mean.time <= 1.03, "{case}: {measured}");
    }
}

#[test]
fn what_was_learned_of_the_limit_can_be_seen() {
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::windows(100, 10.0, 10.0), 0.0, 0);
        send_all(&api, 300).await;
        let learned = api.pacer.state().learned;
        let Some(Learned::Window { calls: 95..=100, length }) = learned else { panic!("{learned:?}") };
        assert!((9.0..=11.0).contains(&length.as_secs_f64()), "{length:?}");
    });
    paused(async {
        let api = Api::new(Pacer::adaptive(), Limit::bucket(10.0, 1.0), 0.0, 0);
        assert_eq!(api.pacer.state().learned, None);
        send_all(&api, 200).await;
        let learned = api.pacer.state().learned;
        let Some(Learned::Rate { passes, refused }) = learned else { panic!("{learned:?}") };
        assert!(passes <= 10.0 && (9.5..11.0).contains(&refused), "{learned:?}");
    });
}
