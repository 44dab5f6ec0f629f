//! What happens: messages are put in, workers send them, and some of the workers are killed.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tracing_subscriber::filter::LevelFilter;

use crate::Failure;
use crate::job::{Failed, Job};
use crate::provider::{Kill, Moment, NOBODY, OUT_OF_REACH, Plan, Provider};
use crate::queue::Queue;
use crate::worker::SILENCE;

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Story {
    /// The program, which is the workers', too.
    pub program: PathBuf,
    /// The queue.
    pub url: String,
    /// Messages, all put in at once.
    pub messages: u32,
    /// Workers, each a process of its own.
    pub workers: usize,
    /// How often one is killed: in turn before its message is delivered, after that, and at any other moment.
    pub kills: u32,
    /// The share of failed tries at which a worker dies between putting the next try in and being done with this one.
    pub crashes: f64,
    /// How long a job is tried.
    pub max_time: Duration,
    /// The longest time for all of it.
    pub limit: Duration,
    /// Log lines of the workers from this level on; at `OFF` nothing is said of how they end, either.
    pub log: LevelFilter,
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Messages that were put in.
    pub put_in: u32,
    /// Numbers that got theirs.
    pub reached: u32,
    /// Jobs that are listed as failed.
    pub failed: Vec<Failed>,
    /// Messages that were neither delivered nor are listed as failed.
    pub lost: u32,
    /// Numbers that got more than one, as the provider counts.
    pub twice: u32,
    /// Calls that the provider recognized as repetitions.
    pub repeated: u32,
    /// Tries that the queue gave out later.
    pub later: u32,
    /// ... and before they were due.
    pub early: u32,
    /// How much later than they were due, at most.
    pub delay: Duration,
    /// Workers that were killed.
    pub kills: u32,
    /// Workers that ended otherwise: they died between the two steps, or were silent for too long.
    pub ended: u32,
    /// How long it took, until the last message was delivered or listed.
    pub took: Duration,
}

impl Story {
    /// Lets it happen.
    ///
    /// # Errors
    /// When the queue is away, or there can be no process.
    pub async fn run(&self) -> Result<Outcome, Failure> {
        let start = Instant::now();
        let mut queue = Queue::open(&self.url).await?;
        let (provider, provider_url, kills) = Provider::serve(self.plan()).await?;
        let jobs = self.jobs();
        for job in &jobs {
            queue.put(job).await?;
        }
        let mut workers = Workers::start(self, provider_url, kills)?;
        let (mut failed, mut took) = (Vec::new(), self.limit);
        while start.elapsed() < self.limit {
            if !workers.go_on().await? {
                continue;
            }
            match queue.failed().await {
                Ok(listed) => failed = listed,
                // Its server is away. The workers end by that, and are replaced.
                Err(_) => {
                    if let Ok(again) = Queue::open(&self.url).await {
                        queue = again;
                    }
                    continue;
                }
            }
            // A queue that is kept has those of earlier runs, too.
            failed.retain(|failed| jobs.iter().any(|job| job.key == failed.job.key));
            if workers.all_are_killed() && is_done(&jobs, &provider, &failed) {
                took = start.elapsed();
                break;
            }
        }
        // What dead workers had in hand comes back, and none of it may be sent again.
        let quiet = Instant::now();
        while quiet.elapsed() < SILENCE + Duration::from_secs(1) {
            workers.go_on().await?;
        }
        // Its server may be away again.
        let _ = queue.close().await;
        Ok(self.outcome(&jobs, &provider, failed, &workers, took))
    }

    fn plan(&self) -> Plan {
        // Spread over the first two thirds of the calls that are let through.
        let by_call = self.kills - self.kills / 3;
        let moments = [Moment::Before, Moment::After];
        let number = |n: u32| 1 + n * (self.messages * 2 / 3) / by_call.max(1);
        Plan {
            limit: 60,
            outage: Duration::from_millis(1500),
            away: 0.1,
            lost: 0.05,
            kills: (0..by_call).map(|n| (number(n), moments[n as usize % 2])).collect(),
        }
    }

    /// To numbers of all kinds: one of forty is nobody's, and one of forty out of reach. Those of another run have others.
    fn jobs(&self) -> Vec<Job> {
        let run = rand::random_range(0..100_000);
        let kind = |n: u32| match n % 40 {
            7 => NOBODY,
            23 => OUT_OF_REACH,
            _ => "49",
        };
        let job = |n: u32| {
            Job::new(
                &format!("{}{run:05}{n:05}", kind(n)),
                &format!("Your code is {:06}", n * 7919 % 1_000_000),
            )
        };
        (0..self.messages).map(job).collect()
    }

