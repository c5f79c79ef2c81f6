//! What callers may see of connections: an operator everything, a channel its own.

use connector_api::{
    domain::{Category, ConnectionId, Language, Location, Market, Offer, Pricelist, ShippingOption, Store, TaxRule},
    wire::{manifest::Manifest, profile, pull::Stream},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{ConnectionService, Error};
use crate::model::{
    catalog::{ExportChunk, MAX_EXPORT_LINES, OfferFilter, OfferSummary, StreamCount},
    connection::{Connection, ConnectionFilter, ConnectionStatus, Environment},
    held::HeldDeletions,
    paging::{Listing, PageQuery},
    price::VariantPrice,
    rows::InventoryRow,
    run::{RunId, RunView},
    standing::Standing,
};
pub use crate::plugin::quarantine::{Conduct, Faults};
use crate::plugin::refusal::RefusalCode;

/// Whose eyes look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Sees everything.
    Operator,
    /// Sees what is its own; everything else does not exist for it.
    Channel(String),
    /// Sees test connections only, those of one channel or of all: who holds a test key.
    Tests(Option<String>),
}

/// A connector as it is listed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConnectorView {
    /// Its id.
    pub id: String,
    /// The platform's name.
    pub name: String,
    /// Who made the plugin.
    pub vendor: String,
    /// Version of the plugin.
    pub plugin_version: String,
    /// Version of the contract it was built against.
    pub contract_version: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Whether it is not called at the moment, because it misbehaved.
    pub quarantined: bool,
    /// Its last fault; empty when there was none.
    pub last_fault: String,
    /// Calls of it that could not be stopped.
    pub stuck_calls: usize,
    /// Why it is held back until an operator releases it; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// What it did that it must not do since it was loaded, by kind.
    pub faults: Vec<Faults>,
}

/// A plugin file that is not used.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RefusedPlugin {
    /// The file's name.
    pub file: String,
    /// Stable reason.
    pub code: RefusalCode,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// Connectors in use, and files that are not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Connectors {
    /// In use.
    pub data: Vec<ConnectorView>,
    /// Not used.
    pub refused: Vec<RefusedPlugin>,
}

/// An offer with all that belongs to it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OfferDetail {
    /// The offer as the contract has it, variants and pictures included.
    #[schemars(with = "Offer")]
    pub offer: Value,
    /// Its place in the catalog.
    pub summary: OfferSummary,
    /// Prices of its variants that hold now.
    pub prices: Vec<VariantPrice>,
    /// Prices of its variants that start later.
    pub upcoming_prices: Vec<VariantPrice>,
    /// Stock of its variants.
    pub inventory: Vec<InventoryRow>,
}

/// A record of a small stream.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Entity {
    /// The platform's id.
    pub id: String,
    /// What people read.
    pub title: Option<String>,
    /// The record above it.
    pub parent_id: Option<String>,
    /// The record as the contract has it.
    #[schemars(with = "EntityBody")]
    pub body: Value,
}

/// A record of a small stream, as the contract has it.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes records that are passed on as they were stored")]
enum EntityBody {
    /// Of `stores`.
    Store(Store),
    /// Of `markets`.
    Market(Market),
    /// Of `pricelists`.
    Pricelist(Pricelist),
    /// Of `languages`.
    Language(Language),
    /// Of `categories`.
    Category(Category),
    /// Of `locations`.
    Location(Location),
    /// Of `tax_rules`.
    TaxRule(TaxRule),
    /// Of `shipping_options` and `shipping_rates`.
    ShippingOption(ShippingOption),
}

impl Viewer {
    /// Whether a connection exists for it.
    pub fn sees(&self, connection: &Connection) -> bool {
        match self {
            Self::Operator => true,
            Self::Channel(channel) => connection.channel_id.as_ref() == Some(channel),
            Self::Tests(channel) => {
                connection.environment == Environment::Test && (channel.is_none() || connection.channel_id == *channel)
            }
        }
    }

    /// The channel that looks.
    pub fn channel(&self) -> Option<&str> {
        match self {
            Self::Operator => None,
            Self::Channel(channel) => Some(channel),
            Self::Tests(channel) => channel.as_deref(),
        }
    }
}

