//! Lists the contestants, so that adding one is adding a file.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("src/contestants");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut modules, mut all) = (String::new(), String::new());
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let path = file.to_str().unwrap();
        writeln!(modules, "#[path = {path:?}]\npub(crate) mod {name};").unwrap();
        writeln!(all, "    ({name:?}, {name}::enter),").unwrap();
    }
    let list = format!("{modules}\npub(crate) const ALL: &[(&str, crate::Enter)] = &[\n{all}];\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("contestants.rs"), list).unwrap();
}
