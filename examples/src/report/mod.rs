//! What is shown at the end: a table, who was not reached, and a chart.

mod chart;
mod panel;
mod summary;

pub use chart::{Chart, ChartError};
pub use panel::Panel;
pub use summary::Summary;