impl ConnectionService {
    /// A connection, if the viewer may see it.
    pub async fn seen(&self, viewer: &Viewer, id: &ConnectionId) -> Result<Connection, Error> {
        let connection = self.get(id).await?;
        if viewer.sees(&connection) { Ok(connection) } else { Err(Error::missing(id)) }
    }

    /// Whether a connection that was seen is still to be watched: it is gone when it was removed or disconnected.
    pub async fn still_seen(&self, viewer: &Viewer, id: &ConnectionId) -> bool {
        match self.seen(viewer, id).await {
            Ok(connection) => connection.health.status != ConnectionStatus::Disconnected,
            Err(error) => !matches!(error, Error::NotFound(_)),
        }
    }

    /// Connections that the viewer may see.
    pub async fn list(
        &self,
        viewer: &Viewer,
        mut filter: ConnectionFilter,
        page: &PageQuery,
    ) -> Result<Listing<Connection>, Error> {
        if let Some(channel) = viewer.channel() {
            filter.channel_id = Some(channel.to_owned());
        }
        if matches!(viewer, Viewer::Tests(_)) {
            filter.environment = Some(Environment::Test);
        }
        Ok(self.store.connections(&filter, page).await?)
    }

    /// Sync runs of a connection, newest first.
    pub async fn runs(&self, viewer: &Viewer, id: &ConnectionId, page: &PageQuery) -> Result<Listing<RunView>, Error> {
        self.seen(viewer, id).await?;
        Ok(self.store.runs(id, page).await?)
    }

    /// One sync run.
    pub async fn run(&self, viewer: &Viewer, id: &ConnectionId, run: &RunId) -> Result<RunView, Error> {
        self.seen(viewer, id).await?;
        let missing = || Error::NotFound(format!("connection `{id}` has no sync run `{run}`"));
        self.store.run(id, run).await?.ok_or_else(missing)
    }

    /// Deletions that are held, by stream.
    pub async fn held_deletions(&self, viewer: &Viewer, id: &ConnectionId) -> Result<Vec<HeldDeletions>, Error> {
        self.seen(viewer, id).await?;
        Ok(self.store.held_deletions(id).await?)
    }

    /// How many records each stream has.
    pub async fn catalog(&self, viewer: &Viewer, id: &ConnectionId) -> Result<Vec<StreamCount>, Error> {
        self.seen(viewer, id).await?;
        Ok(self.store.counts(id).await?)
    }

    /// A piece of the whole catalog, for taking it along; `cursor` is what the piece before ended with.
    pub async fn export(&self, viewer: &Viewer, id: &ConnectionId, cursor: Option<&str>) -> Result<ExportChunk, Error> {
        self.seen(viewer, id).await?;
        Ok(self.store.export(id, cursor, MAX_EXPORT_LINES).await?)
    }

    /// Offers of a connection.
    pub async fn offers(
        &self,
        viewer: &Viewer,
        id: &ConnectionId,
        filter: &OfferFilter,
        page: &PageQuery,
    ) -> Result<Listing<OfferSummary>, Error> {
        self.seen(viewer, id).await?;
        Ok(self.store.offers(id, filter, page).await?)
    }

    /// One offer with all that belongs to it.
    pub async fn offer(&self, viewer: &Viewer, id: &ConnectionId, offer: &str) -> Result<OfferDetail, Error> {
        self.seen(viewer, id).await?;
        let missing = || Error::NotFound(format!("connection `{id}` has no offer `{offer}`"));
        let view = self.store.offer(id, offer, self.clock.now()).await?.ok_or_else(missing)?;
        let body = serde_json::from_str(&view.body).unwrap_or_default();
        Ok(OfferDetail {
            offer: body,
            summary: view.summary,
            prices: view.prices,
            upcoming_prices: view.upcoming_prices,
            inventory: view.inventory,
        })
    }

