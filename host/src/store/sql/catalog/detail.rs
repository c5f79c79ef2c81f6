//! Offers with what belongs to them.

use connector_api::domain::{ConnectionId, Timestamp};
use serde::Deserialize;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        catalog::{MAX_DETAIL_ROWS, OfferFilter, OfferSummary, OfferView},
        paging::{Listing, PageQuery},
        price::by_time,
        rows::{InventoryRow, VariantRow},
    },
    store::{
        Store,
        db::{
            self,
            dialect::Dialect,
            failure::Outcome,
            value::{count, optional_time, time},
        },
        error::Result,
        sql::{catalog::price, connection::key::key_of},
    },
};

/// The columns of a [`StoredSummary`], of `offers o`.
fn summary(dialect: Dialect) -> String {
    let excluded = dialect.text_in_json("o.body", ["excluded", "code"]);
    format!(
        "o.id, o.title, o.handle, o.status, o.updated_at, o.changed_at, o.deleted_at, {excluded} AS excluded, \
         (SELECT count(*) FROM variants v WHERE v.connection = o.connection AND v.offer_id = o.id AND \
         v.deleted_at IS NULL) AS variants"
    )
}

const OFFER_VARIANTS: &str = "(SELECT id FROM variants WHERE connection = $1 AND offer_id = $2 AND deleted_at IS NULL)";

#[derive(FromRow)]
struct StoredSummary {
    id: String,
    title: Option<String>,
    handle: Option<String>,
    status: String,
    updated_at: Option<i64>,
    changed_at: i64,
    deleted_at: Option<i64>,
    excluded: Option<String>,
    variants: i64,
}

#[derive(FromRow)]
struct StoredVariant {
    id: String,
    price_group_id: Option<String>,
    sku: Option<String>,
    title: Option<String>,
    active: bool,
}

impl From<StoredVariant> for VariantRow {
    fn from(stored: StoredVariant) -> Self {
        let StoredVariant { id, price_group_id, sku, title, active } = stored;
        Self { id, price_group_id, sku, title, active }
    }
}

impl StoredSummary {
    fn read(self) -> Outcome<OfferSummary> {
        Ok(OfferSummary {
            id: self.id,
            title: self.title,
            handle: self.handle,
            // What the platform has no more is for nobody to buy, whatever it said last.
            status: if self.deleted_at.is_some() { "deleted".to_owned() } else { self.status },
            excluded: self.excluded,
            variants: count(self.variants),
            updated_at: optional_time(self.updated_at)?,
            changed_at: time(self.changed_at)?,
            deleted_at: optional_time(self.deleted_at)?,
        })
    }
}

/// Fields in the order of its columns: a JSON list of them reads as well.
#[derive(FromRow, Deserialize)]
pub(crate) struct StoredInventory {
    variant_id: String,
    location_id: String,
    available: i64,
    policy: String,
    as_of: Option<i64>,
}

impl StoredInventory {
    pub(crate) const COLUMNS: &str = "variant_id, location_id, available, policy, as_of";

    pub(crate) fn read(self) -> Outcome<InventoryRow> {
        Ok(InventoryRow {
            variant_id: self.variant_id,
            location_id: self.location_id,
            available: self.available,
            policy: self.policy,
            as_of: optional_time(self.as_of)?,
        })
    }
}

/// Offers of a connection (`$1`) after an id (`$2`) that have a text (`$3`) and a status (`$4`), deleted ones (`$5`) included.
pub(crate) fn offers_statement(dialect: Dialect) -> String {
    format!(
        "WITH found AS (SELECT t.connection, t.id FROM offers t {} WHERE t.connection = (SELECT key FROM connections WHERE id = $1) \
         AND t.id > $2 AND ($3 IS NULL OR {}) AND ($4 IS NULL OR t.status = $4) AND ($5 OR t.deleted_at IS NULL) \
         ORDER BY t.id LIMIT $6) \
         SELECT {} FROM found JOIN offers o ON o.connection = found.connection AND o.id = found.id ORDER BY found.id",
        dialect.indexed_by("offers_by_text"),
        dialect.has_part("t.search", "$3"),
        summary(dialect)
    )
}

