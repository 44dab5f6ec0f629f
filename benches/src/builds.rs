//! What compiling costs: 200 functions, and what they depend on.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use object::{Object as _, ObjectSection as _, SectionKind};

use crate::bench::Case;
use crate::source::Source;
use crate::table::{Row, Table};
use crate::{Contestant, Result, median, processor};

/// How many functions.
const FUNCTIONS: usize = 200;

/// Adds the rows.
pub(crate) fn measure(contestants: &[Contestant], runs: usize, table: &mut Table) -> Result<()> {
    let places: Vec<Option<Place>> = contestants.iter().map(Place::of).collect::<Result<_>>()?;
    let each = |figure: &dyn Fn(&Place) -> Result<f64>| -> Result<Vec<Option<f64>>> {
        places.iter().map(|place| place.as_ref().map(figure).transpose()).collect()
    };
    // Each run asks all contestants once, so that what disturbs it disturbs all.
    let several = |figure: &dyn Fn(&Place) -> Result<f64>| -> Result<Vec<Vec<Option<f64>>>> {
        (0..runs).map(|_| each(figure)).collect()
    };
    each(&|place| place.check_once())?;
    let clean = several(&Place::check_clean)?;
    table.push(Row::of_runs("`cargo check` of 200 functions, seconds of CPU", 2, &clean));
    let edited = several(&Place::check_edited)?;
    table.push(Row::of_runs("the same after an edit", 2, &edited));
    table.push(Row::new("release text of 200 functions, kB", 0, each(&Place::text)?));
    table.push(Row::new("crates in the tree", 0, each(&Place::crates)?));
    let built = several(&Place::build_dependencies)?;
    let row = Row::of_runs("clean build of dependencies, seconds of CPU", 2, &built);
    let tokio = row.figures.first().copied().flatten().unwrap_or_default();
    let beside = row.figures.iter().map(|built| built.map(|built| built - tokio)).collect();
    table.push(row);
    table.push(Row::new("the same, beside tokio's own", 2, beside));
    let ours = contestants.iter().zip(&places).find(|(contestant, _)| contestant.id == "attribute");
    if let Some((_, Some(place))) = ours {
        table.note(shares(place, runs)?);
    }
    Ok(())
}

/// What each dependency of this crate takes to build, one after the other.
fn shares(place: &Place, runs: usize) -> Result<String> {
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for _ in 0..runs {
        for (package, seconds) in place.seconds_of_each()? {
            times.entry(package).or_default().push(seconds);
        }
    }
    let mut shares: Vec<(String, f64)> =
        times.into_iter().map(|(package, seconds)| (package, median(seconds))).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let shares: Vec<String> =
        shares.iter().map(|(package, seconds)| format!("{package} {seconds:.2}")).collect();
    Ok(format!("Seconds to build each dependency of the attribute: {}.", shares.join(", ")))
}

/// A folder with a program of 200 functions, and a library with the same dependencies and nothing in it.
struct Place {
    folder: PathBuf,
    source: Source,
}

const CLIENT: &str = "
struct Client(u64);
impl Client {
    async fn page(&self, id: u64) -> io::Result<String> {
        if id > self.0 { Err(io::ErrorKind::NotFound.into()) } else { Ok(id.to_string()) }
    }
}
";

impl Place {
    fn of(contestant: &Contestant) -> Result<Option<Self>> {
        let Some(source) = contestant.ask(Case::Source, 0).source else { return Ok(None) };
        let target = env::current_exe()?.ancestors().nth(2).ok_or("not in a target folder")?.to_owned();
        let folder = target.join("costs").join(contestant.id);
        let place = Self { folder, source };
        place.write_manifest("program")?;
        place.write_program(0)?;
        place.write_manifest("nothing")?;
        fs::write(place.folder.join("nothing/src/lib.rs"), "")?;
        Ok(Some(place))
    }

