//! Reading what is known of webhooks.

use connector_api::{
    domain::{ConnectionId, ExternalId, Timestamp},
    wire::pull::{EntityRef, Stream},
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        fetched::ChangeSource,
        paging::{Listing, PageQuery},
        webhook::{DeliveryState, Proof},
        webhook_view::{
            ChangeCount, DeadLetteredEntity, DeliveryDetail, DeliveryFilter, DeliveryView, EndpointView, EventEntity,
            EventView, RefusalView,
        },
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{count, from_json, optional_time, small, time, word},
        },
        error::{Error, Result},
        sql::connection::key::key_of,
    },
};

const DAY_MS: i64 = 86_400_000;
/// Most counts of changes returned.
const MOST_COUNTS: i64 = 2_000;
/// Most events of one delivery returned.
const MOST_EVENTS: i64 = 1_000;
/// Rows counted at most: a count of many must not read them all.
const COUNT_UP_TO: i64 = 100_000;

const DELIVERY: &str = "SELECT d.seq, d.received_at, d.source, d.verdict, d.signed_at, d.bytes, d.state, d.attempts, \
     d.replays, d.read_at, d.error, (SELECT count(*) FROM webhook_event e WHERE e.delivery = d.seq) AS events \
     FROM webhook_delivery d";

#[derive(FromRow)]
struct StoredDelivery {
    seq: i64,
    received_at: i64,
    source: String,
    verdict: String,
    signed_at: Option<i64>,
    bytes: i64,
    state: String,
    #[sqlx(try_from = "i64")]
    attempts: u32,
    #[sqlx(try_from = "i64")]
    replays: u32,
    read_at: Option<i64>,
    error: Option<String>,
    events: i64,
}

impl StoredDelivery {
    fn read(self) -> Outcome<DeliveryView> {
        Ok(DeliveryView {
            id: self.seq,
            received_at: time(self.received_at)?,
            source: word("source", self.source, ChangeSource::from_word)?,
            proof: word("proof", self.verdict, Proof::from_word)?,
            signed_at: optional_time(self.signed_at)?,
            bytes: count(self.bytes),
            state: word("delivery state", self.state, DeliveryState::from_word)?,
            attempts: self.attempts,
            replays: self.replays,
            read_at: optional_time(self.read_at)?,
            error: self.error,
            events: count(self.events),
        })
    }
}

#[derive(FromRow)]
struct StoredEvent {
    topic: String,
    action: Option<String>,
    occurred_at: Option<i64>,
    decision: String,
    reason: Option<String>,
    refs: String,
}

#[derive(FromRow)]
struct StoredEndpoint {
    allow_unsigned: bool,
    accepted: i64,
    duplicates: i64,
    refused: i64,
    polled: i64,
    last_accepted_at: Option<i64>,
    last_refused_at: Option<i64>,
    silent_since: Option<i64>,
}

impl Store {
    /// What is known of a connection's webhooks.
    pub async fn webhook_endpoint(&self, connection: &ConnectionId) -> Result<EndpointView> {
        self.explained(|| async { endpoint(&mut self.readers.acquire().await?, connection).await }).await
    }

    /// Whether deliveries without proof are accepted as hints.
    pub async fn unsigned_allowed(&self, connection: &ConnectionId) -> Result<bool> {
        self.explained(|| async {
            let allowed: Option<bool> = db::query_scalar(
                "SELECT allow_unsigned FROM webhook_endpoint WHERE connection = (SELECT key FROM connections WHERE id = $1)",
            )
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await?;
            Ok(allowed.unwrap_or(false))
        })
        .await
    }

