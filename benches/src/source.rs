//! How users of a contestant write an annotated function, for what its compilation costs.

/// Source of a function, in parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Source {
    /// Lines of the manifest's `[dependencies]`, beside tokio.
    pub(crate) dependencies: &'static str,
    /// What stands once in the file.
    pub(crate) once: &'static str,
    /// The function, in which `NAME` stands for its name and `BODY` for what it does.
    pub(crate) function: &'static str,
}
