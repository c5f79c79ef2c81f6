//! What holds where nothing is said.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    AdvancedSection, Config, DatabaseSection, EventSection, LogSection, NetworkSection, OrderSection, PluginSection,
    QuoteSection, Role, SecretSection, ServerSection, StorageSection, SyncSection, TelemetrySection, WebhookSection,
};

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            database: DatabaseSection::default(),
            plugins: PluginSection::default(),
            secrets: SecretSection::default(),
            network: NetworkSection::default(),
            sync: SyncSection::default(),
            storage: StorageSection::default(),
            orders: OrderSection::default(),
            log: LogSection::default(),
            telemetry: TelemetrySection::default(),
            server: ServerSection::default(),
            quotes: QuoteSection::default(),
            webhooks: WebhookSection::default(),
            events: EventSection::default(),
            advanced: AdvancedSection::default(),
        }
    }
}

impl Default for NetworkSection {
    fn default() -> Self {
        Self {
            allow_private: vec![],
            connect_timeout_s: 5,
            timeout_s: 30,
            max_body_bytes: 10 * 1024 * 1024,
            headroom_percent: 20,
        }
    }
}

impl Default for SyncSection {
    fn default() -> Self {
        Self { page_limit: 200, full_every_h: 24, page_timeout_s: 120, max_delete_percent: 20 }
    }
}

impl Default for StorageSection {
    fn default() -> Self {
        Self { min_free_bytes: 512 << 20, keep_audit_days: 400 }
    }
}

impl Default for OrderSection {
    fn default() -> Self {
        Self { timeout_s: 30, submit_within_s: 900, check_quotes: true }
    }
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            role: Role::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: None,
            public_url: None,
            session_minutes: 60,
            max_requests: 256,
            request_timeout_s: 150,
            trusted_proxies: vec![],
            sync_every_min: 60,
            sync_workers: 2,
            check_every_h: 24,
        }
    }
}

impl Default for QuoteSection {
    fn default() -> Self {
        Self { deadline_ms: 3_000, local_valid_s: 300 }
    }
}

impl Default for WebhookSection {
    fn default() -> Self {
        Self { poll_s: 60, keep_days: 7 }
    }
}

impl Default for EventSection {
    fn default() -> Self {
        Self { retention_days: 30, workers: 8, timeout_s: 15 }
    }
}

impl Default for AdvancedSection {
    fn default() -> Self {
        Self {
            lease_s: 15,
            database_writers: 12,
            database_readers: 8,
            sync_overlap_s: 300,
            sync_page_attempts: 6,
            sync_confirm_after_s: 900,
            sync_max_stream_records: 5_000_000,
            sync_max_stream_pages: 200_000,
            sync_max_stream_bytes: 20 << 30,
            sync_max_stream_hours: 24,
            sync_max_connection_rows: 20_000_000,
            sync_max_connection_bytes: 50 << 30,
            quote_cache_s: 5,
            quote_cache_variants: 50_000,
            quote_circuit_failures: 5,
            quote_circuit_open_s: 15,
            order_answer_within_s: 25,
            order_settle_s: 60,
            order_resolvers: 2,
            webhook_workers: 4,
            webhook_settle_ms: 250,
            webhook_previous_secret_h: 24,
            webhook_silent_after_h: 24,
            server_login_hours: 12,
            server_drain_s: 0,
            server_max_connections: 0,
            server_client_share_percent: 50,
            server_header_timeout_s: 10,
            server_idle_timeout_s: 75,
            server_body_timeout_s: 10,
            server_unread_timeout_s: 30,
        }
    }
}
