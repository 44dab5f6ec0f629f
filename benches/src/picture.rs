//! How cost grows with the number of tasks, as a picture.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::bench::Tasks;
use crate::{Contestant, Result, many};

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

const SIZE: (u32, u32) = (900, 420);
const COUNTS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Who is in the picture, by which colour, and how wide a line: some lie on each other.
const WHO: [(&str, RGBColor, u32); 4] = [
    ("hand", RGBColor(0xb8, 0xbd, 0xc9), 8),
    ("attribute", RGBColor(0x1f, 0x8a, 0x5b), 3),
    ("tokio_retry", RGBColor(0xef, 0x96, 0x3c), 3),
    ("backon", RGBColor(0xb0, 0x3a, 0x5b), 3),
];
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images/cost.png");

/// The figures of one contestant, by the number of tasks.
struct Line {
    name: &'static str,
    colour: RGBColor,
    width: u32,
    tasks: Vec<(u64, Tasks)>,
}

/// Measures, and draws the picture.
pub(crate) fn draw(contestants: &[Contestant], runs: usize) -> Result<()> {
    let mut lines = Vec::new();
    for (id, colour, width) in WHO {
        let Some(contestant) = contestants.iter().find(|contestant| contestant.id == id) else { continue };
        let name = contestant.ask(crate::bench::Case::Source, 0).name;
        let mut tasks = Vec::new();
        for count in COUNTS {
            if let Some(cost) = many::one(contestant, runs, count)? {
                tasks.push((count, cost));
            }
        }
        lines.push(Line { name, colour, width, tasks });
    }
    write(&lines)?;
    println!("\nHow it grows with the number of tasks: {PATH}");
    Ok(())
}

fn write(lines: &[Line]) -> Result<()> {
    register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT)
        .map_err(|_| "the font is none")?;
    let mut pixels = vec![0; (SIZE.0 * SIZE.1 * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let inner =
            area.margin(8, 0, 0, 0).titled("Calls that wait at once, on one runtime", ("sans-serif", 24))?;
        let panels = inner.split_evenly((1, 2));
        panel(&panels[0], lines, "memory of each: heap bytes", true, |tasks| tasks.heap)?;
        panel(&panels[1], lines, "waking and ending each: ns of CPU", false, |tasks| tasks.waking)?;
        area.present()?;
    }
    encode(Path::new(PATH), &pixels)
}

fn panel(
    area: &Area<'_>,
    lines: &[Line],
    title: &str,
    has_legend: bool,
    figure: fn(&Tasks) -> f64,
) -> Result<()> {
    let figures = || lines.iter().flat_map(|line| &line.tasks).map(|(_, tasks)| figure(tasks));
    let largest = figures().fold(1.0, f64::max);
    let (first, last) = (COUNTS[0] as f64, COUNTS[COUNTS.len() - 1] as f64);
    let mut axes = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 19))
        .margin(10)
        .margin_right(44)
        .x_label_area_size(46)
        .y_label_area_size(54)
        .build_cartesian_2d((first..last).log_scale(), 0.0..largest * 1.15)?;
    axes.configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(0xdd, 0xdd, 0xdd))
        .x_labels(4)
        .y_labels(6)
        .y_label_formatter(&|figure| format!("{figure:.0}"))
        .x_label_formatter(&|count| thousands(*count as u64))
        .x_desc("tasks")
        .label_style(("sans-serif", 16))
        .axis_desc_style(("sans-serif", 16))
        .draw()?;
    for line in lines {
        let points: Vec<(f64, f64)> =
            line.tasks.iter().map(|(count, tasks)| (*count as f64, figure(tasks))).collect();
        let colour = line.colour;
        let stroke = colour.stroke_width(line.width);
        axes.draw_series(LineSeries::new(points.clone(), stroke))?
            .label(line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], stroke));
        axes.draw_series(points.into_iter().map(|point| Circle::new(point, 4, colour.filled())))?;
    }
    if !has_legend {
        return Ok(());
    }
    axes.configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE)
        .border_style(RGBColor(0xdd, 0xdd, 0xdd))
        .label_font(("sans-serif", 15))
        .draw()?;
    Ok(())
}

/// `1,000,000` for a million.
fn thousands(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), number % 1000),
    }
}

fn encode(path: &Path, pixels: &[u8]) -> Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    Ok(writer.finish()?)
}
