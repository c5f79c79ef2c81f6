//! `quote`: have the platform price a cart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Cart, Quote};

/// Price this cart on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteRequest {
    /// What is in it, at most 200 lines.
    pub cart: Cart,
    /// Price the cart with each shipping method, not only with the one chosen: one more request to some platforms for
    /// each method.
    #[serde(default)]
    pub every_method: bool,
}

/// The priced cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteResponse {
    /// What it costs.
    pub quote: Quote,
}
