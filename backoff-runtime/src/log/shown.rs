//! How an outcome is shown in a log line.

use std::cell::{Cell, OnceCell};
use std::error::Error;
use std::fmt::{self, Write as _};
use std::iter::successors;

/// So many causes of an error are shown.
const MOST_CAUSES: usize = 64;

/// How an outcome is shown in a log line.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// An error by `Display`, and all that caused it: what follows is its source.
    Error(&'a dyn fmt::Display, Option<&'a (dyn Error + 'static)>),
    /// By `Display`.
    Display(&'a dyn fmt::Display),
    /// By `Debug`.
    Debug(&'a dyn fmt::Debug),
    /// Not at all.
    Hidden,
}

impl<'a> Shown<'a> {
    /// An error and all that caused it.
    pub fn error(error: &'a impl Error) -> Self {
        Self::Error(error, error.source())
    }

    /// What is shown to several.
    pub(super) fn once(self) -> ShownOnce<'a> {
        ShownOnce { shown: self, text: OnceCell::new() }
    }

    /// What a line shows: at most 200 characters.
    fn text(self) -> Option<Text> {
        let mut text = Text::new();
        // A `Display` that fails ends its text, and not the line.
        let _ = match self {
            Self::Error(outcome, _) | Self::Display(outcome) => write!(text, "{outcome}"),
            Self::Debug(outcome) => write!(text, "{outcome:?}"),
            Self::Hidden => return None,
        };
        if let Self::Error(_, source) = self {
            // An error may be its own source, by mistake.
            for cause in successors(source, |&cause| cause.source()).take(MOST_CAUSES) {
                if text.is_cut {
                    break;
                }
                text.caused_by(cause);
            }
        }
        Some(text)
    }
}

/// What is asked for its text once, when somebody wants to see it.
pub(super) struct ShownOnce<'a> {
    shown: Shown<'a>,
    text: OnceCell<Option<Text>>,
}

impl ShownOnce<'_> {
    /// Whether anything is shown.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self.shown, Shown::Hidden)
    }

    pub(super) fn text(&self) -> Option<&Text> {
        self.text.get_or_init(|| self.shown.text()).as_ref()
    }
}

impl fmt::Display for ShownOnce<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().map_or(Ok(()), |text| text.fmt(f))
    }
}

/// What a function makes of an outcome. It is asked when it is shown, which happens once, and only for a listener.
pub(crate) struct Made<F>(Cell<Option<F>>);

impl<D: fmt::Display, F: FnOnce() -> D> Made<F> {
    pub(crate) fn new(made: F) -> Self {
        Self(Cell::new(Some(made)))
    }
}

impl<D: fmt::Display, F: FnOnce() -> D> fmt::Display for Made<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.take().map_or(Ok(()), |made| made().fmt(f))
    }
}

/// The text of an outcome: cut while it is written, as the whole may be large, and without characters that break or
/// reorder a line, so that nobody can forge one.
pub(super) struct Text {
    text: String,
    /// How many more characters fit.
    room: usize,
    is_cut: bool,
}

impl Text {
    const fn new() -> Self {
        Self { text: String::new(), room: 200, is_cut: false }
    }

    /// Adds a cause, unless the text ends with it: many errors show their cause themselves.
    fn caused_by(&mut self, cause: &dyn Error) {
        let mut own = Self::new();
        let _ = write!(own, "{cause}");
        if own.is_cut || !self.text.ends_with(&own.text) {
            let colon = if self.text.is_empty() { "" } else { ": " };
            let _ = write!(self, "{colon}{}", own.text);
            self.is_cut |= own.is_cut;
        }
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| self.write_char(c))
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        let is_escaped = misleads(c);
        let length = if is_escaped { c.escape_default().len() } else { 1 };
        let Some(room) = self.room.checked_sub(length) else {
            (self.room, self.is_cut) = (0, true);
            return Err(fmt::Error);
        };
        self.room = room;
        if is_escaped {
            self.text.extend(c.escape_default());
        } else {
            self.text.push(c);
        }
        Ok(())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        f.write_str(if self.is_cut { "..." } else { "" })
    }
}

/// Whether a character begins a line, or moves or changes what else is in it: control characters, the separators of
/// lines and paragraphs, and those that change the direction of writing.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
