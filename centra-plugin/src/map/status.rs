//! The three axes of an order's status, derived from what Centra keeps as one: its status, its pieces, its money.

use connector_api::domain::{FinancialStatus, FulfillmentStatus, OrderStatus};

use super::payment::Moved;

/// Pieces of an order, over all its lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quantities {
    /// Still wanted: ordered, and not cancelled.
    pub wanted: u32,
    /// Taken out.
    pub canceled: u32,
    /// In shipments that have left; `None` when shipments cannot be read.
    pub sent: Option<u32>,
    /// Whether there are shipments, left or not.
    pub being_sent: bool,
    /// Sent back.
    pub returned: u32,
}

/// How far an order is. An archived order is only hidden: what it was before decides.
pub fn order(raw: &str, quantity: &Quantities) -> OrderStatus {
    match raw {
        "PENDING" => OrderStatus::Open,
        "CONFIRMED" | "PROCESSING" => OrderStatus::Accepted,
        "ARCHIVED" if quantity.wanted == 0 => OrderStatus::Canceled,
        "SHIPPED" | "ARCHIVED" => OrderStatus::Completed,
        "CANCELLED" => OrderStatus::Canceled,
        other => OrderStatus::Unknown(other.to_owned()),
    }
}

/// How far its goods are.
pub fn fulfillment(raw: &str, quantity: &Quantities) -> FulfillmentStatus {
    let by_status = match raw {
        "SHIPPED" => FulfillmentStatus::Shipped,
        "PROCESSING" => FulfillmentStatus::Processing,
        _ => FulfillmentStatus::Unfulfilled,
    };
    // Without shipments the status is all there is to go by; it counts everything as sent once it says so.
    let sent = quantity.sent.unwrap_or(if raw == "SHIPPED" { quantity.wanted } else { 0 });
    if sent == 0 {
        let packed = quantity.being_sent && matches!(raw, "PENDING" | "CONFIRMED" | "PROCESSING");
        return if packed { FulfillmentStatus::Processing } else { by_status };
    }
    if sent < quantity.wanted {
        FulfillmentStatus::PartiallyShipped
    } else if quantity.returned >= sent {
        FulfillmentStatus::Returned
    } else {
        FulfillmentStatus::Shipped
    }
}

/// What is known of an order's money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paying {
    /// What moved; `None` when the history cannot be read.
    pub moved: Option<Moved>,
    /// What is to be paid, in minor units.
    pub due: i64,
    /// What shipments that count as paid are worth.
    pub paid_shipments: i64,
    /// Whether Centra waits for the payment.
    pub waiting: bool,
}

/// How far its money is. Money taken outside of Centra shows only in shipments marked as paid.
pub fn financial(raw: &str, paying: &Paying) -> FinancialStatus {
    let moved = paying.moved.unwrap_or_default();
    let taken = moved.captured.max(paying.paid_shipments);
    if moved.refunded > 0 {
        return if moved.refunded >= taken { FinancialStatus::Refunded } else { FinancialStatus::PartiallyRefunded };
    }
    if taken > 0 {
        return if taken >= paying.due { FinancialStatus::Paid } else { FinancialStatus::PartiallyPaid };
    }
    if moved.voided {
        return FinancialStatus::Voided;
    }
    if moved.authorized > 0 {
        return FinancialStatus::Authorized;
    }
    let unknown = paying.moved.is_none() || moved.pending || paying.waiting;
    match raw {
        "CANCELLED" => FinancialStatus::Voided,
        _ if unknown => FinancialStatus::Pending,
        _ if paying.due == 0 => FinancialStatus::Paid,
        _ => FinancialStatus::Unpaid,
    }
}
