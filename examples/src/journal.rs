//! The outbox on disk: what is known of each message, also after the program was killed.
//!
//! A file to which one line is added for each event, before or after the call that it tells of:
//!
//! | line | when |
//! | --- | --- |
//! | `put` | a message with its key (`client_ref`), before the first call for any message |
//! | `call` | before each call |
//! | `refused` | after a call that the API surely didn't take |
//! | `reached` | after a call that it took |
//! | `new` | what was put in before counts no more: the same text may be sent once more |
//!
//! So a message whose last call has neither `refused` nor `reached` was in flight when the program ended, and nobody
//! here knows whether it arrived. All else is known. Each line is written to the file at once, so that it outlives the
//! program. It is not synced to the disk, so a power cut may lose the last ones.
//!
//! A message is known by the API that it goes through, by whom it is for, and by its text.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError, create_dir_all},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Event {
    Put { key: Uuid, api: String, to: String, text: String },
    Call(Uuid),
    Refused(Uuid),
    Reached(Uuid),
    New { api: String },
}

impl Event {
    /// How the lines begin.
    const HEADS: [&str; 5] =
        ["{\"put\":{", "{\"call\":\"", "{\"refused\":\"", "{\"reached\":\"", "{\"new\":{"];

    fn may_begin_with(written: &[u8]) -> bool {
        Self::HEADS
            .iter()
            .any(|head| written.starts_with(head.as_bytes()) || head.as_bytes().starts_with(written))
    }
}

/// What is known of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Known {
    /// Calls of which is not known whether the API took them.
    open: u32,
    is_reached: bool,
}

/// The file, to which this run alone adds.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    messages: HashMap<(String, String, String), Uuid>,
    known: HashMap<Uuid, Known>,
}

/// Why there is no outbox.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file can't be read or written.
    #[error("cannot use the outbox {}: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another run adds to it.
    #[error("the outbox {} is in use by another run; wait for its end, or name another file by --outbox", .0.display())]
    InUse(PathBuf),
    /// A line that no outbox has.
    #[error("line {line} of {} is none of an outbox; name another file by --outbox", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

/// What a run is to do: whom it sends to, and whom it doesn't.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Whom to send to, in the order in which they were given.
    pub to_send: Vec<String>,
    /// Who was reached by an earlier run.
    pub reached: Vec<String>,
    /// To whom a message was in flight when an earlier run ended. They are not in `to_send`.
    pub unknown: Vec<String>,
    /// The key of each message to send, by its recipient.
    pub keys: HashMap<String, Uuid>,
}

