//! The table.

use std::fmt;

use crate::bench::Case;
use crate::{Contestant, median};

/// All figures, and the hand-written loop's as 1.
pub(crate) struct Table {
    ids: Vec<&'static str>,
    names: Vec<&'static str>,
    rows: Vec<Row>,
    notes: Vec<String>,
}

/// What is measured of each.
pub(crate) struct Row {
    /// What is measured, and in what unit.
    pub(crate) what: String,
    /// How many digits behind the point.
    pub(crate) digits: usize,
    /// Whether more is better.
    pub(crate) more_is_better: bool,
    /// A figure of each contestant that does this.
    pub(crate) figures: Vec<Option<f64>>,
}

impl Row {
    /// A row of which less is better.
    pub(crate) fn new(what: impl Into<String>, digits: usize, figures: Vec<Option<f64>>) -> Self {
        Self { what: what.into(), digits, more_is_better: false, figures }
    }

    /// A row of the medians of several runs, each of which has a figure for each contestant.
    pub(crate) fn of_runs(what: impl Into<String>, digits: usize, runs: &[Vec<Option<f64>>]) -> Self {
        let count = runs.first().map_or(0, Vec::len);
        let middle = |who: usize| {
            let figures: Option<Vec<f64>> = runs.iter().map(|run| run[who]).collect();
            figures.map(median)
        };
        Self::new(what, digits, (0..count).map(middle).collect())
    }
}

impl Table {
    /// An empty table. Its notes begin with what contestants don't do.
    pub(crate) fn new(contestants: &[Contestant]) -> Self {
        let asked: Vec<_> = contestants.iter().map(|contestant| contestant.ask(Case::Source, 0)).collect();
        let notes = asked.iter().filter(|bench| !bench.lacks.is_empty());
        Self {
            ids: contestants.iter().map(|contestant| contestant.id).collect(),
            names: asked.iter().map(|bench| bench.name).collect(),
            rows: Vec::new(),
            notes: notes.map(|bench| format!("{}: {}.", bench.name, bench.lacks.join("; "))).collect(),
        }
    }

    /// Adds a row, and tells how far it is.
    pub(crate) fn push(&mut self, row: Row) {
        eprintln!("measured: {}", row.what);
        self.rows.push(row);
    }

    /// Adds a line below the table.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn line(&self, row: &Row) -> Vec<String> {
        let hand = self.ids.iter().position(|id| *id == "hand").and_then(|hand| row.figures[hand]);
        let cell = |figure: &Option<f64>| match (*figure, hand) {
            (None, _) => "-".to_owned(),
            (Some(figure), Some(hand)) if hand > 0.0 => {
                format!("{figure:.*} ({:.2})", row.digits, figure / hand)
            }
            (Some(figure), _) => format!("{figure:.*}", row.digits),
        };
        let better = if row.more_is_better { " (more is better)" } else { "" };
        let what = format!("{}{better}", row.what);
        std::iter::once(what).chain(row.figures.iter().map(cell)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = std::iter::once("").chain(self.names.iter().copied()).map(str::to_owned).collect();
        let lines: Vec<Vec<String>> =
            std::iter::once(heads).chain(self.rows.iter().map(|row| self.line(row))).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=self.names.len()).map(width).collect();
        for (number, line) in lines.iter().enumerate() {
            for (cell, &width) in line.iter().zip(&widths) {
                write!(f, "| {cell:width$} ")?;
            }
            writeln!(f, "|")?;
            if number == 0 {
                writeln!(f, "{}|", "| --- ".repeat(line.len()))?;
            }
        }
        writeln!(f, "\nIn brackets: times the hand-written loop's, of the same run.")?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}
