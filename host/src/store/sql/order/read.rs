//! Reading orders.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::order::KnownOrder,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        history::{HistoryEntry, HistoryKind},
        intent::IntentId,
        order::{MAX_PARTS, OrderFilter, OrderSummary, SealedRecord, StoredOrder},
        paging::{BadCursor, Listing, PageQuery},
    },
    spelling,
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{from_json, optional_time, time, word},
        },
        error::{Error, Result},
        sql::{connection::key::key_of, intent::difference},
    },
};

const COLUMNS: &str = "o.id, o.number, o.channel_reference, o.status, o.fulfillment_status, o.financial_status, \
     o.currency, o.total_minor, o.quantity, o.placed_at, o.updated_at, o.changed_at, o.deleted_at, o.erased, EXISTS \
     (SELECT 1 FROM order_of_intent oi JOIN order_intent i ON i.id = oi.intent WHERE oi.connection = o.connection \
     AND oi.order_id = o.id AND i.manual_resolution AND i.differs IS NOT NULL) AS differs";

#[derive(FromRow)]
struct StoredSummary {
    id: String,
    number: Option<String>,
    channel_reference: Option<String>,
    status: String,
    fulfillment_status: String,
    financial_status: String,
    currency: String,
    total_minor: Option<i64>,
    #[sqlx(try_from = "i64")]
    quantity: u32,
    placed_at: Option<i64>,
    updated_at: Option<i64>,
    changed_at: i64,
    deleted_at: Option<i64>,
    erased: bool,
    differs: bool,
}

impl StoredSummary {
    fn read(self) -> Outcome<OrderSummary> {
        Ok(OrderSummary {
            id: self.id,
            number: self.number,
            channel_reference: self.channel_reference,
            status: self.status,
            fulfillment_status: self.fulfillment_status,
            financial_status: self.financial_status,
            currency: self.currency,
            total_minor: self.total_minor,
            quantity: self.quantity,
            placed_at: optional_time(self.placed_at)?,
            updated_at: optional_time(self.updated_at)?,
            changed_at: time(self.changed_at)?,
            deleted_at: optional_time(self.deleted_at)?,
            erased: self.erased,
            differs_from_agreed: self.differs,
        })
    }
}

#[derive(FromRow)]
struct StoredEntry {
    seq: i64,
    kind: String,
    intent: Option<String>,
    actor: Option<String>,
    detail: String,
    at: i64,
}

impl StoredEntry {
    fn read(self) -> Outcome<HistoryEntry> {
        Ok(HistoryEntry {
            seq: self.seq,
            kind: word("history kind", self.kind, HistoryKind::from_word)?,
            intent_id: self.intent,
            actor: self.actor,
            detail: from_json("history", &self.detail)?,
            at: time(self.at)?,
        })
    }
}

impl Store {
    /// The newest order that was placed through the host and is not deleted on the platform.
    pub async fn newest_placed_order(&self, connection: &ConnectionId) -> Result<Option<KnownOrder>> {
        self.explained(|| async {
            let row: Option<(String, i64)> = db::query_as(
                "SELECT o.id, o.placed_at FROM order_intent i JOIN order_of_intent p ON p.intent = i.id JOIN orders \
                 o ON o.connection = i.connection AND o.id = p.order_id WHERE i.connection = (SELECT key FROM \
                 connections WHERE id = $1) AND i.op = 'submit_order' AND i.state = 'confirmed' AND o.deleted_at IS \
                 NULL AND o.placed_at IS NOT NULL ORDER BY o.placed_at DESC LIMIT 1",
            )
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await?;
            row.map(|(id, placed_at)| Ok(KnownOrder { id: id.into(), placed_at: time(placed_at)? })).transpose()
        })
        .await
    }

