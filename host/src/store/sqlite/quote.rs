//! Reading what a quote needs. Ids go in as one JSON list, so that each statement is prepared once for any number.

use std::collections::BTreeMap;

use async_trait::async_trait;
use connector_api::domain::ConnectionId;
use sqlx::AssertSqlSafe;

use super::{
    SqliteStores,
    detail::{StoredInventory, StoredPrice},
    failure::Outcome,
    key_of, to_json,
};
use crate::store::{
    error::{Error, Result},
    quote::{MAX_QUOTED, QuoteStore, QuotedOffer, QuotedVariant, SkuMatch},
};

const IDS: &str = "(SELECT value FROM json_each(?2))";

#[async_trait]
impl QuoteStore for SqliteStores {
    async fn quoted_variants(&self, connection: &ConnectionId, ids: &[&str]) -> Result<Vec<QuotedVariant>> {
        self.explained(variants(self, connection, ids)).await
    }

    async fn variants_by_sku(&self, connection: &ConnectionId, skus: &[&str]) -> Result<Vec<SkuMatch>> {
        self.explained(async {
            let list = list(skus)?;
            let rows: Vec<(String, String, String)> = sqlx::query_as(
                "SELECT sku, id, offer_id FROM (SELECT v.sku, v.id, v.offer_id, row_number() OVER \
                 (PARTITION BY v.sku ORDER BY v.id, v.offer_id) AS place FROM variants v \
                 WHERE v.connection = (SELECT key FROM connections WHERE id = ?1) AND v.sku IS NOT NULL \
                 AND v.retired_at IS NULL AND v.sku IN (SELECT value FROM json_each(?2))) \
                 WHERE place <= 10 ORDER BY sku, id, offer_id",
            )
            .bind(connection.as_str())
            .bind(list)
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(sku, variant_id, offer_id)| SkuMatch { sku, variant_id, offer_id }).collect())
        })
        .await
    }
}

async fn variants(stores: &SqliteStores, connection: &ConnectionId, ids: &[&str]) -> Outcome<Vec<QuotedVariant>> {
    let list = list(ids)?;
    // One transaction, so that prices and stock are of the same moment.
    let mut tx = stores.readers.begin().await?;
    let Some(key) = key_of(&mut tx, connection).await? else { return Ok(vec![]) };
    let offers: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT v.id, o.id, o.body FROM variants v JOIN offers o ON o.connection = v.connection AND o.id = v.offer_id \
         WHERE v.connection = ?1 AND v.id IN (SELECT value FROM json_each(?2)) AND v.retired_at IS NULL \
         AND o.retired_at IS NULL ORDER BY v.id, o.id",
    )
    .bind(key)
    .bind(&list)
    .fetch_all(&mut *tx)
    .await?;
    let sql = format!(
        "SELECT {} FROM prices WHERE connection = ?1 AND variant_id IN {IDS} AND retired_at IS NULL \
         ORDER BY variant_id, pricelist_id, market_id, min_quantity",
        StoredPrice::COLUMNS
    );
    let prices: Vec<StoredPrice> = sqlx::query_as(AssertSqlSafe(sql)).bind(key).bind(&list).fetch_all(&mut *tx).await?;
    let sql = format!(
        "SELECT {} FROM inventory WHERE connection = ?1 AND variant_id IN {IDS} AND retired_at IS NULL \
         ORDER BY variant_id, location_id",
        StoredInventory::COLUMNS
    );
    let stock: Vec<StoredInventory> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(key).bind(&list).fetch_all(&mut *tx).await?;
    let mut found: BTreeMap<String, QuotedVariant> = BTreeMap::new();
    for (id, offer_id, body) in offers {
        let variant = found.entry(id.clone()).or_insert_with(|| QuotedVariant { id, ..QuotedVariant::default() });
        variant.offers.push(QuotedOffer { id: offer_id, body });
    }
    for price in prices {
        let price = price.read()?;
        if let Some(variant) = found.get_mut(&price.variant_id) {
            variant.prices.push(price);
        }
    }
    for level in stock {
        let level = level.read()?;
        if let Some(variant) = found.get_mut(&level.variant_id) {
            variant.inventory.push(level);
        }
    }
    Ok(found.into_values().collect())
}

fn list(values: &[&str]) -> Outcome<String> {
    if values.len() > MAX_QUOTED {
        return Err(Error::Refused(format!("{} at once, at most {MAX_QUOTED} are read", values.len())).into());
    }
    to_json("list of ids", &values)
}
