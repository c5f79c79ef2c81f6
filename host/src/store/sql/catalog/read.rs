//! Reading the catalog from SQLite.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};

use crate::{
    model::{
        catalog::{ExportChunk, OfferFilter, OfferSummary, OfferView, StreamCount},
        paging::{Listing, PageQuery},
        rows::{EntityRow, InventoryRow, PriceRow},
    },
    store::{
        Store,
        db::value::count,
        error::Result,
        sql::catalog::{detail, export, price},
    },
};

impl Store {
    /// How many rows each stream has; streams without any are left out.
    pub async fn counts(&self, connection: &ConnectionId) -> Result<Vec<StreamCount>> {
        self.explained(async {
            let rows: Vec<(String, i64, i64)> = sqlx::query_as(
                "WITH c AS (SELECT key FROM connections WHERE id = $1) \
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

    /// Offers, in the order of their ids.
    pub async fn offers(
        &self,
        connection: &ConnectionId,
        filter: &OfferFilter,
        page: &PageQuery,
    ) -> Result<Listing<OfferSummary>> {
        self.explained(detail::offers(self, connection, filter, page)).await
    }

    /// One offer with its variants, prices as of `now` and stock; retired prices and stock are left out.
    pub async fn offer(&self, connection: &ConnectionId, id: &str, now: Timestamp) -> Result<Option<OfferView>> {
        self.explained(detail::offer(self, connection, id, now)).await
    }

    /// Entities of a small stream, in the order of their ids; retired ones are left out.
    pub async fn entities(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        page: &PageQuery,
    ) -> Result<Listing<EntityRow>> {
        self.explained(async {
            let limit = page.effective_limit();
            let rows: Vec<(String, Option<String>, Option<String>, String)> = sqlx::query_as(
                "SELECT e.id, e.title, e.parent_id, e.body FROM entities e JOIN connections c ON c.key = e.connection \
                 WHERE c.id = $1 AND e.stream = $2 AND e.id > $3 AND e.retired_at IS NULL ORDER BY e.id LIMIT $4",
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

    /// Prices of a variant, whenever they hold, at most [`MAX_DETAIL_ROWS`].
    pub async fn prices(&self, connection: &ConnectionId, variant_id: &str) -> Result<Vec<PriceRow>> {
        self.explained(price::of_variant(self, connection, variant_id)).await
    }

    /// Stock of a variant, at most [`MAX_DETAIL_ROWS`].
    pub async fn inventory(&self, connection: &ConnectionId, variant_id: &str) -> Result<Vec<InventoryRow>> {
        self.explained(detail::inventory_of_variant(self, connection, variant_id)).await
    }

    /// Every row that is not retired, in pieces of at most `limit` lines and in an order that depends on nothing but the
    /// rows' keys. Nothing in it depends on when or how often the store was synced, so that two exports can be compared
    /// byte by byte. While a sync writes, each piece is consistent in itself.
    pub async fn export(&self, connection: &ConnectionId, cursor: Option<&str>, limit: u32) -> Result<ExportChunk> {
        self.explained(export::chunk(self, connection, cursor, limit)).await
    }
}
