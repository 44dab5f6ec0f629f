//! Calls per second over time, as a picture of one panel or several.

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use plotters::{
    prelude::*,
    style::{FontStyle, register_font},
};

use super::panel::{Drawn, Frame, Panel};

/// A picture of panels, one below the other and all on the same axes, so that they compare at a glance.
#[derive(Debug, Clone)]
pub struct Chart {
    panels: Vec<Panel>,
    highest: f64,
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
        let (width, height) = self.size();
        let mut pixels = vec![0; (width * height * 3) as usize];
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        self.draw(&area).map_err(|error| ChartError::new(path, &error))?;
        drop(area);
        encode(path, (width, height), &pixels).map_err(|error| ChartError::new(path, &error))
    }

    /// As wide as a page shows it without shrinking; several panels are a little lower than one.
    fn size(&self) -> (u32, u32) {
        let panels = self.panels.len() as u32;
        (900, if panels == 1 { 480 } else { 300 * panels })
    }

    fn draw(&self, area: &super::panel::Area<'_>) -> Drawn {
        area.fill(&WHITE)?;
        let frame = Frame::of(&self.panels, self.highest);
        for (place, panel) in area.split_evenly((self.panels.len(), 1)).iter().zip(&self.panels) {
            panel.draw(place, frame)?;
        }
        area.present()
    }
}

/// Writes the pixels as small as can be: pictures are looked at more often than they are made.
fn encode(path: &Path, (width, height): (u32, u32), pixels: &[u8]) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()
}

/// Text is drawn with a font that is compiled in: a machine need not have any.
fn font() {
    static FONT: OnceLock<()> = OnceLock::new();
    FONT.get_or_init(|| {
        register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
            .unwrap_or_else(|_| unreachable!("the crate carries a font"));
    });
}
