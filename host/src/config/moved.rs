//! Keys of earlier versions, and what to write instead of them.

use figment::Figment;

use super::error::origin;

/// What became of a key.
enum Now {
    /// It has another name.
    Renamed(&'static str),
    /// The value is fixed.
    Fixed(&'static str),
}

use Now::{Fixed, Renamed};

const MOVED: [(&str, Now); 34] = [
    ("sync.lease_s", Renamed("advanced.lease_s")),
    ("webhooks.lease_s", Renamed("advanced.lease_s")),
    ("events.lease_s", Renamed("advanced.lease_s")),
    ("sync.overlap_s", Renamed("advanced.sync_overlap_s")),
    ("sync.page_attempts", Renamed("advanced.sync_page_attempts")),
    ("sync.confirm_after_s", Renamed("advanced.sync_confirm_after_s")),
    ("sync.max_stream_records", Renamed("advanced.sync_max_stream_records")),
    ("sync.max_stream_pages", Renamed("advanced.sync_max_stream_pages")),
    ("sync.max_stream_bytes", Renamed("advanced.sync_max_stream_bytes")),
    ("sync.max_stream_hours", Renamed("advanced.sync_max_stream_hours")),
    ("sync.max_connection_rows", Renamed("advanced.sync_max_connection_rows")),
    ("sync.max_connection_bytes", Renamed("advanced.sync_max_connection_bytes")),
    ("quotes.cache_s", Renamed("advanced.quote_cache_s")),
    ("quotes.cache_variants", Renamed("advanced.quote_cache_variants")),
    ("quotes.circuit_failures", Renamed("advanced.quote_circuit_failures")),
    ("quotes.circuit_open_s", Renamed("advanced.quote_circuit_open_s")),
    ("orders.answer_within_s", Renamed("advanced.order_answer_within_s")),
    ("orders.settle_s", Renamed("advanced.order_settle_s")),
    ("orders.resolvers", Renamed("advanced.order_resolvers")),
    ("webhooks.workers", Renamed("advanced.webhook_workers")),
    ("webhooks.settle_ms", Renamed("advanced.webhook_settle_ms")),
    ("webhooks.previous_secret_h", Renamed("advanced.webhook_previous_secret_h")),
    ("webhooks.silent_after_h", Renamed("advanced.webhook_silent_after_h")),
    ("webhooks.queue", Fixed("4096 deliveries")),
    ("webhooks.attempts", Fixed("12 attempts")),
    ("events.attempts_days", Fixed("7 days")),
    ("server.login_hours", Renamed("advanced.server_login_hours")),
    ("server.drain_s", Renamed("advanced.server_drain_s")),
    ("server.max_connections", Renamed("advanced.server_max_connections")),
    ("server.client_share_percent", Renamed("advanced.server_client_share_percent")),
    ("server.header_timeout_s", Renamed("advanced.server_header_timeout_s")),
    ("server.idle_timeout_s", Renamed("advanced.server_idle_timeout_s")),
    ("server.body_timeout_s", Renamed("advanced.server_body_timeout_s")),
    ("server.unread_timeout_s", Renamed("advanced.server_unread_timeout_s")),
];

/// All keys of earlier versions that are set, each with what to do about it.
pub(super) fn mistakes(sources: &Figment) -> Vec<String> {
    let set = MOVED.iter().filter(|(old, _)| sources.find_value(old).is_ok());
    set.map(|(old, now)| {
        let origin = sources.find_metadata(old).map(origin).unwrap_or_default();
        match now {
            Renamed(new) => format!("`{old}` is now `{new}`; rename it (from {origin})"),
            Fixed(value) => format!("`{old}` is no longer a setting and always {value}; remove it (from {origin})"),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::Config, *};

    #[test]
    fn a_key_of_an_earlier_version_is_gone_and_its_successor_is_there() {
        let config = serde_json::to_value(Config::default()).unwrap();
        let has = |key: &str| config.pointer(&format!("/{}", key.replace('.', "/"))).is_some();
        for (old, now) in &MOVED {
            assert!(!has(old), "{old}");
            if let Renamed(new) = now {
                assert!(has(new), "{new}");
            }
        }
    }
}
