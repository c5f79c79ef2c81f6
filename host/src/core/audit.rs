//! Reading the audit log. It is written by the store, in the transactions of the changes.

use crate::{
    model::{
        audit::{AuditEntry, AuditFilter},
        paging::{Listing, PageQuery},
    },
    store::{Result, Store},
};

/// Reads the audit log. Cheap to clone.
#[derive(Clone)]
pub struct AuditLog {
    store: Store,
}

impl AuditLog {
    /// The log of a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Entries, newest first unless the oldest are asked for.
    pub async fn entries(&self, filter: &AuditFilter, page: &PageQuery) -> Result<Listing<AuditEntry>> {
        self.store.audit_entries(filter, page).await
    }
}
