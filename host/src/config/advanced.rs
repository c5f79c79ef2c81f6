//! Values that hardly anybody changes: the defaults fit, and a wrong value hurts. Each key begins with its subject and
//! ends with its unit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rarely changed values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdvancedSection {
    /// Seconds a claim on a sync, a webhook or an event endpoint holds without renewal: how long the work of a crashed host waits
    /// before another one takes over.
    #[schemars(range(min = 1, max = 600))]
    pub lease_s: u32,
    /// Maximum sessions of this host on the PostgreSQL server that write. The server must allow both kinds of every host.
    #[schemars(range(min = 1, max = 500))]
    pub database_writers: u32,
    /// Maximum sessions of this host on the PostgreSQL server that read.
    #[schemars(range(min = 1, max = 500))]
    pub database_readers: u32,
    /// Seconds an incremental sync goes back before the last one, for clocks that differ.
    #[schemars(range(min = 0, max = 86_400))]
    pub sync_overlap_s: u32,
    /// Attempts to read a page before it is read in smaller parts.
    #[schemars(range(min = 1, max = 100))]
    pub sync_page_attempts: u32,
    /// Seconds after which a second pass that misses the same rows confirms their deletion.
    #[schemars(range(min = 0, max = 604_800))]
    pub sync_confirm_after_s: u32,
    /// Maximum records of one pass over a stream.
    #[schemars(range(min = 1, max = 4_294_967_295_u64))]
    pub sync_max_stream_records: u64,
    /// Maximum pages of one pass over a stream.
    #[schemars(range(min = 1, max = 4_294_967_295_u64))]
    pub sync_max_stream_pages: u64,
    /// Maximum bytes of one pass over a stream.
    #[schemars(range(min = 1, max = 1_125_899_906_842_624_u64))]
    pub sync_max_stream_bytes: u64,
    /// Maximum hours of one pass over a stream.
    #[schemars(range(min = 1, max = 8_760))]
    pub sync_max_stream_hours: u32,
    /// Maximum stored rows of one connection, deleted ones included.
    #[schemars(range(min = 1, max = 4_294_967_295_u64))]
    pub sync_max_connection_rows: u64,
    /// Maximum stored bytes of one connection's rows.
    #[schemars(range(min = 1, max = 1_125_899_906_842_624_u64))]
    pub sync_max_connection_bytes: u64,
    /// Seconds synced data stay in memory for quotes; 0 for no cache.
    #[schemars(range(min = 0, max = 3_600))]
    pub quote_cache_s: u32,
    /// Maximum variants in memory, about 1 KiB each.
    #[schemars(range(min = 1, max = 5_000_000))]
    pub quote_cache_variants: usize,
    /// Failures in a row after which the circuit opens: quotes send no requests to the platform for a while.
    #[schemars(range(min = 1, max = 1_000))]
    pub quote_circuit_failures: u32,
    /// Seconds the circuit stays open at first; doubles with each further failure, at most 300.
    #[schemars(range(min = 1, max = 300))]
    pub quote_circuit_open_s: u32,
    /// Maximum seconds a caller waits for the outcome of an order; the work continues, and the same key returns its outcome.
    #[schemars(range(min = 1, max = 300))]
    pub order_answer_within_s: u32,
    /// Seconds between the end of an attempt with an unknown outcome and a search whose empty result counts. Must be longer
    /// than the platform may work on an order whose caller has disconnected.
    #[schemars(range(min = 1, max = 3_600))]
    pub order_settle_s: u32,
    /// Workers that resolve unknown orders, beside those that callers wait for.
    #[schemars(range(min = 1, max = 64))]
    pub order_resolvers: u32,
    /// Connections whose webhooks are processed at the same time; 0 stores deliveries without processing them.
    #[schemars(range(min = 0, max = 64))]
    pub webhook_workers: u32,
    /// Milliseconds that webhook events are collected before their entities are fetched: a burst becomes one request.
    #[schemars(range(min = 0, max = 60_000))]
    pub webhook_settle_ms: u32,
    /// Hours for which a replaced webhook secret is still accepted.
    #[schemars(range(min = 0, max = 720))]
    pub webhook_previous_secret_h: u32,
    /// Hours without a delivery, while syncs find changes, after which webhooks count as silent; 0 for never.
    #[schemars(range(min = 0, max = 720))]
    pub webhook_silent_after_h: u32,
    /// Hours an operator stays signed in to the dashboard.
    #[schemars(range(min = 1, max = 720))]
    pub server_login_hours: u32,
    /// Seconds at shutdown between "not ready" and the last accepted request, for the proxy to notice.
    #[schemars(range(min = 0, max = 300))]
    pub server_drain_s: u64,
    /// Maximum concurrent client connections; 0 for as many as the limit of open files allows, at most 4096.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub server_max_connections: u32,
    /// Share of connections and of running requests that one client address may have, in per cent.
    #[schemars(range(min = 1, max = 100))]
    pub server_client_share_percent: u8,
    /// Seconds the head of a request may take.
    #[schemars(range(min = 1, max = 300))]
    pub server_header_timeout_s: u64,
    /// Seconds a connection may stay open without a request; longer than the idle timeout of the proxy in front.
    #[schemars(range(min = 1, max = 3_600))]
    pub server_idle_timeout_s: u64,
    /// Seconds the body of a request may take, and one more for every 8 KiB.
    #[schemars(range(min = 1, max = 300))]
    pub server_body_timeout_s: u64,
    /// Seconds a client may take to read a response, and one more for every 8 KiB.
    #[schemars(range(min = 1, max = 3_600))]
    pub server_unread_timeout_s: u64,
}
