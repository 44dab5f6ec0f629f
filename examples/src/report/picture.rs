//! A PNG file that is drawn on.

use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use plotters::{
    coord::Shift,
    prelude::*,
    style::{FontStyle, register_font},
};

pub(super) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
pub(super) type DrawError = DrawingAreaErrorKind<<BitMapBackend<'static> as DrawingBackend>::ErrorType>;
pub(super) type Drawn = Result<(), DrawError>;

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

/// Makes sure that a picture can be written to `path` later.
pub(super) fn prepare(path: &Path) -> Result<(), ChartError> {
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
        return Err(ChartError::new(path, &"it is a PNG, so its name must end in .png"));
    }
    if path.is_dir() {
        return Err(ChartError::new(path, &io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), fs::create_dir_all).map_err(|error| ChartError::new(path, &error))
}

/// Writes a picture of this size.
pub(super) fn write(
    path: &Path,
    (width, height): (u32, u32),
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<(), ChartError> {
    prepare(path)?;
    font();
    let mut pixels = vec![0; (width * height * 3) as usize];
    let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
    let drawn = draw(&area).and_then(|()| area.present());
    drawn.map_err(|error| ChartError::new(path, &error))?;
    drop(area);
    encode(path, (width, height), &pixels).map_err(|error| ChartError::new(path, &error))
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
