//! The service: its routes, and how an order becomes paid.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use backoff_runtime::metrics;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::error::Error;
use crate::inventory::{Inventory, Reservation};
use crate::orders::{Order, Orders, Wish};
use crate::payment::{Charge, Payment};
use crate::policies;

/// Of everything that is sold, in cents.
const PRICE: u32 = 1999;

/// What the routes share.
#[derive(Debug)]
pub struct Shop {
    /// The database.
    pub orders: Orders,
    /// The stock.
    pub inventory: Inventory,
    /// The payment provider.
    pub payment: Payment,
    /// Where the policies are read from; `None` for those that come with the program.
    pub policies: Option<PathBuf>,
    /// What the page of metrics is made by.
    pub prometheus: PrometheusHandle,
}

impl Shop {
    /// Takes an order to its end. It may be called again at any point, by the same key: each step is idempotent.
    ///
    /// # Errors
    /// Those of the steps.
    pub async fn place(&self, key: &str, wish: &Wish) -> Result<Order, Error> {
        let order = self.orders.begin(key, wish).await?;
        match order.status.as_str() {
            "new" => {}
            "declined" => return Err(Error::Declined),
            "sold out" => return Err(Error::OutOfStock),
            _ => return Ok(order),
        }
        let reservation = Reservation { order: order.id, item: wish.item.clone(), quantity: wish.quantity };
        if let Err(error) = self.inventory.reserve(&reservation).await {
            return self.refuse(&order, "sold out", error).await;
        }
        let charge = Charge { amount: PRICE.saturating_mul(wish.quantity) };
        match self.payment.charge(key, charge).await {
            Ok(receipt) => {
                self.orders.end(order.id, "paid", Some(&receipt.charge)).await?;
                Ok(Order { status: "paid".to_owned(), charge: Some(receipt.charge), ..order })
            }
            Err(Error::Declined) => {
                self.inventory.release(&reservation).await?;
                self.refuse(&order, "declined", Error::Declined).await
            }
            Err(error) => Err(error),
        }
    }

    /// Ends an order that can't be done; one whose error passes by itself stays open.
    async fn refuse(&self, order: &Order, status: &str, error: Error) -> Result<Order, Error> {
        if matches!(error, Error::Declined | Error::OutOfStock) {
            self.orders.end(order.id, status, None).await?;
        }
        Err(error)
    }

    /// Reads the policies, from the file or as they come with the program.
    ///
    /// # Errors
    /// When the file can't be read, or something in it is wrong.
    pub fn read_policies(
        file: Option<&std::path::Path>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        match file {
            Some(file) => policies::read(&std::fs::read_to_string(file)?),
            None => policies::read(include_str!("../policies.toml")),
        }
    }
}

/// The routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(find))
        .route("/policies/reload", post(reload))
        .route("/metrics", get(page))
        .route("/health", get(async || "ok\n"))
        .with_state(Arc::new(shop))
}

async fn place(State(shop): State<Arc<Shop>>, headers: HeaderMap, Json(wish): Json<Wish>) -> Response {
    let Some(key) = headers.get("idempotency-key").and_then(|key| key.to_str().ok()) else {
        return (StatusCode::BAD_REQUEST, "the header `idempotency-key` is missing").into_response();
    };
    match shop.place(key, &wish).await {
        Ok(order) => (StatusCode::CREATED, Json(order)).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn find(State(shop): State<Arc<Shop>>, Path(id): Path<i64>) -> Result<Response, Error> {
    Ok(shop
        .orders
        .find(id)
        .await?
        .map_or(StatusCode::NOT_FOUND.into_response(), |order| Json(order).into_response()))
}

/// For whoever has edited the file. What is wrong in it changes nothing.
async fn reload(State(shop): State<Arc<Shop>>) -> Response {
    match Shop::read_policies(shop.policies.as_deref()) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    }
}

async fn page(State(shop): State<Arc<Shop>>) -> String {
    metrics::refresh();
    shop.prometheus.run_upkeep();
    shop.prometheus.render()
}
