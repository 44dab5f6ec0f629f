//! The article's function under every policy that can be asked for.

use std::{fmt, pin::Pin, sync::Arc};

use backoff_runtime as backoff;

use super::Log;

/// A generator of waits and a jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Where waits come from.
    pub generator: Generator,
    /// What makes them random.
    pub jitter: Jitter,
}

/// An enum whose values have the names that the attribute knows them by.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($value:ident = $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names are explained by the library")]
        pub enum $type { $($value),* }

        impl $type {
            /// All names.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The one of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$value),)* _ => None }
            }

            /// The name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $name),* }
            }
        }
    };
}

named!(
    /// A generator by name.
    Generator { Constant = "constant", Expo = "expo", Fibo = "fibo", Decay = "decay" }
);
named!(
    /// A jitter by name.
    Jitter {
        None = "none", Full = "full", Equal = "equal", Random = "random", Decorrelated = "decorrelated",
    }
);

impl Policy {
    /// The three of the article, in its order.
    pub const ARTICLE: [Self; 3] = [
        Self { generator: Generator::Constant, jitter: Jitter::None },
        Self { generator: Generator::Expo, jitter: Jitter::None },
        Self { generator: Generator::Expo, jitter: Jitter::Full },
    ];

    /// Name of a file about it, without an extension.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("{}_{}_jitter", self.generator.name(), self.jitter.name()).replace("_none_", "_no_")
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jitter = if self.jitter == Jitter::None { "no" } else { self.jitter.name() };
        write!(f, "{}, {jitter} jitter", self.generator.name())
    }
}

/// The article's function. An attribute names its generator and jitter in the source, so there is one function for each
/// pair; what they have in common is written once, here.
macro_rules! slow_operation {
    ($generator:ident, $jitter:ident) => {{
        #[backoff::on_predicate($generator, max_time = log.max_time, jitter = $jitter, logger = none)]
        async fn slow_operation(log: Arc<Log>, task: u32) -> bool {
            log.write(task).await;
            false
        }
        |log, task| -> Operation { Box::pin(slow_operation(log, task)) }
    }};
}

/// The function under a generator, with the jitter chosen.
macro_rules! with_jitter {
    ($jitter:expr, $generator:ident) => {
        match $jitter {
            Jitter::None => slow_operation!($generator, none),
            Jitter::Full => slow_operation!($generator, full_jitter),
            Jitter::Equal => slow_operation!($generator, equal_jitter),
            Jitter::Random => slow_operation!($generator, random_jitter),
            Jitter::Decorrelated => slow_operation!($generator, decorrelated_jitter),
        }
    };
}

/// A call of the annotated function, with all its attempts.
pub(super) type Operation = Pin<Box<dyn Future<Output = bool> + Send>>;

/// The annotated function of a policy.
pub(super) fn slow_operation(policy: Policy) -> fn(Arc<Log>, u32) -> Operation {
    match policy.generator {
        Generator::Constant => with_jitter!(policy.jitter, constant),
        Generator::Expo => with_jitter!(policy.jitter, expo),
        Generator::Fibo => with_jitter!(policy.jitter, fibo),
        Generator::Decay => with_jitter!(policy.jitter, decay),
    }
}
