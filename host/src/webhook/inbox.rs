//! Where deliveries are handed in to be kept.

use async_trait::async_trait;

use super::{Batcher, Error};
use crate::model::webhook::{NewDelivery, NewRefusal};

/// Keeps deliveries. In a host it is the [`Batcher`]; what the others would cost is measured beside it.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Keeps a delivery: when it returns well, it is on disk. `Overloaded` at once when no more may wait.
    async fn keep(&self, delivery: NewDelivery) -> Result<(), Error>;

    /// Notes a refusal, if there is room for it: nobody may fill the inbox with what is not let in.
    fn note(&self, refusal: NewRefusal);
}

#[async_trait]
impl Inbox for Batcher {
    async fn keep(&self, delivery: NewDelivery) -> Result<(), Error> {
        Self::keep(self, delivery).await
    }

    fn note(&self, refusal: NewRefusal) {
        Self::note(self, refusal);
    }
}
