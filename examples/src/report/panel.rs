//! One panel of a chart: a column a second, its parts on top of each other.

use plotters::{
    chart::ChartContext,
    coord::types::RangedCoordf64,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::picture::{Area, Drawn};
use crate::per_second::PerSecond;

type Axes<'a, 'b> = ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

pub(super) const ACCEPTED: RGBColor = RGBColor(27, 133, 84);
pub(super) const REJECTED: RGBColor = RGBColor(236, 151, 64);
pub(super) const ATTEMPTS: RGBColor = RGBColor(52, 101, 164);
pub(super) const LIMIT: RGBColor = RGBColor(45, 55, 72);
pub(super) const GRID: RGBColor = RGBColor(226, 230, 236);

/// Calls per second over time, with what stands above them.
#[derive(Debug, Clone)]
pub struct Panel {
    title: String,
    parts: Vec<Part>,
    limit: Option<f64>,
}

/// A part of each column, from the bottom up.
#[derive(Debug, Clone)]
struct Part {
    name: String,
    colour: RGBColor,
    per_second: Vec<u32>,
}

/// How far the axes reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    seconds: f64,
    calls: f64,
}

impl Frame {
    /// The axes that hold all of these, but are no higher than that.
    pub(super) fn of(panels: &[Panel], highest: f64) -> Self {
        let seconds = panels.iter().map(Panel::seconds).max().unwrap_or(0);
        let calls = panels.iter().map(Panel::tallest).fold(0.0, f64::max);
        Self { seconds: (seconds as f64).max(5.0), calls: (calls * 1.1).max(5.0).min(highest) }
    }
}

impl Panel {
    /// Accepted calls, and rejected ones on top of them, with the rate that the server lets through.
    #[must_use]
    pub fn of_calls(title: impl Into<String>, calls: &PerSecond, limit: Option<f64>) -> Self {
        let total = calls.total();
        let accepted = calls.seconds().iter().map(|second| second.accepted).collect();
        let rejected = calls.seconds().iter().map(|second| second.rejected).collect();
        let part = |name, count, colour, per_second| Part {
            name: format!("{name} ({count} in all)"),
            colour,
            per_second,
        };
        let parts = vec![
            part("accepted", total.accepted, ACCEPTED, accepted),
            part("rejected", total.rejected, REJECTED, rejected),
        ];
        Self { title: title.into(), parts, limit }
    }

    /// Attempts, of which nothing else is known.
    #[must_use]
    pub fn of_attempts(title: impl Into<String>, per_second: Vec<u32>) -> Self {
        let attempts = Part { name: String::new(), colour: ATTEMPTS, per_second };
        Self { title: title.into(), parts: vec![attempts], limit: None }
    }

    fn seconds(&self) -> usize {
        self.parts.iter().map(|part| part.per_second.len()).max().unwrap_or(0)
    }

    fn tallest(&self) -> f64 {
        let tallest = (0..self.seconds()).map(|second| self.height(self.parts.len(), second)).max();
        f64::from(tallest.unwrap_or(0)).max(self.limit.unwrap_or(0.0))
    }

    /// Where the part of that number begins in the column of a second.
    fn height(&self, part: usize, second: usize) -> u32 {
        self.parts[..part].iter().filter_map(|part| part.per_second.get(second)).sum()
    }

    pub(super) fn draw(&self, area: &Area<'_>, frame: Frame) -> Drawn {
        let mut axes = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 24))
            .margin(16)
            .margin_right(28)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..frame.seconds, 0.0..frame.calls)?;
        draw_grid(&mut axes)?;
        for part in 0..self.parts.len() {
            self.draw_part(&mut axes, part, frame)?;
        }
        self.draw_limit(&mut axes, frame)?;
        self.draw_heights(&mut axes, frame)?;
        self.draw_legend(&mut axes)
    }

    fn draw_part(&self, axes: &mut Axes<'_, '_>, index: usize, frame: Frame) -> Drawn {
        let Part { name, colour, per_second } = &self.parts[index];
        // Columns of a few pixels each would be lost in gaps between them.
        let gap = if frame.seconds > 100.0 { 0.0 } else { 0.06 };
        let columns =
            per_second.iter().enumerate().filter(|(_, calls)| **calls > 0).map(|(second, calls)| {
                let (left, from) = (second as f64, f64::from(self.height(index, second)));
                let to = (from + f64::from(*calls)).min(frame.calls);
                let corners = [(left + gap, from.min(to)), (left + 1.0 - gap, to)];
                Rectangle::new(corners, colour.filled())
            });
        let colour = *colour;
        axes.draw_series(columns)?.label(name).legend(move |at| swatch(at, colour));
        Ok(())
    }

    fn draw_limit(&self, axes: &mut Axes<'_, '_>, frame: Frame) -> Drawn {
        let Some(limit) = self.limit else { return Ok(()) };
        let line = [(0.0, limit), (frame.seconds, limit)];
        axes.draw_series(DashedLineSeries::new(line, 8, 6, LIMIT.stroke_width(2)))?
            .label(format!("rate limit ({limit} a second)"))
            .legend(|(x, y)| PathElement::new([(x, y - 3), (x + 22, y - 3)], LIMIT.stroke_width(2)));
        Ok(())
    }

    /// Writes its height on each column that is cut.
    fn draw_heights(&self, axes: &mut Axes<'_, '_>, frame: Frame) -> Drawn {
        let style = ("sans-serif", 14).into_font().color(&LIMIT).pos(Pos::new(HPos::Center, VPos::Top));
        let heights = (0..self.seconds()).map(|second| (second, self.height(self.parts.len(), second)));
        let cut = heights.filter(|(_, height)| f64::from(*height) > frame.calls);
        axes.draw_series(cut.map(|(second, height)| {
            let top = (second as f64 + 0.5, frame.calls * 0.97);
            Text::new(height.to_string(), top, style.clone())
        }))?;
        Ok(())
    }

    fn draw_legend<'a, 'b: 'a>(&self, axes: &mut Axes<'a, 'b>) -> Drawn {
        if self.parts.len() < 2 {
            return Ok(());
        }
        axes.configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .margin(12)
            .background_style(WHITE.mix(0.9))
            .border_style(GRID)
            .label_font(("sans-serif", 17))
            .draw()
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
        .label_style(("sans-serif", 16))
        .axis_desc_style(("sans-serif", 18))
        .draw()
}

/// There are no halves of calls, and halves of seconds would only crowd the axis.
fn whole(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 { format!("{value:.0}") } else { String::new() }
}

fn swatch((x, y): (i32, i32), colour: RGBColor) -> Rectangle<(i32, i32)> {
    Rectangle::new([(x, y - 10), (x + 22, y + 4)], colour.filled())
}
