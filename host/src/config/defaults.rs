//! What holds where nothing is said.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    Config, EventSection, LogFormat, LogSection, NetworkSection, OrderSection, PluginSection, QuoteSection,
    SecretSection, ServerSection, StorageSection, SyncSection, WebhookSection,
};

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            plugins: PluginSection::default(),
            secrets: SecretSection::default(),
            network: NetworkSection::default(),
            sync: SyncSection::default(),
            storage: StorageSection::default(),
            orders: OrderSection::default(),
            log: LogSection::default(),
            server: ServerSection::default(),
            quotes: QuoteSection::default(),
            webhooks: WebhookSection::default(),
            events: EventSection::default(),
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
        Self {
            page_limit: 200,
            overlap_s: 300,
            full_every_h: 24,
            page_timeout_s: 120,
            page_attempts: 6,
            lease_s: 15,
            max_delete_percent: 20,
            confirm_after_s: 900,
            max_stream_records: 5_000_000,
            max_stream_pages: 200_000,
            max_stream_bytes: 20 << 30,
            max_stream_hours: 24,
            max_connection_rows: 20_000_000,
            max_connection_bytes: 50 << 30,
        }
    }
}

impl Default for StorageSection {
    fn default() -> Self {
        Self { min_free_bytes: 512 << 20 }
    }
}

impl Default for OrderSection {
    fn default() -> Self {
        Self {
            timeout_s: 30,
            settle_s: 60,
            submit_within_s: 900,
            answer_within_s: 25,
            resolvers: 2,
            check_quotes: true,
        }
    }
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            session_minutes: 60,
            login_hours: 12,
            max_requests: 256,
            request_timeout_s: 150,
            max_connections: 0,
            client_share_percent: 50,
            trusted_proxies: vec![],
            header_timeout_s: 10,
            idle_timeout_s: 75,
            body_timeout_s: 10,
            unread_timeout_s: 30,
            drain_s: 0,
            sync_every_min: 60,
            sync_workers: 2,
            check_every_h: 24,
        }
    }
}

impl Default for QuoteSection {
    fn default() -> Self {
        Self {
            deadline_ms: 3_000,
            local_valid_s: 300,
            circuit_failures: 5,
            circuit_open_s: 15,
            cache_s: 5,
            cache_variants: 50_000,
        }
    }
}

impl Default for WebhookSection {
    fn default() -> Self {
        Self {
            queue: 4_096,
            workers: 4,
            settle_ms: 250,
            attempts: 12,
            lease_s: 30,
            poll_s: 60,
            keep_days: 7,
            silent_after_h: 24,
            previous_secret_h: 24,
        }
    }
}

impl Default for EventSection {
    fn default() -> Self {
        Self { retention_days: 30, attempts_days: 7, workers: 8, timeout_s: 15, lease_s: 20 }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "warn".to_owned(), format: LogFormat::Auto }
    }
}
