use std::time::Duration;

use super::{Constant, Decay, Expo, Fibo, Numbered, Wait};

/// A generator that is known only at run time, such as one of a configuration; made of a built-in one, of a `static`
/// sequence of waits, or of a function from a wait's number to the wait.
///
/// ```
/// use backoff_runtime::{AnyWait, constant, expo, on_exception};
///
/// let is_patient = true;
/// let waits: AnyWait = if is_patient { expo().max_value(60).into() } else { constant().interval(0.1).into() };
///
/// #[on_exception(waits, max_tries = 3)]
/// fn get(waits: AnyWait) -> Result<(), std::io::Error> {
///     Ok(())
/// }
/// # assert!(get(waits).is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a generator does nothing until it is asked for a wait"]
pub struct AnyWait {
    choice: Choice,
    count: u32,
}

#[derive(Clone, Copy, Debug)]
enum Choice {
    Expo(Expo),
    Fibo(Fibo),
    Constant(Constant<Duration>),
    Sequence(&'static [Duration]),
    Decay(Decay),
    Function(fn(u32) -> Option<Duration>),
}

impl AnyWait {
    pub(crate) const fn expo() -> Self {
        Self::new(Choice::Expo(super::expo()))
    }

    pub(crate) const fn fibo() -> Self {
        Self::new(Choice::Fibo(super::fibo()))
    }

    pub(crate) const fn constant(interval: Duration) -> Self {
        Self::new(Choice::Constant(Constant { interval, count: 0 }))
    }

    pub(crate) const fn sequence(waits: &'static [Duration]) -> Self {
        Self::new(Choice::Sequence(waits))
    }

    pub(crate) const fn decay() -> Self {
        Self::new(Choice::Decay(super::decay()))
    }

    pub(crate) const fn function(wait: fn(u32) -> Option<Duration>) -> Self {
        Self::new(Choice::Function(wait))
    }

    const fn new(choice: Choice) -> Self {
        Self { choice, count: 0 }
    }

    /// The wait number `n`, counted from 0; `None` when there are no more.
    #[must_use]
    pub fn at(&self, n: u32) -> Option<Duration> {
        match &self.choice {
            Choice::Expo(expo) => expo.at(n),
            Choice::Fibo(fibo) => fibo.at(n),
            Choice::Constant(constant) => constant.at(n),
            Choice::Sequence(waits) => waits.get(n as usize).copied(),
            Choice::Decay(decay) => decay.at(n),
            Choice::Function(wait) => wait(n),
        }
    }

    /// The name of the generator that it is.
    pub(crate) const fn name(&self) -> &'static str {
        match &self.choice {
            Choice::Expo(_) => "expo",
            Choice::Fibo(_) => "fibo",
            Choice::Constant(_) | Choice::Sequence(_) => "constant",
            Choice::Decay(_) => "decay",
            Choice::Function(_) => "function",
        }
    }

    /// The longest wait there will be, if there is such a bound.
    pub(crate) fn longest(&self) -> Option<Duration> {
        match &self.choice {
            Choice::Expo(expo) => Wait::<()>::longest(expo),
            Choice::Fibo(fibo) => Wait::<()>::longest(fibo),
            _ => None,
        }
    }
}

/// Options of the generator that it is, by their names; false if it has no such option.
impl AnyWait {
    pub(crate) const fn base(&mut self, base: f64) -> bool {
        let Choice::Expo(expo) = &mut self.choice else { return false };
        expo.base = base;
        true
    }

    pub(crate) const fn factor(&mut self, factor: f64) -> bool {
        let Choice::Expo(expo) = &mut self.choice else { return false };
        expo.factor = factor;
        true
    }

    pub(crate) const fn max_value(&mut self, max_value: Duration) -> bool {
        match &mut self.choice {
            Choice::Expo(expo) => *expo = expo.bounded(max_value),
            Choice::Fibo(fibo) => fibo.max_value = max_value,
            _ => return false,
        }
        true
    }

    pub(crate) const fn initial_value(&mut self, seconds: f64) -> bool {
        let Choice::Decay(decay) = &mut self.choice else { return false };
        decay.initial_value = seconds;
        true
    }

    pub(crate) const fn decay_factor(&mut self, factor: f64) -> bool {
        let Choice::Decay(decay) = &mut self.choice else { return false };
        decay.decay_factor = factor;
        true
    }

    pub(crate) const fn min_value(&mut self, min_value: Duration) -> bool {
        let Choice::Decay(decay) = &mut self.choice else { return false };
        decay.min_value = min_value;
        true
    }
}

macro_rules! from {
    ($($generator:ty: $choice:ident;)*) => {$(
        impl From<$generator> for AnyWait {
            fn from(generator: $generator) -> Self {
                Self::new(Choice::$choice(generator))
            }
        }
    )*};
}
from! {
    Expo: Expo;
    Fibo: Fibo;
    Constant<Duration>: Constant;
    &'static [Duration]: Sequence;
    Decay: Decay;
    fn(u32) -> Option<Duration>: Function;
}

impl<O: ?Sized> Wait<O> for AnyWait {
    fn next_wait(&mut self, _: &O) -> Option<Duration> {
        let wait = self.at(self.count);
        self.count = self.count.saturating_add(1);
        wait
    }

    fn longest(&self) -> Option<Duration> {
        self.longest()
    }
}

impl Numbered for AnyWait {
    fn number(&self, n: u32) -> Option<Duration> {
        self.at(n)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::seconds;
    use super::*;
    use crate::wait::{constant, decay, expo, fibo};

    fn waits(mut any: AnyWait, n: usize) -> Vec<f64> {
        seconds(std::iter::from_fn(move || any.next_wait(&())), n)
    }

    #[test]
    fn a_generator_that_is_chosen_at_run_time_makes_the_waits_of_the_one_it_is() {
        const SEQUENCE: &[Duration] = &[Duration::from_secs(1), Duration::from_secs(3)];
        assert_eq!(waits(expo().max_value(5).into(), 4), [1.0, 2.0, 4.0, 5.0]);
        assert_eq!(waits(fibo().into(), 4), [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(waits(constant().interval(0.5).into(), 2), [0.5, 0.5]);
        assert_eq!(waits(decay().min_value(0.5).into(), 2), [1.0, 0.5]);
        assert_eq!(waits(SEQUENCE.into(), 5), [1.0, 3.0]);
        let linear: fn(u32) -> Option<Duration> = |n| Some(Duration::from_secs(u64::from(n)));
        assert_eq!(waits(linear.into(), 3), [0.0, 1.0, 2.0]);
        assert_eq!(AnyWait::from(expo().max_value(5)).longest(), Some(Duration::from_secs(5)));
    }
}