impl Journal {
    /// Opens the file, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// When it can't be used, is in use, or is no outbox. It is left as it was then.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let unusable = |source| JournalError::Unusable { path: path.to_owned(), source };
        let mut file = open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let mut written = Vec::new();
        file.read_to_end(&mut written).map_err(unusable)?;
        let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (lines, torn) = written.split_at(whole);
        let file = Mutex::new(file);
        let mut journal =
            Self { path: path.to_owned(), file, messages: HashMap::new(), known: HashMap::new() };
        let foreign = |line| JournalError::Foreign { path: path.to_owned(), line };
        let mut count = 0;
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            count += 1;
            journal.learn(serde_json::from_slice(line).map_err(|_| foreign(count))?);
        }
        if !torn.is_empty() {
            // The program was killed while it wrote this, so nothing that it tells of has been done.
            if !Event::may_begin_with(torn) {
                return Err(foreign(count + 1));
            }
            journal.file().set_len(whole as u64).map_err(unusable)?;
        }
        Ok(journal)
    }

    /// The file's name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a text for these recipients in, and tells who is still to be sent to.
    ///
    /// What is not known to have arrived is to be sent only where `resends`, with the key that it had.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn put(
        &mut self,
        api: &str,
        numbers: &[String],
        text: &str,
        resends: bool,
    ) -> Result<Plan, JournalError> {
        let mut plan = Plan::default();
        let mut new = Vec::new();
        for to in numbers {
            let message = (api.to_owned(), to.clone(), text.to_owned());
            let key = self.messages.get(&message).copied().unwrap_or_else(|| {
                let key = Uuid::new_v4();
                let (api, to, text) = message;
                new.push(Event::Put { key, api, to, text });
                key
            });
            match self.known.get(&key).copied().unwrap_or_default() {
                Known { is_reached: true, .. } => plan.reached.push(to.clone()),
                Known { open: 1.., .. } if !resends => plan.unknown.push(to.clone()),
                Known { .. } => {
                    plan.to_send.push(to.clone());
                    plan.keys.insert(to.clone(), key);
                }
            }
        }
        self.write(&new)?;
        for event in new {
            self.learn(event);
        }
        Ok(plan)
    }

    /// Forgets all messages through an API, so that the same text is new.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn begin_anew(&mut self, api: &str) -> Result<(), JournalError> {
        self.end(api)?;
        self.learn(Event::New { api: api.to_owned() });
        Ok(())
    }

    /// Lets the next run forget all messages through an API, as when that API ends.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn end(&self, api: &str) -> Result<(), JournalError> {
        self.write(&[Event::New { api: api.to_owned() }])
    }

    /// Notes that a call is about to be made.
    pub(crate) fn call(&self, key: Uuid) -> Result<(), JournalError> {
        self.write(&[Event::Call(key)])
    }

    /// Notes that the API didn't take the last call.
    pub(crate) fn refused(&self, key: Uuid) -> Result<(), JournalError> {
        self.write(&[Event::Refused(key)])
    }

    /// Notes that the API took the last call.
    pub(crate) fn reached(&self, key: Uuid) -> Result<(), JournalError> {
        self.write(&[Event::Reached(key)])
    }

    fn learn(&mut self, event: Event) {
        match event {
            Event::Put { key, api, to, text } => {
                self.messages.insert((api, to, text), key);
            }
            Event::Call(key) => self.known.entry(key).or_default().open += 1,
            Event::Refused(key) => {
                let known = self.known.entry(key).or_default();
                known.open = known.open.saturating_sub(1);
            }
            Event::Reached(key) => self.known.entry(key).or_default().is_reached = true,
            Event::New { api } => self.messages.retain(|(of, ..), _| *of != api),
        }
    }

    /// By one call of the system, so that a line is torn only where that is.
    fn write(&self, events: &[Event]) -> Result<(), JournalError> {
        let lines: Result<Vec<_>, _> =
            events.iter().map(|event| serde_json::to_string(event).map(|line| line + "\n")).collect();
        let written =
            lines.map_err(io::Error::from).and_then(|lines| self.file().write_all(lines.concat().as_bytes()));
        written.map_err(|source| JournalError::Unusable { path: self.path.clone(), source })
    }

    fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// It holds numbers and texts, which nobody else need read.
fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.read(true).append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::{fs, slice};

    use super::*;

    const API: &str = "https://api.nexmo.com";

    fn numbers() -> Vec<String> {
        ["13055550157", "15615550134", "12015550100"].map(String::from).to_vec()
    }

    fn put(path: &Path, resends: bool) -> (Journal, Plan) {
        let mut journal = Journal::open(path).unwrap();
        let plan = journal.put(API, &numbers(), "Hello\n", resends).unwrap();
        (journal, plan)
    }

    fn outbox() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/outbox");
        (folder, path)
    }

    /// The first was reached, the second is in flight, the third was refused.
    fn killed(path: &Path) -> Plan {
        let (journal, plan) = put(path, false);
        assert_eq!((&plan.to_send, plan.keys.len()), (&numbers(), 3));
        let [first, second, third] = [0, 1, 2].map(|index| plan.keys[&plan.to_send[index]]);
        journal.call(first).and_then(|()| journal.call(second)).and_then(|()| journal.call(third)).unwrap();
        journal.reached(first).and_then(|()| journal.refused(third)).unwrap();
        plan
    }

    #[test]
    fn who_was_reached_is_not_sent_to_again_and_what_was_in_flight_is_unknown() {
        let (_folder, path) = outbox();
        let before = killed(&path);
        let (_, after) = put(&path, false);
        let [first, second, third] = &numbers()[..] else { unreachable!() };
        assert_eq!(
            (&after.reached[..], &after.unknown[..]),
            (slice::from_ref(first), slice::from_ref(second))
        );
        assert_eq!(&after.to_send, slice::from_ref(third));
        assert_eq!(after.keys[third], before.keys[third]);
    }

    #[test]
    fn what_is_unknown_is_sent_again_only_where_that_is_asked_for_and_by_the_same_key() {
        let (_folder, path) = outbox();
        let before = killed(&path);
        let (journal, after) = put(&path, true);
        assert_eq!(after.to_send, numbers()[1..]);
        let second = &numbers()[1];
        assert_eq!(after.keys[second], before.keys[second]);
        // A refusal of the next call says nothing of the first.
        let key = after.keys[second];
        journal.call(key).and_then(|()| journal.refused(key)).unwrap();
        drop(journal);
        assert_eq!(&put(&path, false).1.unknown, slice::from_ref(second));
    }

    #[test]
    fn a_line_that_was_torn_anywhere_is_dropped() {
        let (_folder, path) = outbox();
        let all = killed(&path);
        let written = fs::read(&path).unwrap();
        for length in 0..written.len() {
            fs::write(&path, &written[..length]).unwrap();
            let (journal, plan) = put(&path, false);
            assert_eq!(plan.to_send.len() + plan.reached.len() + plan.unknown.len(), 3, "{length}");
            drop(journal);
            assert_eq!(put(&path, false).1, plan, "{length}");
        }
        assert_eq!(all.to_send.len(), 3);
    }

    #[test]
    fn other_texts_recipients_and_apis_are_other_messages() {
        let (_folder, path) = outbox();
        killed(&path);
        let mut journal = Journal::open(&path).unwrap();
        let first = numbers()[..1].to_vec();
        let other = journal.put(API, &first, "Hello", false).unwrap();
        assert_eq!(other.to_send, first);
        assert_eq!(journal.put("http://127.0.0.1:1", &first, "Hello\n", false).unwrap().to_send, first);
        let more = [numbers(), vec!["12015550101".into()]].concat();
        assert_eq!(journal.put(API, &more, "Hello\n", false).unwrap().reached, first);
    }

    #[test]
    fn begun_anew_everyone_gets_the_text_once_more_by_another_key() {
        let (_folder, path) = outbox();
        let before = killed(&path);
        let mut journal = Journal::open(&path).unwrap();
        journal.begin_anew("http://127.0.0.1:1").unwrap();
        assert_eq!(journal.put(API, &numbers(), "Hello\n", false).unwrap().reached.len(), 1);
        journal.begin_anew(API).unwrap();
        drop(journal);
        let (_, after) = put(&path, false);
        assert_eq!(after.to_send, numbers());
        assert!(after.keys.values().all(|key| !before.keys.values().any(|old| old == key)));
    }

    #[test]
    fn a_file_that_is_no_outbox_is_told_and_left_as_it_is() {
        let (folder, _) = outbox();
        let path = folder.path().join("tenants.csv");
        for (content, line) in
            [("number\n13055550157\n", 1), ("13055550157", 1), ("{\"new\":{\"api\":\"\"}}\nx", 2)]
        {
            fs::write(&path, content).unwrap();
            let error = Journal::open(&path).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("line {line} of ")) && error.ends_with("by --outbox"),
                "{error}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn an_outbox_in_use_is_told() {
        let (_folder, path) = outbox();
        let (_journal, _) = put(&path, false);
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains("is in use by another run"), "{error}");
    }
}
