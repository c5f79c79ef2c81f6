//! Journey 5: a webhook arrives, and what it names is refetched.
//!
//! [`receive`] (verified on its raw bytes, through a connector that is kept open) → [`batch`] (on
//! disk before the answer) → [`webhook_worker`] (connections are served in rotation) → [`read`] (events into entity queues) → [`apply`] (what an entity queue
//! names is fetched and written). [`poll`] brings the events of platforms that keep a queue to the same entity queues. [`watch`]
//! notices when webhooks fall silent and forgets what is old. [`webhooks`] is what people see of it, with [`mask`] before
//! their eyes; [`start`] puts the parts together.

pub mod apply;
pub mod batch;
pub mod content;
pub mod mask;
pub mod poll;
pub mod read;
pub mod receive;
pub mod start;
#[cfg(test)]
mod tests;
pub mod verify;
pub mod watch;
pub mod webhook_error;
pub mod webhook_worker;
pub mod webhooks;

pub use crate::model::{
    fetched::ChangeSource,
    webhook::{DeliveryState, ReplayRange},
    webhook_view::{
        ChangeCount, DeadLetteredEntity, DeliveryFilter, DeliveryView, EndpointView, EventView, RefusalView,
    },
};
pub use batch::Batcher;
pub use receive::Receiver;
pub use start::{Parts, Settings, Webhooks};
pub use webhook_error::Error;
pub use webhook_worker::{Work, Worker};
pub use webhooks::WebhookService;
