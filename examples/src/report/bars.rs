//! Ways to do the same, compared by bars: how many times the least possible each takes, in one respect and another.

use std::path::Path;

use plotters::{
    chart::ChartContext,
    coord::types::RangedCoordf64,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{
    panel::{ACCEPTED, ATTEMPTS, GRID, LIMIT},
    picture::{self, Area, ChartError, DrawError, Drawn},
};

type Axes<'a, 'b> = ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Where the names end and the bars begin.
const NAMES: i32 = 250;
const HEIGHT: u32 = 60;
const AROUND: u32 = 170;

/// A picture of one row per way, and two columns of bars.
#[derive(Debug, Clone)]
pub struct Bars {
    /// What stands above it.
    pub title: String,
    /// The ways, from top to bottom.
    pub names: Vec<String>,
    /// The bars, on the left and on the right.
    pub ratios: [Ratios; 2],
}

/// A bar of each way.
#[derive(Debug, Clone)]
pub struct Ratios {
    /// What is compared, and with what.
    pub title: String,
    /// How many times the least possible.
    pub values: Vec<f64>,
}

impl Bars {
    /// Writes the picture as a PNG.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), ChartError> {
        let height = AROUND + HEIGHT * self.names.len() as u32;
        picture::write(path, (900, height), |area| self.draw(area))
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        area.fill(&WHITE)?;
        let inner = area.margin(14, 0, 0, 0).titled(&self.title, ("sans-serif", 24))?;
        let (names, bars) = inner.split_horizontally(NAMES);
        for ((place, ratios), colour) in
            bars.split_evenly((1, 2)).iter().zip(&self.ratios).zip([ATTEMPTS, ACCEPTED])
        {
            let rows = ratios.draw(place, colour)?;
            // Both columns have their rows at the same heights.
            self.draw_names(&names, &rows)?;
        }
        Ok(())
    }

    fn draw_names(&self, area: &Area<'_>, rows: &[i32]) -> Drawn {
        let style = ("sans-serif", 19).into_font().color(&LIMIT).pos(Pos::new(HPos::Right, VPos::Center));
        let (_, top) = area.get_base_pixel();
        for (name, row) in self.names.iter().zip(rows) {
            area.draw_text(name, &style, (NAMES - 6, row - top))?;
        }
        Ok(())
    }
}

impl Ratios {
    /// Draws the bars, and gives the height of each row on the picture.
    fn draw(&self, area: &Area<'_>, colour: RGBColor) -> Result<Vec<i32>, DrawError> {
        let rows = self.values.len() as f64;
        let largest = self.values.iter().copied().fold(1.0, f64::max);
        let mut axes = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 20))
            .margin(10)
            .margin_right(24)
            .x_label_area_size(48)
            .build_cartesian_2d(0.0..largest * 1.25, 0.0..rows)?;
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
        let middles = (0..self.values.len()).map(|row| rows - row as f64 - 0.5);
        let bars: Vec<(f64, f64)> = self.values.iter().copied().zip(middles).collect();
        draw_bars(&mut axes, &bars, colour)?;
        let least = [(1.0, 0.0), (1.0, rows)];
        axes.draw_series(DashedLineSeries::new(least, 8, 6, LIMIT.stroke_width(2)))?;
        Ok(bars.iter().map(|(_, middle)| axes.backend_coord(&(0.0, *middle)).1).collect())
    }
}

/// Bars, each with its value behind it.
fn draw_bars(axes: &mut Axes<'_, '_>, bars: &[(f64, f64)], colour: RGBColor) -> Drawn {
    axes.draw_series(bars.iter().map(|&(value, middle)| {
        Rectangle::new([(0.0, middle - 0.3), (value, middle + 0.3)], colour.filled())
    }))?;
    let style = ("sans-serif", 18).into_font().color(&LIMIT).pos(Pos::new(HPos::Left, VPos::Center));
    axes.draw_series(bars.iter().map(|&(value, middle)| {
        EmptyElement::at((value.max(1.0), middle)) + Text::new(format!("{value:.2}"), (8, 0), style.clone())
    }))?;
    Ok(())
}
