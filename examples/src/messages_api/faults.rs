//! Faults on purpose, so that one sees what a client makes of them.

use std::{fmt, str::FromStr, time::Duration};

use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// The share of messages that each fault befalls, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faults {
    /// Answered with 503, and not judged.
    pub server_error: f64,
    /// The connection breaks, before the message is judged or, as often, after that.
    pub drop: f64,
    /// No answer for longer than any client waits, before the message is judged or, as often, after that.
    pub stall: f64,
    /// Makes the same draws again.
    pub seed: u64,
}

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    ServerError,
    /// The answer is lost.
    Lost {
        loss: Loss,
        /// Whether the message itself came through.
        is_judged: bool,
    },
}

/// How an answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Drop,
    Stall,
}

impl Faults {
    /// No faults.
    pub const NONE: Self = Self { server_error: 0.0, drop: 0.0, stall: 0.0, seed: 1 };

    /// How long a stall lasts.
    pub const STALL: Duration = Duration::from_secs(60);

    /// Each item written as `name=value`.
    fn set(&mut self, item: &str) -> Result<(), String> {
        let (name, value) =
            item.split_once('=').ok_or_else(|| format!("`{item}` is not of the form name=share"))?;
        let share = match name {
            "5xx" => &mut self.server_error,
            "drop" => &mut self.drop,
            "stall" => &mut self.stall,
            "seed" => {
                self.seed = value.parse().map_err(|_| format!("the seed `{value}` is no whole number"))?;
                return Ok(());
            }
            _ => return Err(format!("there is no fault `{name}`; there are 5xx, drop and stall")),
        };
        *share = value.parse().map_err(|_| format!("the share `{value}` is no number"))?;
        if (0.0..=1.0).contains(share) {
            Ok(())
        } else {
            Err(format!("the share {value} is not between 0 and 1"))
        }
    }
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let mut faults = Self::NONE;
        written.split(',').try_for_each(|item| faults.set(item.trim()))?;
        let sum = faults.server_error + faults.drop + faults.stall;
        if sum <= 1.0 { Ok(faults) } else { Err(format!("the shares are {sum} together, more than 1")) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server_error, drop, stall, seed } = self;
        write!(f, "5xx={server_error},drop={drop},stall={stall},seed={seed}")
    }
}

/// Draws a fault, or none, for one message after another.
#[derive(Debug)]
pub(super) struct Dice {
    faults: Faults,
    random: SmallRng,
}

impl Dice {
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, random: SmallRng::seed_from_u64(faults.seed) }
    }

    pub(super) fn roll(&mut self) -> Option<Fault> {
        let (draw, is_judged) = (self.random.random::<f64>(), self.random.random());
        let Faults { server_error, drop, stall, .. } = self.faults;
        if draw < server_error {
            Some(Fault::ServerError)
        } else if draw < server_error + drop {
            Some(Fault::Lost { loss: Loss::Drop, is_judged })
        } else if draw < server_error + drop + stall {
            Some(Fault::Lost { loss: Loss::Stall, is_judged })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_by_name() {
        let faults: Faults = "5xx=0.2, drop=0.1,seed=9".parse().unwrap();
        assert_eq!(faults, Faults { server_error: 0.2, drop: 0.1, stall: 0.0, seed: 9 });
        assert_eq!(faults.to_string().parse(), Ok(faults));
    }

    #[test]
    fn what_is_no_share_is_told() {
        let told = |written: &str| written.parse::<Faults>().unwrap_err();
        assert_eq!(told("drop"), "`drop` is not of the form name=share");
        assert_eq!(told("404=0.1"), "there is no fault `404`; there are 5xx, drop and stall");
        assert_eq!(told("stall=2"), "the share 2 is not between 0 and 1");
        assert_eq!(told("drop=0.75,stall=0.5"), "the shares are 1.25 together, more than 1");
    }

    #[test]
    fn each_fault_befalls_its_share() {
        let mut dice = Dice::new(Faults { server_error: 0.3, drop: 0.2, stall: 0.1, seed: 1 });
        let rolls: Vec<_> = (0..10_000).map(|_| dice.roll()).collect();
        let share = |of: fn(&Option<Fault>) -> bool| rolls.iter().filter(|roll| of(roll)).count() / 100;
        assert!((28..=32).contains(&share(|roll| *roll == Some(Fault::ServerError))));
        assert!(
            (18..=22).contains(&share(|roll| matches!(roll, Some(Fault::Lost { loss: Loss::Drop, .. }))))
        );
        assert!((38..=42).contains(&share(Option::is_none)));
        assert!(Dice::new(Faults::NONE).roll().is_none());
    }
}
