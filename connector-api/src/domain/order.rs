//! Orders: three independent status axes, each with the platform's own word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Address, Adjustment, Cart, Currency, Customer, ExternalId, Money, Shipment, ShippingMethod, TaxLine, Timestamp,
    Total,
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
    /// Who buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// The channel's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
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
    /// What was bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
    /// How it is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingMethod>,
    /// Taxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxLine>,
    /// Sums.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<Total>,
    /// How it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Who bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// What was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipments: Vec<Shipment>,
    /// Cancellations, returns, refunds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// When it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// The platform's id.
    pub id: ExternalId,
    /// The variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<ExternalId>,
    /// The offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_id: Option<ExternalId>,
    /// As sold.
    pub title: String,
    /// Pieces ordered.
    pub ordered: u32,
    /// Pieces sent.
    pub fulfilled: u32,
    /// Pieces sent back.
    pub returned: u32,
    /// Pieces taken out.
    pub canceled: u32,
    /// Price of one piece.
    pub unit_price: Money,
    /// Price of the line.
    pub total: Money,
}

/// How an order was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// The platform's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized: Option<Money>,
    /// Taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Money>,
    /// Given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// The payment provider's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The platform's own word on one axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RawStatus {
    /// Name of the field on the platform.
    pub axis: String,
    /// As sent.
    pub value: String,
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
