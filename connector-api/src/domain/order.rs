//! Orders: three independent status axes, each with the platform's own word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Address, Adjustment, Cart, Currency, Customer, Decimal, ExternalId, Message, Money, PaymentEvent, PaymentEventKind,
    PaymentEventStatus, RawStatus, Shipment, ShippingMethod, TaxLine, Timestamp, Total, TotalKind,
};

/// An order a channel wants to place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderDraft {
    /// The same key never makes a second order.
    pub idempotency_key: String,
    /// What is bought; priced before. Each line holds the unit price agreed.
    pub cart: Cart,
    /// What shipping costs, as agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_price: Option<Money>,
    /// Tax on top of the prices, as agreed; absent if the prices include it, or if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// The total, as agreed; absent if not given: see [`OrderDraft::agreed_total`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// The person who buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Address of the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// The channel's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
}

impl OrderDraft {
    /// The agreed total: the given total; else the captured or authorized amount; else what the draft adds
    /// up to. `None` if it is unknown.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # let draft = draft(); // two for 0.50, and 4.90 for shipping
    /// assert_eq!(draft.agreed_total(), Some(euro(590)));
    ///
    /// let paid = OrderDraft { total: Some(euro(600)), ..draft };
    /// assert_eq!(paid.agreed_total(), Some(euro(600)));
    /// ```
    pub fn agreed_total(&self) -> Option<Money> {
        let paid = self.payment.as_ref().and_then(|payment| payment.captured.or(payment.authorized));
        self.total.or(paid).or_else(|| self.sum())
    }

    /// What the draft adds up to: the lines and shipping with the tax on top of them, minus discounts. `None` if one
    /// of these is missing, has another currency, or is too large.
    pub fn sum(&self) -> Option<Money> {
        let currency = self.cart.currency;
        let minor = |money: Money| (money.currency == currency).then_some(money.amount_minor);
        let mut sum = minor(self.shipping_price?)?;
        if let Some(tax) = self.tax {
            sum = sum.checked_add(minor(tax)?)?;
        }
        for line in &self.cart.lines {
            sum = sum.checked_add(minor(line.unit_price?)?.checked_mul(line.quantity.into())?)?;
        }
        for code in &self.cart.discounts {
            sum = sum.checked_sub(minor(code.amount?)?)?;
        }
        Some(Money { amount_minor: sum, currency })
    }
}

/// An order on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// The platform's id.
    pub id: ExternalId,
    /// The number people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The channel's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
    /// Store it was placed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<ExternalId>,
    /// Market it was placed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_id: Option<ExternalId>,
    /// Pricelist it was priced with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricelist_id: Option<ExternalId>,
    /// Currency of every amount.
    pub currency: Currency,
    /// How far the order is.
    pub status: OrderStatus,
    /// How far its goods are.
    pub fulfillment_status: FulfillmentStatus,
    /// How far its money is.
    pub financial_status: FinancialStatus,
    /// The platform's own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raw_status: Vec<RawStatus>,
    /// Whether somebody or something stops it from being sent. A hold is no status: an order of any status may be held.
    #[serde(default)]
    pub on_hold: bool,
    /// Why it is held, in the platform's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_reason: Option<String>,
    /// What was bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
    /// Vouchers, campaigns and manual reductions of the whole order. Reductions of single lines are in the lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<OrderDiscount>,
    /// How it is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingMethod>,
    /// Taxes of the order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxLine>,
    /// Sums of the order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<Total>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// What happened to its money, oldest first; only ever appended to. Empty when the platform does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<PaymentEvent>,
    /// The person who bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Address of the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// What was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipments: Vec<Shipment>,
    /// Cancellations, returns, refunds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// Warnings of the platform: done, but not completely, or with a remark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Message>,
    /// When it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

impl Order {
    /// Captures of its money that came about or are awaited.
    pub fn captures(&self) -> impl Iterator<Item = &PaymentEvent> {
        let counts = |event: &&PaymentEvent| {
            event.kind == PaymentEventKind::Capture && event.status != PaymentEventStatus::Failed
        };
        self.payments.iter().filter(counts)
    }

    /// What it costs in all; absent when the platform does not say.
    pub fn total(&self) -> Option<Money> {
        self.totals.iter().find(|own| own.kind == TotalKind::Total).map(|own| own.amount)
    }
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// The platform's id.
    pub id: ExternalId,
    /// Id of the variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<ExternalId>,
    /// Id of the offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_id: Option<ExternalId>,
    /// The merchant's number of the variant, as sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Name of the goods, as sold.
    pub title: String,
    /// Number of units ordered.
    pub ordered: u32,
    /// Number of units shipped.
    pub fulfilled: u32,
    /// Number of units returned.
    pub returned: u32,
    /// Number of units cancelled.
    pub canceled: u32,
    /// Price of one unit.
    pub unit_price: Money,
    /// Price of one unit before a reduction, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Money>,
    /// Total reduction of this line, for its whole quantity; positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// Price of the line.
    pub total: Money,
    /// Tax on the line: inside its total or on top of it, as the order's taxes say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// Rate of that tax in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_percent: Option<Decimal>,
    /// What was remarked on the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Of a bundle: the goods it consists of. They, not the line, are sent, returned and cancelled, and shipments and
    /// adjustments name them by their ids; the line has the price, and counts as many bundles as are whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<OrderLinePart>,
}

