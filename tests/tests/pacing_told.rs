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

fn assert_at_most(name: &str, server: Server, messages: u32, refused: u32, time: f64) {
    for seed in 0..3 {
        let took = send(server, messages, seed);
        eprintln!("{name} {seed}: {took:?}");
        assert!(took.refused <= refused && took.time <= time, "{name}, seed {seed}: {took:?}");
    }
}

const FIRST: [f64; 4] = [2.3, 5.0, 7.77, 9.9];

#[test]
fn windows_that_are_told_are_used_to_the_last_call_and_none_is_refused() {
    for first in FIRST {
        assert_at_most(&format!("{first}"), Server::new(Kind::Windows(first)), 300, 0, 1.03);
    }
    assert_at_most("by first call", Server::new(Kind::ByFirstCall), 300, 0, 1.03);
}
