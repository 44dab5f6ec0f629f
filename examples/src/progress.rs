//! Three bars (sent, waiting, given up), and a way for log lines to pass above them.

use std::io::{self, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where each message stands, as bars on the terminal's error stream.
///
/// Nothing is drawn when that isn't a terminal.
#[derive(Debug, Clone)]
pub struct Progress {
    bars: MultiProgress,
    sent: ProgressBar,
    waiting: ProgressBar,
    given_up: ProgressBar,
}

impl Progress {
    /// Bars for `total` messages.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self::on(ProgressDrawTarget::stderr(), total)
    }

    /// Bars that nobody sees.
    #[must_use]
    pub fn hidden(total: usize) -> Self {
        Self::on(ProgressDrawTarget::hidden(), total)
    }

    fn on(target: ProgressDrawTarget, total: usize) -> Self {
        let bars = MultiProgress::with_draw_target(target);
        let bar = |name: &'static str, style| {
            bars.add(ProgressBar::new(total as u64)).with_style(style).with_prefix(name)
        };
        let sent = bar("sent", style("green", ""));
        let waiting = bar("waiting", style("yellow", "{wide_msg:.dim}"));
        let given_up = bar("given up", style("red", ""));
        Self { bars, sent, waiting, given_up }
    }

    /// Draws the bars before the first message has moved.
    pub fn show(&self) {
        for bar in self.all() {
            bar.tick();
        }
    }

    /// A message is being sent, for the `tries`th time.
    pub fn calling(&self, tries: u32) {
        if tries > 1 {
            self.waiting.dec(1);
        }
    }

    /// A message has failed and waits to be sent again.
    pub fn waiting(&self) {
        self.waiting.inc(1);
    }

    /// So many messages wait for their turn.
    pub fn queued(&self, waiting: usize) {
        self.waiting.set_position(waiting as u64);
    }

    /// Shows what the last failed call was told.
    pub fn last_failure(&self, reason: String) {
        self.waiting.set_message(reason);
    }

    /// A message was accepted.
    pub fn sent(&self) {
        self.sent.inc(1);
    }

    /// A message was given up.
    pub fn given_up(&self) {
        self.given_up.inc(1);
    }

    /// Leaves the bars as they stand.
    pub fn finish(&self) {
        self.waiting.set_message("");
        for bar in self.all() {
            bar.abandon();
        }
        if !self.bars.is_hidden() {
            eprintln!();
        }
    }

    /// Draws no more: the `^C` on a terminal has moved the cursor away from where the bars expect it.
    pub fn interrupt(&self) {
        self.bars.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// Where log lines go, so that they don't garble the bars.
    #[must_use]
    pub fn log_writer(&self) -> LogWriter {
        LogWriter(self.bars.clone())
    }

    fn all(&self) -> [&ProgressBar; 3] {
        [&self.sent, &self.waiting, &self.given_up]
    }
}

fn style(colour: &str, message: &str) -> ProgressStyle {
    let template = format!("{{prefix:>8}} {{bar:40.{colour}}} {{pos:>4}}/{{len}} {message}");
    ProgressStyle::with_template(&template)
        .expect("the template is a constant but for the colour")
        .progress_chars("━╸ ")
}

/// Writes to the error stream while the bars step aside.
#[derive(Debug, Clone)]
pub struct LogWriter(MultiProgress);

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