/// Goods of a bundle in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLinePart {
    /// The platform's id: what shipments, returns and cancellations of it name as `order_line_id`.
    pub id: ExternalId,
    /// Id of the variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<ExternalId>,
    /// The merchant's number of the variant, as sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Name of the goods, as sold.
    pub title: String,
    /// Quantity ordered, in all bundles of the line together.
    pub ordered: u32,
    /// Number of units shipped.
    pub fulfilled: u32,
    /// Number of units returned.
    pub returned: u32,
    /// Number of units cancelled.
    pub canceled: u32,
}

/// A reduction of a whole order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderDiscount {
    /// The platform's word for its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name of the discount, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The code that was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it took off; positive.
    pub amount: Money,
    /// When it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// How an order was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// The platform's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Amount reserved at the payment provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized: Option<Money>,
    /// Amount taken so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Money>,
    /// Amount given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// The payment provider's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

open_enum! {
    /// How far an order is.
    pub enum OrderStatus {
        /// Received.
        Open = "open",
        /// Confirmed by the merchant.
        Accepted = "accepted",
        /// Done.
        Completed = "completed",
        /// Will not happen.
        Canceled = "canceled",
        /// Refused.
        Rejected = "rejected",
        /// Waits for goods.
        Backordered = "backordered",
    }
}

open_enum! {
    /// How far an order's goods are.
    pub enum FulfillmentStatus {
        /// Nothing sent.
        Unfulfilled = "unfulfilled",
        /// Being packed.
        Processing = "processing",
        /// Some sent.
        PartiallyShipped = "partially_shipped",
        /// All sent.
        Shipped = "shipped",
        /// All received.
        Delivered = "delivered",
        /// Delivery failed.
        Failed = "failed",
        /// All sent back.
        Returned = "returned",
    }
}

open_enum! {
    /// How far an order's money is.
    pub enum FinancialStatus {
        /// Not yet known.
        Pending = "pending",
        /// Reserved.
        Authorized = "authorized",
        /// Taken.
        Paid = "paid",
        /// Some taken.
        PartiallyPaid = "partially_paid",
        /// Some given back.
        PartiallyRefunded = "partially_refunded",
        /// All given back.
        Refunded = "refunded",
        /// Reservation released.
        Voided = "voided",
        /// Nothing taken.
        Unpaid = "unpaid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(changes: &serde_json::Value) -> OrderDraft {
        let sek = |minor: i64| serde_json::json!({ "amount_minor": minor, "currency": "SEK" });
        let mut draft = serde_json::json!({ "idempotency_key": "k", "shipping_price": sek(49), "cart": { "id": "c",
            "currency": "SEK", "lines": [{ "id": "1", "variant_id": "7", "quantity": 2, "unit_price": sek(100) }] } });
        for (name, value) in changes.as_object().cloned().unwrap_or_default() {
            draft[name] = value;
        }
        serde_json::from_value(draft).unwrap()
    }

    #[test]
    fn the_agreed_total_is_what_was_said_or_paid_or_what_the_draft_adds_up_to() {
        let sek = |minor: i64| serde_json::json!({ "amount_minor": minor, "currency": "SEK" });
        let total = |changes| draft(&changes).agreed_total().map(|total| total.amount_minor);
        assert_eq!(total(serde_json::json!({})), Some(249));
        assert_eq!(total(serde_json::json!({ "tax": sek(20) })), Some(269));
        assert_eq!(
            total(serde_json::json!({ "payment": { "captured": sek(240), "authorized": sek(300) } })),
            Some(240)
        );
        assert_eq!(total(serde_json::json!({ "payment": { "method": "card" } })), Some(249), "no amount was paid");
        assert_eq!(total(serde_json::json!({ "total": sek(250), "payment": { "captured": sek(240) } })), Some(250));
        let code = |code: serde_json::Value| {
            serde_json::json!({ "shipping_price": sek(49), "cart": { "id": "c",
            "currency": "SEK", "discounts": [code], "lines": [] } })
        };
        assert_eq!(total(code(serde_json::json!({ "code": "A", "amount": sek(9) }))), Some(40));
        assert_eq!(total(code(serde_json::json!({ "code": "A" }))), None, "what a code takes off is not known");
        assert_eq!(total(serde_json::json!({ "shipping_price": null })), None);
        assert_eq!(total(serde_json::json!({ "tax": { "amount_minor": 1, "currency": "EUR" } })), None);
        assert_eq!(total(serde_json::json!({ "tax": sek(i64::MAX) })), None);
    }
    #[test]
    fn a_capture_counts_unless_it_failed() {
        let event = |kind: &str, status: &str| {
            let amount = serde_json::json!({ "amount_minor": 1, "currency": "SEK" });
            serde_json::json!({ "kind": kind, "status": status, "reference": status, "amount": amount })
        };
        let order: Order = serde_json::from_value(serde_json::json!({
            "id": "1", "currency": "SEK", "status": "open", "fulfillment_status": "unfulfilled", "financial_status": "paid",
            "payments": [event("authorization", "succeeded"), event("capture", "succeeded"), event("capture", "failed"),
                event("capture", "pending"), event("refund", "succeeded")]
        }))
        .unwrap();
        let captures: Vec<_> = order.captures().filter_map(|event| event.reference.as_deref()).collect();
        assert_eq!(captures, ["succeeded", "pending"]);
    }
}
