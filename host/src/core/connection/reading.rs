//! What callers may see of what was synced: an operator everything, a channel its own.

use connector_api::{
    domain::{Category, ConnectionId, Language, Location, Market, Offer, Pricelist, ShippingOption, Store, TaxRule},
    wire::pull::Stream,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Connections, Error};
use crate::model::{
    catalog::{ExportChunk, MAX_EXPORT_LINES, OfferFilter, OfferSummary, StreamCount},
    ctx::Ctx,
    held::HeldDeletions,
    paging::{Listing, PageQuery},
    price::VariantPrice,
    rows::InventoryRow,
    run::{RunId, RunView},
};

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
    /// A record of `stores`.
    Store(Store),
    /// A record of `markets`.
    Market(Market),
    /// A record of `pricelists`.
    Pricelist(Pricelist),
    /// A record of `languages`.
    Language(Language),
    /// A record of `categories`.
    Category(Category),
    /// A record of `locations`.
    Location(Location),
    /// A record of `tax_rules`.
    TaxRule(TaxRule),
    /// Of `shipping_options` and `shipping_rates`.
    ShippingOption(ShippingOption),
}

impl Connections {
    /// Sync runs of a connection, newest first.
    pub async fn runs(&self, ctx: &Ctx, id: &ConnectionId, page: &PageQuery) -> Result<Listing<RunView>, Error> {
        self.seen(ctx, id).await?;
        Ok(self.store().runs(id, page).await?)
    }

    /// One sync run.
    pub async fn run(&self, ctx: &Ctx, id: &ConnectionId, run: &RunId) -> Result<RunView, Error> {
        self.seen(ctx, id).await?;
        let missing = || Error::NotFound(format!("connection `{id}` has no sync run `{run}`"));
        self.store().run(id, run).await?.ok_or_else(missing)
    }

    /// Deletions that are held, by stream.
    pub async fn held_deletions(&self, ctx: &Ctx, id: &ConnectionId) -> Result<Vec<HeldDeletions>, Error> {
        self.seen(ctx, id).await?;
        Ok(self.store().held_deletions(id).await?)
    }

    /// How many records each stream has.
    pub async fn catalog(&self, ctx: &Ctx, id: &ConnectionId) -> Result<Vec<StreamCount>, Error> {
        self.seen(ctx, id).await?;
        Ok(self.store().counts(id).await?)
    }

    /// A piece of the whole catalog, for taking it along; `cursor` is what the piece before ended with.
    pub async fn export(&self, ctx: &Ctx, id: &ConnectionId, cursor: Option<&str>) -> Result<ExportChunk, Error> {
        self.seen(ctx, id).await?;
        Ok(self.store().export(id, cursor, MAX_EXPORT_LINES).await?)
    }

    /// Offers of a connection.
    pub async fn offers(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        filter: &OfferFilter,
        page: &PageQuery,
    ) -> Result<Listing<OfferSummary>, Error> {
        self.seen(ctx, id).await?;
        Ok(self.store().offers(id, filter, page).await?)
    }

    /// One offer with all that belongs to it.
    pub async fn offer(&self, ctx: &Ctx, id: &ConnectionId, offer: &str) -> Result<OfferDetail, Error> {
        self.seen(ctx, id).await?;
        let missing = || Error::NotFound(format!("connection `{id}` has no offer `{offer}`"));
        let view = self.store().offer(id, offer, ctx.now).await?.ok_or_else(missing)?;
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
        ctx: &Ctx,
        id: &ConnectionId,
        stream: &str,
        page: &PageQuery,
    ) -> Result<Listing<Entity>, Error> {
        self.seen(ctx, id).await?;
        let listing = self.store().entities(id, &Stream::from(stream), page).await?;
        let data = listing.data.into_iter().map(|row| Entity {
            body: serde_json::from_str(&row.body).unwrap_or_default(),
            id: row.id,
            title: row.title,
            parent_id: row.parent_id,
        });
        Ok(Listing { data: data.collect(), next_cursor: listing.next_cursor })
    }
}
