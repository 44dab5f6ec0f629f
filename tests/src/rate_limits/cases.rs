//! Servers of every kind, near and far, with callers of every kind: how many calls and how much time it takes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backoff_runtime::{Pacer, on_exception};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Api, Bucket, Limit, Network, Random, Ratios, paused};

/// How the calls come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Demand {
    /// All at the start.
    AtOnce,
    /// From so many callers, each with one call after the other.
    Callers(u32),
    /// At random, in the mean such a share of the rate.
    Random(f64),
}

/// A server, a network and what is sent.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What limits it.
    pub name: &'static str,
    /// To be sent.
    pub messages: u32,
    /// Calls, and the seconds in which so many are allowed.
    pub quota: (u32, f64),
    /// From the quota, and from a number between 0 and 1 that tells where in a window the first call comes.
    limit: fn((u32, f64), f64) -> Limit,
    /// Refused calls are told how long to stay away, in whole seconds.
    pub hints: bool,
    /// What the calls go through.
    pub network: Network,
    /// How they come.
    pub demand: Demand,
    /// A share of calls that pass the limit and then fail.
    pub failures: f64,
}

/// 50 ms away, with 2 ms of noise each way.
const NEAR: Network = Network { round_trip: 0.05, noise: 0.002, load: 0.0 };
/// On the same machine, and slower under load.
const LOCAL: Network = Network { round_trip: 0.001, noise: 0.0001, load: 0.0001 };
const FAR: Network = Network { round_trip: 0.5, noise: 0.02, load: 0.0 };

const fn case(
    name: &'static str,
    messages: u32,
    quota: (u32, f64),
    limit: fn((u32, f64), f64) -> Limit,
) -> Case {
    Case { name, messages, quota, limit, hints: true, network: NEAR, demand: Demand::AtOnce, failures: 0.0 }
}

impl Case {
    const fn silent(self) -> Self {
        Self { hints: false, ..self }
    }

    const fn over(self, network: Network) -> Self {
        Self { network, ..self }
    }

    const fn from(self, demand: Demand) -> Self {
        Self { demand, ..self }
    }

    const fn failing(self, failures: f64) -> Self {
        Self { failures, ..self }
    }
}

type Kind = fn((u32, f64), f64) -> Limit;

/// Windows by the clock; the first call comes anywhere in one.
const WINDOWS: Kind = |(calls, length), phase| Limit::windows(calls, length, phase * length);
/// Windows by the clock; the first call begins one.
const WHOLE: Kind = |(calls, length), _| Limit::windows(calls, length, length);
const BY_CALL: Kind = |(calls, length), _| Limit::windows_by_call(calls, length);
const RESTARTED: Kind = |(calls, length), _| Limit::windows_that_restart(calls, length);
const LOG: Kind = |(calls, length), _| Limit::log(calls as usize, length, false);
const LOG_OF_ALL: Kind = |(calls, length), _| Limit::log(calls as usize, length, true);
const COUNTER: Kind = |(calls, length), phase| Limit::counter(calls, length, phase * length);
const BUCKET: Kind = |(calls, length), _| Limit::bucket(f64::from(calls) / length, f64::from(calls));
/// As nginx's `burst=20 nodelay`.
const BURST_20: Kind = |(calls, length), _| Limit::bucket(f64::from(calls) / length, 21.0);
/// As nginx without `burst`.
const LEAKY: Kind = |(calls, length), _| Limit::bucket(f64::from(calls) / length, 1.0);
const BAN: Kind = |quota, phase| WINDOWS(quota, phase).that_bans(30.0, false);
const LONGER_BAN: Kind = |quota, phase| WINDOWS(quota, phase).that_bans(30.0, true);
/// So many at a time, 50 ms each.
const AT_ONCE: Kind = |(calls, _), _| Limit::at_once(calls as usize, 0.05);
const OPEN: Kind = |_, _| Limit::Open;
/// The rate is four times as high from 100 seconds on, and a fifth of that from 200 on.
const CHANGING: Kind = |(calls, length), _| {
    let rate = f64::from(calls) / length;
    Limit::Changing(Bucket::new(rate, 1.0), vec![(100.0, 4.0 * rate), (200.0, 0.8 * rate)])
};

