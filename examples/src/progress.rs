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
        let bar = |name: &'static str, colour: &str| {
            let bar = bars.add(ProgressBar::new(total as u64));
            bar.set_style(style(colour));
            bar.with_prefix(name)
        };
        let (sent, waiting, given_up) =
            (bar("sent", "green"), bar("waiting", "yellow"), bar("given up", "red"));
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

fn style(colour: &str) -> ProgressStyle {
    let template = format!("{{prefix:>8}} {{bar:40.{colour}}} {{pos:>4}}/{{len}} {{wide_msg:.dim}}");
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
