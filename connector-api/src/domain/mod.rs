//! What a store consists of, in words no platform owns: pure data, serde and JSON schema, no ABI, HTTP or SQL.
//!
//! Rules that hold everywhere:
//! * money is [`Money`]: an integer of minor units and a currency, never a float;
//! * rates and weights are decimal strings ([`Decimal`]);
//! * times are UTC RFC 3339 ([`Timestamp`]);
//! * enums are open: a value this version does not know is kept as `Unknown(String)`;
//! * personal data is marked by type ([`Pii`]), so that it cannot reach a log by accident;
//! * every entity of a platform is found by its [`ExternalId`], the platform's own id as text.
//!
//! An entity is made by its `new`, with what is known beside:
//!
//! ```
//! use connector_api::domain::{Decimal, InventoryLevel, Money, Offer, Price, PriceSource, StockPolicy, Variant};
//!
//! let variant = Variant { sku: Some("A-1".to_owned()), ..Variant::new("apple-red") };
//! let offer = Offer { brand: Some("Orchard".to_owned()), variants: vec![variant], ..Offer::new("apple", "Apple") };
//!
//! let amount = Money::from_major("0.50".parse()?, "EUR".parse()?)?;
//! let price = Price { source: PriceSource::Platform, ..Price::new("apple-red", amount) };
//!
//! let stock = InventoryLevel {
//!     variant_id: "apple-red".into(),
//!     location_id: None,
//!     available: 7,
//!     policy: StockPolicy::Deny,
//!     as_of: None,
//! };
//! # assert_eq!((offer.variants[0].id.as_str(), price.priced_id.as_str()), ("apple-red", stock.variant_id.as_str()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod cart;
mod customer;
mod decimal;
mod fulfillment;
mod goods;
mod ids;
mod inventory;
mod market;
mod media;
mod money;
mod offer;
mod order;
mod payment;
mod pii;
mod price;
mod quote;
mod raw_status;
mod shipping;
mod tax;
mod text;
mod time;

pub use address::Address;
pub use cart::{Cart, CartLine, Discount};
pub use customer::Customer;
pub use decimal::{Decimal, InvalidDecimal};
pub use fulfillment::{
    Adjustment, AdjustmentKind, AdjustmentLine, AdjustmentStatus, Shipment, ShipmentEvent, ShipmentLine,
    ShipmentStatus, Tracking,
};
pub use goods::{Exclusion, ExclusionCode, OfferKind, OfferPart};
pub use ids::{ConnectionId, ExternalId};
pub use inventory::{InventoryLevel, StockPolicy};
pub use market::{Language, Location, Market, Pricelist, Store, StoreKind};
pub use media::{Media, MediaKind};
pub use money::{Currency, InvalidMoney, Money};
pub use offer::{
    Attribute, Barcode, BarcodeKind, Category, Offer, OfferStatus, OptionAxis, OptionValue, SeoText, Variant, Weight,
};
pub use order::{
    FinancialStatus, FulfillmentStatus, Order, OrderDiscount, OrderDraft, OrderLine, OrderLinePart, OrderStatus,
    Payment,
};
pub use payment::{PaymentEvent, PaymentEventKind, PaymentEventStatus};
pub use pii::Pii;
pub use price::{Price, PriceSource, TaxInclusion};
pub use quote::{
    Availability, Message, MessageSeverity, Quote, QuoteLine, QuotePart, QuoteParts, QuoteSource, ShippingMethod,
    TaxLine, TaxScope, Total, TotalKind,
};
pub use raw_status::RawStatus;
pub use shipping::{ShippingBand, ShippingBandKind, ShippingOption, ShippingRate};
pub use tax::{TaxApplication, TaxRule, TaxTarget};
pub use text::LocalizedText;
pub use time::{InvalidTimestamp, Timestamp};
