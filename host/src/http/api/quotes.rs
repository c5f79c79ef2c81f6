//! Carts, quoted.

use std::time::Duration;

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    core::cart::{CartInput, QuoteOptions, QuoteReply, Source},
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named, Params},
        problem::Problem,
    },
    model::Code,
};

/// How to quote a cart.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct How {
    /// Who prices the cart: `auto` the platform, else synced data; `realtime` the platform only; `local` synced data only;
    /// `both` side by side.
    source: Source,
    /// Price the cart on the platform with each shipping method, not only with the chosen one. Slower.
    every_method: bool,
    /// Deadline of the quote in milliseconds (default 3000).
    #[schemars(range(min = 50, max = 30_000))]
    deadline_ms: Option<u64>,
}

pub(in crate::http) async fn create(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Params(how): Params<How>,
    Body(cart): Body<CartInput>,
) -> JsonAnswer<QuoteReply> {
    let ctx = caller.ctx(&host);
    if how.deadline_ms.is_some_and(|ms| !(50..=30_000).contains(&ms)) {
        return Err(Problem::new(Code::InvalidQuery, "`deadline_ms` must be between 50 and 30000"));
    }
    let deadline = how.deadline_ms.map(Duration::from_millis);
    let options = QuoteOptions { source: how.source, every_method: how.every_method, deadline };
    let reply = host.services.quotes.quote(&ctx, &id, cart, options).await?;
    Ok(Json(reply))
}
