//! What operators watch: counters and times of what the host does, in the form Prometheus reads.
//!
//! Every measure is one function, named for what happened. Labels have few values, all of them the host's or the contract's
//! own words: never an id, an address, or anything a merchant or a person said. Where nothing is started, as on the command
//! line and in tests, counting costs a few nanoseconds and is kept nowhere.

use std::{sync::OnceLock, time::Duration};

use axum::http::Method;
use connector_api::ErrorCode;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::model::standing::{PoolUse, Standing};

const REQUESTS: &str = "connector_host_http_request_seconds";
const DEFERRED: &str = "connector_host_http_deferred_total";
const LOG_LINES_LOST: &str = "connector_host_log_lines_lost";
const PLUGIN_CALLS: &str = "connector_host_plugin_call_seconds";
const PLUGIN_FAULTS: &str = "connector_host_plugin_faults_total";
const PLATFORM_REQUESTS: &str = "connector_host_platform_request_seconds";
const PLATFORM_RETRIES: &str = "connector_host_platform_retries_total";
const SYNCS: &str = "connector_host_sync_runs_total";
const RECORDS: &str = "connector_host_sync_records_total";
const QUOTES: &str = "connector_host_quote_seconds";
const INTENTS: &str = "connector_host_order_intents_settled_total";
const EVENTS: &str = "connector_host_event_attempts_total";
const PRICES: &str = "connector_host_price_events_total";
const CONNECTIONS: &str = "connector_host_connections";
const OVERDUE: &str = "connector_host_work_overdue_seconds";
const DISK_FREE: &str = "connector_host_disk_free_bytes";
const DIFFERENCES: &str = "connector_host_order_differences_total";
const GOOD_SYNC_AGE: &str = "connector_host_oldest_good_sync_seconds";
const WORKERS: &str = "connector_host_workers";
const WORKER_ENDS: &str = "connector_host_worker_restarts_total";
const NEEDS_PERSON: &str = "connector_host_order_intents_awaiting_resolution";
const DEAD_LETTERED: &str = "connector_host_dead_lettered";
const SILENT: &str = "connector_host_connections_with_silent_webhooks";
const QUEUE_AGE: &str = "connector_host_queue_age_seconds";
const SPANS: &str = "connector_host_trace_batches_total";
const POOL: &str = "connector_host_database_connections";
const POOL_MOST: &str = "connector_host_database_connections_max";

/// Upper bounds of the buckets of every time, in seconds.
const BUCKETS_S: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What has been counted since the process began. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts counting; a second call gives what the first began.
    pub fn start() -> Result<Self, String> {
        static STARTED: OnceLock<Result<Metrics, String>> = OnceLock::new();
        STARTED.get_or_init(Self::begin).clone()
    }

    fn begin() -> Result<Self, String> {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS_S)
            .map_err(|error| error.to_string())?;
        let handle = builder.install_recorder().map_err(|error| error.to_string())?;
        describe();
        Ok(Self(handle))
    }

    /// Everything, in Prometheus' text form.
    pub fn text(&self) -> String {
        log_lines_are_lost(crate::telemetry::lost_lines());
        self.0.run_upkeep();
        self.0.render()
    }
}

