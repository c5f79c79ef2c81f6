//! What was read of a store's campaigns so far, kept between calls.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use connector_api::domain::Timestamp;

use super::place::Place;
use crate::map::campaign::Campaigns;

/// What was read of campaigns so far.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<Reading>>);

#[derive(Debug)]
pub(super) struct Reading {
    /// The moment that names it.
    pub(super) of: Timestamp,
    pub(super) found: Campaigns,
    pub(super) heads: usize,
    /// Where the list of campaigns goes on.
    pub(super) next: Option<Place>,
    pub(super) at: Where,
    /// Campaigns that were read.
    pub(super) seen: BTreeSet<i64>,
    /// Campaigns with more rows than came along, each with a pricelist of it, and where the rows of the first go on.
    pub(super) long: Vec<(i64, i64)>,
    pub(super) place: Option<Place>,
    pub(super) done: Option<Arc<Campaigns>>,
}

impl Kept {
    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Variants that a campaign had when all were last read.
    pub fn variants_of(&self, campaign: i64) -> Option<BTreeSet<i64>> {
        self.lock().as_ref()?.done.as_ref()?.variants_of(campaign).cloned()
    }
}

/// Where campaigns stand in the live schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In a root list of their own, whose name is inferred.
    Root,
    /// Below pricelists, where the reference has them: several times, once for each pricelist.
    Pricelists,
}
