//! The whole service under faults: real HTTP, gRPC and `SQLite` on loopback. One test at a time, as policies, pacer and
//! metrics are those of the program.

use std::collections::HashSet;
use std::time::Duration;

use backoff_example_service::others::{Faults, backup::Lock};
use backoff_example_service::page::Page;
use backoff_example_service::policies::PROVIDER;
use backoff_example_service::town::{Plan, Town};
use backoff_example_service::{customer::Customer, orders::Order, orders::Wish};
use backoff_runtime::program;
use sqlx::{Connection, Row, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinSet;

const NO_FAULTS: Faults = Faults { away: 0.0, lost: 0.0, stalled: 0.0 };
/// All fails.
const AWAY: Faults = Faults { away: 1.0, ..NO_FAULTS };

/// Waits as short as tests want them, and tries enough that luck decides nothing.
const POLICIES: &str = "
    [database]
    factor = 0.002
    max_value = 0.05
    max_time = 30
    [inventory]
    factor = 0.002
    max_value = 0.05
    max_tries = 100
    attempt_timeout = 0.2
    [payment]
    factor = 0.002
    max_value = 0.05
    max_tries = 100
    attempt_timeout = 0.2
";

/// A town of its own, while no other test has one.
struct Alone {
    town: Town,
    before: Page,
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Alone {
    async fn start(limit: u32, faults: Faults) -> Self {
        static ONE: Mutex<()> = Mutex::const_new(());
        let alone = ONE.lock().await;
        program::enable_retries();
        PROVIDER.reset();
        let folder = tempfile::tempdir().unwrap();
        let policies = folder.path().join("policies.toml");
        std::fs::write(&policies, POLICIES).unwrap();
        let listen = ([127, 0, 0, 1], 0).into();
        let plan = Plan { listen, database: None, policies: Some(policies), limit, faults };
        let town = Town::start(plan).await.unwrap();
        let before = town.counted().await.unwrap();
        Self { town, before, folder, _alone: alone }
    }

    /// What the page counts since the test began.
    async fn counted(&self, function: &str, counter: &str) -> u64 {
        self.town.counted().await.unwrap().count(function, counter) - self.before.count(function, counter)
    }

    async fn reload(&self, policies: &str) -> reqwest::Response {
        std::fs::write(self.folder.path().join("policies.toml"), policies).unwrap();
        let url = format!("{}/policies/reload", self.town.url);
        reqwest::Client::new().post(url).send().await.unwrap()
    }

    async fn query(&self, query: &str) -> i64 {
        let url = format!("sqlite://{}", self.town.database.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(query).fetch_one(&mut connection).await.unwrap().get(0)
    }

    /// Asks until the page counts so many.
    async fn counts_at_least(&self, function: &str, counter: &str, count: u64) {
        let counts = async {
            while self.counted(function, counter).await < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), counts).await.expect("it is counted");
    }
}

fn wish(item: &str, quantity: u32) -> Wish {
    Wish { item: item.to_owned(), quantity }
}

/// Orders at once, one of each key.
async fn order_all(customer: &Customer, count: u32) -> Vec<Order> {
    let mut orders = JoinSet::new();
    for n in 0..count {
        let customer = customer.clone();
        orders.spawn(async move {
            let answer = customer.order(&format!("key-{n}"), &wish("book", 1)).await.unwrap();
            assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
            answer.json::<Order>().await.unwrap()
        });
    }
    orders.join_all().await
}

#[tokio::test]
async fn each_order_is_charged_once_though_servers_are_away_and_answers_get_lost() {
    let faults = Faults { away: 0.2, lost: 0.3, stalled: 0.02 };
    let alone = Alone::start(u32::MAX, faults).await;
    let orders = order_all(&alone.town.customer(), 40).await;
    assert!(orders.iter().all(|order| order.status == "paid" && order.charge.is_some()));

    let (provider, warehouse) = (alone.town.provider.counts(), alone.town.warehouse.counts());
    assert_eq!(provider.charges.len(), 40, "a charge for each order, and no other");
    let charged: HashSet<_> = provider.charges.values().map(|receipt| receipt.charge.clone()).collect();
    let told: HashSet<_> = orders.into_iter().filter_map(|order| order.charge).collect();
    assert_eq!(charged, told);
    assert!(provider.repeated > 0 && provider.failed > 0, "something got lost: {provider:?}");
    assert_eq!(warehouse.reserved.len(), 40);
    assert_eq!(alone.query("SELECT count(*) FROM orders WHERE status = 'paid'").await, 40);
    assert_eq!(alone.query("SELECT count(*) FROM history").await, 80, "new and paid, once each");
    alone.town.close().await;
}

#[tokio::test]
async fn the_page_counts_what_the_servers_count() {
    // Without stalls, of whose attempts a cut one may not have reached the server.
    let alone = Alone::start(u32::MAX, Faults { away: 0.3, lost: 0.2, stalled: 0.0 }).await;
    order_all(&alone.town.customer(), 20).await;
    let (provider, warehouse) = (alone.town.provider.counts(), alone.town.warehouse.counts());
    for (function, calls, failed) in
        [("charge", provider.calls, provider.failed), ("reserve", warehouse.calls, warehouse.failed)]
    {
        assert_eq!(alone.counted(function, "attempts").await, u64::from(calls), "{function}");
        assert_eq!(alone.counted(function, "retries").await, u64::from(failed), "{function}");
        assert_eq!(alone.counted(function, "successes").await, 20, "{function}");
        assert_eq!(alone.counted(function, "giveups").await, 0, "{function}");
    }
    alone.town.close().await;
}

#[tokio::test]
async fn a_storm_of_refusals_is_paced() {
    let alone = Alone::start(20, NO_FAULTS).await;
    order_all(&alone.town.customer(), 50).await;
    let provider = alone.town.provider.counts();
    assert_eq!(provider.charges.len(), 50);
    eprintln!("{} calls, {} refused", provider.calls, provider.refused);
    assert_eq!(provider.calls, 50 + provider.refused, "only refusals are retried");
    // All at once, 30 would be refused in the first second, and 10 in the next.
    assert!(provider.refused < 25, "{provider:?}");
    alone.town.close().await;
}

#[tokio::test]
async fn a_locked_database_is_waited_for() {
    let alone = Alone::start(u32::MAX, NO_FAULTS).await;
    let lock = Lock::take(&alone.town.database).await.unwrap();
    let customer = alone.town.customer();
    let ordered = tokio::spawn(async move { order_all(&customer, 1).await });
    alone.counts_at_least("begin", "retries", 3).await;
    assert_eq!(alone.town.provider.counts().calls, 0, "nothing is charged before the order is written down");
    lock.release().await.unwrap();
    assert_eq!(ordered.await.unwrap()[0].status, "paid");
    assert_eq!(alone.query("SELECT count(*) FROM history").await, 2);
    alone.town.close().await;
}

#[tokio::test]
async fn an_inventory_that_is_down_for_a_while_is_waited_for() {
    let mut alone = Alone::start(u32::MAX, NO_FAULTS).await;
    let customer = alone.town.customer();
    order_all(&customer, 1).await;
    let open = alone.town.open.take().unwrap();
    let address = open.address;
    open.close().await;
    let ordered = tokio::spawn(async move { customer.order("while it is down", &wish("book", 1)).await });
    alone.counts_at_least("reserve", "retries", 3).await;
    alone.town.open = Some(alone.town.warehouse.open(address).await.unwrap());
    assert_eq!(ordered.await.unwrap().unwrap().status(), 201);
    assert_eq!(alone.town.warehouse.counts().reserved.len(), 2);
    alone.town.close().await;
}

#[tokio::test]
async fn a_policy_that_is_replaced_holds_for_the_calls_from_then_on() {
    let alone = Alone::start(u32::MAX, NO_FAULTS).await;
    alone.town.provider.dice.set(AWAY);
    let customer = alone.town.customer();
    for tries in [2, 5] {
        let calls = alone.town.provider.counts().calls;
        let payment = format!("[payment]\nfactor = 0.001\nmax_tries = {tries}");
        assert_eq!(alone.reload(&payment).await.status(), 204);
        assert_eq!(customer.order_once("key", &wish("book", 1)).await.unwrap().status(), 503);
        assert_eq!(alone.town.provider.counts().calls - calls, tries);
    }
    let wrong = alone.reload("[payment]\nmax_tires = 9").await;
    assert_eq!(wrong.status(), 422);
    assert_eq!(wrong.text().await.unwrap().trim(), "unknown option `max_tires`; did you mean `max_tries`?");
    let calls = alone.town.provider.counts().calls;
    customer.order_once("key", &wish("book", 1)).await.unwrap();
    assert_eq!(alone.town.provider.counts().calls - calls, 5, "what is wrong changes nothing");
    alone.town.close().await;
}

#[tokio::test]
async fn one_attempt_is_made_while_retries_are_off() {
    let alone = Alone::start(u32::MAX, NO_FAULTS).await;
    alone.town.warehouse.dice.set(AWAY);
    program::disable_retries();
    let answer = alone.town.customer().order("key", &wish("book", 1)).await.unwrap();
    assert_eq!(answer.status(), 503, "the customer's layer makes one attempt, too");
    assert_eq!(alone.town.warehouse.counts().calls, 1);
    let page = alone.town.counted().await.unwrap();
    assert!(page.giveups("reserve").contains(&("switched_off".to_owned(), 1)), "{page:?}");
    alone.town.close().await;
}

#[tokio::test]
async fn what_does_not_pass_by_itself_is_told_at_once() {
    let alone = Alone::start(u32::MAX, NO_FAULTS).await;
    let customer = alone.town.customer();
    for (key, wish, status) in
        [("sold out", wish("moon", 1), 409), ("dear", wish("book", 100), 402), ("dear", wish("book", 1), 422)]
    {
        assert_eq!(customer.order(key, &wish).await.unwrap().status(), status, "{key}");
    }
    assert_eq!(customer.order("dear", &wish("book", 100)).await.unwrap().status(), 402, "as before");
    assert_eq!(alone.town.provider.counts().calls, 1, "what is declined is not asked again");
    assert!(alone.town.warehouse.counts().reserved.is_empty(), "what was reserved is released");
    assert_eq!(alone.counted("charge", "retries").await + alone.counted("reserve", "retries").await, 0);
    alone.town.close().await;
}

#[tokio::test]
async fn a_shutdown_ends_the_waits_and_answers() {
    let alone = Alone::start(u32::MAX, AWAY).await;
    alone.reload("[inventory]\nfactor = 3600\njitter = \"none\"").await;
    let customer = alone.town.customer();
    let ordered = tokio::spawn(async move { customer.order_once("key", &wish("book", 1)).await });
    alone.counts_at_least("reserve", "attempts", 1).await;
    let Alone { town, .. } = alone;
    let closed = tokio::time::timeout(Duration::from_secs(30), town.close()).await;
    assert!(closed.is_ok(), "nobody waits for an hour");
    assert_eq!(ordered.await.unwrap().unwrap().status(), 503);
}