/// Limits that users meet.
pub const CASES: [Case; 52] = [
    case("windows", 300, (100, 10.0), WHOLE),
    case("windows", 1000, (100, 10.0), WHOLE),
    case("windows, any start", 300, (100, 10.0), WINDOWS),
    case("windows, any start", 1000, (100, 10.0), WINDOWS),
    case("windows by call", 300, (100, 10.0), BY_CALL),
    case("log", 300, (100, 10.0), LOG),
    case("log", 1000, (100, 10.0), LOG),
    case("log of all", 300, (100, 10.0), LOG_OF_ALL),
    case("counter", 300, (100, 10.0), COUNTER),
    case("counter", 1000, (100, 10.0), COUNTER),
    case("windows, any start", 1000, (10, 1.0), WINDOWS),
    case("windows, any start", 100, (10, 60.0), WINDOWS),
    case("windows, any start", 300, (60, 60.0), WINDOWS),
    case("windows, any start", 3000, (1000, 60.0), WINDOWS),
    case("windows, any start", 1500, (500, 3600.0), WINDOWS),
    case("log", 1500, (500, 3600.0), LOG),
    case("bucket", 300, (100, 10.0), BUCKET),
    case("bucket", 1000, (100, 10.0), BUCKET),
    case("leaky", 300, (10, 1.0), LEAKY),
    case("windows", 300, (100, 10.0), WHOLE).silent(),
    case("windows", 1000, (100, 10.0), WHOLE).silent(),
    case("windows, any start", 1000, (100, 10.0), WINDOWS).silent(),
    case("windows by call", 300, (100, 10.0), BY_CALL).silent(),
    case("log", 300, (100, 10.0), LOG).silent(),
    case("log of all", 300, (100, 10.0), LOG_OF_ALL).silent(),
    case("counter", 300, (100, 10.0), COUNTER).silent(),
    case("windows, any start", 100, (10, 60.0), WINDOWS).silent(),
    case("windows, any start", 3000, (1000, 60.0), WINDOWS).silent(),
    case("windows, any start", 1500, (500, 3600.0), WINDOWS).silent(),
    case("bucket of 21", 300, (10, 1.0), BURST_20).silent(),
    case("bucket of 21", 300, (10, 1.0), BURST_20).silent().over(LOCAL),
    case("leaky", 300, (10, 1.0), LEAKY).silent(),
    case("leaky", 60, (1, 1.0), LEAKY).silent(),
    case("leaky", 60, (1, 1.0), LEAKY).silent().over(LOCAL),
    case("restarted windows", 1000, (100, 10.0), RESTARTED),
    case("restarted windows", 1000, (100, 10.0), RESTARTED).silent(),
    case("ban of 30 s", 1000, (100, 10.0), BAN),
    case("ban of 30 s", 1000, (100, 10.0), BAN).silent(),
    case("ban that is prolonged", 1000, (100, 10.0), LONGER_BAN),
    case("ban that is prolonged", 1000, (100, 10.0), LONGER_BAN).silent(),
    case("windows, local", 1000, (100, 10.0), WINDOWS).over(LOCAL),
    case("windows, local", 1000, (100, 10.0), WINDOWS).over(LOCAL).silent(),
    case("windows, far", 1000, (100, 10.0), WINDOWS).over(FAR),
    case("windows, far", 1000, (100, 10.0), WINDOWS).over(FAR).silent(),
    case("leaky, far", 1000, (10, 1.0), LEAKY).over(FAR),
    case("windows, 20 callers", 1000, (100, 10.0), WINDOWS).from(Demand::Callers(20)),
    case("windows, random", 2000, (100, 10.0), WINDOWS).from(Demand::Random(0.9)),
    case("windows, 5 % fail", 1000, (100, 10.0), WINDOWS).failing(0.05),
    case("changing", 3000, (10, 1.0), CHANGING),
    case("5 at once", 2000, (5, 0.05), AT_ONCE).silent(),
    case("none", 5000, (5000, 0.05), OPEN),
    case("none, 40 callers", 5000, (40, 0.05), OPEN).from(Demand::Callers(40)),
];

/// What came out: the mean, and the worst of the seeds.
#[derive(Clone, Copy, Debug)]
pub struct Worst {
    /// The mean.
    pub mean: Ratios,
    /// The most calls and the longest time of any.
    pub worst: Ratios,
    /// The mean of the seconds.
    pub seconds: f64,
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mean, worst, .. } = self;
        let Ratios { calls, time } = mean;
        write!(f, "x{calls:.3} (x{:.3})  x{time:6.3} (x{:6.3})", worst.calls, worst.time)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, messages, quota: (calls, seconds), hints, .. } = self;
        let hints = if *hints { ' ' } else { '*' };
        write!(f, "{name:22} {calls:4} in {seconds:4} s{hints} {messages:4}")
    }
}

