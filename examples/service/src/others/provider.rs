//! A payment provider: limits its rate, is away, hangs up, stalls, and charges each key once.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::{Dice, Fault, Faults, lock};
use crate::payment::{Charge, Receipt};

/// Whoever is charged more has no money.
const CREDIT: u32 = 100_000;

/// What the provider has seen.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// All calls.
    pub calls: u32,
    /// Calls beyond the limit.
    pub refused: u32,
    /// Calls that failed on purpose.
    pub failed: u32,
    /// The charges, by their keys.
    pub charges: HashMap<String, Receipt>,
    /// Calls of keys that were charged already, which charge nothing.
    pub repeated: u32,
}

/// A provider.
#[derive(Debug)]
pub struct Provider {
    /// What fails.
    pub dice: Dice,
    counts: Mutex<Counts>,
    /// Calls that are let through in each second, and those of the present one.
    limit: u32,
    second: Mutex<(Instant, u32)>,
}

impl Provider {
    /// Serves on a free port of loopback, and tells where.
    ///
    /// # Errors
    /// When there is none.
    pub async fn serve(limit: u32, faults: Faults) -> io::Result<(Arc<Self>, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let provider = Arc::new(Self {
            dice: Dice::new(faults, 1),
            counts: Mutex::default(),
            limit,
            second: Mutex::new((Instant::now(), 0)),
        });
        let routes = Router::new().route("/charges", post(charge)).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok((provider, url))
    }

    /// What it has seen so far.
    pub fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }

    /// Whether the limit lets a call through.
    fn is_let_through(&self) -> bool {
        let (began, calls) = &mut *lock(&self.second);
        if began.elapsed() >= Duration::from_secs(1) {
            (*began, *calls) = (Instant::now(), 0);
        }
        *calls += 1;
        *calls <= self.limit
    }

    fn charge(&self, key: &str) -> Receipt {
        let Counts { charges, repeated, .. } = &mut *lock(&self.counts);
        if let Some(receipt) = charges.get(key) {
            *repeated += 1;
            return receipt.clone();
        }
        let receipt = Receipt { charge: format!("ch_{}", charges.len() + 1) };
        charges.insert(key.to_owned(), receipt.clone());
        receipt
    }
}

async fn charge(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Json(Charge { amount }): Json<Charge>,
) -> Response {
    lock(&provider.counts).calls += 1;
    if !provider.is_let_through() {
        lock(&provider.counts).refused += 1;
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response();
    }
    let Some(key) = headers.get("idempotency-key").and_then(|key| key.to_str().ok()) else {
        return (StatusCode::BAD_REQUEST, "a charge needs an `idempotency-key`").into_response();
    };
    if amount > CREDIT {
        return StatusCode::PAYMENT_REQUIRED.into_response();
    }
    let fault = provider.dice.throw();
    lock(&provider.counts).failed += u32::from(fault.is_some());
    match fault {
        None => Json(provider.charge(key)).into_response(),
        Some(Fault::Away) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Fault::Lost) => {
            provider.charge(key);
            hang_up()
        }
        Some(Fault::Stalled) => std::future::pending().await,
    }
}

/// An answer whose connection breaks in the middle.
fn hang_up() -> Response {
    let broken = futures_util::stream::iter([Err::<&str, _>(io::Error::from(io::ErrorKind::BrokenPipe))]);
    Body::from_stream(broken).into_response()
}
