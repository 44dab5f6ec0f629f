//! Reserving stock at the inventory, over gRPC.

use backoff_runtime::retry;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use crate::error::Error;
use crate::policies::{INVENTORY, STOP};

/// What `build.rs` writes.
#[allow(missing_docs, unreachable_pub, clippy::pedantic)]
pub mod grpc {
    tonic::include_proto!("shop.Inventory");
}

/// What is reserved, or released.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Reservation {
    /// Whose it is. A reservation that is made again is the same one.
    #[prost(int64, tag = "1")]
    pub order: i64,
    /// What is ordered.
    #[prost(string, tag = "2")]
    pub item: String,
    /// How many.
    #[prost(uint32, tag = "3")]
    pub quantity: u32,
}

/// It is done.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Done {}

/// The inventory, as the service sees it.
#[derive(Clone, Debug)]
pub struct Inventory(grpc::inventory_client::InventoryClient<Channel>);

impl Inventory {
    /// The inventory at an address such as `http://127.0.0.1:9001`, which need not be there yet.
    ///
    /// # Errors
    /// When it is no address.
    pub fn new(url: String) -> Result<Self, tonic::transport::Error> {
        let channel = Endpoint::from_shared(url)?.connect_lazy();
        Ok(Self(grpc::inventory_client::InventoryClient::new(channel)))
    }

    /// Reserves what is ordered.
    ///
    /// # Errors
    /// When there is not enough of it, or what is transient lasts longer than the policy.
    #[retry(INVENTORY, transient, stop = STOP)]
    pub async fn reserve(&self, reservation: &Reservation) -> Result<(), Error> {
        match self.0.clone().reserve(reservation.clone()).await {
            Ok(_) => Ok(()),
            Err(status) if status.code() == Code::FailedPrecondition => Err(Error::OutOfStock),
            Err(status) => Err(status.into()),
        }
    }

    /// Gives back what was reserved.
    ///
    /// # Errors
    /// When what is transient lasts longer than the policy.
    #[retry(INVENTORY, transient, stop = STOP)]
    pub async fn release(&self, reservation: &Reservation) -> Result<(), Error> {
        self.0.clone().release(reservation.clone()).await?;
        Ok(())
    }
}