impl Case {
    /// A pacer that was told the rate.
    #[must_use]
    pub fn told(&self) -> Pacer {
        Pacer::per_second(self.rate())
    }

    pub(super) fn rate(&self) -> f64 {
        f64::from(self.quota.0) / self.quota.1
    }

    /// Sends the messages with the pacer that `pacer` makes, once for each seed, each in a paused runtime.
    ///
    /// # Panics
    /// If sending does, or without seeds.
    #[must_use]
    pub fn measure(&self, pacer: fn(&Self) -> Pacer, seeds: std::ops::Range<u64>) -> Worst {
        let n = (seeds.end - seeds.start) as f64;
        let zero = Ratios { calls: 0.0, time: 0.0 };
        let mut sum = Worst { mean: zero, worst: zero, seconds: 0.0 };
        for seed in seeds {
            let limit = self.server(seed);
            let shortest = self.shortest(&limit);
            let (calls, seconds) = self.run(pacer(self), limit, seed);
            let run = Ratios { calls: calls / f64::from(self.messages), time: seconds / shortest };
            sum.mean.calls += run.calls / n;
            sum.mean.time += run.time / n;
            sum.seconds += seconds / n;
            sum.worst.calls = sum.worst.calls.max(run.calls);
            sum.worst.time = sum.worst.time.max(run.time);
        }
        sum
    }

    /// The limit; the seed says where in a window the first call comes.
    pub(super) fn server(&self, seed: u64) -> Limit {
        (self.limit)(self.quota, Random(seed).uniform())
    }

    /// The least time: that of the limit, or of the demand if that takes longer.
    pub(super) fn shortest(&self, limit: &Limit) -> f64 {
        let Self { messages, network: Network { round_trip, noise, .. }, .. } = *self;
        let by_limit = limit.shortest(messages) + round_trip;
        let messages = f64::from(messages);
        by_limit.max(match self.demand {
            Demand::AtOnce => 0.0,
            Demand::Callers(callers) => messages / f64::from(callers) * (round_trip + 2.0 * noise),
            Demand::Random(share) => messages / (share * self.rate()),
        })
    }

    fn run(&self, pacer: Pacer, limit: Limit, seed: u64) -> (f64, f64) {
        paused(async {
            let api = Api::behind(self.network, pacer, limit, seed);
            let sender = Sender { hints: self.hints, failures: self.failures };
            let (callers, each) = match self.demand {
                Demand::Callers(callers) => (callers, self.messages / callers),
                _ => (self.messages, 1),
            };
            let (mut tasks, mut random) = (JoinSet::new(), Random(!seed));
            for _ in 0..callers {
                if let Demand::Random(share) = self.demand {
                    sleep(Duration::from_secs_f64(-random.uniform().ln() / (share * self.rate()))).await;
                }
                tasks.spawn(sender.send_each(api.clone(), each));
            }
            assert!(
                tasks.join_all().await.into_iter().all(|sent| sent),
                "every message is retried until it passes"
            );
            (f64::from(api.calls()), api.seconds())
        })
    }
}

/// A call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unsent {
    Refused(Option<Duration>),
    Failed,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Unsent {
    fn hint(&self) -> Option<Duration> {
        match self {
            Self::Refused(hint) => *hint,
            Self::Failed => None,
        }
    }
}

#[derive(Clone, Copy)]
struct Sender {
    hints: bool,
    failures: f64,
}

impl Sender {
    async fn send_each(self, api: Arc<Api>, messages: u32) -> bool {
        let mut sent = true;
        for _ in 0..messages {
            sent &= self.send(&api).await.is_ok();
        }
        sent
    }

    #[on_exception(
        constant,
        interval = 1,
        pacer = api.pacer,
        throttled = |unsent| *unsent != Unsent::Failed,
        retry_after = |unsent: &Unsent| unsent.hint(),
        logger = none,
    )]
    async fn send(self, api: &Api) -> Result<(), Unsent> {
        api.call().await.map_err(|refused| Unsent::Refused(self.hints.then_some(refused.retry_after)))?;
        if api.random().uniform() < self.failures { Err(Unsent::Failed) } else { Ok(()) }
    }
}
