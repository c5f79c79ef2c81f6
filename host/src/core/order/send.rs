//! A claimed intent is sent: marked as sent, asked of the platform, and settled by its answer.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ExternalId, Order, Timestamp},
    wire::{
        Op,
        order::{AdjustmentResponse, OrderResponse, ShipmentResponse, SubmitOrderRequest, SubmitOrderResponse},
    },
};

use super::{
    Error,
    attempt::Attempt,
    differences::{changed, placed},
    verdict::{self, Verdict},
};
use crate::{
    core::connection::Connection,
    model::{
        Code,
        intent::{Intent, Settlement},
        outcome::IntentOutcome,
        rows::OrderRow,
    },
    spelling,
};

/// How often one order is sent at most.
const MOST_ATTEMPTS: u32 = 5;
/// Seconds within which the platform is asked after the note that it is: a host that stood still in between must not send
/// what another may have searched for meanwhile.
const SENT_WITHIN_S: i64 = 5;

/// Sends what is intended, and writes down what came of it.
pub(super) async fn send(attempt: &Attempt<'_>) -> Result<Intent, Error> {
    let intent = &attempt.claimed.intent;
    let settings = attempt.tools.settings;
    if intent.created_at.plus_seconds(settings.submit_within_s.into()) < attempt.now()
        || intent.attempts >= MOST_ATTEMPTS
    {
        let message = "it was not done, and no caller is waiting; send the request again with the same key";
        return attempt.reject(&Code::OrderExpired.error(message), true).await;
    }
    let connection = match attempt.connect().await {
        Ok(connection) => connection,
        Err(error) => return attempt.reject(&error, true).await,
    };
    // Read first: a webhook may store what comes of it before the answer is here.
    let before = attempt.known_order().await;
    let now = attempt.now();
    attempt.tools.store.mark_sent(&attempt.claimed.claim, now).await?;
    if now.plus_seconds(SENT_WITHIN_S) < attempt.now() {
        let message = "the host stalled just before sending";
        return attempt.doubt(&ConnectorError::new(ErrorCode::HostFailed, message)).await;
    }
    let key = Some(intent.id.0.as_str());
    match attempt.ask(&connection, &attempt.op, attempt.request.clone(), key).await {
        Ok(answer) => match read(attempt, &connection, &answer, before.as_ref(), now).await {
            Ok(confirmed) => attempt.settle(&confirmed).await,
            Err(problem) => {
                let message = format!("the connector's answer breaks the contract: {problem}");
                attempt.doubt(&ConnectorError::new(ErrorCode::PluginContractBroken, message)).await
            }
        },
        Err(error) => {
            attempt.confirm_refusal(&error);
            match verdict::of(&error) {
                Verdict::Refused => attempt.reject(&error, false).await,
                Verdict::NotNow => attempt.reject(&error, true).await,
                Verdict::Unknown => attempt.doubt(&error).await,
            }
        }
    }
}

/// What the platform did, from its answer.
async fn read(
    attempt: &Attempt<'_>,
    connection: &Connection,
    answer: &[u8],
    before: Option<&Order>,
    read_at: Timestamp,
) -> Result<Settlement, serde_json::Error> {
    match &attempt.op {
        Op::SubmitOrder => {
            let SubmitOrderResponse { mut orders } = serde_json::from_slice(answer)?;
            if orders.is_empty() {
                return Err(serde::de::Error::custom("no order in the answer to a submission"));
            }
            orders.iter().try_for_each(|order| named(&order.id))?;
            // A platform may answer with little more than an id: what the order became is read then.
            for order in orders.iter_mut().filter(|order| placed::is_bare(order)) {
                if let Some(whole) = attempt.order_as_it_is(connection, &order.id).await {
                    let warnings = std::mem::take(&mut order.warnings);
                    *order = Order { warnings, ..whole };
                }
            }
            let SubmitOrderRequest { draft } = serde_json::from_value(attempt.request.clone())?;
            let differences = placed::of_draft(&draft, &orders, true);
            attempt.confirmed_orders(&orders, differences, read_at)
        }
        Op::CreateShipment => {
            let ShipmentResponse { shipment } = serde_json::from_slice(answer)?;
            named(&shipment.id)?;
            let warnings = shipment.warnings.iter().map(Into::into).collect();
            let outcome = IntentOutcome { shipment: Some((&shipment).into()), warnings, ..Default::default() };
            let outcome = serde_json::to_value(outcome)?;
            let differences = changed::of_shipment(&attempt.request, &shipment);
            let (orders, shipments) =
                (order_now(attempt, connection).await, vec![attempt.rows.shipment_row(&shipment)?]);
            Ok(Settlement::Confirmed { outcome, read_at, orders, shipments, returns: vec![], differences })
        }
        Op::CreateReturn | Op::Refund => {
            let AdjustmentResponse { adjustment } = serde_json::from_slice(answer)?;
            named(&adjustment.id)?;
            let warnings = adjustment.warnings.iter().map(Into::into).collect();
            let outcome = IntentOutcome { adjustment: Some((&adjustment).into()), warnings, ..Default::default() };
            let outcome = serde_json::to_value(outcome)?;
            let currency = before.map(|order| order.currency);
            let differences = changed::of_adjustment(&attempt.op, &attempt.request, currency, &adjustment);
            let (orders, returns) = (order_now(attempt, connection).await, vec![attempt.rows.return_row(&adjustment)?]);
            Ok(Settlement::Confirmed { outcome, read_at, orders, shipments: vec![], returns, differences })
        }
        _ => {
            let OrderResponse { order } = serde_json::from_slice(answer)?;
            named(&order.id)?;
            let differences = changed::of_order(&attempt.op, &attempt.request, before, &order);
            attempt.confirmed_orders(&[order], differences, read_at)
        }
    }
}

/// The order after a part of it changed; nothing when it cannot be read now: a sync will bring it.
async fn order_now(attempt: &Attempt<'_>, connection: &Connection) -> Vec<OrderRow> {
    let Some(order) = &attempt.claimed.intent.order_id else { return vec![] };
    let order = attempt.order_as_it_is(connection, &ExternalId::from(order.as_str())).await;
    order.and_then(|order| attempt.rows.order_row(&order).ok()).into_iter().collect()
}

/// What has no id cannot be followed: nobody knows what was done.
fn named(id: &ExternalId) -> Result<(), serde_json::Error> {
    if spelling::is_visible(id.as_str()) { Ok(()) } else { Err(serde::de::Error::custom("what was made has no id")) }
}
