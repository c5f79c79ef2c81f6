//! The claim on an intent is kept for as long as it is worked on. It is short, so that an order whose host was killed is
//! looked for soon; that it may be sent again is decided by [`super::OrderSettings::settle_s`], not by the claim.

use std::time::Duration;

use connector_api::domain::Timestamp;

use super::attempt::Tools;
use crate::{
    model::intent::Claim,
    work::{Lease, keep_to_the_end},
};

/// Seconds a claim holds without being renewed.
const HOLDS_S: u32 = 10;

/// Until when a claim taken or renewed now holds.
pub(super) fn until(now: Timestamp) -> Timestamp {
    now.plus_seconds(HOLDS_S.into())
}

/// Does work under a claim, and renews the claim meanwhile. A call of the platform is not cut when the claim is lost: an order
/// that is half made is harder to find than one that is made. What comes of it is refused by the fence.
pub(super) async fn kept<T>(tools: &Tools, claim: &Claim, work: impl Future<Output = T>) -> T {
    let renew = || tools.store.renew_intent(claim, until(tools.clock.now()));
    let lost = || tracing::warn!(intent = %claim.intent, "another worker took over an order");
    keep_to_the_end(Lease::of(Duration::from_secs(HOLDS_S.into())), renew, lost, work).await
}
