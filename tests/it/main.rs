//! The whole, as people use it: real plugin files, a real host process, a simulated store.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "what a test cannot unwrap has failed")]

mod plugin_deaths;
mod plugin_load;
mod plugin_misbehaves;
mod plugin_says;
mod plugin_trial;

mod connection;
mod health;
mod sync;
mod sync_doubts;
mod sync_endings;
mod sync_faults;
mod sync_kill;
mod sync_requests;
mod sync_variants;

mod orders;
mod orders_differ;
mod orders_external_payment;
mod orders_once;
mod orders_refused;
mod orders_two_channels;
mod personal_data;
mod prices;
mod quotes;
mod quotes_ledger;
mod quotes_realtime;
mod special_goods;

mod admin_port;
mod audit;
mod event_queue;
mod events;
mod http_connect;
mod http_secrets;
mod http_serve;
mod http_surroundings;
mod webhooks;
mod webhooks_lost;
mod webhooks_orders;
mod webhooks_poisoned;

mod replicas;
mod replicas_lost;
mod rolling_upgrade;

mod bad_input;
mod cli_help;
mod keys;
mod output;
mod probe;
mod secrets;
mod support_bundle;
mod traces;
