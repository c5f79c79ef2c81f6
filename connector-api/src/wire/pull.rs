//! `pull` and `fetch`: read a platform's data in pages.
//!
//! A page names where the next one begins. The checkpoint is the connector's own: a number, a cursor, or an object.
//!
//! ```
//! use connector_api::{
//!     domain::Offer,
//!     wire::pull::{Checkpoint, Notice, Page, Record},
//! };
//! use serde_json::json;
//!
//! let page = Page {
//!     records: vec![Record::Offer(Box::new(Offer::new("apple", "Apple")))],
//!     next: Some(Checkpoint(json!({ "cursor": "YXBwbGU" }))),
//!     skipped: 1,
//!     notices: vec![Notice { code: "record_unreadable".to_owned(), message: "`pear` has no name".to_owned() }],
//!     ..Page::default()
//! };
//! # assert_eq!(serde_json::to_value(&page.next).unwrap(), json!({ "cursor": "YXBwbGU" }));
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Adjustment, Category, Customer, ExternalId, InventoryLevel, Language, Location, Market, Offer, Order, Price,
    Pricelist, Shipment, ShippingOption, Store, TaxRule, Timestamp,
};

open_enum! {
    /// A kind of data that can be read in pages.
    pub enum Stream {
        /// [`Store`].
        Stores = "stores",
        /// [`Market`].
        Markets = "markets",
        /// [`Pricelist`].
        Pricelists = "pricelists",
        /// [`Language`].
        Languages = "languages",
        /// [`Category`].
        Categories = "categories",
        /// [`Location`]: warehouses.
        Locations = "locations",
        /// [`TaxRule`].
        TaxRules = "tax_rules",
        /// [`ShippingOption`].
        ShippingOptions = "shipping_options",
        /// [`Offer`] with its variants.
        Offers = "offers",
        /// [`Price`].
        Prices = "prices",
        /// [`InventoryLevel`].
        Inventory = "inventory",
        /// [`Order`].
        Orders = "orders",
        /// [`Shipment`].
        Shipments = "shipments",
        /// [`Adjustment`]: returns.
        Returns = "returns",
        /// [`Customer`].
        Customers = "customers",
    }
}

/// The position of a reader. Opaque to all but the connector that created it; at most 64 KiB as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Checkpoint(pub serde_json::Value);

/// Read one page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PullRequest {
    /// What to read.
    pub stream: Stream,
    /// Only what changed since; absent for everything. Sent only for streams declared `modified_since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Where the last page ended; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// Most records the caller wants in the page; the connector may give fewer, or a few more when they cannot be
    /// split (variants of one product).
    pub limit: u32,
    /// The page at this checkpoint could not be read, not even with a limit of 1: pass over its first record. The answer
    /// counts it in `skipped`, names it in a notice, and its `next` leads behind it. A connector that cannot do that
    /// ignores the word: the stream then fails alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pass_over: bool,
    /// The host only looks whether the stream can be read, and keeps nothing of it. A connector then asks for nothing beyond the page,
    /// such as a cart to compare prices with.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
}

impl PullRequest {
    /// The first page of everything a stream has.
    ///
    /// ```
    /// use connector_api::wire::pull::{Checkpoint, PullRequest, Stream};
    ///
    /// let first = PullRequest::new(Stream::Offers, 100);
    /// let second = PullRequest { checkpoint: Some(Checkpoint(2.into())), ..first.clone() };
    /// # assert_ne!(first, second);
    /// ```
    pub fn new(stream: Stream, limit: u32) -> Self {
        Self { stream, since: None, checkpoint: None, limit, pass_over: false, probe: false }
    }
}

/// One page of a stream. Reading the same checkpoint twice gives the same records, unless the platform changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Page {
    /// What was read.
    pub records: Vec<Record>,
    /// Where to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Checkpoint>,
    /// The number of records of the whole pass, if the platform reports it: those in `records`, those in `skipped` and
    /// those in `left_out`. A pass that ends with fewer deletes nothing unconfirmed. Leave it out when it counts
    /// something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Records that exist but could not be read. A run with any is `partial` and deletes nothing.
    #[serde(default)]
    pub skipped: u64,
    /// Records that exist and are deliberately not mapped, such as shipping that is priced by a formula. The pass is
    /// complete nevertheless: they make no run `partial`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Messages for the operator, each reported once per run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
}

/// Records of a page that are deliberately not mapped, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Stable word for programs: 1–64 lower-case letters, digits and `_`, such as `formula_shipping`.
    pub reason: String,
    /// Why, for people. The same for every page.
    pub message: String,
    /// How many of this page.
    pub count: u64,
}

impl LeftOut {
    /// So many records, for this reason.
    ///
    /// ```
    /// use connector_api::wire::pull::{LeftOut, Page};
    ///
    /// let formula = LeftOut::new("formula_shipping", "Shipping that is priced by a formula is not read.", 2);
    /// let page = Page { left_out: vec![formula], ..Page::default() };
    /// # assert_eq!(page.left_out[0].count, 2);
    /// ```
    pub fn new(reason: impl Into<String>, message: impl Into<String>, count: u64) -> Self {
        Self { reason: reason.into(), message: message.into(), count }
    }
}

/// Something the operator should know about a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// Stable word for programs.
    pub code: String,
    /// What happened, for people.
    pub message: String,
}

/// One entity as the platform has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// A store.
    Store(Store),
    /// A market.
    Market(Market),
    /// A pricelist.
    Pricelist(Pricelist),
    /// A language.
    Language(Language),
    /// A category.
    Category(Category),
    /// A stock location.
    Location(Location),
    /// A tax rule.
    TaxRule(TaxRule),
    /// A shipping option.
    ShippingOption(ShippingOption),
    /// An offer with its variants.
    Offer(Box<Offer>),
    /// A price.
    Price(Price),
    /// Stock of one variant at one location.
    InventoryLevel(InventoryLevel),
    /// An order.
    Order(Box<Order>),
    /// A shipment.
    Shipment(Box<Shipment>),
    /// A return.
    Adjustment(Box<Adjustment>),
    /// A customer.
    Customer(Box<Customer>),
}

/// Names one entity of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct EntityRef {
    /// The stream it belongs to.
    pub stream: Stream,
    /// The platform's id; of prices what they are filed under (`priced_id`), of stock the variant.
    pub id: ExternalId,
}

/// Read named entities again, at most 100.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FetchRequest {
    /// Which.
    pub refs: Vec<EntityRef>,
}

/// What was found of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FetchResponse {
    /// What exists.
    pub records: Vec<Record>,
    /// What does not exist any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<EntityRef>,
}
