//! The inventory, by gRPC: is away, loses answers, stalls, and may be taken down and brought back.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{Dice, Fault, Faults, lock};
use crate::inventory::grpc::inventory_server::{Inventory, InventoryServer};
use crate::inventory::{Done, Reservation};

/// What the warehouse has seen.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// All calls.
    pub calls: u32,
    /// Calls that failed on purpose.
    pub failed: u32,
    /// What is reserved, by the number of the order.
    pub reserved: HashMap<i64, u32>,
}

/// A warehouse.
#[derive(Debug)]
pub struct Warehouse {
    /// What fails.
    pub dice: Dice,
    counts: Mutex<Counts>,
    /// How many there are of each item; none of `moon`.
    stock: u32,
}

impl Warehouse {
    /// A warehouse that has so many of each item.
    #[must_use]
    pub fn new(stock: u32, faults: Faults) -> Arc<Self> {
        Arc::new(Self { dice: Dice::new(faults, 2), counts: Mutex::default(), stock })
    }

    /// What it has seen so far.
    pub fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }

    /// Opens at an address, or on a free port of loopback if that is `127.0.0.1:0`.
    ///
    /// # Errors
    /// When that is taken.
    pub async fn open(self: &Arc<Self>, address: SocketAddr) -> std::io::Result<Open> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (close, is_closed) = oneshot::channel();
        let service = InventoryServer::from_arc(self.clone());
        let served = Server::builder()
            .add_service(service)
            .serve_with_incoming_shutdown(TcpIncoming::from(listener), async { _ = is_closed.await });
        Ok(Open { address, close, served: tokio::spawn(served) })
    }

    fn reserve(&self, wanted: &Reservation) -> Result<(), Status> {
        let reserved = &mut lock(&self.counts).reserved;
        if wanted.item == "moon" || reserved.values().sum::<u32>() + wanted.quantity > self.stock {
            return Err(Status::failed_precondition("out of stock"));
        }
        reserved.insert(wanted.order, wanted.quantity);
        Ok(())
    }

    /// Does what is asked, unless it is to fail.
    async fn answer<T>(&self, work: impl FnOnce() -> Result<T, Status>) -> Result<T, Status> {
        lock(&self.counts).calls += 1;
        let fault = self.dice.throw();
        lock(&self.counts).failed += u32::from(fault.is_some());
        match fault {
            None => work(),
            Some(Fault::Away) => {
                let soon = ErrorDetails::with_retry_info(Some(Duration::from_millis(20)));
                Err(Status::with_error_details(Code::Unavailable, "taking stock", soon))
            }
            Some(Fault::Lost) => {
                work()?;
                Err(Status::unavailable("the proxy lost the answer"))
            }
            Some(Fault::Stalled) => std::future::pending().await,
        }
    }
}

#[tonic::async_trait]
impl Inventory for Warehouse {
    async fn reserve(&self, request: Request<Reservation>) -> Result<Response<Done>, Status> {
        let wanted = request.into_inner();
        self.answer(|| self.reserve(&wanted)).await.map(|()| Response::new(Done {}))
    }

    async fn release(&self, request: Request<Reservation>) -> Result<Response<Done>, Status> {
        let order = request.into_inner().order;
        let release = || {
            lock(&self.counts).reserved.remove(&order);
            Ok(())
        };
        self.answer(release).await.map(|()| Response::new(Done {}))
    }
}

/// A warehouse that is open.
#[derive(Debug)]
pub struct Open {
    /// Where.
    pub address: SocketAddr,
    close: oneshot::Sender<()>,
    served: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Open {
    /// Closes it: calls under way end, and nobody listens any more.
    pub async fn close(self) {
        _ = self.close.send(());
        _ = self.served.await;
    }
}
