//! How calls are retried: one policy for each other side, in one place, from a file and the environment.

use backoff_runtime::{LivePolicy, Pacer, Policy, Stop, Timed};
use serde::Deserialize;

/// The database, mostly for a lock.
pub static DATABASE: LivePolicy = LivePolicy::new(OF_DATABASE);
/// The inventory, by gRPC.
pub static INVENTORY: LivePolicy<Timed> = LivePolicy::new(OF_INVENTORY);
/// The payment provider, by HTTP.
pub static PAYMENT: LivePolicy<Timed> = LivePolicy::new(OF_PAYMENT);

/// What the provider lets through, which nobody told us. All calls of it pass here.
pub static PROVIDER: Pacer = Pacer::adaptive();

/// Ends all waits when the service shuts down.
pub static STOP: Stop = Stop::new();

/// The names that variables of the environment begin with.
const NAMES: [&str; 3] = ["DATABASE_RETRY", "INVENTORY_RETRY", "PAYMENT_RETRY"];

const OF_DATABASE: Policy = Policy::expo().factor(0.01).max_value("1s").max_time("10s");
const OF_INVENTORY: Policy<Timed> = Policy::expo().factor(0.1).max_tries(5).attempt_timeout("1s");
const OF_PAYMENT: Policy<Timed> =
    Policy::expo().factor(0.1).max_tries(5).attempt_timeout("2s").pacer(&PROVIDER);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<toml::Value>,
    inventory: Option<toml::Value>,
    payment: Option<toml::Value>,
}

/// Replaces the policies by what a file and the environment say, for the calls that begin from now on.
///
/// # Errors
/// When something in it is wrong; then they stay as they were.
pub fn read(file: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let File { database, inventory, payment } = toml::from_str(file)?;
    let database = OF_DATABASE.overridden_by(section(database))?.overridden_by_env(NAMES[0])?;
    let inventory = OF_INVENTORY.overridden_by(section(inventory))?.overridden_by_env(NAMES[1])?;
    let payment = OF_PAYMENT.overridden_by(section(payment))?.overridden_by_env(NAMES[2])?;
    // Not before all of it is read.
    DATABASE.set(database);
    INVENTORY.set(inventory);
    PAYMENT.set(payment);
    Ok(())
}

fn section(section: Option<toml::Value>) -> toml::Value {
    section.unwrap_or_else(|| toml::Table::new().into())
}
