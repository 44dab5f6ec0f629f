//! Calls per second over time, as a picture of one panel or several.

use std::path::Path;

use plotters::prelude::*;

use super::{
    panel::{Frame, Panel},
    picture::{self, Area, ChartError, Drawn},
};

/// A picture of panels, one below the other and all on the same axes, so that they compare at a glance.
#[derive(Debug, Clone)]
pub struct Chart {
    panels: Vec<Panel>,
    highest: f64,
}

impl Chart {
    /// As high as the highest column.
    #[must_use]
    pub fn new(panels: Vec<Panel>) -> Self {
        Self { panels, highest: f64::INFINITY }
    }

    /// The same, but columns end at so many calls, with their true height written on them. For columns so high that
    /// beside them nothing else would be seen.
    #[must_use]
    pub fn cut_at(self, calls: f64) -> Self {
        Self { highest: calls, ..self }
    }

    /// Makes sure that a chart can be written to `path` later, before there is anything to lose.
    ///
    /// # Errors
    ///
    /// When the path isn't one of a `.png` file, or its folder can't be made.
    pub fn prepare(path: &Path) -> Result<(), ChartError> {
        picture::prepare(path)
    }

    /// Writes the chart as a PNG.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), ChartError> {
        picture::write(path, self.size(), |area| self.draw(area))
    }

    /// As wide as a page shows it without shrinking; several panels are a little lower than one.
    fn size(&self) -> (u32, u32) {
        let panels = self.panels.len() as u32;
        (900, if panels == 1 { 480 } else { 300 * panels })
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        area.fill(&WHITE)?;
        let frame = Frame::of(&self.panels, self.highest);
        for (place, panel) in area.split_evenly((self.panels.len(), 1)).iter().zip(&self.panels) {
            panel.draw(place, frame)?;
        }
        Ok(())
    }
}
