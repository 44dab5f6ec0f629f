//! The table that is printed at the end.

use crate::trial::Outcome;

/// Prints a row for each client, under a heading for each server.
pub(crate) fn print(outcomes: &[Outcome], messages: u32) {
    for of_one_server in outcomes.chunk_by(|one, next| one.limiter == next.limiter) {
        let limiter = of_one_server[0].limiter;
        let least = limiter.limit().least(messages).as_secs_f64();
        println!("\n{limiter}: {messages} messages take {messages} calls and {least:.1} s at best");
        println!(
            "  {:14}{:>9}{:>8}{:>9}{:>15}{:>10}{:>12}",
            "", "accepted", "calls", "refused", "calls/message", "time", "time/least"
        );
        for outcome in of_one_server {
            row(outcome, messages, least);
        }
    }
    for Outcome { limiter, client, failed, .. } in outcomes.iter().filter(|outcome| outcome.failed > 0) {
        println!(
            "\n{failed} of the calls by {client} to {limiter} had no answer, or one that is no limiter's."
        );
    }
}

fn row(outcome: &Outcome, messages: u32, least: f64) {
    let Outcome { client, accepted, calls, refused, time, .. } = outcome;
    let per_message = f64::from(*calls) / f64::from((*accepted).max(1));
    let seconds = time.as_secs_f64();
    // What didn't end took more than that.
    let more = if *accepted < messages { "> " } else { "" };
    let ratio = if least > 0.0 { format!("{more}{:.2}", seconds / least) } else { "-".into() };
    let ended =
        if *accepted < messages { format!("  ended, {accepted} of {messages}") } else { String::new() };
    let time = format!("{more}{seconds:.1} s");
    println!(
        "  {client:14}{accepted:>9}{calls:>8}{refused:>9}{per_message:>15.2}{time:>10}{ratio:>12}{ended}"
    );
}
