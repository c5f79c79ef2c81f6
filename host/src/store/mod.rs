//! What the host keeps: connections, sealed secrets, sync runs, the catalog and sealed orders, behind one trait per aggregate.
//!
//! Services depend on the traits of this module and never on a database. Every trait is object safe, every time is given
//! by the caller, every list is paged. `suite` is the one test suite that each implementation has to pass.
//!
//! Two rules the implementations keep for their callers: a page of rows and the checkpoint behind it are committed
//! together, guarded by the lease's fence ([`SyncStore::commit_page`]); and only a complete full pass deletes rows, as far as
//! there is no doubt about it ([`SyncStore::finish_stream`], [`DeletionStore`]).

pub mod announcement;
pub mod catalog;
pub mod channel;
pub mod connection;
pub mod disk;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod fetched;
pub mod held;
pub mod horizon;
pub mod intent;
pub mod job;
pub mod maintenance;
pub mod order;
pub mod outbox;
pub mod paging;
pub mod person;
pub mod plugin_death;
pub mod price;
pub mod price_timer;
pub mod quote;
mod records;
pub mod rows;
pub mod run;
pub mod secret;
pub mod session;
pub mod sqlite;
pub mod standing;
pub mod state;
#[cfg(test)]
pub(crate) mod suite;
pub mod sync;
pub mod webhook;
pub mod webhook_view;

pub use catalog::{CatalogStore, OfferFilter, OfferSummary, OfferView, StreamCount};
pub use channel::ChannelStore;
pub use connection::{Connection, ConnectionFilter, ConnectionStore};
pub use endpoint::{DeliveryStore, EndpointStore};
pub use error::{Error, Result};
pub use event::EventStore;
pub use fetched::FetchedStore;
pub use held::DeletionStore;
pub use intent::IntentStore;
pub use job::JobStore;
pub use maintenance::Maintenance;
pub use order::OrderStore;
pub use outbox::OutboxStore;
pub use paging::{Listing, PageQuery};
pub use person::PersonStore;
pub use plugin_death::PluginDeathStore;
pub use price_timer::PriceTimerStore;
pub use quote::QuoteStore;
pub use rows::{
    CustomerRow, EntityRow, InventoryRow, Mark, OfferRow, OrderRow, PriceRow, ReturnRow, Rows, SealedBody, ShipmentRow,
    VariantRow,
};
pub use secret::SecretStore;
pub use session::SessionStore;
pub use sqlite::SqliteStores;
pub use standing::StandingStore;
pub use state::StateStore;
pub use sync::SyncStore;
pub use webhook::WebhookStore;
pub use webhook_view::WebhookViews;

/// All aggregates of one database. `&dyn Stores` can be passed wherever one of its parts is wanted.
pub trait Stores:
    ConnectionStore
    + SecretStore
    + StateStore
    + SyncStore
    + CatalogStore
    + ChannelStore
    + SessionStore
    + EventStore
    + IntentStore
    + JobStore
    + FetchedStore
    + DeletionStore
    + WebhookStore
    + WebhookViews
    + DeliveryStore
    + EndpointStore
    + Maintenance
    + OrderStore
    + PersonStore
    + PluginDeathStore
    + PriceTimerStore
    + OutboxStore
    + QuoteStore
    + StandingStore
{
}

impl<T> Stores for T where
    T: ConnectionStore
        + SecretStore
        + StateStore
        + SyncStore
        + CatalogStore
        + ChannelStore
        + SessionStore
        + EventStore
        + IntentStore
        + JobStore
        + FetchedStore
        + DeletionStore
        + WebhookStore
        + WebhookViews
        + DeliveryStore
        + EndpointStore
        + Maintenance
        + OrderStore
        + PersonStore
        + PluginDeathStore
        + PriceTimerStore
        + OutboxStore
        + QuoteStore
        + StandingStore
{
}
