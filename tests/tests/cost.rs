//! A call that needs no retry stays cheap: sizes of futures, and instructions of a first success, each with a margin above
//! what was measured. (How that compares with others, `benches` tells.)

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use backoff_runtime::{Policy, Timed, expo, on_exception};

#[path = "../cost/calls.rs"]
mod calls;

use calls::{
    attempt, attribute, attribute_with_a_question_mark, attribute_with_max_time, attribute_with_strategies,
};

#[test]
fn a_future_stays_small() {
    #[on_exception(expo, max_tries = 5)]
    async fn without_arguments() -> calls::Answer {
        attempt(7).await
    }
    static API: Policy = Policy::expo().max_tries(5);
    static TIMED: Policy<Timed> = Policy::expo().max_tries(5).timeout("5s");
    #[on_exception(API)]
    async fn with_a_policy() -> calls::Answer {
        attempt(7).await
    }
    #[on_exception(TIMED, on_timeout = |_| calls::Failed)]
    async fn with_a_timed_policy() -> calls::Answer {
        attempt(7).await
    }
    let by_function = on_exception(expo()).max_tries(5).run(|| attempt(7));
    let sizes = [
        ("without arguments", size_of_val(&without_arguments()), 48),
        ("with an argument", size_of_val(&attribute(7)), 64),
        ("with `max_time`", size_of_val(&attribute_with_max_time(7)), 64),
        // What may be left before its end is a future of its own, which keeps 16 bytes more.
        ("with a `?`", size_of_val(&attribute_with_a_question_mark(7)), 80),
        ("with strategies", size_of_val(&attribute_with_strategies(7)), 80),
        ("by function", size_of_val(&by_function), 96),
        // What it says is known only at run time, so there is a place for it.
        ("with a policy", size_of_val(&with_a_policy()), 232),
        ("with a timed policy", size_of_val(&with_a_timed_policy()), 512),
    ];
    for (what, size, most) in sizes {
        eprintln!("{what}: {size} bytes");
        assert!(size <= most, "a future {what} around one of 16 bytes takes {size} bytes, more than {most}");
    }
}

#[test]
fn a_bounded_attempt_is_kept_once() {
    /// A future of some 4 kB.
    async fn large() -> Result<u8, String> {
        let buffer = [0_u8; 4096];
        tokio::task::yield_now().await;
        Ok(std::hint::black_box(buffer)[0])
    }
    #[on_exception(expo, max_tries = 3, attempt_timeout = 5, timeout = 60)]
    async fn bounded() -> Result<u8, String> {
        large().await
    }
    let plain = size_of_val(&large());
    let by_function = on_exception(expo()).max_tries(3).attempt_timeout(5).run(large);
    for (what, size) in [("attribute", size_of_val(&bounded())), ("function", size_of_val(&by_function))] {
        eprintln!("{what}: {size} bytes around {plain}");
        assert!(size < plain + 800, "{what}: {size} bytes around {plain}");
    }
}

#[test]
fn a_first_success_takes_few_instructions() -> Result<(), Box<dyn Error>> {
    let version =
        Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        eprintln!("skipped: valgrind, which counts instructions, is missing");
        return Ok(());
    }
    let program = build()?;
    // How many more than the plain call's: a third above what was measured, and room for a slower clock.
    let cases = [
        ("attribute", "plain", 36),
        ("attribute_with_a_question_mark", "plain", 57),
        ("attribute_with_max_time", "plain", 105),
        ("attribute_with_strategies", "plain", 40),
        ("function", "plain", 80),
        ("sync_attribute", "sync_plain", 21),
        ("sync_function", "sync_plain", 72),
    ];
    let mut failed = Vec::new();
    for (case, plain, most) in cases {
        let more = instructions(&program, case)?.saturating_sub(instructions(&program, plain)?);
        eprintln!("{case}: {more} instructions more than {plain}");
        if more > most {
            failed.push(format!("`{case}` takes {more} instructions more than `{plain}`, not {most}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// Builds `cost/main.rs` for release, as a package of its own: this test is built without optimization.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cost");
    fs::create_dir_all(&folder)?;
    let manifest = format!(
        "[workspace]\n\
         [package]\nname = \"cost\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [[bin]]\nname = \"cost\"\npath = '{}'\n\
         [dependencies]\nbackoff-runtime = {{ path = '{}' }}\n",
        here.join("cost/main.rs").display(),
        here.join("../backoff-runtime").display(),
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The versions of the workspace, which are here already.
    fs::copy(here.join("../Cargo.lock"), folder.join("Cargo.lock"))?;
    let target = folder.join("target");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--quiet"]).current_dir(&folder).env("CARGO_TARGET_DIR", &target);
    let built = cargo.output()?;
    if built.status.success() {
        Ok(target.join("release/cost"))
    } else {
        Err(String::from_utf8_lossy(&built.stderr).into())
    }
}

/// Instructions of one call: the difference between many calls and few.
fn instructions(program: &Path, case: &str) -> Result<u64, Box<dyn Error>> {
    let collected = |times: u64| -> Result<u64, Box<dyn Error>> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        let output = valgrind.arg(program).args([case, &times.to_string()]).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let collected = told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        collected.filter(|_| output.status.success()).ok_or_else(|| told.into())
    };
    Ok((collected(3000)? - collected(1000)?) / 2000)
}
