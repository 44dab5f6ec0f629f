//! The programs as their users start them.

use std::{
    env,
    process::{Command, Output},
};

/// A program, built along with this test by `cargo test`.
pub(crate) fn program(name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let examples = test.parent().unwrap().with_file_name("examples");
    let path = examples.join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{}: `cargo test` builds it, `cargo test --tests` doesn't", path.display());
    Command::new(path)
}

/// What it printed and its exit status.
pub(crate) fn end(command: &mut Command) -> (String, String, i32) {
    let Output { stdout, stderr, status } = command.output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (stdout, stderr, status.code().unwrap())
}
