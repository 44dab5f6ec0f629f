//! Ways to do the same in several situations, compared by bars: how many times the least possible each takes, in one
//! respect and another.

use std::path::Path;

use plotters::{
    chart::ChartContext,
    coord::types::RangedCoordf64,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    panel::{ACCEPTED, ATTEMPTS, GRID, LIMIT, REJECTED},
    picture::{self, Area, ChartError, DrawError, Drawn},
};

type Axes<'a, 'b> = ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// One for each way.
const COLOURS: [RGBColor; 5] =
    [REJECTED, RGBColor(140, 148, 160), ATTEMPTS, ACCEPTED, RGBColor(128, 90, 160)];
/// Where the names end and the bars begin.
const NAMES: i32 = 300;
const WIDTH: i32 = 1000;
const HEIGHT: u32 = 130;
const AROUND: u32 = 190;

/// A picture of a group of bars per situation, in two columns.
#[derive(Debug, Clone)]
pub struct Bars {
    /// What stands above it.
    pub title: String,
    /// The ways, in the order of the bars of a group.
    pub ways: [&'static str; 5],
    /// The situations, from top to bottom.
    pub names: Vec<String>,
    /// The bars, on the left and on the right.
    pub ratios: [Ratios; 2],
}

/// The bars of each situation.
#[derive(Debug, Clone)]
pub struct Ratios {
    /// What is compared.
    pub title: &'static str,
    /// How many times the least possible, by situation and way.
    pub values: Vec<[Option<f64>; 5]>,
}

impl Bars {
    /// Writes the picture as a PNG.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), ChartError> {
        let height = AROUND + HEIGHT * self.names.len() as u32;
        picture::write(path, (WIDTH as u32, height), |area| self.draw(area))
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        area.fill(&WHITE)?;
        let inner = area.margin(14, 0, 0, 0).titled(&self.title, ("sans-serif", 24))?;
        let (legend, inner) = inner.split_vertically(30);
        self.draw_legend(&legend)?;
        let (names, bars) = inner.split_horizontally(NAMES);
        for (place, ratios) in bars.split_evenly((1, 2)).iter().zip(&self.ratios) {
            let groups = ratios.draw(place)?;
            // Both columns have their groups at the same heights.
            self.draw_names(&names, &groups)?;
        }
        Ok(())
    }

    fn draw_legend(&self, area: &Area<'_>) -> Drawn {
        let style = ("sans-serif", 18).into_font().color(&LIMIT).pos(Pos::new(HPos::Left, VPos::Center));
        let width = (WIDTH - 40) / 5;
        for (index, (way, colour)) in (0..).zip(self.ways.iter().zip(COLOURS)) {
            let left = 40 + index * width;
            area.draw(&Rectangle::new([(left, 9), (left + 14, 23)], colour.filled()))?;
            area.draw_text(way, &style, (left + 22, 16))?;
        }
        Ok(())
    }

    fn draw_names(&self, area: &Area<'_>, groups: &[i32]) -> Drawn {
        let style = ("sans-serif", 18).into_font().color(&LIMIT).pos(Pos::new(HPos::Right, VPos::Center));
        let (_, top) = area.get_base_pixel();
        for (name, group) in self.names.iter().zip(groups) {
            area.draw_text(name, &style, (NAMES - 6, group - top))?;
        }
        Ok(())
    }
}

impl Ratios {
    /// Draws the bars, and gives the height of each group on the picture.
    fn draw(&self, area: &Area<'_>) -> Result<Vec<i32>, DrawError> {
        let groups = self.values.len() as f64;
        let largest = self.values.iter().flatten().flatten().copied().fold(1.0, f64::max);
        let mut axes = ChartBuilder::on(area)
            .caption(self.title, ("sans-serif", 20))
            .margin(10)
            .margin_right(24)
            .x_label_area_size(48)
            .build_cartesian_2d(0.0..largest * 1.2, 0.0..groups)?;
        axes.configure_mesh()
            .disable_y_axis()
            .disable_y_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .x_labels(6)
            .x_desc("times the least possible (dashed: 1)")
            .label_style(("sans-serif", 16))
            .axis_desc_style(("sans-serif", 16))
            .draw()?;
        let mut middles = Vec::new();
        for (group, values) in self.values.iter().enumerate() {
            let top = groups - group as f64;
            draw_group(&mut axes, values, top)?;
            middles.push(axes.backend_coord(&(0.0, top - 0.5)).1);
        }
        let least = [(1.0, 0.0), (1.0, groups)];
        axes.draw_series(DashedLineSeries::new(least, 8, 6, LIMIT.stroke_width(2)))?;
        Ok(middles)
    }
}

/// The bars of one situation from the top down, each with its value behind it.
fn draw_group(axes: &mut Axes<'_, '_>, values: &[Option<f64>; 5], top: f64) -> Drawn {
    let bars = values.iter().zip(COLOURS).filter_map(|(value, colour)| Some(((*value)?, colour)));
    let bars: Vec<_> = bars.collect();
    let thickness = 0.18;
    let above = (1.0 - thickness * bars.len() as f64) / 2.0;
    let style = ("sans-serif", 16).into_font().color(&LIMIT).pos(Pos::new(HPos::Left, VPos::Center));
    for (index, (value, colour)) in bars.into_iter().enumerate() {
        let middle = top - above - thickness * (index as f64 + 0.5);
        let corners = [(0.0, middle - 0.075), (value, middle + 0.075)];
        axes.draw_series([Rectangle::new(corners, colour.filled())])?;
        let label = Text::new(format!("{value:.2}"), (8, 0), style.clone());
        axes.draw_series([EmptyElement::at((value.max(1.0), middle)) + label])?;
    }
    Ok(())
}
