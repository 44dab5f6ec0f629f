//! What can be said on the command line.

use std::{path::PathBuf, time::Duration};

use backoff_examples::traffic::{Experiment, Generator, Jitter, Policy};
use clap::{
    Parser,
    builder::{PossibleValuesParser, TypedValueParser},
};

const AFTER: &str = "\
Examples:
  traffic                                        the article's three policies
  traffic --call-time 0                          the same, with nothing in the way of the calls
  traffic --generator fibo --jitter none,equal   two policies of one's own

It writes a picture per policy, one of all of them on the same axes (traffic.png) and all calls as a table \
(traffic.csv). The clock is paused, so five minutes take a moment.";

/// What a server sees of many tasks that fail and back off, second by second.
#[derive(Debug, Parser)]
#[command(name = "traffic", max_term_width = 110, after_help = AFTER)]
pub(crate) struct Options {
    /// How many tasks fail for ever, all begun at once
    #[arg(long, value_name = "NUMBER", default_value = "500", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    tasks: u32,

    /// For how many seconds each task tries
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = clap::value_parser!(u16).range(1..=3600))]
    time: u16,

    /// How many milliseconds a call takes on average, during which no other is made; 0 for no time at all
    #[arg(long, value_name = "MILLISECONDS", default_value = "20", value_parser = clap::value_parser!(u16).range(0..=1000))]
    call_time: u16,

    /// The generators of waits, instead of the article's three policies [default: expo]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', hide_possible_values = false,
          value_parser = PossibleValuesParser::new(Generator::NAMES).map(|name| Generator::named(&name)))]
    generator: Vec<Option<Generator>>,

    /// The jitters, each with each generator [default: full]
    #[arg(long, value_name = "NAMES", value_delimiter = ',',
          value_parser = PossibleValuesParser::new(Jitter::NAMES).map(|name| Jitter::named(&name)))]
    jitter: Vec<Option<Jitter>>,

    /// Makes the random numbers; the same seed gives the same pictures
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    seed: u64,

    /// The folder to write to
    #[arg(long, value_name = "PATH", default_value = "out/traffic")]
    pub(crate) out: PathBuf,
}

impl Options {
    pub(crate) fn experiment(&self) -> Experiment {
        Experiment {
            tasks: self.tasks,
            max_time: Duration::from_secs(self.time.into()),
            call_time: Duration::from_millis(self.call_time.into()),
            seed: self.seed,
        }
    }

    pub(crate) fn policies(&self) -> Vec<Policy> {
        if self.generator.is_empty() && self.jitter.is_empty() {
            return Policy::ARTICLE.to_vec();
        }
        let generators = or_default(&self.generator, Generator::Expo);
        let jitters = or_default(&self.jitter, Jitter::Full);
        let pairs =
            generators.iter().flat_map(|generator| jitters.iter().map(move |jitter| (generator, jitter)));
        pairs.map(|(&generator, &jitter)| Policy { generator, jitter }).collect()
    }
}

/// What was named, each once; or the default.
fn or_default<T: Copy + PartialEq>(named: &[Option<T>], default: T) -> Vec<T> {
    let mut all = Vec::new();
    for name in named.iter().copied().flatten() {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    if all.is_empty() { vec![default] } else { all }
}
