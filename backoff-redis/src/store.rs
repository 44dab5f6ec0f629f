//! What is asked of Redis: two scripts, and a channel for each process.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Script, ScriptInvocation};

static SAY: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("say.lua")));
static LEAD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lead.lua")));

/// How long it takes until another process leads, if the leader says nothing more.
pub(crate) const LEASE: Duration = Duration::from_secs(2);
/// The names of the keys and channels of a pacer. All have one hash tag, so that a cluster keeps them on one node. The
/// number is that of the format of what is stored.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    prefix: String,
    /// What is there is kept for so long after it was last used.
    kept: u64,
}

impl Names {
    pub(crate) fn of(pacer: &str, kept: Duration) -> Self {
        let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
        Self { prefix: format!("{{backoff:{pacer}}}:1:"), kept }
    }

    fn name(&self, what: &str) -> String {
        format!("{}{what}", self.prefix)
    }

    /// The channel of a process.
    pub(crate) fn to(&self, process: &str) -> String {
        format!("{}to:{process}", self.prefix)
    }

    /// The channel of all processes.
    pub(crate) fn all(&self) -> String {
        self.name("all")
    }

    fn say(&self) -> ScriptInvocation<'static> {
        let mut call = SAY.key(self.name("leader"));
        call.key(self.name("inbox")).key(self.name("count"));
        call
    }

    fn lead(&self) -> ScriptInvocation<'static> {
        let mut call = LEAD.key(self.name("leader"));
        call.key(self.name("inbox")).key(self.name("count")).key(self.name("state"));
        call
    }
}

/// An answer, and what it says of the time.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    pub(crate) there: Duration,
    pub(crate) began: Instant,
}

/// What became of an attempt to lead.
#[derive(Debug)]
pub(crate) enum Led {
    /// It leads: the entries that its state doesn't have, with the number of the one before them; and the state, if it
    /// has begun to lead and one was there. `was_left` if nobody led before, or said so in the end.
    Yes { before: u64, entries: Vec<Vec<u8>>, state: Vec<u8>, was_left: bool, was_forgotten: bool },
    /// Another leads.
    AnotherDoes,
    /// Another has stored a state since, or there is none though there should be.
    StateIsAnother,
}

/// Says something to the leader; returns who that is.
pub(crate) async fn say(
    mut connection: MultiplexedConnection,
    names: Names,
    entry: Vec<u8>,
) -> RedisResult<Answer<Option<String>>> {
    let began = Instant::now();
    let mut call = names.say();
    call.arg(entry).arg(names.kept).arg(names.name("to:"));
    let (seconds, micros, leader): (u64, u32, String) = call.invoke_async(&mut connection).await?;
    let leader = Some(leader).filter(|leader| !leader.is_empty());
    Ok(Answer { value: leader, there: Duration::new(seconds, micros * 1000), began })
}

/// What a leader stores.
#[derive(Debug)]
pub(crate) struct Commit {
    /// The number of the last entry that the state has.
    pub(crate) heard: u64,
    pub(crate) state: Vec<u8>,
    /// Channels, and what they are told.
    pub(crate) messages: Vec<(String, Vec<u8>)>,
    /// It stops to lead.
    pub(crate) is_last: bool,
}

/// Stores what the leader knows, and tells the processes.
pub(crate) async fn commit(
    mut connection: MultiplexedConnection,
    names: Names,
    process: String,
    commit: Commit,
) -> RedisResult<Answer<Led>> {
    let lease = if commit.is_last { 0 } else { LEASE.as_millis() as u64 };
    let mut call = names.lead();
    call.arg(process).arg(lease).arg(names.kept).arg(commit.heard).arg(commit.state);
    for (channel, message) in commit.messages {
        call.arg(channel).arg(message);
    }
    led(&mut connection, call).await
}

/// Begins to lead, if nobody does; `after_another` if a state should be there.
pub(crate) async fn take_over(
    mut connection: MultiplexedConnection,
    names: Names,
    process: String,
    after_another: bool,
) -> RedisResult<Answer<Led>> {
    let mut call = names.lead();
    let must_be_there = if after_another { "1" } else { "" };
    call.arg(process).arg(LEASE.as_millis() as u64).arg(names.kept).arg("").arg(must_be_there);
    led(&mut connection, call).await
}

async fn led(
    connection: &mut MultiplexedConnection,
    call: ScriptInvocation<'static>,
) -> RedisResult<Answer<Led>> {
    type Reply = (u8, u64, u32, u64, Vec<Vec<u8>>, Vec<u8>);
    let began = Instant::now();
    let (done, seconds, micros, before, entries, state): Reply = call.invoke_async(connection).await?;
    let value = match done {
        0 => Led::AnotherDoes,
        2 => Led::StateIsAnother,
        _ => Led::Yes { before, entries, state, was_left: done != 4, was_forgotten: done == 3 },
    };
    Ok(Answer { value, there: Duration::new(seconds, micros * 1000), began })
}
