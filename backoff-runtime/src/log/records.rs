//! Records of the crate `log`.

use log::{Metadata, Record, STATIC_MAX_LEVEL};

use super::{Level, Line};

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Trace => Self::Trace,
            log::Level::Debug => Self::Debug,
            log::Level::Info => Self::Info,
            log::Level::Warn => Self::Warn,
            log::Level::Error => Self::Error,
        }
    }
}

fn log_level(level: Level) -> log::Level {
    match level {
        Level::Trace => log::Level::Trace,
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
        Level::Error => log::Level::Error,
    }
}

#[inline]
pub(super) fn may_be_heard(level: Level) -> bool {
    let level = log_level(level);
    level <= STATIC_MAX_LEVEL && level <= log::max_level()
}

pub(super) fn write(target: &str, level: Level, line: &Line<'_>) {
    let metadata = Metadata::builder().target(target).level(log_level(level)).build();
    let logger = log::logger();
    if may_be_heard(level) && logger.enabled(&metadata) {
        logger.log(&Record::builder().metadata(metadata).args(format_args!("{}", line.message())).build());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use log::Log;

    use super::*;
    use crate::details::Details;
    use crate::log::{Logger, Shown};

    struct Recorder(Mutex<Vec<String>>);

    impl Log for Recorder {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "test of records"
        }

        fn log(&self, record: &Record<'_>) {
            let line = format!("{} {}", record.level(), record.args());
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }

        fn flush(&self) {}
    }

    #[test]
    fn a_line_is_a_record_with_and_without_tracing() {
        static RECORDER: Recorder = Recorder(Mutex::new(Vec::new()));
        log::set_logger(&RECORDER).expect("no other test sets a logger");
        log::set_max_level(log::LevelFilter::Info);
        let wait = Some(Duration::from_millis(20));
        let details =
            Details { target: "read", tries: 1, elapsed: Duration::ZERO, wait, reason: None, outcome: &() };
        for logger in [Logger::DEFAULT.target("test of records"), Logger::DEFAULT, Logger::DEFAULT.none()] {
            logger.log(&details, Shown::Display(&"busy"));
            logger.backoff_log_level(Level::Debug).log(&details, Shown::Display(&"busy"));
        }
        let lines = RECORDER.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(*lines, ["INFO Backing off read(...) for 0.02s (busy)"]);
    }
}
