//! The article's recording: several hundred messages at once, most of them refused at first; and its mend beside it.
//!
//! ```text
//! cargo run --release --example put_together
//! cargo run --release --example put_together -- --help
//! ```
//!
//! The annotated function is the article's, in `examples/src/article.rs`. It runs twice at the same time, by real HTTP
//! to two Messages APIs on loopback: on the left all messages are begun at once, on the right one after the other, as
//! far apart as the rate limit allows.
//!
//! Expect a line a second with accepted and refused calls. On the left nearly every call is refused at first; as waits
//! grow, that falls within seconds, and messages get through at the limit's pace. On the right hardly any call is
//! refused, and both end at about the same time: the limit decides that, backing off only keeps to it. After less than
//! a minute `out/put_together.png` shows both.

mod live;
mod options;

use std::{process::ExitCode, sync::Arc, time::Duration};

use backoff_examples::{
    article::Article,
    delivery::{Delivery, interruption, send_to_all},
    messages_api::{Limit, Server},
    outbox::Outbox,
    progress::Progress,
    recipients::Recipients,
    report::{Chart, Panel, Summary},
    vonage::Client,
};
use clap::Parser;
use options::Options;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A number that is kept free for fiction.
const SENDER: &str = "12015550199";
const TEXT: &str = "Hello! This is an SMS that waits for its turn";

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    Chart::prepare(&options.chart)?;
    let delay = options.delay();
    let apart = format!("one every {} s", (delay.as_secs_f64() * 1000.0).round() / 1000.0);
    println!("{} messages, {} a second let through. Calls in each second:\n", options.count, options.rate);
    let at_once = Run::new(options, "all at once".into(), Duration::ZERO).await?;
    let spaced = Run::new(options, apart, delay).await?;
    let runs = [&at_once, &spaced];
    let deliveries = tokio::select! {
        biased;
        () = live::lines(runs.map(|run| (run.name.as_str(), &run.article.0)), options.rate) => unreachable!("never ends"),
        deliveries = async { tokio::join!(at_once.send(), spaced.send()) } => <[Delivery; 2]>::from(deliveries),
    };
    let mut panels = Vec::new();
    for (run, delivery) in [at_once, spaced].into_iter().zip(deliveries) {
        panels.push(run.report(options, delivery).await);
    }
    // In the first second there are dozens of times as many calls as the limit allows.
    Chart::new(panels).cut_at(options.rate * 10.0).write(&options.chart)?;
    println!("\nChart: {}", options.chart.display());
    Ok(())
}

/// One way to send the messages, with a server of its own.
struct Run {
    name: String,
    numbers: Vec<String>,
    server: Server,
    article: Arc<Article>,
}

impl Run {
    async fn new(options: &Options, name: String, delay: Duration) -> Result<Self, Failure> {
        let numbers = Recipients::invented(options.count.into()).numbers;
        let server = Server::start(Limit::per_second(options.rate)).await?;
        let lifetime = options.max_time + delay * numbers.len() as u32 + Duration::from_secs(60);
        let client = Client::new(&server.url(), &server.credentials(SENDER), lifetime)?;
        let progress = Progress::hidden(numbers.len());
        let outbox = Outbox::new(client, options.max_time, options.max_wait, progress).spaced_by(delay);
        Ok(Self { name, numbers, server, article: Arc::new(Article(outbox)) })
    }

    async fn send(&self) -> Delivery {
        send_to_all(&self.article, &self.numbers, TEXT, interruption()).await
    }

    /// Prints what became of it, and gives its part of the picture.
    async fn report(self, options: &Options, delivery: Delivery) -> Panel {
        let client = self.article.0.counts();
        let seconds = delivery.elapsed.as_secs_f64();
        let title = format!(
            "{} messages, {}: {} calls, {} refused, {seconds:.0} s",
            self.numbers.len(),
            self.name,
            client.calls,
            client.refused
        );
        let panel = Panel::of_calls(title, &client.per_second, Some(options.rate));
        println!("\n{}{}:\n", self.name, if delivery.interrupted { ", interrupted" } else { "" });
        print!("{}", Summary::new(&*self.article, delivery, Some(self.server.stop().await)));
        panel
    }
}
