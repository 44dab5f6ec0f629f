//! A row or a case of the tables, without the pacer.

use super::{Case, Demand, Limit, Network, ROUND_TRIP, Row};

/// A server, and what is sent to it.
#[derive(Clone, Debug)]
pub struct Work {
    /// What limits it.
    pub name: String,
    /// To be sent.
    pub messages: u32,
    /// Calls per second that are allowed.
    pub rate: f64,
    /// Refused calls are told how long to stay away, in whole seconds.
    pub hints: bool,
    /// What the calls go through.
    pub network: Network,
    /// How they come.
    pub demand: Demand,
    /// A share of calls that pass the limit and then fail.
    pub failures: f64,
    server: Server,
}

#[derive(Clone, Debug)]
enum Server {
    Row(Row),
    Case(Case),
}

impl Work {
    /// Its limit, as it is at the start.
    #[must_use]
    pub fn limit(&self, seed: u64) -> Limit {
        match &self.server {
            Server::Row(row) => row.limit(),
            Server::Case(case) => case.server(seed),
        }
    }

    /// The least time that it takes, in seconds.
    #[must_use]
    pub fn shortest(&self, seed: u64) -> f64 {
        match &self.server {
            Server::Row(row) => row.shortest(),
            Server::Case(case) => case.shortest(&case.server(seed)),
        }
    }
}

impl From<Row> for Work {
    fn from(row: Row) -> Self {
        let Row { name, messages, rate, noise, .. } = row;
        Self {
            name: format!("{name} {messages:11}"),
            messages,
            rate,
            hints: true,
            network: Network { round_trip: ROUND_TRIP, noise, load: 0.0 },
            demand: Demand::AtOnce,
            failures: 0.0,
            server: Server::Row(row),
        }
    }
}

impl From<Case> for Work {
    fn from(case: Case) -> Self {
        let Case { messages, hints, network, demand, failures, .. } = case;
        let (name, rate) = (case.to_string(), case.rate());
        Self { name, messages, rate, hints, network, demand, failures, server: Server::Case(case) }
    }
}
