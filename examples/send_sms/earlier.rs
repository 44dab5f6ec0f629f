//! What an earlier run has left in the outbox, and what that means for this one.

use std::process::ExitCode;

use backoff_examples::journal::{Journal, JournalError, Plan};

use crate::{OWN_API, options::Options};

/// Puts the messages into the outbox, and finds there whom an earlier run has sent to.
pub(crate) fn plan(
    options: &Options,
    api: &str,
    numbers: &[String],
) -> Result<(Journal, Plan), JournalError> {
    let mut journal = Journal::open(options.outbox.path(api == OWN_API))?;
    if options.outbox.anew {
        journal.begin_anew(api)?;
    }
    let plan = journal.put(api, numbers, &options.text, options.outbox.resend_unknown)?;
    Ok((journal, plan))
}

/// Says that there is nothing to send.
pub(crate) fn reached_all(journal: &Journal, plan: &Plan) -> ExitCode {
    let (count, path) = (plan.reached.len(), journal.path().display());
    println!("All {count} were reached before, as {path} tells: nothing is sent.");
    println!("To send them the same text once more, add --anew.");
    ExitCode::SUCCESS
}

/// Says whom this run doesn't send to, and why, if there is anyone.
pub(crate) fn tell(journal: &Journal, plan: &Plan) {
    let (reached, unknown) = (plan.reached.len(), plan.unknown.len());
    if reached + unknown > 0 {
        println!(
            "An earlier run has reached {reached}, as {} tells. They get no second message.",
            journal.path().display()
        );
    }
    if unknown > 0 {
        println!(
            "{unknown} more were being sent to when it ended. They may have been reached, so they are not sent to."
        );
        println!("If the API knows a message by its `client_ref`, as ours does, add --resend-unknown.");
    }
}
