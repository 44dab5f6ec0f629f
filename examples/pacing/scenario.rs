//! What a limit may be like, and what a user who spaces calls by hand would write for it.

use std::{num::NonZeroU32, time::Duration};

use backoff_examples::{
    arguments::Pacing,
    messages_api::{Limit, Words},
    outbox::Spacing,
    way::{Run, Terms, Way},
};

use crate::{Failure, options::Options};

/// The ways to send, in the order of the columns.
pub(crate) const WAYS: [&str; 5] =
    ["plain expo", "spaced by hand", "adaptive pacer", "told pacer", "server's words"];

/// A limit, and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    limit: Limit,
    /// The limit that holds after some time.
    change: Option<(Duration, Limit)>,
    spacing: Spacing,
    told: Option<Pacing>,
}

impl Scenario {
    /// All of them, for so many messages at such a rate.
    pub(crate) fn all(options: &Options) -> Vec<Self> {
        let (rate, count) = (options.rate, u32::from(options.count));
        let limit = Limit::per_second(rate);
        let every = |rate: f64| Spacing::every(Duration::from_secs_f64(1.0 / rate));
        let known = Self {
            name: format!("{rate} a second, known"),
            limit,
            change: None,
            spacing: every(rate),
            told: Some(Pacing::PerSecond(rate)),
        };
        let guessed = |guess: f64| Self {
            name: format!("{rate} a second, guessed as {guess}"),
            spacing: every(guess),
            told: None,
            ..known.clone()
        };
        let two = NonZeroU32::MIN.saturating_add(1);
        let messages = count / 2;
        let window = Duration::from_secs_f64(f64::from(messages) / rate);
        let at_once = Limit::Window { messages, window };
        vec![
            known.clone(),
            guessed(rate / 2.0),
            guessed(rate * 2.0),
            Self {
                name: format!("falls to {} a second", rate / 2.0),
                change: Some((
                    Duration::from_secs_f64(f64::from(count) / rate / 4.0),
                    Limit::per_second(rate / 2.0),
                )),
                ..known.clone()
            },
            Self {
                name: "two loops share the limit".into(),
                spacing: Spacing { loops: two, ..known.spacing },
                ..known.clone()
            },
            Self {
                name: format!("{at_once}, at once"),
                limit: at_once,
                told: Some(Pacing::PerWindow(messages, window)),
                ..known
            },
        ]
    }

    /// The least time in which all messages can be accepted.
    pub(crate) fn least_time(&self, messages: u32) -> Duration {
        let Some((at, then)) = self.change else { return self.limit.least_time(messages) };
        let before = f64::from(self.limit.at_once()) + self.limit.rate() * at.as_secs_f64();
        let after = (f64::from(messages) - before).max(0.0);
        at + Duration::from_secs_f64(after / then.rate())
    }

    /// Whether plain `expo` meets the same here as there: it knows nothing of what the scenarios differ in otherwise.
    pub(crate) fn is_the_same_unspaced(&self, other: &Self) -> bool {
        (self.limit, self.change) == (other.limit, other.change)
    }

    /// A run by one of the ways, with a server of its own, unless that way needs what nobody knows here.
    pub(crate) async fn run(&self, way: usize, options: &Options) -> Result<Option<Run>, Failure> {
        let terms = Terms {
            count: options.count,
            limit: self.limit,
            words: Words { rate_limit: way == 4, ..Words::default() },
            max_time: options.max_time,
            max_wait: options.max_wait,
        };
        let name = format!("{}: {}", self.name, WAYS[way]);
        let paced =
            |pacing| Run::new(name.clone(), terms, Spacing::NONE, move |outbox| Way::paced(outbox, pacing));
        let run = match (way, self.told) {
            (0, _) => Run::new(name, terms, Spacing::NONE, Way::article).await?,
            (1, _) => Run::new(name, terms, self.spacing, Way::article).await?,
            (2 | 4, _) => paced(Pacing::Adaptive).await?,
            (_, Some(told)) => paced(told).await?,
            (_, None) => return Ok(None),
        };
        Ok(Some(run))
    }

    /// Changes the limit of this server when it is time, and never ends.
    pub(crate) async fn change(&self, run: &Run) {
        if let Some((at, then)) = self.change {
            tokio::time::sleep(at).await;
            run.server().set_limit(then);
        }
        std::future::pending::<()>().await;
    }
}