    /// Orders, in the order of their last change.
    pub async fn orders(
        &self,
        connection: &ConnectionId,
        filter: &OrderFilter,
        page: &PageQuery,
    ) -> Result<Listing<OrderSummary>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let (beyond, direction) = if filter.newest_first { ("<", "DESC") } else { (">", "ASC") };
            let sql = format!(
                "SELECT {COLUMNS} FROM orders o JOIN connections c ON c.key = o.connection WHERE c.id = $1 AND ($2 \
                 IS NULL OR (o.changed_at, o.id) {beyond} ($2, $3)) AND ($4 IS NULL OR o.status = $4) AND ($5 IS \
                 NULL OR o.changed_at >= $5) AND ($6 IS NULL OR o.channel_reference IN ($6, $8)) ORDER BY \
                 o.changed_at {direction}, o.id {direction} LIMIT $7"
            );
            let (changed_at, id) = page.key()?.map(|key| place(&key)).transpose()?.unzip();
            let rows: Vec<StoredSummary> = db::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(changed_at)
                .bind(id)
                .bind(filter.status.as_deref())
                .bind(filter.changed_since.map(Timestamp::as_unix_ms))
                .bind(filter.channel_reference.as_deref())
                .bind(limit + 1)
                .bind(filter.channel_reference.as_deref().map(spelling::tidy))
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredSummary::read).collect::<Outcome<Vec<_>>>()?;
            let key = |order: &OrderSummary| format!("{} {}", order.changed_at.as_unix_ms(), order.id);
            Ok(Listing::from_overread(rows, limit, key))
        })
        .await
    }

    /// One order with its shipments and returns; deleted ones are left out.
    pub async fn order(&self, connection: &ConnectionId, id: &str) -> Result<Option<StoredOrder>> {
        self.explained(|| async {
            let mut tx = self.readers.begin().await?;
            let Some(key) = key_of(&mut tx, connection).await? else { return Ok(None) };
            let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM orders o WHERE o.connection = $1 AND o.id = $2"));
            let summary: Option<StoredSummary> = db::query_as(sql).bind(key).bind(id).fetch_optional(&mut *tx).await?;
            let Some(summary) = summary else { return Ok(None) };
            let blob = db::query_scalar("SELECT body FROM orders WHERE connection = $1 AND id = $2")
                .bind(key)
                .bind(id)
                .fetch_one(&mut *tx)
                .await?;
            let mut parts = [vec![], vec![]];
            for (found, table) in parts.iter_mut().zip(["shipments", "returns"]) {
                let sql = format!(
                    "SELECT id, body FROM {table} WHERE connection = $1 AND order_id = $2 AND deleted_at IS NULL \
                     ORDER BY id LIMIT {MAX_PARTS}"
                );
                let rows: Vec<(String, Vec<u8>)> =
                    db::query_as(AssertSqlSafe(sql)).bind(key).bind(id).fetch_all(&mut *tx).await?;
                found.extend(rows.into_iter().map(|(id, blob)| SealedRecord { id, blob }));
            }
            let [shipments, returns] = parts;
            let differences = difference::of_order(&mut tx, key, id).await?;
            Ok(Some(StoredOrder { summary: summary.read()?, blob, shipments, returns, differences }))
        })
        .await
    }

    /// What happened to an order, and to the intents that made or changed it, oldest first.
    pub async fn order_history(
        &self,
        connection: &ConnectionId,
        order: &str,
        page: &PageQuery,
    ) -> Result<Listing<HistoryEntry>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let rows: Vec<StoredEntry> = db::query_as(
                "WITH c AS (SELECT key FROM connections WHERE id = $1) SELECT seq, kind, intent, actor, detail, at \
                 FROM order_history WHERE connection = (SELECT key FROM c) AND order_id = $2 AND seq > $3 UNION \
                 SELECT h.seq, h.kind, h.intent, h.actor, h.detail, h.at FROM order_of_intent i JOIN order_history h \
                 ON h.connection = i.connection AND h.intent = i.intent WHERE i.connection = (SELECT key FROM c) AND \
                 i.order_id = $2 AND h.seq > $3 ORDER BY 1 LIMIT $4",
            )
            .bind(connection.as_str())
            .bind(order)
            .bind(page.key()?.map(|key| number(&key)).transpose()?.unwrap_or(0))
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
            let rows = rows.into_iter().map(StoredEntry::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |entry| entry.seq.to_string()))
        })
        .await
    }

    /// What happened to an intent, oldest first.
    pub async fn intent_history(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        page: &PageQuery,
    ) -> Result<Listing<HistoryEntry>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let rows: Vec<StoredEntry> = db::query_as(
                "SELECT h.seq, h.kind, h.intent, h.actor, h.detail, h.at FROM order_history h JOIN connections c ON \
                 c.key = h.connection WHERE c.id = $1 AND h.intent = $2 AND h.seq > $3 ORDER BY h.seq LIMIT $4",
            )
            .bind(connection.as_str())
            .bind(&intent.0)
            .bind(page.key()?.map(|key| number(&key)).transpose()?.unwrap_or(0))
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
            let rows = rows.into_iter().map(StoredEntry::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |entry| entry.seq.to_string()))
        })
        .await
    }
}

fn place(key: &str) -> Result<(i64, String)> {
    let (changed_at, id) = key.split_once(' ').ok_or_else(foreign)?;
    Ok((number(changed_at)?, id.to_owned()))
}

fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| foreign())
}

fn foreign() -> Error {
    BadCursor.into()
}
