//! Where the programs are.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::Missing;

/// Finds a program of this machine.
///
/// Debian has servers where only root looks.
///
/// # Errors
///
/// When there is none: with the packages that have it.
pub fn program(name: &'static str, package: &'static str) -> Result<PathBuf, Missing> {
    program_in(&[], name, package)
}

/// Finds a program in these folders, or where programs are.
pub(crate) fn program_in(
    folders: &[PathBuf],
    name: &'static str,
    package: &'static str,
) -> Result<PathBuf, Missing> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let folders = env::join_paths(folders.iter().cloned().chain(usual)).unwrap_or_default();
    which::which_in(name, Some(folders), Path::new(".")).map_err(|_| Missing::Program { name, package })
}
