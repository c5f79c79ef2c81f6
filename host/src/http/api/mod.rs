//! Handlers: one file per thing. Each handler takes its input, authorises, calls one service, shapes the answer, replies.

pub(super) mod audit;
pub(super) mod catalog;
pub(super) mod channels;
pub(super) mod connect;
pub(super) mod connections;
pub(super) mod customers;
pub(super) mod dashboard;
pub(super) mod event_endpoints;
pub(super) mod events;
pub(super) mod health;
pub(super) mod held_deletions;
pub(super) mod intents;
pub(super) mod keys;
pub(super) mod metrics;
pub(super) mod operations;
pub(super) mod orders;
pub(super) mod plugins;
pub(super) mod quotes;
pub(super) mod runs;
pub(super) mod sessions;
pub(super) mod webhooks;
