//! The claim on an intent is kept for as long as it is worked on. It is short, so that an order whose host was killed is
//! looked for soon; that it may be sent again is decided by [`super::OrderSettings::settle_s`], not by the claim.

use std::time::Duration;

use connector_api::domain::Timestamp;

use super::attempt::Tools;
use crate::model::intent::Claim;

/// Seconds a claim holds without being renewed.
const HOLDS_S: i64 = 10;
/// How often it is renewed.
const RENEWED_EVERY: Duration = Duration::from_secs(3);

/// Until when a claim taken or renewed now holds.
pub(super) fn until(now: Timestamp) -> Timestamp {
    now.plus_seconds(HOLDS_S)
}

/// Does work under a claim, and renews the claim meanwhile.
pub(super) async fn kept<T>(tools: &Tools, claim: &Claim, work: impl Future<Output = T>) -> T {
    tokio::select! {
        ended = work => ended,
        never = renew(tools, claim) => match never {},
    }
}

/// A claim that was lost is noticed by whoever writes under it: only they know what it meant.
async fn renew(tools: &Tools, claim: &Claim) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(RENEWED_EVERY).await;
        if let Err(error) = tools.store.renew_intent(claim, until(tools.clock.now())).await {
            tracing::warn!(intent = %claim.intent, %error, "cannot renew the claim on an order");
        }
    }
}
