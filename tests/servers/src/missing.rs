//! What happens where a server is not installed.

use std::{
    env,
    error::Error,
    fmt,
    io::{self, Write},
    path::Path,
};

/// Why there is no server.
#[derive(Debug)]
pub enum Missing {
    /// It is not on this machine.
    Program {
        /// The program that was looked up.
        name: String,
        /// What installs it.
        install: String,
    },
    /// It is there, but it doesn't run.
    Broken {
        /// The program.
        name: String,
        /// What it said itself, and what was seen of it.
        why: String,
    },
}

impl Missing {
    pub(crate) fn broken(program: &Path, why: impl fmt::Display) -> Self {
        Self::Broken { name: program.display().to_string(), why: why.to_string() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program { name, install } => {
                write!(f, "`{name}` is not on this machine; install it, as by `{install}`")
            }
            Self::Broken { name, why } => write!(f, "{name} doesn't run: {why}"),
        }
    }
}

impl Error for Missing {}

/// What the system said when something around a server failed, such as its folder.
impl From<io::Error> for Missing {
    fn from(error: io::Error) -> Self {
        Self::Broken { name: "a server".into(), why: error.to_string() }
    }
}

/// What was started, or `None` where it is not installed: then the caller, a test, ends without a verdict.
///
/// What is skipped is said on stderr.
///
/// # Panics
///
/// When the server is not installed and the environment has `REQUIRE_SERVERS`, or when it is installed and doesn't
/// run.
#[track_caller]
pub fn or_skip<S>(started: Result<S, Missing>) -> Option<S> {
    match started {
        Ok(server) => Some(server),
        Err(missing @ Missing::Program { .. }) => {
            assert!(env::var_os("REQUIRE_SERVERS").is_none(), "REQUIRE_SERVERS is set, but {missing}");
            // Not by `eprintln!`, which is shown of tests that fail, while this one passes.
            let _ = writeln!(io::stderr(), "skipped, and set REQUIRE_SERVERS to fail instead: {missing}");
            None
        }
        Err(broken) => panic!("{broken}"),
    }
}