fn describe() {
    describe_histogram!(REQUESTS, Unit::Seconds, "Duration of HTTP requests, by route and status");
    describe_counter!(DEFERRED, "HTTP requests rejected for now (overload, rate limit, maintenance), by code");
    describe_gauge!(LOG_LINES_LOST, "Log lines lost since the process started");
    describe_histogram!(PLUGIN_CALLS, Unit::Seconds, "Duration of plugin calls, by operation and outcome");
    describe_counter!(PLUGIN_FAULTS, "Plugin faults, by kind");
    describe_histogram!(PLATFORM_REQUESTS, Unit::Seconds, "Duration of platform requests, retries included");
    describe_counter!(PLATFORM_RETRIES, "Retries of platform requests");
    describe_counter!(SYNCS, "Finished sync runs, by result");
    describe_counter!(RECORDS, "Records read by syncs, by stream");
    describe_histogram!(QUOTES, Unit::Seconds, "Duration of quotes, by source");
    describe_counter!(INTENTS, "Settled order operations, by operation and result");
    describe_counter!(EVENTS, "Event delivery attempts, by outcome");
    describe_counter!(PRICES, "Price events published when a scheduled price started or ended");
    describe_gauge!(CONNECTIONS, "Connections, by state");
    describe_gauge!(OVERDUE, Unit::Seconds, "Age of the oldest due work, by kind");
    describe_gauge!(DISK_FREE, Unit::Bytes, "Free bytes on the disk of the data folder");
    describe_counter!(
        DIFFERENCES,
        "Order operations whose result differs from what was agreed, by operation and field"
    );
    describe_gauge!(GOOD_SYNC_AGE, Unit::Seconds, "Age of the oldest last successful sync over all connections");
    describe_gauge!(WORKERS, "Running workers, by kind of work");
    describe_counter!(WORKER_ENDS, "Worker restarts after an unexpected end, by kind of work");
    describe_gauge!(
        NEEDS_PERSON,
        "Order operations awaiting manual resolution (unknown outcome, or different from what was agreed)"
    );
    describe_gauge!(DEAD_LETTERED, "Dead-lettered items, by kind (counted up to 100000)");
    describe_gauge!(SILENT, "Connections whose syncs find changes but whose platform sends no webhooks");
    describe_gauge!(QUEUE_AGE, Unit::Seconds, "Age of the oldest item in a queue, by queue");
    describe_counter!(SPANS, "Batches of trace spans sent to the collector, by outcome");
    describe_gauge!(POOL, "Database connections, by pool and state");
    describe_gauge!(POOL_MOST, "Maximum database connections, by pool");
}

/// A request was answered. `route` is the template of its path, `-` when there is none.
pub fn request_answered(method: &Method, route: &str, status: u16, took: Duration) {
    // Strangers may make up methods: each would be a series kept for ever.
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let method = if known.contains(method) { method.as_str() } else { "other" };
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    histogram!(REQUESTS, &labels).record(took);
}

/// A request was answered with: not now.
pub fn request_deferred(code: &str) {
    counter!(DEFERRED, "code" => code.to_owned()).increment(1);
}

/// So many lines of the log could not be written.
fn log_lines_are_lost(lines: u64) {
    gauge!(LOG_LINES_LOST).set(approximately(lines));
}

/// A call of a plugin came back.
pub fn plugin_called(connector: &str, operation: &str, failure: Option<&ErrorCode>, took: Duration) {
    let outcome = failure.map_or("ok", word).to_owned();
    let labels = [("connector", connector.to_owned()), ("operation", operation.to_owned()), ("outcome", outcome)];
    histogram!(PLUGIN_CALLS, &labels).record(took);
}

/// A plugin did what it must not do.
pub fn plugin_at_fault(connector: &str, kind: &'static str) {
    counter!(PLUGIN_FAULTS, "connector" => connector.to_owned(), "kind" => kind).increment(1);
}

/// A platform was asked: its status, or why there is none.
pub fn platform_asked(answer: Result<u16, &ErrorCode>, retries: u32, took: Duration) {
    let outcome = answer.map_or_else(|code| word(code).to_owned(), |status| format!("{}xx", status / 100));
    histogram!(PLATFORM_REQUESTS, "outcome" => outcome).record(took);
    counter!(PLATFORM_RETRIES).increment(u64::from(retries));
}

/// A sync came to its end.
pub fn sync_ended(result: &str) {
    counter!(SYNCS, "result" => result.to_owned()).increment(1);
}

/// A page of a sync was kept.
pub fn records_read(stream: &str, records: u64) {
    counter!(RECORDS, "stream" => stream.to_owned()).increment(records);
}

