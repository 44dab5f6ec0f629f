//! Where the programs are.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::Missing;

/// Finds a program of this machine that these packages of Debian and Ubuntu have.
///
/// Debian has servers where only root looks.
///
/// # Errors
///
/// When there is none: with what installs it.
pub fn program(name: &str, packages: &str) -> Result<PathBuf, Missing> {
    program_in(&[], name, packages)
}

/// Finds a program that a command installs which is none of `apt-get`.
///
/// # Errors
///
/// When there is none: with that command.
pub fn program_by(name: &str, install: &str) -> Result<PathBuf, Missing> {
    find(&[], name).ok_or_else(|| Missing::Program { name: name.into(), install: install.into() })
}

/// Finds a program in these folders, or where programs are.
pub(crate) fn program_in(folders: &[PathBuf], name: &str, packages: &str) -> Result<PathBuf, Missing> {
    let install = || format!("apt-get install {packages}");
    find(folders, name).ok_or_else(|| Missing::Program { name: name.into(), install: install() })
}

fn find(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let folders = env::join_paths(folders.iter().cloned().chain(usual)).ok()?;
    which::which_in(name, Some(folders), Path::new(".")).ok()
}
