//! A priced cart: what it costs, and who said so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Currency, Decimal, Discount, ExternalId, LocalizedText, Money, PriceSource, Timestamp};

/// The price of a cart, with the source of each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// Where the numbers come from, as a whole.
    pub source: QuoteSource,
    /// Where each part comes from.
    pub parts: QuoteParts,
    /// Why it is not `realtime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Currency of every amount.
    pub currency: Currency,
    /// The cart's lines, priced, in the cart's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<QuoteLine>,
    /// What each code or campaign took off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Sums, in the order to show them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<Total>,
    /// Taxes: by line and shipping, or one for the whole cart if the source does not itemise them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxLine>,
    /// Shipping methods for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipping_methods: Vec<ShippingMethod>,
    /// Id of the shipping method that is included in `totals`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_shipping_id: Option<ExternalId>,
    /// What the shopper or the channel must know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// Time at which it was computed.
    pub computed_at: Timestamp,
    /// Until when it may be relied on.
    pub valid_until: Timestamp,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
}

open_enum! {
    /// Where numbers come from.
    pub enum QuoteSource {
        /// The platform priced it.
        Realtime = "realtime",
        /// The host priced it from synced data.
        Local = "local",
        /// Some of each.
        Mixed = "mixed",
    }
}

/// Where each part of a quote comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteParts {
    /// Source of the unit prices.
    pub prices: QuotePart,
    /// Source of the discounts.
    pub discounts: QuotePart,
    /// Source of the shipping methods.
    pub shipping: QuotePart,
    /// Source of the taxes.
    pub tax: QuotePart,
    /// Whether the lines can be delivered.
    pub availability: QuotePart,
}

/// Where one part of a quote comes from, and how far it may be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuotePart {
    /// Who computed it.
    pub source: QuoteSource,
    /// Why it is not `realtime`, or what it leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the data behind it was read from the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_as_of: Option<Timestamp>,
    /// Until when it may be relied on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// One line of a cart, priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteLine {
    /// The cart line's id.
    pub id: String,
    /// Id of the variant.
    pub variant_id: ExternalId,
    /// How many are priced; fewer than the cart's when not all can be delivered.
    pub quantity: u32,
    /// Price of one unit, before discounts that are not part of it. Absent when the variant is not for sale there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// Price of one unit before a reduction, which a shop shows struck through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Money>,
    /// The lowest price of one unit in the 30 days before the reduction, where it is known: what the law of the European
    /// Union asks to be shown beside a reduction. Not the price that is struck through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest_price: Option<Money>,
    /// Who made the unit price, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_source: Option<PriceSource>,
    /// Price of the line: unit price times quantity, rounded as the source rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Tax on the line, inside or on top of its total as the quote's taxes say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// Whether it can be delivered.
    pub availability: Availability,
    /// The quantity that can be delivered, if the source reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_quantity: Option<u32>,
}

open_enum! {
    /// Whether a line can be delivered.
    pub enum Availability {
        /// All of it.
        InStock = "in_stock",
        /// Some of it.
        Partial = "partial",
        /// Later.
        Backorder = "backorder",
        /// None of it.
        OutOfStock = "out_of_stock",
        /// It is not sold in this market or pricelist, or does not exist.
        NotForSale = "not_for_sale",
        /// The source does not say before the order is placed.
        NotChecked = "not_checked",
    }
}

/// One sum of a quote or order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Total {
    /// What it sums.
    pub kind: TotalKind,
    /// Signed: discounts are negative.
    pub amount: Money,
    /// The platform's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

open_enum! {
    /// What a sum is of.
    pub enum TotalKind {
        /// Lines before discounts.
        Subtotal = "subtotal",
        /// Discounts on lines.
        ItemsDiscount = "items_discount",
        /// Discounts on the order.
        Discount = "discount",
        /// Shipping.
        Shipping = "shipping",
        /// Tax on top, or contained when prices include it.
        Tax = "tax",
        /// Handling and other fees.
        Fee = "fee",
        /// What is paid.
        Total = "total",
    }
}

/// One tax of a quote or order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxLine {
    /// Line it belongs to; absent when it is on something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// What it is on, when that is not one line. Absent beside an absent line: shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<TaxScope>,
    /// Name of the tax.
    pub title: String,
    /// Rate in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_percent: Option<Decimal>,
    /// Amount of the tax.
    pub amount: Money,
    /// Whether it is inside the prices.
    #[serde(default)]
    pub included: bool,
}

open_enum! {
    /// What a tax is on.
    pub enum TaxScope {
        /// Shipping.
        Shipping = "shipping",
        /// Everything: goods, shipping and fees together.
        Cart = "cart",
    }
}

/// A shipping method for a cart, with its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippingMethod {
    /// The platform's id.
    pub id: ExternalId,
    /// Shown to shoppers.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub title: LocalizedText,
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// What it costs.
    pub price: Money,
    /// Tax on that price, when it is known apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// What the whole cart costs with it, when that was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_total: Option<Money>,
    /// Earliest delivery, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_days: Option<u32>,
    /// Latest delivery, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days: Option<u32>,
}

/// Something the shopper or the channel must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Stable word for programs.
    pub code: String,
    /// How much it matters.
    pub severity: MessageSeverity,
    /// JSON pointer into the cart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it says, for people.
    pub text: String,
}

open_enum! {
    /// How much a message matters.
    pub enum MessageSeverity {
        /// Good to know.
        Info = "info",
        /// Something changed.
        Warning = "warning",
        /// The caller can correct it.
        Recoverable = "recoverable",
        /// The shopper must decide.
        NeedsBuyerInput = "needs_buyer_input",
        /// The cart cannot be sold.
        Fatal = "fatal",
    }
}
