//! `default-features = false, features = ["macros"]`: sync functions work and pull in no async runtime, and an async one
//! is told which feature to turn on. In a crate of its own, as features are shared within a build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A crate with this source, and what `cargo check` says of it.
fn check(name: &str, source: &str) -> (bool, String) {
    let crate_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::create_dir_all(crate_dir.join("src")).unwrap();
    fs::copy(root.join("Cargo.lock"), crate_dir.join("Cargo.lock")).unwrap();
    let runtime = root.join("backoff-runtime").display().to_string();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         backoff-runtime = {{ path = {runtime:?}, default-features = false, features = [\"macros\"] }}\n"
    );
    fs::write(crate_dir.join("Cargo.toml"), manifest).unwrap();
    fs::write(crate_dir.join("src/lib.rs"), source).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .current_dir(&crate_dir)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("without_tokio"))
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn sync_functions_work_and_an_async_one_is_told_which_feature_to_turn_on() {
    let (passed, said) = check(
        "without_tokio_sync",
        "#[backoff_runtime::on_exception(expo, max_tries = 3)]\npub fn sync() -> Result<(), String> { Ok(()) }\n",
    );
    assert!(passed, "{said}");
    let lock = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("without_tokio_sync/Cargo.lock");
    let packages = fs::read_to_string(lock).unwrap();
    assert!(!packages.contains("\"tokio\"") && !packages.contains("name = \"tracing\""), "{packages}");

    let (passed, said) = check(
        "without_tokio_async",
        "#[backoff_runtime::on_exception(expo, max_tries = 3)]\npub async fn later() -> Result<(), String> { Ok(()) }\n",
    );
    assert!(!passed);
    let errors = said.matches("error: ").count() + said.matches("error[").count();
    assert!(said.contains("turn on the feature `tokio` of `backoff-runtime`"), "{said}");
    // The second is cargo's own: that the crate could not be compiled.
    assert_eq!(errors, 2, "{said}");
}

#[test]
fn a_span_around_each_attempt_is_told_which_feature_to_turn_on() {
    let (passed, said) = check(
        "without_tracing",
        "#[backoff_runtime::on_exception(expo, attempt_span = true)]\npub fn sync() -> Result<(), String> { Ok(()) }\n",
    );
    assert!(!passed);
    let errors = said.matches("error: ").count() + said.matches("error[").count();
    assert!(said.contains("turn on the feature `tracing` of `backoff-runtime`"), "{said}");
    // The second is cargo's own: that the crate could not be compiled.
    assert_eq!(errors, 2, "{said}");
}