    fn write_manifest(&self, package: &str) -> Result<()> {
        let folder = self.folder.join(package);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[workspace]\n[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [dependencies]\ntokio = {{ version = \"1.54\", features = [\"rt\", \"time\"] }}\n{}\n",
            self.source.dependencies
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions that are measured otherwise, too.
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(())
    }

    /// `edit` is a number that stands in the middle of the program.
    fn write_program(&self, edit: usize) -> Result<()> {
        let Source { once, function, .. } = self.source;
        let (mut functions, mut calls) = (String::new(), String::new());
        for number in 0..FUNCTIONS {
            let offset = if number == FUNCTIONS / 2 { edit } else { number };
            let body =
                format!("let page = client.page(id + {offset}).await?; Ok(format!(\"{number} {{page}}\"))");
            functions.push_str(&function.replace("NAME", &format!("page_{number}")).replace("BODY", &body));
            writeln!(
                calls,
                "        read += page_{number}(&client, read as u64).await.map_or(0, |page| page.len());"
            )?;
        }
        let program = format!(
            "use std::io;\n{once}\n{CLIENT}\n{functions}\nfn main() {{\n    \
             let client = Client(std::env::args().count() as u64 * 100);\n    \
             let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();\n    \
             runtime.block_on(async {{\n        let mut read = 0;\n{calls}        println!(\"{{read}}\");\n    }});\n}}\n"
        );
        Ok(fs::write(self.folder.join("program/src/main.rs"), program)?)
    }

    fn cargo(&self, package: &str, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(arguments)
            .current_dir(self.folder.join(package))
            .env("CARGO_TARGET_DIR", self.folder.join(package).join("target"))
            .stdin(Stdio::null());
        cargo
    }

    /// Runs cargo, and gives the CPU time that it took, in seconds.
    fn seconds(&self, package: &str, arguments: &[&str]) -> Result<f64> {
        let before = processor::time_of_children();
        let output = self.cargo(package, arguments).output()?;
        if !output.status.success() {
            let (folder, told) = (self.folder.display(), String::from_utf8_lossy(&output.stderr));
            return Err(format!("cargo {arguments:?} failed in {folder}: {told}").into());
        }
        Ok(processor::time_of_children().saturating_sub(before).as_secs_f64())
    }

    /// Brings what it depends on, so that it isn't counted.
    fn check_once(&self) -> Result<f64> {
        self.seconds("program", &["check", "--quiet"])
    }

    fn check_clean(&self) -> Result<f64> {
        self.seconds("program", &["clean", "--quiet", "-p", "program"])?;
        self.seconds("program", &["check", "--quiet"])
    }

    fn check_edited(&self) -> Result<f64> {
        self.write_program(FUNCTIONS)?;
        self.check_once()?;
        self.write_program(FUNCTIONS + 1)?;
        self.check_once()
    }

    /// The code of the program in release.
    fn text(&self) -> Result<f64> {
        self.seconds("program", &["build", "--quiet", "--release"])?;
        let program = format!("program/target/release/program{}", env::consts::EXE_SUFFIX);
        let bytes = fs::read(self.folder.join(program))?;
        let file = object::File::parse(&*bytes)?;
        let text = file.sections().filter(|section| section.kind() == SectionKind::Text);
        Ok(text.map(|section| section.size()).sum::<u64>() as f64 / 1e3)
    }

    fn crates(&self) -> Result<f64> {
        let tree = ["tree", "--quiet", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"];
        let output = self.cargo("nothing", &tree).stderr(Stdio::inherit()).output()?;
        let told = String::from_utf8(output.stdout)?;
        let mut crates: Vec<&str> = told.lines().filter_map(|line| line.split(" v").next()).collect();
        crates.sort_unstable();
        crates.dedup();
        // Itself is none of them.
        Ok(crates.len() as f64 - 1.0)
    }

    fn build_dependencies(&self) -> Result<f64> {
        self.remove_target()?;
        self.seconds("nothing", &["build", "--quiet"])
    }

    fn seconds_of_each(&self) -> Result<BTreeMap<String, f64>> {
        self.remove_target()?;
        let arguments = ["build", "--jobs", "1", "--message-format", "json"];
        let mut child =
            self.cargo("nothing", &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().ok_or("has an output")?;
        let (mut last, mut seconds) = (Instant::now(), BTreeMap::new());
        for line in BufReader::new(output).lines() {
            let line = line?;
            // Build scripts are built and run; both count for their crate.
            let Some(package) = package(&line) else { continue };
            *seconds.entry(package).or_default() += last.elapsed().as_secs_f64();
            last = Instant::now();
        }
        child.wait()?;
        seconds.remove("nothing");
        Ok(seconds)
    }

    fn remove_target(&self) -> Result<()> {
        let target: &Path = &self.folder.join("nothing/target");
        if target.exists() {
            fs::remove_dir_all(target)?;
        }
        Ok(())
    }
}

/// The name of the package in a message of cargo's: `.../name#version` or `...#name@version`.
fn package(message: &str) -> Option<String> {
    let id = message.split_once(r#""package_id":""#)?.1.split('"').next()?;
    let (path, name) = id.rsplit_once('#')?;
    let name = match name.split_once('@') {
        Some((name, _)) => name,
        None => path.rsplit('/').next()?,
    };
    Some(name.to_owned())
}
