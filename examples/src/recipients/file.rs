//! Files of recipients: one number, or one CSV row, a line.
//!
//! Blank lines and lines that begin with `#` are skipped. A first row without a single digit is a header; a column
//! named `number`, `phone`, `mobile`, `msisdn`, `recipient` or `to` is then the one that counts, else the first is.
//! Rows are separated by commas or semicolons, whichever the first row uses.

use std::{fs, path::Path};

use super::{Recipients, RecipientsError};

const COLUMNS: [&str; 9] =
    ["number", "phone", "phone number", "phone_number", "mobile", "msisdn", "recipient", "recipients", "to"];

impl Recipients {
    /// Reads a file of recipients.
    ///
    /// # Errors
    ///
    /// When it can't be read, holds nobody, or has rows without a phone number: then all of them are told, by line.
    pub fn from_file(path: &Path) -> Result<Self, RecipientsError> {
        let content =
            fs::read(path).map_err(|source| RecipientsError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &content)
    }

    fn parse(origin: &str, content: &[u8]) -> Result<Self, RecipientsError> {
        // Only the column of numbers counts, so a name in another encoding is no reason to stop.
        let content = String::from_utf8_lossy(content);
        let content = content.strip_prefix('\u{feff}').unwrap_or(&content);
        let mut lines = content
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .peekable();
        let Some(&(_, first)) = lines.peek() else {
            return Err(RecipientsError::Nobody(origin.into()));
        };
        let separator = if first.contains(';') { b';' } else { b',' };
        let mut column = 0;
        if !first.contains(|character: char| character.is_ascii_digit()) {
            column = named_column(&fields(first, separator));
            lines.next();
        }
        let rows = lines.map(|(place, line)| (place, nth_field(line, separator, column)));
        Self::collect(origin, "line", rows)
    }
}

fn named_column(header: &[String]) -> usize {
    let names = |field: &String| COLUMNS.contains(&field.to_lowercase().as_str());
    header.iter().position(names).unwrap_or(0)
}

fn nth_field(line: &str, separator: u8, column: usize) -> String {
    fields(line, separator).into_iter().nth(column).unwrap_or_default()
}

/// The fields of one line. A line is a row of its own: an unclosed quote must not swallow the recipients after it.
fn fields(line: &str, separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(line.as_bytes());
    let row = reader.records().next().and_then(Result::ok).unwrap_or_default();
    row.iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{NotANumber, RecipientsError},
        *,
    };

    fn numbers(content: &str) -> Vec<String> {
        Recipients::parse("list.csv", content.as_bytes()).unwrap().numbers
    }

    #[test]
    fn one_number_a_line_with_comments_and_blank_lines() {
        let content = "\u{feff}# on duty\r\n13055550157\r\n\r\n  # later\n +1 561 555 0134 \n";
        assert_eq!(numbers(content), ["13055550157", "15615550134"]);
    }

    #[test]
    fn a_header_names_the_column() {
        let content = "Name,Phone,Town\n\"Lovelace, Ada\",+1 305 555 0157,London\nAlan,15615550134,\n";
        assert_eq!(numbers(content), ["13055550157", "15615550134"]);
    }

    #[test]
    fn without_a_header_the_first_column_counts() {
        assert_eq!(numbers("13055550157;Ada;7\n15615550134;Alan;8"), ["13055550157", "15615550134"]);
        assert_eq!(numbers("who,where\n13055550157,London"), ["13055550157"]);
    }

    #[test]
    fn an_unclosed_quote_ends_with_its_line() {
        assert_eq!(numbers("13055550157,\"Ada\n15615550134,Alan"), ["13055550157", "15615550134"]);
    }

    #[test]
    fn every_bad_row_is_told_with_its_line_number() {
        let content =
            b"number,name\n13055550157,Ada\n,Alan\n# none\n1305555,\n0305 555 0157,Grace\nB\xfcro,x\n";
        let error = Recipients::parse("list.csv", content).unwrap_err();
        let RecipientsError::BadRows { rows, .. } = &error else { panic!("{error}") };
        let told: Vec<_> = rows.iter().map(|row| (row.place, row.reason)).collect();
        let expected = [(3, NotANumber::Empty), (6, NotANumber::LeadingZero), (7, NotANumber::Contains('B'))];
        assert_eq!(told, expected);
        assert!(error.to_string().contains("\n  line 6: `0305 555 0157`: "), "{error}");
    }

    #[test]
    fn a_first_row_with_digits_is_no_header() {
        let error = Recipients::parse("list.csv", b"13o5555o157\n13055550157\n").unwrap_err().to_string();
        assert!(error.contains("line 1: `13o5555o157`: a phone number has no `o`"), "{error}");
    }

    #[test]
    fn a_file_with_nobody_is_told() {
        for content in ["", "\n# nobody yet\n", "number,name\n"] {
            let error = Recipients::parse("list.csv", content.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, "there are no recipients in list.csv");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_told_by_its_name() {
        let error = Recipients::from_file(Path::new("no-such-list.csv")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read the recipients file no-such-list.csv: "), "{error}");
    }
}
