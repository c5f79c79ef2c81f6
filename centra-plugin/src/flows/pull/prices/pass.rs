//! One pass over prices, and where it goes on.

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::pull::{Checkpoint, Page},
};
use serde::{Deserialize, Serialize};

use super::{super::checkpoint::checkpoint, route::Route};
use crate::flows::{
    campaigns::{self, Read},
    source::Source,
};

/// A pass over prices.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pass {
    /// When it began.
    pub(super) began: Timestamp,
    /// Whether campaigns can be read.
    pub(super) campaigns: bool,
    /// Calls that read campaigns and no price: no two checkpoints of a pass may be the same.
    #[serde(default)]
    campaign_calls: u32,
}

impl Pass {
    pub(super) async fn begin(source: &Source) -> Result<Self, ConnectorError> {
        Ok(Self { began: source.client.host().now().await?, campaigns: true, campaign_calls: 0 })
    }

    /// Reads on with the campaigns of the pass.
    pub(super) async fn campaigns(&mut self, source: &Source, page: &mut Page) -> Result<Read, ConnectorError> {
        let read = if self.campaigns { campaigns::read(source, self.began, page).await? } else { Read::Hidden };
        self.campaigns = !matches!(read, Read::Hidden);
        self.campaign_calls = self.campaign_calls.saturating_add(matches!(read, Read::Partly).into());
        Ok(read)
    }
}

/// A cursor as it is kept: its fields beside the name of its route, by which the next call finds who goes on.
#[derive(Serialize)]
struct Kept<'a, C> {
    route: Route,
    #[serde(flatten)]
    cursor: &'a C,
}

/// The checkpoint of a route's cursor.
pub(super) fn kept(route: Route, cursor: &impl Serialize) -> Result<Option<Checkpoint>, ConnectorError> {
    checkpoint(&Kept { route, cursor })
}