impl Store {
    /// Offers, in the order of their ids.
    pub async fn offers(
        &self,
        connection: &ConnectionId,
        filter: &OfferFilter,
        page: &PageQuery,
    ) -> Result<Listing<OfferSummary>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let rows: Vec<StoredSummary> = db::query_as(AssertSqlSafe(offers_statement(self.dialect())))
                .bind(connection.as_str())
                .bind(page.key()?.unwrap_or_default())
                .bind(filter.text.as_deref().map(|text| self.dialect().part(&text.trim().to_lowercase())))
                .bind(filter.status.as_deref())
                .bind(filter.deleted)
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredSummary::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |offer| offer.id.clone()))
        })
        .await
    }
}

impl Store {
    /// One offer with its variants, prices as of `now` and stock; deleted prices and stock are left out.
    pub async fn offer(&self, connection: &ConnectionId, id: &str, now: Timestamp) -> Result<Option<OfferView>> {
        self.explained(|| async {
            let mut tx = self.readers.begin().await?;
            let Some(key) = key_of(&mut tx, connection).await? else { return Ok(None) };
            let columns = summary(tx.dialect());
            let sql = AssertSqlSafe(format!("SELECT {columns} FROM offers o WHERE o.connection = $1 AND o.id = $2"));
            let summary: Option<StoredSummary> = db::query_as(sql).bind(key).bind(id).fetch_optional(&mut *tx).await?;
            let Some(summary) = summary else { return Ok(None) };
            let body = db::query_scalar("SELECT body FROM offers WHERE connection = $1 AND id = $2")
                .bind(key)
                .bind(id)
                .fetch_one(&mut *tx)
                .await?;
            let variants: Vec<StoredVariant> = db::query_as(
                "SELECT id, price_group_id, sku, title, active FROM variants WHERE connection = $1 AND offer_id = $2 \
                 AND deleted_at IS NULL ORDER BY position, id",
            )
            .bind(key)
            .bind(id)
            .fetch_all(&mut *tx)
            .await?;
            let (prices, upcoming_prices) = by_time(price::of_offer(&mut tx, key, id, now).await?, now);
            let inventory = AssertSqlSafe(format!(
                "SELECT {} FROM inventory WHERE connection = $1 AND variant_id IN {OFFER_VARIANTS} AND deleted_at IS \
                 NULL ORDER BY variant_id, location_id LIMIT {MAX_DETAIL_ROWS}",
                StoredInventory::COLUMNS
            ));
            let inventory: Vec<StoredInventory> =
                db::query_as(inventory).bind(key).bind(id).fetch_all(&mut *tx).await?;
            Ok(Some(OfferView {
                summary: summary.read()?,
                body,
                variants: variants.into_iter().map(VariantRow::from).collect(),
                prices,
                upcoming_prices,
                inventory: inventory.into_iter().map(StoredInventory::read).collect::<Outcome<_>>()?,
            }))
        })
        .await
    }

    /// Stock of a variant, at most [`MAX_DETAIL_ROWS`].
    pub async fn inventory(&self, connection: &ConnectionId, variant_id: &str) -> Result<Vec<InventoryRow>> {
        self.explained(|| async {
            let sql = format!(
                "SELECT {} FROM inventory WHERE connection = (SELECT key FROM connections WHERE id = $1) AND \
                 variant_id = $2 AND deleted_at IS NULL ORDER BY location_id LIMIT {MAX_DETAIL_ROWS}",
                StoredInventory::COLUMNS
            );
            let rows: Vec<StoredInventory> = db::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(variant_id)
                .fetch_all(&self.readers)
                .await?;
            rows.into_iter().map(StoredInventory::read).collect()
        })
        .await
    }
}
