//! All of it, running: the service and the other sides.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use backoff_runtime::metrics;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::customer::Customer;
use crate::inventory::Inventory;
use crate::orders::Orders;
use crate::others::{Faults, provider::Provider, warehouse::Open, warehouse::Warehouse};
use crate::page::Page;
use crate::payment::Payment;
use crate::policies::{PROVIDER, STOP};
use crate::shop::{Shop, routes};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How a town is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the service listens.
    pub listen: SocketAddr,
    /// The database; in a folder that is removed, if there is none.
    pub database: Option<PathBuf>,
    /// The policies; those that come with the program, if there are none.
    pub policies: Option<PathBuf>,
    /// Calls a second that the payment provider lets through.
    pub limit: u32,
    /// What fails at the other sides.
    pub faults: Faults,
}

/// The service and the other sides, on loopback.
#[derive(Debug)]
pub struct Town {
    /// Where the service is.
    pub url: String,
    /// The payment provider.
    pub provider: Arc<Provider>,
    /// The inventory.
    pub warehouse: Arc<Warehouse>,
    /// The inventory's server.
    pub open: Option<Open>,
    /// The database.
    pub database: PathBuf,
    close: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

impl Town {
    /// Starts all of it.
    ///
    /// # Errors
    /// When a port is taken, or a file can't be read.
    pub async fn start(plan: Plan) -> Result<Self, Failure> {
        Shop::read_policies(plan.policies.as_deref())?;
        let prometheus = prometheus()?;
        let folder = tempfile::tempdir()?;
        let database = plan.database.unwrap_or_else(|| folder.path().join("orders.db"));
        let (provider, provider_url) = Provider::serve(plan.limit, plan.faults).await?;
        let warehouse = Warehouse::new(1_000_000, plan.faults);
        let open = warehouse.open(([127, 0, 0, 1], 0).into()).await?;
        let shop = Shop {
            orders: Orders::open(&database).await?,
            inventory: Inventory::new(format!("http://{}", open.address))?,
            payment: Payment::new(&provider_url),
            policies: plan.policies,
            prometheus,
        };
        let listener = TcpListener::bind(plan.listen).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (close, is_closed) = oneshot::channel::<()>();
        let served =
            axum::serve(listener, routes(shop)).with_graceful_shutdown(async { _ = is_closed.await });
        let served = tokio::spawn(served.into_future());
        Ok(Self { url, provider, warehouse, open: Some(open), database, close, served, _folder: folder })
    }

    /// A customer of the service.
    #[must_use]
    pub fn customer(&self) -> Customer {
        Customer::new(&self.url)
    }

    /// The page of metrics, as text.
    ///
    /// # Errors
    /// When the service is not there.
    pub async fn page(&self) -> Result<String, reqwest::Error> {
        reqwest::get(format!("{}/metrics", self.url)).await?.text().await
    }

    /// What the page says.
    ///
    /// # Errors
    /// When the service is not there.
    pub async fn counted(&self) -> Result<Page, reqwest::Error> {
        Ok(Page::parse(&self.page().await?))
    }

    /// Shuts the service down: calls that wait give up, requests under way are answered, and then it ends.
    pub async fn close(self) {
        STOP.stop();
        _ = self.close.send(());
        _ = self.served.await;
        if let Some(open) = self.open {
            open.close().await;
        }
        STOP.resume();
    }
}

/// The recorder of the program, which it has once.
fn prometheus() -> Result<PrometheusHandle, Failure> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let builder =
        PrometheusBuilder::new().with_recommended_naming(true).set_buckets(&[0.01, 0.1, 1.0, 10.0])?;
    let handle = builder.install_recorder()?;
    metrics::record();
    metrics::watch_pacer("provider", &PROVIDER);
    Ok(HANDLE.get_or_init(|| handle).clone())
}
