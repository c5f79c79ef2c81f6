//! What happened to an order's money, and what is left of it.

use connector_api::domain::{Currency, Money, Payment, PaymentEvent, PaymentEventKind, PaymentEventStatus};

use super::{money::money, time};
use crate::wire::order::{self as wire, PaymentEntry};

/// Sums of the successful entries, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Reserved.
    pub authorized: i64,
    /// Taken, or said to be paid elsewhere.
    pub captured: i64,
    /// Given back.
    pub refunded: i64,
    /// Whether a reservation was released.
    pub voided: bool,
    /// Whether something is asked for and not answered.
    pub pending: bool,
}

impl Moved {
    /// Adds up the entries.
    pub fn of(events: &[PaymentEvent]) -> Self {
        let mut moved = Self::default();
        for event in events {
            let amount = event.amount.amount_minor.saturating_abs();
            match (&event.status, &event.kind) {
                (PaymentEventStatus::Pending, _) => moved.pending = true,
                (PaymentEventStatus::Succeeded, kind) => match kind {
                    PaymentEventKind::Authorization => moved.authorized = moved.authorized.saturating_add(amount),
                    PaymentEventKind::Capture | PaymentEventKind::MarkedPaid => {
                        moved.captured = moved.captured.saturating_add(amount);
                    }
                    PaymentEventKind::MarkedUnpaid => moved.captured = moved.captured.saturating_sub(amount).max(0),
                    PaymentEventKind::Refund => moved.refunded = moved.refunded.saturating_add(amount),
                    PaymentEventKind::Void => moved.voided = true,
                    _ => {}
                },
                _ => {}
            }
        }
        moved
    }
}

/// The entries, oldest first.
pub fn events(history: &[PaymentEntry], currency: Currency) -> Vec<PaymentEvent> {
    let mut events: Vec<PaymentEvent> = history.iter().filter_map(|entry| event(entry, currency)).collect();
    events.sort_by_key(|event| event.at);
    events
}

fn event(entry: &PaymentEntry, currency: Currency) -> Option<PaymentEvent> {
    let (kind, reported) = kind(&entry.entry_type);
    let status = match entry.status.as_str() {
        "SUCCESS" => reported.unwrap_or(PaymentEventStatus::Succeeded),
        "PENDING" => PaymentEventStatus::Pending,
        "FAILED" => PaymentEventStatus::Failed,
        other => PaymentEventStatus::Unknown(other.to_owned()),
    };
    Some(PaymentEvent {
        id: entry.id.map(Into::into),
        kind,
        raw_kind: Some(entry.entry_type.clone()),
        status,
        amount: money(&entry.value, currency)?,
        method: entry.payment_method.clone(),
        reference: entry.external_reference.clone(),
        at: time(entry.created_at.as_deref()),
    })
}

/// What a type of entry says was done, and whether the type itself says that it did not come about: a request that
/// succeeded has still moved no money.
fn kind(entry_type: &str) -> (PaymentEventKind, Option<PaymentEventStatus>) {
    use PaymentEventKind::{Authorization, Capture, Invoice, MarkedPaid, MarkedUnpaid, Refund, Void};
    use PaymentEventStatus::{Failed, Pending};
    match entry_type {
        "AUTH" | "AUTH_GIFT_CARD" => (Authorization, None),
        "AUTH_PENDING" => (Authorization, Some(Pending)),
        "CAPTURE" | "CAPTURE_GIFT_CARD" | "PREPAID" | "ADDITIONAL_ORDER_PAYMENT" => (Capture, None),
        "CAPTURE_PENDING" | "CAPTURE_REQUEST" => (Capture, Some(Pending)),
        "CAPTURE_FAILED" => (Capture, Some(Failed)),
        "REFUND" | "REFUND_GIFT_CARD" => (Refund, None),
        "REFUND_REQUEST" => (Refund, Some(Pending)),
        "REFUND_FAILED" => (Refund, Some(Failed)),
        "CANCEL" | "CANCEL_GIFT_CARD" => (Void, None),
        "CANCEL_REQUEST" => (Void, Some(Pending)),
        "MARKED_AS_PAID" => (MarkedPaid, None),
        "MARKED_AS_UNPAID" => (MarkedUnpaid, None),
        "INVOICE" => (Invoice, None),
        other => (PaymentEventKind::Unknown(other.to_ascii_lowercase()), None),
    }
}

/// How an order was paid, when anything is known of it.
pub fn payment(
    order: &wire::Order,
    moved: Option<Moved>,
    events: &[PaymentEvent],
    currency: Currency,
) -> Option<Payment> {
    let plugin = order.payment_method.as_ref();
    let method = plugin
        .and_then(|plugin| plugin.uri.clone().or_else(|| plugin.name.clone()))
        .or_else(|| events.iter().find_map(|event| event.method.clone()));
    let amount = |minor: i64| (minor > 0).then_some(Money { amount_minor: minor, currency });
    let reference = events.iter().find_map(|event| event.reference.clone());
    let payment = Payment {
        method,
        authorized: moved.and_then(|moved| amount(moved.authorized)),
        captured: moved.and_then(|moved| amount(moved.captured)),
        refunded: moved.and_then(|moved| amount(moved.refunded)),
        reference,
    };
    let known = payment.method.is_some() || moved.is_some_and(|moved| moved != Moved::default());
    known.then_some(payment)
}
