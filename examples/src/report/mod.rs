//! What is shown at the end: a table, who was not reached, and a chart.

mod bars;
mod chart;
mod panel;
mod picture;
mod summary;

pub use bars::{Bars, Ratios};
pub use chart::Chart;
pub use panel::Panel;
pub use picture::ChartError;
pub use summary::Summary;
