//! What Node's servers need: packages from npm.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use backoff_test_servers::program;

use crate::Failure;

/// The files that Node's servers consist of.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("servers/package.json")),
    ("package-lock.json", include_str!("servers/package-lock.json")),
    ("serve.js", include_str!("servers/serve.js")),
];

/// The folder with `serve.js` and the packages that it needs: as `package-lock.json` pins them, installed once.
pub(crate) fn packages() -> Result<PathBuf, Failure> {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    let cache = build_folder()?.join("limiters");
    let folder = cache.join(format!("{:016x}", hasher.finish()));
    if folder.exists() {
        return Ok(folder);
    }
    fs::create_dir_all(&cache)?;
    // Made beside it and moved there when complete: another run may do the same, and this one may be ended.
    let new = tempfile::tempdir_in(&cache)?;
    for (name, text) in FILES {
        fs::write(new.path().join(name), text)?;
    }
    npm_ci(new.path())?;
    match fs::rename(new.path(), &folder) {
        Err(error) if !folder.exists() => Err(error.into()),
        _ => Ok(folder),
    }
}

/// `target`, or what was chosen instead of it: this program is in its `release/examples`.
fn build_folder() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    program
        .ancestors()
        .nth(3)
        .map(Path::to_owned)
        .ok_or_else(|| io::Error::other("this program is in no build"))
}

fn npm_ci(folder: &Path) -> Result<(), Failure> {
    let npm = program("npm", "npm")?;
    let ended = Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .output()?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Err(format!("`npm ci` failed ({}): {}", ended.status, said.trim()).into())
}
