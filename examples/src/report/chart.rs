//! Accepted and rejected calls per second, as a picture.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use plotters::{
    chart::ChartContext,
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
    style::{FontStyle, register_font},
};

use crate::per_second::PerSecond;

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
type Axes<'a, 'b> = ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), DrawingAreaErrorKind<<BitMapBackend<'static> as DrawingBackend>::ErrorType>>;

const ACCEPTED: RGBColor = RGBColor(27, 133, 84);
const REJECTED: RGBColor = RGBColor(236, 151, 64);
const LIMIT: RGBColor = RGBColor(45, 55, 72);
const GRID: RGBColor = RGBColor(226, 230, 236);

/// A chart of calls per second.
#[derive(Debug, Clone)]
pub struct Chart<'a> {
    /// What stands above it.
    pub title: String,
    /// The calls.
    pub calls: &'a PerSecond,
    /// The messages per second that the server lets through, drawn as a line.
    pub limit: Option<f64>,
}

/// Why there is no chart.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the chart {}: {reason}", path.display())]
pub struct ChartError {
    path: PathBuf,
    reason: String,
}

impl ChartError {
    fn new(path: &Path, reason: &impl ToString) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}

impl Chart<'_> {
    /// Makes sure that a chart can be written to `path` later, before there is anything to lose.
    ///
    /// # Errors
    ///
    /// When the path isn't one of a `.png` file, or its folder can't be made.
    pub fn prepare(path: &Path) -> Result<(), ChartError> {
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
            return Err(ChartError::new(path, &"it is a PNG, so its name must end in .png"));
        }
        if path.is_dir() {
            return Err(ChartError::new(path, &io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or(Ok(()), fs::create_dir_all).map_err(|error| ChartError::new(path, &error))
    }

    /// Writes the chart as a PNG.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), ChartError> {
        Self::prepare(path)?;
        font();
        let area = BitMapBackend::new(path, (1200, 640)).into_drawing_area();
        self.draw(&area).map_err(|error| ChartError::new(path, &error))
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        area.fill(&WHITE)?;
        let mut axes = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 30))
            .margin(24)
            .x_label_area_size(56)
            .y_label_area_size(72)
            .build_cartesian_2d(0.0..self.width(), 0.0..self.height())?;
        draw_grid(&mut axes)?;
        self.draw_calls(&mut axes)?;
        self.draw_limit(&mut axes)?;
        axes.configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .margin(16)
            .background_style(WHITE.mix(0.9))
            .border_style(GRID)
            .label_font(("sans-serif", 20))
            .draw()?;
        area.present()
    }

    fn width(&self) -> f64 {
        (self.calls.seconds().len() as f64).max(5.0)
    }

    fn height(&self) -> f64 {
        let tallest = self.calls.seconds().iter().map(|second| second.total()).max().unwrap_or(0);
        (f64::from(tallest).max(self.limit.unwrap_or(0.0)) * 1.1).max(5.0)
    }

    /// One column a second: the accepted calls, and the rejected ones on top of them.
    fn draw_calls(&self, axes: &mut Axes<'_, '_>) -> Drawn {
        let columns = |part: fn(f64, f64) -> (f64, f64), colour: RGBColor| {
            self.calls.seconds().iter().enumerate().map(move |(second, calls)| {
                let (from, to) = part(calls.accepted.into(), calls.total().into());
                let left = second as f64;
                Rectangle::new([(left + 0.06, from), (left + 0.94, to)], colour.filled())
            })
        };
        let total = self.calls.total();
        axes.draw_series(columns(|accepted, _| (0.0, accepted), ACCEPTED))?
            .label(format!("accepted ({} in all)", total.accepted))
            .legend(|at| swatch(at, ACCEPTED));
        axes.draw_series(columns(|accepted, total| (accepted, total), REJECTED))?
            .label(format!("rejected ({} in all)", total.rejected))
            .legend(|at| swatch(at, REJECTED));
        Ok(())
    }

    fn draw_limit(&self, axes: &mut Axes<'_, '_>) -> Drawn {
        let Some(limit) = self.limit else { return Ok(()) };
        let line = [(0.0, limit), (self.width(), limit)];
        axes.draw_series(DashedLineSeries::new(line, 8, 6, LIMIT.stroke_width(2)))?
            .label(format!("rate limit ({limit} a second)"))
            .legend(|(x, y)| PathElement::new([(x, y - 3), (x + 22, y - 3)], LIMIT.stroke_width(2)));
        Ok(())
    }
}

fn draw_grid(axes: &mut Axes<'_, '_>) -> Drawn {
    axes.configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .x_desc("time since the start (s)")
        .y_desc("calls per second")
        .x_label_formatter(&|value| whole(*value))
        .y_label_formatter(&|value| whole(*value))
        .label_style(("sans-serif", 18))
        .axis_desc_style(("sans-serif", 22))
        .draw()
}

/// There are no halves of calls, and halves of seconds would only crowd the axis.
fn whole(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 { format!("{value:.0}") } else { String::new() }
}

fn swatch((x, y): (i32, i32), colour: RGBColor) -> Rectangle<(i32, i32)> {
    Rectangle::new([(x, y - 10), (x + 22, y + 4)], colour.filled())
}

/// Text is drawn with a font that is compiled in: a machine need not have any.
fn font() {
    static FONT: OnceLock<()> = OnceLock::new();
    FONT.get_or_init(|| {
        register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
            .unwrap_or_else(|_| unreachable!("the crate carries a font"));
    });
}
