//! `probe`: what a connector assumes of its platform, held against a live account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Look at everything that the connector assumes, and change nothing on the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeRequest {}

/// What was seen of each assumption.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeResponse {
    /// In the order in which the connector's documentation lists them.
    pub assumptions: Vec<Assumption>,
}

/// An assumption of a connector about its platform that no documentation confirms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assumption {
    /// Stable word, the same as in the connector's documentation.
    pub id: String,
    /// What is assumed, in one sentence.
    pub assumed: String,
    /// What the live account shows.
    pub verdict: Verdict,
    /// What was seen, or why nothing could be. Never holds a secret or personal data.
    pub seen: String,
    /// What the connector does when the assumption is wrong.
    pub otherwise: String,
}

open_enum! {
    /// What a live account shows of an assumption.
    pub enum Verdict {
        /// It is so.
        Confirmed = "confirmed",
        /// It is wrong.
        Refuted = "refuted",
        /// The account holds nothing that would show it, or the credentials may not see it.
        NotSeen = "not_seen",
    }
}
