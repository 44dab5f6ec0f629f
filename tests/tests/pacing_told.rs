//! A server that tells what remains refuses no call, and is used as far as it allows.

use backoff_runtime::Pacer;
use backoff_tests::rate_limits::paused;
use backoff_tests::telling::{Api, Kind, Reset, Server, Took};

fn send(server: Server, messages: u32, seed: u64) -> Took {
    paused(async {
        let api = Api::new(server, Pacer::adaptive(), seed);
        api.send_all(messages).await
    })
}

#[track_caller]
fn assert_at_most(server: Server, messages: u32, refused: u32, time: f64) {
    for seed in 0..3 {
        let took = send(server, messages, seed);
        assert!(took.refused <= refused && took.time <= time, "{server:?}, seed {seed}: {took:?}");
    }
}

/// Windows by the clock, of which the first ends sooner or later, and windows that begin with a call.
const WINDOWS: [Kind; 5] =
    [Kind::Windows(2.3), Kind::Windows(5.0), Kind::Windows(7.77), Kind::Windows(9.9), Kind::ByFirstCall];

#[test]
fn windows_that_are_told_are_used_to_the_last_call_and_none_is_refused() {
    for kind in WINDOWS {
        let server = Server::new(kind);
        for reset in [Reset::Up, Reset::Exact] {
            for tells_window in [true, false] {
                assert_at_most(Server { reset, tells_window, ..server }, 300, 0, 1.03);
            }
        }
        assert_at_most(server, 1000, 0, 1.03);
        assert_at_most(Server { round_trip: 0.001, ..server }, 300, 0, 1.03);
        // A call that asks whether a window has begun takes half a second here, and calls that are held back have to be
        // sent earlier.
        assert_at_most(Server { round_trip: 0.5, ..server }, 300, 0, 1.06);
    }
}

#[test]
fn answers_that_come_out_of_order_do_no_harm() {
    for kind in WINDOWS {
        assert_at_most(Server { noise: 0.02, ..Server::new(kind) }, 300, 0, 1.04);
    }
}

#[test]
fn others_who_take_from_the_same_quota_cost_few_calls() {
    for kind in WINDOWS {
        assert_at_most(Server { others: 2.0, ..Server::new(kind) }, 300, 10, 1.03);
    }
    assert_at_most(Server { others: 2.0, ..Server::new(Kind::Bucket) }, 300, 45, 1.25);
}

#[test]
fn windows_of_a_second_and_of_an_hour_are_used_alike() {
    for (calls, window) in [(10, 1.0), (100, 1.0), (100, 60.0), (1000, 3600.0)] {
        let server = Server { calls, window, noise: 0.002, ..Server::new(Kind::ByFirstCall) };
        assert_at_most(server, 5 * calls, 0, 1.08);
    }
}

#[test]
fn a_limit_that_comes_back_little_by_little_is_used_as_far_as_it_is_told() {
    for kind in [Kind::Log, Kind::Bucket] {
        let server = Server::new(kind);
        assert_at_most(server, 300, 6, 1.2);
        assert_at_most(Server { reset: Reset::Exact, ..server }, 300, 1, 1.06);
        assert_at_most(Server { tells_window: false, ..server }, 300, 10, 1.2);
    }
}

#[test]
fn a_server_that_tells_no_reset_is_asked_seldom() {
    for kind in [Kind::Windows(9.9), Kind::ByFirstCall, Kind::Log, Kind::Bucket] {
        let server = Server { reset: Reset::Untold, ..Server::new(kind) };
        assert_at_most(server, 300, 6, 1.2);
        assert_at_most(Server { tells_window: false, ..server }, 300, 12, 1.7);
    }
}

#[test]
fn a_small_limit_is_used_too() {
    for kind in [Kind::Windows(9.9), Kind::ByFirstCall, Kind::Log, Kind::Bucket] {
        for calls in [1, 2, 10] {
            assert_at_most(Server { calls, ..Server::new(kind) }, 3 * calls, 1, 1.25);
        }
    }
}
