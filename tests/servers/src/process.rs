//! A program that runs in a folder of its own, and ends in every case.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use backoff_runtime as backoff;
use tempfile::TempDir;

use crate::Missing;

/// Ends a group of processes and removes a folder when its input ends.
///
/// The input is a pipe from this process, so it ends with this process, however that ends. Each of its lines is the
/// group that runs from then on, or empty when none does. A group that doesn't end in five seconds is killed.
const KEEPER: &str = r#"
while read -r line; do group=$line; done
gone() { ! kill -s 0 -- "-$group"; }
if [ -n "$group" ]; then
    kill -s "$2" -- "-$group"
    kill -s CONT -- "-$group"
    n=0; until [ "$2" = KILL ] || gone || [ $n = 50 ]; do n=$((n + 1)); sleep 0.1; done
    kill -s KILL -- "-$group"
fi
n=0; until rm -rf -- "$1" || [ $n = 50 ]; do n=$((n + 1)); sleep 0.1; done
"#;

/// How a process is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Stop, until [`Continue`](Self::Continue): as if the machine hung.
    Stop,
    /// Go on.
    Continue,
    /// End, as soon as that is clean.
    Quit,
    /// End at once, as when the power fails.
    Kill,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Continue => "CONT",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }
}

/// A program in a temporary folder, which can be killed and run again there.
///
/// Dropping it ends the program and removes the folder.
#[derive(Debug)]
pub struct Process {
    command: Command,
    folder: TempDir,
    keeper: Child,
    running: Option<Child>,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    const LOG: &'static str = "log";

    /// Prepares to run a program in a folder, and to end it by a signal.
    ///
    /// # Errors
    ///
    /// When there is no shell that could look after it.
    pub fn new(command: Command, folder: TempDir, end_by: Signal) -> io::Result<Self> {
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(folder.path())
            .arg(end_by.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C on a terminal is for this process alone, which then ends the others.
            .process_group(0)
            .spawn()?;
        Ok(Self { command, folder, keeper, running: None, output: None })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Path {
        Path::new(self.command.get_program())
    }

    /// The folder that it runs in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program, again if it was killed. Its errors go to a file in its folder, and its output to `stdout`, or
    /// to that file without one.
    ///
    /// # Errors
    ///
    /// When it can't be run.
    pub fn run(&mut self, stdout: Option<Stdio>) -> io::Result<()> {
        self.kill();
        drop(File::create(self.log())?);
        let log = File::options().append(true).open(self.log())?;
        let mut child = self
            .command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(stdout.map_or_else(|| log.try_clone().map(Stdio::from), Ok)?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        self.keep(&child.id().to_string())?;
        self.output = child.stdout.take().map(BufReader::new);
        self.running = Some(child);
        Ok(())
    }

    /// Runs the program until a port of 127.0.0.1 answers as `is_ready` wants it.
    ///
    /// # Errors
    ///
    /// When it ends before, or takes more than a minute.
    pub fn run_until(
        &mut self,
        port: u16,
        is_ready: impl Fn(TcpStream) -> io::Result<bool>,
    ) -> Result<(), Missing> {
        self.run(None)?;
        self.wait_until(port, &is_ready).map_err(|error| self.complaint(&error))
    }

    #[backoff::on_exception(
        backoff::constant, interval = "20ms", jitter = none, max_time = 60, logger = none,
        giveup = NotReady::is_final,
    )]
    fn wait_until(
        &mut self,
        port: u16,
        is_ready: &impl Fn(TcpStream) -> io::Result<bool>,
    ) -> Result<(), NotReady> {
        // Asked first: another's server may be at that port.
        if !self.is_running() {
            return Err(NotReady::Ended);
        }
        match TcpStream::connect(("127.0.0.1", port)).and_then(is_ready) {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotReady::Answered),
            Err(error) => Err(NotReady::Silent(error)),
        }
    }

    /// Whether the program runs (or is stopped).
    pub fn is_running(&mut self) -> bool {
        self.running.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Its identifier and that of its group, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.running.as_ref().map(Child::id)
    }

    /// The next line of its output, if that was piped; empty when it has ended.
    ///
    /// # Errors
    ///
    /// When there is no output.
    pub fn line(&mut self) -> io::Result<String> {
        let output = self.output.as_mut().ok_or_else(|| io::Error::other("there is no output"))?;
        let mut line = String::new();
        output.read_line(&mut line)?;
        Ok(line)
    }

    /// Sends a signal to the program and to those that it started.
    pub fn signal(&self, signal: Signal) {
        let Some(id) = self.id() else { return };
        // Its own words say what is wrong, should anything be.
        let told = Command::new("sh")
            .args(["-c", "kill -s \"$1\" -- \"-$2\"", "sh", signal.name(), &id.to_string()])
            .status();
        debug_assert!(told.is_ok(), "{told:?}");
    }

    /// Kills the program, as `kill -9` does. Its folder stays, so that it can be run again.
    pub fn kill(&mut self) {
        self.signal(Signal::Kill);
        if let Some(mut child) = self.running.take() {
            let ended = self.keep("").and_then(|()| child.wait());
            debug_assert!(ended.is_ok(), "{ended:?}");
        }
    }

    /// What went wrong, with what the program itself said of it.
    pub fn complaint(&self, what: &dyn fmt::Display) -> Missing {
        let said = fs::read_to_string(self.log()).unwrap_or_default();
        Missing::broken(self.program(), format_args!("{what}; {}", said.trim()))
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join(Self::LOG)
    }

    /// Tells the keeper which group runs now.
    fn keep(&mut self, group: &str) -> io::Result<()> {
        let input = self.keeper.stdin.as_mut().ok_or_else(|| io::Error::other("there is no keeper"))?;
        writeln!(input, "{group}")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The keeper's input ends, and with it the program.
        drop(self.keeper.stdin.take());
        let ended = self.running.as_mut().map_or(Ok(()), |child| child.wait().map(drop));
        if let Err(error) = ended.and_then(|()| self.keeper.wait()) {
            eprintln!("{} may still run: {error}", self.program().display());
        }
    }
}

/// Why a server can't be used yet.
#[derive(Debug)]
enum NotReady {
    Ended,
    Answered,
    Silent(io::Error),
}

impl NotReady {
    fn is_final(&self) -> bool {
        matches!(self, Self::Ended)
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("it has ended"),
            Self::Answered => f.write_str("it is not ready after a minute"),
            Self::Silent(error) => write!(f, "it doesn't answer after a minute ({error})"),
        }
    }
}

/// A folder for one server.
pub(crate) fn temporary_folder() -> Result<TempDir, Missing> {
    Ok(TempDir::with_prefix("servers-")?)
}
