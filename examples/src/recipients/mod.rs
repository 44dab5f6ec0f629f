//! Who gets the message: read from a file or from arguments, checked in whole before anything is sent.

mod file;
mod number;

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt, io,
    path::PathBuf,
};

pub use number::{NotANumber, digits, is_number};

/// Recipients, each once, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// The numbers, as digits with the country code first.
    pub numbers: Vec<String>,
    /// Where a number stood once more. It still gets one message.
    pub repeats: Vec<Repeat>,
}

/// A number that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// The number.
    pub number: String,
    /// The line, or the place among the arguments, counted from 1.
    pub place: usize,
    /// Where it stood first.
    pub first: usize,
}

/// A row that holds no phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The line, or the place among the arguments, counted from 1.
    pub place: usize,
    /// What stands where the number should.
    pub written: String,
    /// What is wrong with it.
    pub reason: NotANumber,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            NotANumber::Empty => write!(f, "{}", self.reason),
            _ => write!(f, "`{}`: {}", self.written.escape_debug(), self.reason),
        }
    }
}

/// Why there are no recipients.
#[derive(Debug, thiserror::Error)]
pub enum RecipientsError {
    /// The file could not be read.
    #[error("cannot read the recipients file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Rows that hold no phone number: all of them.
    #[error("nothing was sent: {} of {origin}\n{}", bad_rows(rows.len()), listed(row, rows))]
    BadRows {
        /// The file's name, or `the arguments`.
        origin: String,
        /// What stands before the number of a row.
        row: &'static str,
        /// The rows.
        rows: Vec<BadRow>,
    },
    /// No row at all.
    #[error("there are no recipients in {0}")]
    Nobody(String),
}

fn bad_rows(count: usize) -> String {
    if count == 1 { "1 bad entry".into() } else { format!("{count} bad entries") }
}

fn listed(row: &str, rows: &[BadRow]) -> String {
    let line = |bad: &BadRow| format!("  {row} {}: {bad}", bad.place);
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

impl Recipients {
    /// Reads `numbers` as given on a command line.
    ///
    /// # Errors
    ///
    /// When there is none, or when any of them is no phone number: then all those are told.
    pub fn from_arguments(numbers: &[String]) -> Result<Self, RecipientsError> {
        let rows = numbers.iter().enumerate().map(|(index, number)| (index + 1, number.clone()));
        Self::collect("the arguments", "argument", rows)
    }

    /// `count` numbers of the range that is kept free for fiction (555-01xx), for trying things out.
    #[must_use]
    pub fn invented(count: usize) -> Self {
        let number = |index| format!("1{}5550{}", 201 + index / 100, 100 + index % 100);
        Self { numbers: (0..count).map(number).collect(), repeats: Vec::new() }
    }

    fn collect(
        origin: &str,
        row: &'static str,
        rows: impl IntoIterator<Item = (usize, String)>,
    ) -> Result<Self, RecipientsError> {
        let (mut found, mut bad, mut places) = (Self::default(), Vec::new(), HashMap::new());
        for (place, written) in rows {
            match digits(&written) {
                Ok(number) => found.add(number, place, &mut places),
                Err(reason) => bad.push(BadRow { place, written, reason }),
            }
        }
        if !bad.is_empty() {
            return Err(RecipientsError::BadRows { origin: origin.into(), row, rows: bad });
        }
        if found.numbers.is_empty() {
            return Err(RecipientsError::Nobody(origin.into()));
        }
        Ok(found)
    }

    fn add(&mut self, number: String, place: usize, places: &mut HashMap<String, usize>) {
        match places.entry(number.clone()) {
            Entry::Occupied(first) => self.repeats.push(Repeat { number, place, first: *first.get() }),
            Entry::Vacant(new) => {
                new.insert(place);
                self.numbers.push(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_number_gets_one_message_and_is_told() {
        let numbers = ["+1 305 555 0157", "15615550134", "13055550157"].map(String::from);
        let recipients = Recipients::from_arguments(&numbers).unwrap();
        assert_eq!(recipients.numbers, ["13055550157", "15615550134"]);
        assert_eq!(recipients.repeats, [Repeat { number: "13055550157".into(), place: 3, first: 1 }]);
    }

    #[test]
    fn every_bad_argument_is_told_at_once() {
        let numbers = ["abc", "13055550157", "12"].map(String::from);
        let error = Recipients::from_arguments(&numbers).unwrap_err().to_string();
        assert!(error.contains("argument 1: `abc`") && error.contains("argument 3: `12`"), "{error}");
        assert!(error.starts_with("nothing was sent: 2 bad entries"), "{error}");
    }

    #[test]
    fn invented_numbers_are_distinct_and_good() {
        let numbers = Recipients::invented(500).numbers;
        let checked = Recipients::from_arguments(&numbers).unwrap();
        assert_eq!((checked.numbers.len(), checked.repeats.len()), (500, 0));
    }
}
