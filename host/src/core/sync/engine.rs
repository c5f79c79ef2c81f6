//! What runs syncs, and how runs behave.

use std::{sync::Arc, time::Duration};

use super::{paging::Ceilings, plan::Freshness};
use crate::{
    clock::Clock,
    model::doubt::DeletionRule,
    secret::Vault,
    store::{Store, disk::DiskGuard},
};

/// How runs behave.
#[derive(Debug, Clone, Copy)]
pub struct SyncSettings {
    /// Records asked for in one page.
    pub page_limit: u32,
    /// How long one page may take.
    pub page_timeout: Duration,
    /// How often a page is tried.
    pub page_attempts: u32,
    /// How old things may be.
    pub freshness: Freshness,
    /// Seconds a lease holds without being renewed: how long others wait for a host that died.
    pub lease_s: u32,
    /// What a full pass may delete unconfirmed.
    pub deletions: DeletionRule,
    /// What one store may make the host read and keep.
    pub ceilings: Ceilings,
}

/// Runs syncs. Cheap to clone.
#[derive(Clone)]
pub struct SyncEngine {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: SyncSettings,
    pub(super) disk: DiskGuard,
    pub(super) vault: Vault,
    pub(super) owner: String,
}

impl SyncEngine {
    /// An engine; `owner` names this process to others that want the same connection.
    pub fn new(
        store: Store,
        vault: Vault,
        clock: Arc<dyn Clock>,
        settings: SyncSettings,
        disk: DiskGuard,
        owner: String,
    ) -> Self {
        Self { store, clock, settings, disk, vault, owner }
    }
}