/// A cart was priced.
pub fn cart_quoted(source: &str, took: Duration) {
    histogram!(QUOTES, "source" => source.to_owned()).record(took);
}

/// It is known what became of a change of an order.
pub fn intent_settled(operation: &str, end: &'static str) {
    counter!(INTENTS, "operation" => operation.to_owned(), "end" => end).increment(1);
}

/// What was done differs in this field from what was agreed. `field` is the last part of its name, one of a few words.
pub fn order_differs(operation: &str, field: &str) {
    counter!(DIFFERENCES, "operation" => operation.to_owned(), "field" => field.to_owned()).increment(1);
}

/// An event was sent, or was not.
pub fn event_attempted(outcome: &str) {
    counter!(EVENTS, "outcome" => outcome.to_owned()).increment(1);
}

/// Prices started or ended by themselves.
pub fn prices_emitted(events: u64) {
    counter!(PRICES).increment(events);
}

/// How the host stands: connections, work that is due, queues.
pub fn standing_is(standing: &Standing) {
    for (state, count) in &standing.connections {
        gauge!(CONNECTIONS, "state" => state.as_str()).set(approximately(*count));
    }
    for (kind, overdue) in [
        ("sync", standing.sync_overdue),
        ("webhook", standing.webhooks_overdue),
        ("order", standing.orders_overdue),
        ("event", standing.events_overdue),
    ] {
        gauge!(OVERDUE, "kind" => kind).set(overdue);
    }
    gauge!(GOOD_SYNC_AGE).set(standing.good_sync_age);
    gauge!(NEEDS_PERSON).set(approximately(standing.intents_needing_a_person));
    let queues = &standing.queues;
    for (queue, age) in [
        ("webhook_deliveries", queues.oldest_delivery),
        ("webhook_entities", queues.next_entity),
        ("event_retries", queues.next_retried_event),
        ("order_intents", queues.oldest_intent),
    ] {
        gauge!(QUEUE_AGE, "queue" => queue).set(age);
    }
    for (kind, count) in [
        ("webhook_delivery", queues.dead_lettered_deliveries),
        ("webhook_entity", queues.dead_lettered_entities),
        ("event", queues.dead_lettered_events),
    ] {
        gauge!(DEAD_LETTERED, "kind" => kind).set(approximately(count));
    }
    gauge!(SILENT).set(approximately(queues.silent_connections));
}

/// A batch of spans was sent to the collector, or was not accepted.
pub fn spans_sent(is_accepted: bool) {
    counter!(SPANS, "outcome" => if is_accepted { "accepted" } else { "failed" }).increment(1);
}

/// How the connections to the database are used.
pub fn pools_are(pools: &[(&'static str, PoolUse)]) {
    for (pool, PoolUse { used, idle, most }) in pools {
        for (state, count) in [("used", used), ("idle", idle)] {
            gauge!(POOL, "pool" => *pool, "state" => state).set(approximately(*count));
        }
        gauge!(POOL_MOST, "pool" => *pool).set(approximately(*most));
    }
}

/// How many workers of a kind live.
pub fn workers_live(kind: &'static str, count: usize) {
    gauge!(WORKERS, "kind" => kind).set(approximately(count as u64));
}

/// A worker ended without being told to.
pub fn worker_ended(kind: &'static str) {
    counter!(WORKER_ENDS, "kind" => kind).increment(1);
}

/// How many bytes of the data folder's disk are free.
pub fn disk_has_free(bytes: u64) {
    gauge!(DISK_FREE).set(approximately(bytes));
}

/// A code that only one plugin knows must not become a label of its own.
fn word(code: &ErrorCode) -> &str {
    if matches!(code, ErrorCode::Unknown(_)) { "unknown" } else { code.as_str() }
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
fn approximately(count: u64) -> f64 {
    count as f64
}