    /// Records of a small stream.
    pub async fn entities(
        &self,
        viewer: &Viewer,
        id: &ConnectionId,
        stream: &str,
        page: &PageQuery,
    ) -> Result<Listing<Entity>, Error> {
        self.seen(viewer, id).await?;
        let listing = self.store.entities(id, &Stream::from(stream), page).await?;
        let data = listing.data.into_iter().map(|row| Entity {
            body: serde_json::from_str(&row.body).unwrap_or_default(),
            id: row.id,
            title: row.title,
            parent_id: row.parent_id,
        });
        Ok(Listing { data: data.collect(), next_cursor: listing.next_cursor })
    }

    /// Connectors in use, and files that are not.
    pub fn connectors(&self) -> Connectors {
        let data = self.registry.plugins().map(|plugin| {
            let (manifest, conduct) = (plugin.manifest(), plugin.conduct());
            ConnectorView {
                id: manifest.id.clone(),
                name: manifest.name.clone(),
                vendor: manifest.vendor.clone(),
                plugin_version: manifest.plugin_version.clone(),
                contract_version: manifest.contract_version.clone(),
                sha256: plugin.file().sha256.clone(),
                quarantined: conduct.quarantined,
                last_fault: conduct.last_fault,
                stuck_calls: conduct.stuck_calls,
                held: conduct.held,
                faults: conduct.faults,
            }
        });
        let refused = self.registry.refusals().iter().map(|refusal| RefusedPlugin {
            file: refusal.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            code: refusal.code,
            reason: refusal.reason.clone(),
            remedy: refusal.remedy.clone(),
        });
        Connectors { data: data.collect(), refused: refused.collect() }
    }

    /// Makes sure that the database answers and every key in use opens what it sealed.
    pub async fn check_ready(&self) -> Result<(), Error> {
        self.store.in_place()?;
        self.store.schema_version().await?;
        Ok(self.vault.check_keys().await?)
    }

    /// Connectors that connections need and no loaded plugin has, with how many connections wait for each.
    pub async fn missing_connectors(&self) -> Result<Vec<(String, u64)>, Error> {
        let mut in_use = self.store.connectors_in_use().await?;
        in_use.retain(|(connector, _)| self.registry.get(connector).is_none());
        Ok(in_use)
    }

    /// Whether the plugin of a connector is there and may be called at the moment.
    pub fn can_be_asked(&self, connector: &str) -> bool {
        self.registry.get(connector).is_some_and(|plugin| !plugin.conduct().quarantined)
    }

    /// How all connections and the work for them stand.
    pub async fn standing(&self) -> Result<Standing, Error> {
        Ok(self.store.standing(self.clock.now()).await?)
    }

    /// How a connector's plugin behaves.
    pub fn conduct(&self, connector: &str) -> Result<Conduct, Error> {
        Ok(self.plugin(connector)?.conduct())
    }

    /// What a connector says of itself.
    pub fn manifest(&self, connector: &str) -> Result<&Manifest, Error> {
        Ok(self.plugin(connector)?.manifest())
    }
}

/// What a form may show of a connection: its values that are no secrets.
pub struct PlainValues {
    /// Of the credential form.
    pub credentials: super::form::Values,
    /// Of the settings form.
    pub settings: super::form::Values,
}

impl ConnectionService {
    /// The values of a connection that are no secrets, to begin a renewal with.
    pub async fn plain_values(&self, connection: &Connection) -> Result<PlainValues, Error> {
        let schema = &self.plugin(&connection.connector_id)?.manifest().credential_schema;
        let credentials = self.vault.credentials(&connection.id).await?;
        let plain = credentials
            .iter()
            .filter(|(name, _)| schema["properties"].get(name).is_some_and(|field| !profile::is_secret(field)));
        let credentials = plain.map(|(name, value)| (name.clone(), value.expose().into())).collect();
        Ok(PlainValues { credentials, settings: connection.settings.clone() })
    }

    /// Another connection of the same channel to the same store.
    pub async fn twin(&self, connection: &Connection) -> Result<Option<Connection>, Error> {
        let twins = self.same_store(connection).await?;
        Ok(twins.into_iter().find(|twin| twin.channel_id == connection.channel_id))
    }
}
