//! The statements, next to the functions that run them: one folder per aggregate.

pub(super) mod audit;
pub(super) mod catalog;
pub(super) mod channel;
pub(super) mod claim;
pub(super) mod connection;
pub(super) mod intent;
pub(super) mod order;
pub(super) mod outbox;
pub(super) mod person;
pub(super) mod replica;
pub(super) mod session;
pub(super) mod sync;
pub(super) mod upkeep;
pub(super) mod webhook;
