//! What a connection can do: declared by the plugin, decided by validation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

open_enum! {
    /// Something a connection can do.
    pub enum CapabilityName {
        /// Read offers, variants and media.
        Catalog = "catalog",
        /// Read prices.
        Prices = "prices",
        /// Read stock.
        Inventory = "inventory",
        /// Read markets, pricelists and languages.
        Markets = "markets",
        /// Read tax rules, for pricing without the platform.
        TaxRules = "tax_rules",
        /// Read shipping options, for pricing without the platform.
        ShippingRates = "shipping_rates",
        /// Read texts in several languages.
        Translations = "translations",
        /// Read orders.
        Orders = "orders",
        /// Change orders: confirm, cancel, ship, return.
        OrderManagement = "order_management",
        /// Place orders.
        OrderSubmit = "order_submit",
        /// Read customers.
        Customers = "customers",
        /// Have the platform price carts.
        CartRealtime = "cart.realtime",
        /// Receive webhooks and prove who sent them.
        WebhooksVerified = "webhooks.verified",
    }
}

open_enum! {
    /// How well changes of the platform's data can be followed.
    pub enum Degree {
        /// Everything is read every time.
        Enumerate = "enumerate",
        /// What changed since a point in time can be read.
        ModifiedSince = "modified_since",
        /// The platform sends events of changes.
        EventFeed = "event_feed",
    }
}

/// A capability as the manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CapabilityDeclaration {
    /// Name of the capability.
    pub name: CapabilityName,
    /// How well changes can be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degree: Option<Degree>,
    /// Optional credential fields it needs; without them it is off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs_fields: Vec<String>,
    /// What it is for, in one sentence a merchant understands.
    pub summary: String,
}

/// A capability of one connection: on or off, always with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CapabilityState {
    /// Name of the capability.
    pub name: CapabilityName,
    /// Whether the connection has it.
    pub on: bool,
    /// On, but with something missing.
    #[serde(default)]
    pub degraded: bool,
    /// Why, in one sentence a merchant understands.
    pub reason: String,
}
