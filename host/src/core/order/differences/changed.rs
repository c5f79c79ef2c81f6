//! Holds the answer to a follow-up against what was asked: the order, the units, the money, and what became of it.

use std::collections::BTreeMap;

use connector_api::{
    domain::{
        Adjustment, AdjustmentLine, Currency, ExternalId, Message, Money, Order, OrderLine, OrderStatus, PaymentEvent,
        PaymentEventStatus, Shipment,
    },
    wire::{
        Op,
        order::{
            CancelOrderRequest, CaptureRequest, CreateReturnRequest, CreateShipmentRequest, HoldOrderRequest,
            RefundRequest,
        },
    },
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Found;
use crate::model::intent::Difference;

/// Codes of warnings that a second step was not completed.
const NOT_COMPLETED: [&str; 2] = ["not_completed", "not_captured"];

/// Where an order after an operation is not what was asked. `before` is what was known of it.
pub(in crate::core::order) fn of_order(
    op: &Op,
    request: &Value,
    before: Option<&Order>,
    after: &Order,
) -> Vec<Difference> {
    let mut found = Found::default();
    order_id(request, &after.id, &mut found);
    if let Some(before) = before.filter(|before| before.currency != after.currency) {
        found.differ("currency", Some(before.currency), Some(after.currency));
    }
    match op {
        Op::ConfirmOrder if !is_confirmed(after) => {
            found.differ("status", Some(OrderStatus::Accepted), Some(&after.status));
        }
        Op::HoldOrder => {
            let asked = read::<HoldOrderRequest>(request).map(|asked| asked.hold);
            if asked.is_some_and(|hold| hold != after.on_hold) {
                found.differ("on_hold", asked, Some(after.on_hold));
            }
        }
        Op::CancelOrder => {
            if let Some(asked) = read::<CancelOrderRequest>(request) {
                canceled(&asked, before, after, &mut found);
            }
        }
        Op::Capture => {
            if let Some(asked) = read::<CaptureRequest>(request) {
                captured(&asked, before, after, &mut found);
            }
        }
        _ => {}
    }
    found.list()
}

/// Whether an order is confirmed.
pub(in crate::core::order) fn is_confirmed(order: &Order) -> bool {
    matches!(order.status, OrderStatus::Accepted | OrderStatus::Completed)
}

fn canceled(asked: &CancelOrderRequest, before: Option<&Order>, after: &Order, found: &mut Found) {
    if asked.lines.is_empty() {
        let is_over = |line: &OrderLine| line.canceled.saturating_add(line.fulfilled) >= line.ordered;
        let is_done =
            after.status == OrderStatus::Canceled || !after.lines.is_empty() && after.lines.iter().all(is_over);
        if !is_done {
            found.differ("status", Some(OrderStatus::Canceled), Some(&after.status));
        }
        return;
    }
    for (line, quantity) in of_lines(&asked.lines) {
        let Some(now) = canceled_of(after, &line) else {
            found.differ(format!("lines/{line}/canceled"), Some(quantity), None::<u64>);
            continue;
        };
        let was = before.and_then(|before| canceled_of(before, &line)).unwrap_or(0);
        let done = u64::from(now.saturating_sub(was));
        if done != quantity {
            found.differ(format!("lines/{line}/canceled"), Some(quantity), Some(done));
        }
    }
}

/// Pieces taken out of a line, or of a part of a bundle.
fn canceled_of(order: &Order, id: &ExternalId) -> Option<u32> {
    let parts = order.lines.iter().flat_map(|line| &line.parts).map(|part| (&part.id, part.canceled));
    let mut all = order.lines.iter().map(|line| (&line.id, line.canceled)).chain(parts);
    all.find(|(own, _)| *own == id).map(|(_, canceled)| canceled)
}

/// Whether an order shows that money was taken as asked; `None` when nobody knows: another capture may have been made
/// beside the one that is looked for.
pub(in crate::core::order) fn is_captured(asked: &CaptureRequest, order: &Order) -> Option<bool> {
    let is_own = |event: &&PaymentEvent| event.status == PaymentEventStatus::Succeeded && has_reference(asked, event);
    if order.captures().any(|event| is_own(&event)) {
        return Some(true);
    }
    if order.captures().next().is_none() {
        return (!order.payments.is_empty()).then_some(false);
    }
    let payment = order.payment.as_ref()?;
    let (taken, reserved) = (payment.captured?, payment.authorized?);
    let is_all = taken.currency == reserved.currency && taken.amount_minor >= reserved.amount_minor;
    let is_as_asked = asked.amount.is_none_or(|amount| amount == taken);
    (asked.reference.is_none() && asked.shipment_id.is_none() && is_all && is_as_asked).then_some(true)
}

fn captured(asked: &CaptureRequest, before: Option<&Order>, after: &Order, found: &mut Found) {
    let taken = taken(asked, before, after);
    match asked.amount {
        Some(amount) if taken != Some(amount) => found.differ("captured", Some(amount), taken),
        Some(_) => {}
        // A shipment's worth is not known here: that something was taken must do.
        None if asked.shipment_id.is_some() => {
            if taken.is_none() && !after.payments.is_empty() {
                found.differ("captured", owed(after), None::<Money>);
            }
        }
        None => {
            let in_all = captured_in_all(after).filter(|_| taken.is_some());
            let is_shown = in_all.is_some() || !after.payments.is_empty();
            if is_shown && (in_all.is_none() || owed(after).is_some_and(|owed| in_all != Some(owed))) {
                found.differ("captured", owed(after), in_all);
            }
        }
    }
}

/// What a capture took, as the order shows it: by the provider's own number, else all of it, else what was not taken before.
fn taken(asked: &CaptureRequest, before: Option<&Order>, after: &Order) -> Option<Money> {
    if let Some(own) = after.captures().find(|event| has_reference(asked, event)) {
        return Some(own.amount);
    }
    let now = captured_in_all(after)?;
    // The order as captured may have been stored already, by a webhook: then `before` shows it, too.
    if is_captured(asked, after) == Some(true) {
        return Some(now);
    }
    let earlier = before.and_then(captured_in_all).map_or(0, |amount| amount.amount_minor);
    let minor = now.amount_minor.checked_sub(earlier)?;
    (minor != 0).then_some(Money { amount_minor: minor, ..now })
}

/// What was captured of an order so far, with what is awaited.
fn captured_in_all(order: &Order) -> Option<Money> {
    let shown = order.payment.as_ref().and_then(|payment| payment.captured);
    let is_awaited = order.captures().any(|event| event.status != PaymentEventStatus::Succeeded);
    if is_awaited || shown.is_none() { sum_of(order.captures().map(|event| event.amount)).or(shown) } else { shown }
}

/// What is owed of an order: its total, or less where less was authorized.
fn owed(order: &Order) -> Option<Money> {
    let authorized = order.payment.as_ref().and_then(|payment| payment.authorized);
    match (authorized, order.total()) {
        (Some(authorized), Some(total)) if total.currency == authorized.currency => {
            Some(if total.amount_minor < authorized.amount_minor { total } else { authorized })
        }
        (authorized, total) => authorized.or(total),
    }
}

fn has_reference(asked: &CaptureRequest, event: &PaymentEvent) -> bool {
    asked.reference.is_some() && event.reference == asked.reference
}

/// Where a shipment is not what was asked.
pub(in crate::core::order) fn of_shipment(request: &Value, shipment: &Shipment) -> Vec<Difference> {
    let mut found = Found::default();
    order_id(request, &shipment.order_id, &mut found);
    if let Some(asked) = read::<CreateShipmentRequest>(request) {
        let asked = sum(asked.lines.iter().map(|line| (line.order_line_id.clone(), line.quantity)));
        let there = sum(shipment.lines.iter().map(|line| (line.order_line_id.clone(), line.quantity)));
        quantities(&asked, &there, &mut found);
    }
    completion(&shipment.warnings, &mut found);
    found.list()
}

/// What was made, but not brought to its end, needs manual resolution: the same request again would make another.
fn completion(warnings: &[Message], found: &mut Found) {
    if warnings.iter().any(|own| NOT_COMPLETED.contains(&own.code.as_str())) {
        found.differ("completed", Some(true), Some(false));
    }
}

/// Where a return or refund is not what was asked. `currency` is the order's.
pub(in crate::core::order) fn of_adjustment(
    op: &Op,
    request: &Value,
    currency: Option<Currency>,
    adjustment: &Adjustment,
) -> Vec<Difference> {
    let mut found = Found::default();
    order_id(request, &adjustment.order_id, &mut found);
    completion(&adjustment.warnings, &mut found);
    if *op == Op::CreateReturn {
        if let Some(asked) = read::<CreateReturnRequest>(request) {
            quantities(&of_lines(&asked.lines), &of_lines(&adjustment.lines), &mut found);
        }
        return found.list();
    }
    let Some(asked) = read::<RefundRequest>(request) else { return found.list() };
    let given = adjustment.amount.or_else(|| of_parts(&adjustment.lines));
    match (asked.amount, given) {
        (Some(asked), given) if given != Some(asked) => found.differ("amount", Some(asked), given),
        (None, Some(given)) => {
            if given.amount_minor == 0 {
                // A refund of nothing gives nobody their money back.
                found.differ("amount", None::<Money>, Some(given));
            }
            if currency.is_some_and(|currency| currency != given.currency) {
                found.differ("currency", currency, Some(given.currency));
            }
            if given.amount_minor < 0 {
                found.differ("amount", None::<Money>, Some(given));
            }
        }
        _ => {}
    }
    found.list()
}

/// What the lines of an adjustment are worth, where each says so.
fn of_parts(lines: &[AdjustmentLine]) -> Option<Money> {
    let amounts: Option<Vec<Money>> = lines.iter().map(|line| line.amount).collect();
    sum_of(amounts?.into_iter())
}

/// The sum of amounts of one currency; absent when there are none.
fn sum_of(mut amounts: impl Iterator<Item = Money>) -> Option<Money> {
    let first = amounts.next()?;
    amounts.try_fold(first, |sum, amount| {
        (amount.currency == sum.currency).then_some(())?;
        Some(Money { amount_minor: sum.amount_minor.checked_add(amount.amount_minor)?, ..sum })
    })
}

fn quantities(asked: &BTreeMap<ExternalId, u64>, there: &BTreeMap<ExternalId, u64>, found: &mut Found) {
    if there.is_empty() {
        found.differ("lines", Some(asked.len()), None::<usize>);
        return;
    }
    for line in asked.keys().chain(there.keys().filter(|line| !asked.contains_key(*line))) {
        let (wanted, done) = (asked.get(line).copied().unwrap_or(0), there.get(line).copied().unwrap_or(0));
        if wanted != done {
            found.differ(format!("lines/{line}/quantity"), Some(wanted), Some(done));
        }
    }
}

fn of_lines(lines: &[AdjustmentLine]) -> BTreeMap<ExternalId, u64> {
    sum(lines.iter().map(|line| (line.order_line_id.clone(), line.quantity)))
}

fn sum(lines: impl Iterator<Item = (ExternalId, u32)>) -> BTreeMap<ExternalId, u64> {
    lines.fold(BTreeMap::new(), |mut sums, (line, quantity)| {
        *sums.entry(line).or_default() += u64::from(quantity);
        sums
    })
}

fn order_id(request: &Value, actual: &ExternalId, found: &mut Found) {
    let asked = request["order_id"].as_str();
    if asked.is_some_and(|asked| asked != actual.as_str()) {
        found.differ("order_id", asked, Some(actual));
    }
}

fn read<T: DeserializeOwned>(request: &Value) -> Option<T> {
    serde_json::from_value(request.clone()).ok()
}