    /// Deliveries, newest first.
    pub async fn deliveries(
        &self,
        connection: &ConnectionId,
        filter: &DeliveryFilter,
        page: &PageQuery,
    ) -> Result<Listing<DeliveryView>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let refused = |_| Error::Refused("`cursor` is not one of this list; begin it again without it".to_owned());
            let before: Option<i64> = page.key()?.map(|key| key.parse().map_err(refused)).transpose()?;
            let sql = format!(
                "{DELIVERY} WHERE d.connection = (SELECT key FROM connections WHERE id = $1) AND d.seq < $2 \
                 AND ($3 IS NULL OR d.state = $3) AND ($4 IS NULL OR d.source = $4) ORDER BY d.seq DESC LIMIT $5"
            );
            let rows: Vec<StoredDelivery> = db::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(before.unwrap_or(i64::MAX))
                .bind(filter.state.map(DeliveryState::as_str))
                .bind(filter.source.map(ChangeSource::as_str))
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredDelivery::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |delivery| delivery.id.to_string()))
        })
        .await
    }

    /// One delivery with its events.
    pub async fn delivery(&self, connection: &ConnectionId, id: i64) -> Result<Option<DeliveryDetail>> {
        self.explained(|| async { detail(&mut self.readers.acquire().await?, connection, id).await }).await
    }

    /// The last refusals, newest first.
    pub async fn refusals(&self, connection: &ConnectionId) -> Result<Vec<RefusalView>> {
        self.explained(|| async {
            let rows: Vec<(i64, String, Option<String>, i64)> = db::query_as(
                "SELECT at, verdict, likely_cause, bytes FROM webhook_refusal \
                 WHERE connection = (SELECT key FROM connections WHERE id = $1) ORDER BY seq DESC",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            rows.into_iter()
                .map(|(at, verdict, likely_cause, bytes)| {
                    Ok(RefusalView { at: time(at)?, verdict, likely_cause, bytes: count(bytes) })
                })
                .collect()
        })
        .await
    }

    /// Entities that could not be refetched, by stream and id.
    pub async fn dead_lettered_entities(
        &self,
        connection: &ConnectionId,
        page: &PageQuery,
    ) -> Result<Listing<DeadLetteredEntity>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let key = page.key()?.unwrap_or_default();
            let (stream, id) = key.split_once('\n').unwrap_or_default();
            let rows: Vec<(String, String, i64, i64, i64, Option<String>)> = db::query_as(
                "SELECT stream, id, since, dead_lettered_at, attempts, error FROM entity_queue \
                 WHERE connection = (SELECT key FROM connections WHERE id = $1) AND dead_lettered_at IS NOT NULL \
                 AND (stream, id) > ($2, $3) ORDER BY stream, id LIMIT $4",
            )
            .bind(connection.as_str())
            .bind(stream)
            .bind(id)
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
            let queue = |(stream, id, since, dead_lettered_at, attempts, error): (String, String, i64, i64, i64, _)| {
                let entity = EntityRef { stream: Stream::from(stream.as_str()), id: ExternalId(id) };
                Ok(DeadLetteredEntity {
                    entity,
                    since: time(since)?,
                    dead_lettered_at: time(dead_lettered_at)?,
                    attempts: small("attempts", attempts)?,
                    error,
                })
            };
            let queues = rows.into_iter().map(queue).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(queues, limit, |queue| format!("{}\n{}", queue.entity.stream, queue.entity.id)))
        })
        .await
    }

    /// Changes by day, stream and way since a time, newest day first.
    pub async fn change_counts(&self, connection: &ConnectionId, since: Timestamp) -> Result<Vec<ChangeCount>> {
        self.explained(|| async {
            let rows: Vec<(i64, String, String, i64, i64)> = db::query_as(
                "SELECT day, stream, source, changed, drift FROM webhook_change \
                 WHERE connection = (SELECT key FROM connections WHERE id = $1) AND day >= $2 \
                 ORDER BY day DESC, stream, source LIMIT $3",
            )
            .bind(connection.as_str())
            .bind(since.as_unix_ms().div_euclid(DAY_MS))
            .bind(MOST_COUNTS)
            .fetch_all(&self.readers)
            .await?;
            rows.into_iter()
                .map(|(day, stream, source, changed, drift)| {
                    Ok(ChangeCount {
                        day: time(day * DAY_MS)?,
                        stream,
                        source: word("source", source, ChangeSource::from_word)?,
                        changed: count(changed),
                        drift: count(drift),
                    })
                })
                .collect()
        })
        .await
    }
}

