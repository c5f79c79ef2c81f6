//! Shipments and returns.

use connector_api::domain::{
    Adjustment, AdjustmentKind, AdjustmentLine, AdjustmentStatus, Currency, ExternalId, Money, RawStatus, Shipment,
    ShipmentEvent, ShipmentLine, ShipmentStatus, Timestamp, Tracking,
};

use super::{money::money, time};
use crate::wire::{money::CurrencyAmount, shipment as wire};

/// A shipment of an order.
pub fn shipment(shipment: &wire::Shipment, order: &str) -> Shipment {
    let at = |text: &Option<String>| time(text.as_deref());
    let event =
        |kind: &str, at: Option<Timestamp>| at.map(|at| ShipmentEvent { kind: kind.to_owned(), at, text: None });
    let flag = |axis: &str, value: bool| RawStatus { axis: axis.to_owned(), value: value.to_string() };
    let carrier = shipment.carrier_information.as_ref().map(|carrier| {
        let parts = [carrier.carrier_name.as_deref(), carrier.service_name.as_deref()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let tracking = Tracking {
        carrier: carrier.filter(|carrier| !carrier.is_empty()),
        number: shipment.tracking_number.clone().filter(|number| !number.is_empty()),
        url: None,
    };
    let shipped_at = at(&shipment.shipped_at).filter(|_| shipment.is_shipped);
    Shipment {
        id: shipment.id.into(),
        number: shipment.number.clone(),
        order_id: order.into(),
        status: status(shipment),
        raw_status: [
            Some(flag("isGoodToGo", shipment.is_good_to_go)),
            Some(flag("isPaid", shipment.is_paid)),
            Some(flag("isShipped", shipment.is_shipped)),
            shipment.is_on_hold.map(|held| flag("isOnHold", held)),
            shipment.is_captured.map(|captured| flag("isCaptured", captured)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        lines: shipment.lines.iter().map(line).collect(),
        tracking: if tracking.carrier.is_some() || tracking.number.is_some() { vec![tracking] } else { vec![] },
        location_id: None,
        events: event("created", at(&shipment.created_at)).into_iter().chain(event("shipped", shipped_at)).collect(),
        total: shipment.grand_total.as_ref().and_then(amount),
        warnings: vec![],
        created_at: at(&shipment.created_at),
        shipped_at,
        updated_at: at(&shipment.updated_at),
    }
}

fn status(shipment: &wire::Shipment) -> ShipmentStatus {
    match (shipment.is_shipped, shipment.is_on_hold.unwrap_or(false), shipment.is_good_to_go) {
        (true, ..) => ShipmentStatus::Shipped,
        (false, true, _) => ShipmentStatus::OnHold,
        (false, false, true) => ShipmentStatus::Ready,
        (false, false, false) => ShipmentStatus::Pending,
    }
}

fn line(line: &wire::ShipmentLine) -> ShipmentLine {
    ShipmentLine {
        id: Some(line.id.into()),
        order_line_id: line.order_line.id.into(),
        quantity: quantity(line.quantity),
    }
}

/// A return; `None` when it does not say of which order, so that nothing can be done with it.
pub fn return_of(own: &wire::Return) -> Option<Adjustment> {
    let currency: Currency = own.grand_total.currency.code.as_deref()?.parse().ok()?;
    let order_id: ExternalId = own.order.as_ref()?.id.as_str().into();
    let lines = own.lines.iter().map(|line| AdjustmentLine {
        order_line_id: line.order_line.id.into(),
        quantity: quantity(line.quantity),
        amount: money(&line.line_value, currency),
    });
    Some(Adjustment {
        id: own.id.into(),
        order_id,
        shipment_id: own.shipment.as_ref().map(|shipment| shipment.id.into()),
        kind: AdjustmentKind::Return,
        status: own.return_status.as_deref().map(|status| match status {
            "PENDING" => AdjustmentStatus::Pending,
            "COMPLETED" => AdjustmentStatus::Completed,
            other => AdjustmentStatus::Unknown(other.to_owned()),
        }),
        raw_status: own.return_status.clone(),
        lines: lines.collect(),
        amount: given_back(own, currency),
        restock: own.returned_to_stock,
        reason: own.comment.clone().filter(|comment| !comment.is_empty()),
        warnings: vec![],
        at: time(own.created_at.as_deref()),
    })
}

/// Money given back: what was refunded where that can be read, else what the return is worth.
fn given_back(own: &wire::Return, currency: Currency) -> Option<Money> {
    let Some(history) = &own.refund_payment_history else { return amount(&own.grand_total) };
    let refunded = history
        .iter()
        .filter(|entry| entry.status == "SUCCESS" && matches!(entry.entry_type.as_str(), "REFUND" | "REFUND_GIFT_CARD"))
        .filter_map(|entry| money(&entry.value, currency))
        .fold(0_i64, |sum, part| sum.saturating_add(part.amount_minor.saturating_abs()));
    Some(Money { amount_minor: refunded, currency })
}

/// An amount in its own currency.
fn amount(amount: &CurrencyAmount) -> Option<Money> {
    money(&amount.amount, amount.currency.code.as_deref()?.parse().ok()?)
}

/// Pieces; what is negative is none.
pub(super) fn quantity(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}