    fn outcome(
        &self,
        jobs: &[Job],
        provider: &Provider,
        failed: Vec<Failed>,
        workers: &Workers<'_>,
        took: Duration,
    ) -> Outcome {
        let counts = provider.counts();
        let messages = |job: &Job| counts.inboxes.get(&job.to).copied().unwrap_or_default();
        let count = |is: &dyn Fn(&Job) -> bool| jobs.iter().filter(|job| is(job)).count() as u32;
        let delays = || counts.later.values().map(|(due, came)| came.duration_since(*due));
        Outcome {
            put_in: self.messages,
            reached: count(&|job| messages(job) > 0),
            lost: count(&|job| messages(job) == 0 && !is_listed(job, &failed)),
            twice: count(&|job| messages(job) > 1),
            repeated: counts.repeated,
            later: counts.later.len() as u32,
            early: delays().filter(Result::is_err).count() as u32,
            delay: delays().filter_map(Result::ok).max().unwrap_or_default(),
            kills: workers.killed,
            ended: workers.ended,
            took,
            failed,
        }
    }
}

/// Whether each job is delivered or listed as failed.
fn is_done(jobs: &[Job], provider: &Provider, failed: &[Failed]) -> bool {
    provider.reached() + failed.len() >= jobs.len()
        && jobs.iter().all(|job| provider.has_reached(&job.to) || is_listed(job, failed))
}

fn is_listed(job: &Job, failed: &[Failed]) -> bool {
    failed.iter().any(|failed| failed.job.key == job.key)
}

/// The processes.
struct Workers<'s> {
    story: &'s Story,
    provider: String,
    children: Vec<Child>,
    ticks: Interval,
    /// Whom the provider wants killed.
    kills: mpsc::Receiver<Kill>,
    /// When one is killed at any moment, and how often that is to be done.
    next: Instant,
    left: u32,
    dice: SmallRng,
    killed: u32,
    ended: u32,
}

impl<'s> Workers<'s> {
    fn start(story: &'s Story, provider: String, kills: mpsc::Receiver<Kill>) -> io::Result<Self> {
        let mut ticks = interval(Duration::from_millis(200));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut workers = Self {
            story,
            provider,
            children: Vec::new(),
            ticks,
            kills,
            next: Instant::now() + Duration::from_millis(500),
            left: story.kills / 3,
            dice: SmallRng::seed_from_u64(2),
            killed: 0,
            ended: 0,
        };
        for _ in 0..story.workers {
            let child = workers.spawn()?;
            workers.children.push(child);
        }
        Ok(workers)
    }

    fn spawn(&self) -> io::Result<Child> {
        let Story { program, url, crashes, max_time, log, .. } = self.story;
        Command::new(program)
            .args(["worker", "--url", url, "--provider", &self.provider, "--crashes", &crashes.to_string()])
            .args(["--log", &log.to_string()])
            // Minutes and days are too long for a story.
            .envs([("SMS_LATER_FACTOR", "0.5"), ("SMS_LATER_MAX_VALUE", "2s")])
            .env("SMS_LATER_MAX_TIME", max_time.as_secs_f64().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(if *log == LevelFilter::OFF { Stdio::null() } else { Stdio::inherit() })
            .kill_on_drop(true)
            .spawn()
    }

    /// Kills whom the provider wants killed. Or, at each tick, replaces who has ended, and kills one if it is time: then
    /// true.
    async fn go_on(&mut self) -> io::Result<bool> {
        tokio::select! {
            Some(Kill { process, dead }) = self.kills.recv() => {
                // It may have ended since it called.
                let place = self.children.iter().position(|child| child.id() == Some(process));
                if let Some(place) = place {
                    self.kill(place).await?;
                }
                let _ = dead.send(place.is_some());
                return Ok(false);
            }
            _ = self.ticks.tick() => {}
        }
        for place in 0..self.children.len() {
            if self.children[place].try_wait()?.is_some() {
                self.ended += 1;
                self.children[place] = self.spawn()?;
            }
        }
        if !self.all_are_killed() && Instant::now() >= self.next {
            self.next = Instant::now() + Duration::from_millis(self.dice.random_range(300..1500));
            self.left -= 1;
            let place = self.dice.random_range(0..self.children.len());
            self.kill(place).await?;
        }
        Ok(true)
    }

    /// Whether none is left to be killed at any moment.
    fn all_are_killed(&self) -> bool {
        self.left == 0
    }

    async fn kill(&mut self, place: usize) -> io::Result<()> {
        self.children[place].kill().await?;
        self.killed += 1;
        self.children[place] = self.spawn()?;
        Ok(())
    }
}