async fn endpoint(db: &mut db::Connection, connection: &ConnectionId) -> Outcome<EndpointView> {
    let Some(key) = key_of(&mut *db, connection).await? else { return Ok(EndpointView::default()) };
    let stored: Option<StoredEndpoint> = db::query_as(
        "SELECT allow_unsigned, accepted, duplicates, refused, polled, last_accepted_at, last_refused_at, \
         silent_since FROM webhook_endpoint WHERE connection = $1",
    )
    .bind(key)
    .fetch_optional(&mut *db)
    .await?;
    let (waiting, dead_lettered_deliveries, queues, dead_lettered_entities): (i64, i64, i64, i64) = db::query_as(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery WHERE connection = $1 AND state = 'waiting' \
         LIMIT $2) AS few), (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery WHERE connection = $1 AND state = 'dead' \
         LIMIT $2) AS few), (SELECT count(*) FROM (SELECT 1 FROM entity_queue WHERE connection = $1 AND dead_lettered_at IS NULL \
         LIMIT $2) AS few), (SELECT count(*) FROM (SELECT 1 FROM entity_queue WHERE connection = $1 AND dead_lettered_at IS NOT NULL \
         LIMIT $2) AS few)",
    )
    .bind(key)
    .bind(COUNT_UP_TO)
    .fetch_one(db)
    .await?;
    let counts = EndpointView {
        waiting_deliveries: count(waiting),
        dead_lettered_deliveries: count(dead_lettered_deliveries),
        waiting_entities: count(queues),
        dead_lettered_entities: count(dead_lettered_entities),
        ..EndpointView::default()
    };
    let Some(stored) = stored else { return Ok(counts) };
    Ok(EndpointView {
        allow_unsigned: stored.allow_unsigned,
        accepted: count(stored.accepted),
        duplicates: count(stored.duplicates),
        refused: count(stored.refused),
        polled: count(stored.polled),
        last_accepted_at: optional_time(stored.last_accepted_at)?,
        last_refused_at: optional_time(stored.last_refused_at)?,
        silent_since: optional_time(stored.silent_since)?,
        ..counts
    })
}

async fn detail(db: &mut db::Connection, connection: &ConnectionId, id: i64) -> Outcome<Option<DeliveryDetail>> {
    let Some(key) = key_of(&mut *db, connection).await? else { return Ok(None) };
    let sql = format!("{DELIVERY} WHERE d.connection = $1 AND d.seq = $2");
    let stored: Option<StoredDelivery> =
        db::query_as(AssertSqlSafe(sql)).bind(key).bind(id).fetch_optional(&mut *db).await?;
    let Some(stored) = stored else { return Ok(None) };
    let content: Vec<u8> =
        db::query_scalar("SELECT content FROM webhook_delivery WHERE seq = $1").bind(id).fetch_one(&mut *db).await?;
    let rows: Vec<StoredEvent> = db::query_as(
        "SELECT topic, action, occurred_at, decision, reason, refs FROM webhook_event WHERE delivery = $1 \
         ORDER BY seq LIMIT $2",
    )
    .bind(id)
    .bind(MOST_EVENTS)
    .fetch_all(&mut *db)
    .await?;
    let waits = stored.state == DeliveryState::Waiting.as_str();
    let mut events = vec![];
    for row in rows {
        let refs: Vec<EntityRef> = from_json("refs of an event", &row.refs)?;
        let mut entities = vec![];
        for entity in refs {
            let state = if waits { "waiting" } else { queue_state(&mut *db, key, &entity).await? };
            entities.push(EventEntity { entity, state });
        }
        events.push(EventView {
            topic: row.topic,
            action: row.action,
            occurred_at: optional_time(row.occurred_at)?,
            decision: row.decision,
            reason: row.reason,
            entities,
        });
    }
    Ok(Some(DeliveryDetail { delivery: stored.read()?, content, events }))
}

async fn queue_state(db: &mut db::Connection, key: i64, entity: &EntityRef) -> Outcome<&'static str> {
    let dead_lettered: Option<bool> = db::query_scalar(
        "SELECT dead_lettered_at IS NOT NULL FROM entity_queue WHERE connection = $1 AND stream = $2 AND id = $3",
    )
    .bind(key)
    .bind(entity.stream.as_str())
    .bind(entity.id.as_str())
    .fetch_optional(db)
    .await?;
    Ok(match dead_lettered {
        Some(true) => "dead_lettered",
        Some(false) => "waiting",
        None => "done",
    })
}
