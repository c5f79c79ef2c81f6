//! Reading the catalog from SQLite.

use async_trait::async_trait;
use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};

use super::{SqliteStores, count, detail, export, price};
use crate::store::{
    catalog::{CatalogStore, ExportChunk, OfferFilter, OfferSummary, OfferView, StreamCount},
    error::Result,
    paging::{Listing, PageQuery},
    rows::{EntityRow, InventoryRow, PriceRow},
};

#[async_trait]
impl CatalogStore for SqliteStores {
    async fn counts(&self, connection: &ConnectionId) -> Result<Vec<StreamCount>> {
        self.explained(async {
            let rows: Vec<(String, i64, i64)> = sqlx::query_as(
                "WITH c AS (SELECT key FROM connections WHERE id = ?) \
                 SELECT stream, count(*), count(retired_at) FROM entities JOIN c ON c.key = connection GROUP BY stream \
                 UNION ALL SELECT 'offers', count(*), count(retired_at) FROM offers JOIN c ON c.key = connection \
                 UNION ALL SELECT 'variants', count(*), count(retired_at) FROM variants JOIN c ON c.key = connection \
                 UNION ALL SELECT 'prices', count(*), count(retired_at) FROM prices JOIN c ON c.key = connection \
                 UNION ALL SELECT 'inventory', count(*), count(retired_at) FROM inventory JOIN c ON c.key = connection \
                 UNION ALL SELECT 'orders', count(*), count(retired_at) FROM orders JOIN c ON c.key = connection \
                 UNION ALL SELECT 'customers', count(*), count(retired_at) FROM customers JOIN c ON c.key = connection \
                 UNION ALL SELECT 'shipments', count(*), count(retired_at) FROM shipments JOIN c ON c.key = connection \
                 UNION ALL SELECT 'returns', count(*), count(retired_at) FROM returns JOIN c ON c.key = connection",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            let counts = rows.into_iter().filter(|(_, all, _)| *all > 0);
            Ok(counts
                .map(|(stream, all, retired)| StreamCount {
                    stream,
                    live: count(all - retired),
                    retired: count(retired),
                })
                .collect())
        })
        .await
    }

    async fn offers(
        &self,
        connection: &ConnectionId,
        filter: &OfferFilter,
        page: &PageQuery,
    ) -> Result<Listing<OfferSummary>> {
        self.explained(detail::offers(self, connection, filter, page)).await
    }

    async fn offer(&self, connection: &ConnectionId, id: &str, now: Timestamp) -> Result<Option<OfferView>> {
        self.explained(detail::offer(self, connection, id, now)).await
    }

    async fn entities(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        page: &PageQuery,
    ) -> Result<Listing<EntityRow>> {
        self.explained(async {
            let limit = page.effective_limit();
            let rows: Vec<(String, Option<String>, Option<String>, String)> = sqlx::query_as(
                "SELECT e.id, e.title, e.parent_id, e.body FROM entities e JOIN connections c ON c.key = e.connection \
                 WHERE c.id = ? AND e.stream = ? AND e.id > ? AND e.retired_at IS NULL ORDER BY e.id LIMIT ?",
            )
            .bind(connection.as_str())
            .bind(stream.as_str())
            .bind(page.key()?.unwrap_or_default())
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
            let rows =
                rows.into_iter().map(|(id, title, parent_id, body)| EntityRow { id, title, parent_id, body }).collect();
            Ok(Listing::from_overread(rows, limit, |row: &EntityRow| row.id.clone()))
        })
        .await
    }

    async fn prices(&self, connection: &ConnectionId, variant_id: &str) -> Result<Vec<PriceRow>> {
        self.explained(price::of_variant(self, connection, variant_id)).await
    }

    async fn inventory(&self, connection: &ConnectionId, variant_id: &str) -> Result<Vec<InventoryRow>> {
        self.explained(detail::inventory_of_variant(self, connection, variant_id)).await
    }

    async fn export(&self, connection: &ConnectionId, cursor: Option<&str>, limit: u32) -> Result<ExportChunk> {
        self.explained(export::chunk(self, connection, cursor, limit)).await
    }
}
