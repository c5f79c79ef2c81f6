//! Reading what a quote needs. Ids go in as one JSON list, so that each statement is prepared once for any number.

use connector_api::domain::ConnectionId;
use sqlx::AssertSqlSafe;

use crate::{
    model::quote::{MAX_QUOTED, QuotedOffer, QuotedVariant, SkuMatch},
    store::{
        Store,
        db::{
            self,
            dialect::Dialect,
            failure::Outcome,
            value::{from_json, to_json},
        },
        error::{Error, Result},
        sql::catalog::{
            detail::StoredInventory,
            price::{self, StoredPrice},
        },
    },
};

/// All that is asked of variants, in one statement: prices and stock are of the same moment without a transaction, and a
/// reader's thread is asked once. A variant is one row in each of its offers, with its prices and its stock as JSON.
/// Without statistics SQLite would go through all variants of a connection, so joins are crossed and the index is named.
fn all_of_variants(dialect: Dialect) -> String {
    format!(
        "SELECT v.id, o.id, o.body, \
         (SELECT {prices} \
         FROM prices p WHERE p.connection = c.key AND p.priced_id = coalesce(v.price_group_id, v.id) \
         AND p.deleted_at IS NULL), \
         (SELECT {stock} FROM inventory i \
         WHERE i.connection = c.key AND i.variant_id = v.id AND i.deleted_at IS NULL) \
         FROM connections c CROSS JOIN (SELECT DISTINCT value AS id FROM {ids} AS ids) wanted \
         {join} variants v {index} \
         ON v.connection = c.key AND v.id = wanted.id AND v.deleted_at IS NULL \
         {join} offers o ON o.connection = c.key AND o.id = v.offer_id AND o.deleted_at IS NULL \
         WHERE c.id = $1 ORDER BY v.id, o.id",
        prices = dialect.json_rows(price::values(), "p.pricelist_id, p.market_id, p.min_quantity, p.valid_from"),
        stock = dialect.json_rows(StoredInventory::COLUMNS, "location_id"),
        join = dialect.join_in_order(),
        ids = dialect.texts_of_json("$2"),
        index = dialect.indexed_by("variants_by_id"),
    )
}

impl Store {
    /// The variants that have these SKUs, by SKU, variant and offer; at most 10 of each SKU. `Refused` for more than
    /// [`MAX_QUOTED`].
    pub async fn variants_by_sku(&self, connection: &ConnectionId, skus: &[&str]) -> Result<Vec<SkuMatch>> {
        self.explained(|| async {
            let list = list(skus)?;
            let rows: Vec<(String, String, String)> = db::query_as(AssertSqlSafe(format!(
                "SELECT sku, id, offer_id FROM (SELECT v.sku, v.id, v.offer_id, row_number() OVER \
                 (PARTITION BY v.sku ORDER BY v.id, v.offer_id) AS place FROM variants v \
                 WHERE v.connection = (SELECT key FROM connections WHERE id = $1) AND v.sku IS NOT NULL \
                 AND v.deleted_at IS NULL AND v.sku IN (SELECT value FROM {})) AS ranked \
                 WHERE place <= 10 ORDER BY sku, id, offer_id",
                self.dialect().texts_of_json("$2")
            )))
            .bind(connection.as_str())
            .bind(list)
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(sku, variant_id, offer_id)| SkuMatch { sku, variant_id, offer_id }).collect())
        })
        .await
    }

    /// The variants of these ids that some offer has, in the order of their ids. `Refused` for more than [`MAX_QUOTED`].
    pub async fn quoted_variants(&self, connection: &ConnectionId, ids: &[&str]) -> Result<Vec<QuotedVariant>> {
        self.explained(|| async {
            let sql = AssertSqlSafe(all_of_variants(self.dialect()));
            let rows: Vec<(String, String, String, String, String)> =
                db::query_as(sql).bind(connection.as_str()).bind(list(ids)?).fetch_all(&self.readers).await?;
            let mut variants: Vec<QuotedVariant> = vec![];
            for (id, offer_id, body, prices, stock) in rows {
                let offer = QuotedOffer { id: offer_id, body };
                if let Some(same) = variants.last_mut().filter(|last| last.id == id) {
                    same.offers.push(offer);
                    continue;
                }
                let prices: Vec<StoredPrice> = from_json("prices", &prices)?;
                let stock: Vec<StoredInventory> = from_json("stock", &stock)?;
                variants.push(QuotedVariant {
                    id,
                    offers: vec![offer],
                    prices: prices.into_iter().map(StoredPrice::read).collect::<Outcome<_>>()?,
                    inventory: stock.into_iter().map(StoredInventory::read).collect::<Outcome<_>>()?,
                });
            }
            Ok(variants)
        })
        .await
    }
}

fn list(values: &[&str]) -> Outcome<String> {
    if values.len() > MAX_QUOTED {
        return Err(Error::Refused(format!("{} at once, at most {MAX_QUOTED} are read", values.len())).into());
    }
    to_json("list of ids", &values)
}
