//! What the page of metrics says.

use std::collections::BTreeMap;

/// The numbers on a page, by name and labels as they stand there.
#[derive(Clone, Debug, Default)]
pub struct Page(BTreeMap<String, f64>);

impl Page {
    /// Reads a page.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let samples = samples.filter_map(|line| line.rsplit_once(' '));
        Self(samples.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect())
    }

    /// Of a function, by the name of the counter: `attempts`, `retries`, `successes`, `giveups`.
    #[must_use]
    pub fn count(&self, function: &str, counter: &str) -> u64 {
        let (name, label) =
            (format!("backoff_{counter}_total{{"), format!("code_function_name=\"{function}\""));
        let ours = self.0.iter().filter(|(key, _)| key.starts_with(&name) && key.contains(&label));
        ours.map(|(_, value)| *value as u64).sum()
    }

    /// Why calls of a function gave up, and how many.
    #[must_use]
    pub fn giveups(&self, function: &str) -> Vec<(String, u64)> {
        let label = format!("code_function_name=\"{function}\"");
        let ours = self
            .0
            .iter()
            .filter(|(key, _)| key.starts_with("backoff_giveups_total{") && key.contains(&label));
        ours.filter_map(|(key, value)| {
            let (_, reason) = key.split_once("backoff_reason=\"")?;
            Some((reason.split('"').next()?.to_owned(), *value as u64))
        })
        .collect()
    }
}
