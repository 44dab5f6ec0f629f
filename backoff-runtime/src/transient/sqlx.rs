//! Which errors of databases pass by themselves.

use sqlx::Error;
use sqlx::error::DatabaseError;

use super::{Class, Transient};

/// By what went wrong, of the database by its code, with any driver of sqlx 0.8 or 0.9:
///
/// | error | class | because |
/// | --- | --- | --- |
/// | `PoolTimedOut` | transient | all connections were in use, or the server was away |
/// | `Io` | as the [`io::Error`](std::io::Error) | the connection broke, and the pool makes another |
/// | `Database`: PostgreSQL, MySQL | by SQLSTATE, below | |
/// | `Database`: SQLite | by result code, below | |
/// | any other | final | the query, the configuration, the row or the program is at fault |
///
/// | SQLSTATE | class | because |
/// | --- | --- | --- |
/// | `08...` but `08P01` | transient | the connection broke, or was refused as there are too many (of MySQL `08004`); `08P01` is a wrong protocol |
/// | `40...` but `40002` | transient | the transaction was rolled back to let another one go on: serialization failure, deadlock. It may be made again, as a whole. `40002` is a constraint |
/// | `53000`, `53200`, `53300` | transient | no memory, too many connections; not `53100`, a full disk, and `53400`, a limit that somebody has set |
/// | `55006`, `55P03` | transient | something is in use, or locked |
/// | `57P01`, `57P02`, `57P03`, `57P05` | transient | the server shuts down, has crashed, starts, or has closed an idle session |
/// | MySQL's error 1205, of SQLSTATE `HY000` | transient | a wait for a lock took too long |
/// | any other, such as `57014` | final | `57014` is `statement_timeout`: the same statement mostly takes as long |
///
/// | result code | class | because |
/// | --- | --- | --- |
/// | `SQLITE_BUSY` (5), `SQLITE_LOCKED` (6), and all that extend them | transient | another connection holds the lock. Of `SQLITE_BUSY_SNAPSHOT` (517) only the whole transaction helps |
/// | `SQLITE_PROTOCOL` (15) | transient | a race for the locks of WAL mode |
/// | any other | final | |
///
/// Sources: PostgreSQL's [appendix A], MySQL's [error reference], SQLite's [result codes].
///
/// A statement in a transaction is not to be made again by itself: retry the function that has the transaction in it, as
/// in the [guide](crate::guide::with_sqlx).
///
/// [appendix A]: https://www.postgresql.org/docs/current/errcodes-appendix.html
/// [error reference]: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
/// [result codes]: https://www.sqlite.org/rescode.html
#[cfg_attr(docsrs, doc(cfg(feature = "sqlx")))]
#[diagnostic::do_not_recommend]
impl Transient for Error {
    fn class(&self) -> Class {
        let passes = match self {
            Self::PoolTimedOut => true,
            Self::Io(error) => return error.class(),
            Self::Database(error) => passes(&**error),
            _ => false,
        };
        if passes { Class::TRANSIENT } else { Class::Final }
    }
}

fn passes(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    // A SQLSTATE has five characters; SQLite's codes are numbers of at most four.
    match code.len() {
        5 if code == "HY000" => is_lock_timeout(error),
        5 => is_passing_state(&code),
        _ => code.parse().is_ok_and(is_passing_result),
    }
}

fn is_passing_state(state: &str) -> bool {
    match state {
        "08P01" | "40002" => false,
        "53000" | "53200" | "53300" | "55006" | "55P03" | "57P01" | "57P02" | "57P03" | "57P05" => true,
        _ => state.starts_with("08") || state.starts_with("40"),
    }
}

/// Of an extended code the lowest byte is the code.
fn is_passing_result(code: u32) -> bool {
    matches!(code & 0xff, 5 | 6 | 15)
}

/// MySQL has one SQLSTATE for all that the standard has none for, and its number only in the text (`1205 (HY000): ...`),
/// unless the driver is named, which may not be there.
fn is_lock_timeout(error: &dyn DatabaseError) -> bool {
    error.to_string().starts_with("1205 (HY000)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use std::{fmt, io};

    /// What a driver says: its code, and its text.
    #[derive(Debug)]
    struct Said(&'static str, &'static str);

    impl fmt::Display for Said {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl std::error::Error for Said {}

    impl DatabaseError for Said {
        fn message(&self) -> &str {
            self.1
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            (!self.0.is_empty()).then_some(self.0.into())
        }
        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    fn class(code: &'static str, text: &'static str) -> Class {
        Error::Database(Box::new(Said(code, text))).class()
    }

    #[test]
    fn a_database_is_believed_by_its_sqlstate() {
        for state in [
            "08000", "08001", "08003", "08004", "08006", "08S01", "40000", "40001", "40003", "40P01",
            "53000", "53200", "53300", "55006", "55P03", "57P01", "57P02", "57P03", "57P05",
        ] {
            assert_eq!(class(state, ""), Class::TRANSIENT, "{state}");
        }
        for state in [
            "", "08P01", "22001", "23505", "25P03", "28P01", "40002", "42601", "53100", "53400", "57014",
            "57P04", "58030", "HY000", "XX000",
        ] {
            assert_eq!(class(state, ""), Class::Final, "{state}");
        }
    }

    #[test]
    fn a_wait_for_a_lock_of_mysql_is_told_by_its_number() {
        let text = "1205 (HY000): Lock wait timeout exceeded; try restarting transaction";
        assert_eq!(class("HY000", text), Class::TRANSIENT);
        assert_eq!(class("HY000", "1105 (HY000): Unknown error"), Class::Final);
    }

    #[test]
    fn sqlite_is_believed_by_its_result_code() {
        for code in ["5", "261", "517", "773", "6", "262", "518", "15"] {
            assert_eq!(class(code, ""), Class::TRANSIENT, "{code}");
        }
        for code in ["1", "8", "10", "13", "14", "19", "2067", "8714", "words"] {
            assert_eq!(class(code, ""), Class::Final, "{code}");
        }
    }

    #[test]
    fn what_is_not_of_the_database_is_told_by_its_kind() {
        assert_eq!(Error::PoolTimedOut.class(), Class::TRANSIENT);
        assert_eq!(Error::Io(io::ErrorKind::UnexpectedEof.into()).class(), Class::TRANSIENT);
        assert_eq!(Error::Io(io::ErrorKind::NotFound.into()).class(), Class::Final);
        for error in
            [Error::PoolClosed, Error::RowNotFound, Error::WorkerCrashed, Error::Protocol("?".into())]
        {
            assert_eq!(error.class(), Class::Final, "{error:?}");
        }
    }
}
