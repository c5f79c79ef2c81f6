//! What is known of one connection's platform, kept with the connection: live schema, denied fields, costs, quota.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{
    adapt::{Adapted, Ground, Missing, adapt},
    live::LiveSchema,
};
use crate::operation::{Operation, fingerprint};

/// The name under which it is kept.
pub const STATE_KEY: &str = "centra/known/v1";

/// Complexity per 10 seconds of Centra's smallest plan, assumed until the platform says otherwise.
const SMALLEST_PLAN: u64 = 250_000;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The queries it was learned for.
    pub fingerprint: String,
    /// The live schema; absent when the platform does not show it.
    #[serde(default)]
    pub schema: Option<LiveSchema>,
    /// Fields the token may not read, each with the permission it lacks.
    #[serde(default)]
    pub denied: BTreeMap<String, String>,
    /// Complexity that one row was charged, by operation.
    #[serde(default)]
    pub row_costs: BTreeMap<String, u64>,
    /// Complexity allowed in 10 seconds.
    #[serde(default)]
    pub complexity_per_10s: Option<u64>,
    /// Rows that may be asked for at once, where the platform refused more.
    #[serde(default)]
    pub row_cap: Option<u32>,
}

impl Known {
    /// Knowledge of the present queries.
    pub fn new(schema: Option<LiveSchema>) -> Self {
        Self { fingerprint: fingerprint(), schema, ..Self::default() }
    }

    /// Reads what was kept, unless it is of other queries.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes).ok().filter(|known| known.fingerprint == fingerprint())
    }

    /// What one row costs, as charged or assumed.
    pub fn row_cost(&self, operation: Operation) -> u64 {
        self.row_costs.get(operation.name()).copied().unwrap_or_else(|| operation.assumed_row_cost())
    }
}

/// How many rows one page may hold: as many as cost a third of what is allowed in 10 seconds, and at most 200.
pub fn fitting_rows(row_cost: u64, complexity_per_10s: Option<u64>) -> u32 {
    let budget = complexity_per_10s.unwrap_or(SMALLEST_PLAN) / 3;
    u32::try_from((budget / row_cost.max(1)).clamp(1, 200)).unwrap_or(200)
}

/// [`Known`] with the queries already fitted to it.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is known.
    pub known: Known,
    denied: BTreeSet<String>,
    fitted: Mutex<BTreeMap<String, Arc<Adapted>>>,
}

impl Plan {
    /// A plan with nothing fitted yet.
    pub fn new(known: Known) -> Self {
        let denied = known.denied.keys().cloned().collect();
        Self { known, denied, fitted: Mutex::default() }
    }

    /// A query fitted to the schema and to the variables that have a value.
    pub fn adapt(
        &self,
        operation: Operation,
        given: &BTreeSet<&str>,
        with_limits: bool,
    ) -> Result<Arc<Adapted>, Missing> {
        let names: Vec<&str> = given.iter().copied().collect();
        let key = format!("{}/{}/{with_limits}", operation.name(), names.join(","));
        if let Some(found) = self.fitted.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        let ground = Ground { live: self.known.schema.as_ref(), denied: &self.denied };
        let adapted = Arc::new(adapt(operation, ground, given, with_limits)?);
        self.fitted.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&adapted));
        Ok(adapted)
    }
}
