//! What reading one stream of a run needs.

use super::{engine::SyncEngine, personal::PersonalRows, pull::Caller, timings::Timings};
use crate::model::{run::RunView, sync::Kept};

/// The reading of one stream of a run.
pub(super) struct StreamRun<'a> {
    pub(super) engine: &'a SyncEngine,
    pub(super) caller: Caller<'a>,
    pub(super) personal: &'a PersonalRows,
    pub(super) run: &'a RunView,
    pub(super) timings: &'a mut Timings,
    /// What the connection's rows occupy at most.
    pub(super) kept: &'a mut Kept,
}
