//! What the plugin says of itself.

use std::collections::BTreeMap;

use connector_api::wire::{
    Op,
    capability::{CapabilityDeclaration, CapabilityName, Degree},
    manifest::{AuthKind, Manifest, Paging, PermissionNeed, RecommendedSetting, StreamDeclaration, WebhookSetup},
    pull::Stream,
};

use crate::{
    form::{CHECKOUT_SECRET, Credentials, Settings, WEBHOOK_SECRET, schema_of},
    swedish,
};

/// Streams, each with those it needs before it and how well its changes can be followed.
const STREAMS: &[(Stream, &[Stream], Degree)] = &[
    (Stream::Stores, &[], Degree::Enumerate),
    (Stream::Locations, &[], Degree::Enumerate),
    (Stream::Markets, &[Stream::Stores, Stream::Locations], Degree::Enumerate),
    (Stream::Languages, &[], Degree::Enumerate),
    (Stream::ShippingOptions, &[Stream::Markets], Degree::Enumerate),
    (Stream::Pricelists, &[Stream::Stores, Stream::ShippingOptions], Degree::Enumerate),
    (Stream::TaxRules, &[], Degree::Enumerate),
    (Stream::Categories, &[Stream::Stores], Degree::Enumerate),
    (
        Stream::Offers,
        &[Stream::Markets, Stream::Languages, Stream::Categories, Stream::TaxRules],
        Degree::ModifiedSince,
    ),
    (Stream::Prices, &[Stream::Offers, Stream::Pricelists], Degree::Enumerate),
    (Stream::Inventory, &[Stream::Offers, Stream::Locations], Degree::Enumerate),
    (Stream::Customers, &[Stream::Stores], Degree::ModifiedSince),
    (Stream::Orders, &[Stream::Stores], Degree::ModifiedSince),
    (Stream::Shipments, &[Stream::Orders], Degree::ModifiedSince),
    // Returns carry no time of change.
    (Stream::Returns, &[Stream::Orders], Degree::Enumerate),
];

/// How the lists of a stream are paged. Prices and stock are lists by page number below lists of their own.
fn paging_of(stream: &Stream) -> Paging {
    match stream {
        Stream::Offers | Stream::Orders => Paging::Cursor,
        _ => Paging::Numbered,
    }
}

/// Operations it answers.
const OPERATIONS: &[Op] = &[
    Op::Validate,
    Op::Pull,
    Op::Fetch,
    Op::Quote,
    Op::SubmitOrder,
    Op::FindOrders,
    Op::GetOrder,
    Op::ConfirmOrder,
    Op::HoldOrder,
    Op::CancelOrder,
    Op::CreateShipment,
    Op::CreateReturn,
    Op::Refund,
    Op::Capture,
    Op::VerifyWebhook,
    Op::ParseWebhook,
    Op::PollEvents,
    Op::ConfirmEvents,
    Op::Health,
    Op::Probe,
];

/// Permissions by Centra's names. Those of the docs and the reference; see the README for how sure each is.
const PERMISSIONS: &[(&str, bool, &str)] = &[
    ("Store:read", true, "Find the consumer (DTC) store."),
    ("Market:read", true, "Know where the store sells."),
    ("Country:read", false, "Know the countries of markets and pricelists."),
    ("AllocationRule:read", false, "Know which warehouses serve a market."),
    ("Pricelist:read", true, "Know currencies and pricelists."),
    ("Price:read", true, "Read prices."),
    ("Campaign:read", false, "Know what is on sale: reductions of prices and their dates."),
    ("Language:read", false, "Know the languages of translations."),
    ("Translation:read", false, "Read translated texts."),
    ("Display:read", true, "Read offers."),
    ("Display.attributes:read", false, "Read the attributes of offers."),
    ("Product:read", true, "Read products."),
    ("Product.attributes:read", false, "Read the attributes of products."),
    ("Product.countryOfOrigin:read", false, "Know where products were made."),
    ("ProductVariant:read", true, "Read colours and materials."),
    ("ProductSize:read", true, "Read sizes: the items of carts."),
    ("ProductSize.stock:read", false, "Read the stock of single sizes after a change."),
    ("ProductMedia:read", false, "Show pictures."),
    ("Attribute:read", false, "Read the values of attributes."),
    ("Brand:read", false, "Name brands."),
    ("Collection:read", false, "Name collections."),
    ("Bundle:read", false, "Know what bundles consist of, where there are any."),
    ("Category:read", false, "Read categories."),
    ("Warehouse:read", true, "Know the warehouses."),
    ("Warehouse.stock:read", true, "Read stock."),
    ("TaxRule:read", false, "Calculate tax when carts are not priced by the store."),
    (
        "ShippingOption:read",
        false,
        "Calculate shipping when carts are not priced by the store, and order with the chosen shipping option.",
    ),
    ("Order:read", true, "Follow orders."),
    ("Order.attributes:read", false, "Find the channel's number in orders."),
    ("Order.internalComment:read", false, "Find the channel's number in orders."),
    ("Order.shippingAddress:read", false, "Know delivery addresses."),
    ("Order.billingAddress:read", false, "Know who pays."),
    ("PaymentHistory:read", false, "Know whether orders are paid."),
    ("StorePlugin:read", false, "Know how orders were paid."),
    ("Shipment:read", false, "Follow shipments."),
    ("Return:read", false, "Follow returns."),
    ("Return.comment:read", false, "Know return reasons."),
    ("Order:write", false, "Confirm, hold and cancel orders."),
    ("Shipment:write", false, "Send orders."),
    ("Return:write", false, "Create returns."),
    ("Customer:read", true, "Follow customers."),
    ("Event:read", false, "Read the queue of events, where it is chosen."),
    ("Event:write", false, "Read and acknowledge events of the queue."),
    ("Customer.billingAddress:read", false, "Know where customers live."),
    ("Customer.totalOrders:read", false, "Know how many orders customers placed."),
];

/// Event types to tick, by the names of the merchant guide: those of the Integration API, then of the Storefront API.
const TOPICS: &[&str] = &[
    "Order",
    "Shipment",
    "Customer",
    "Account",
    "Check First",
    "Allocation Request",
    "Return",
    "Display Items",
    "Categories",
    "Pricelists",
    "Markets",
    "Collections",
    "Brands",
    "Languages",
    "Campaign Sites",
    "Affiliates",
    "Brick and Mortars",
];

/// The manifest.
pub fn manifest() -> Manifest {
    Manifest {
        id: "centra".to_owned(),
        name: "Centra".to_owned(),
        vendor: "The connector host project".to_owned(),
        plugin_version: env!("CARGO_PKG_VERSION").to_owned(),
        contract_version: String::new(),
        panic_strategy: String::new(),
        auth: AuthKind::Keys,
        credential_schema: schema_of::<Credentials>(),
        settings_schema: schema_of::<Settings>(),
        operations: OPERATIONS.to_vec(),
        capabilities: capabilities(),
        streams: STREAMS
            .iter()
            .map(|(stream, after, degree)| StreamDeclaration {
                stream: stream.clone(),
                after: after.to_vec(),
                degree: degree.clone(),
                paging: Some(paging_of(stream)),
            })
            .collect(),
        permissions: PERMISSIONS
            .iter()
            .map(|(name, required, used_for)| PermissionNeed {
                name: (*name).to_owned(),
                required: *required,
                used_for: (*used_for).to_owned(),
                translations: BTreeMap::from([(swedish::TAG.to_owned(), swedish::said(used_for))]),
            })
            .collect(),
        webhook_setup: Some(webhook_setup()),
        docs_url: Some("https://centra.dev/integration-api".to_owned()),
        estimated_minutes: Some(10),
    }
}

fn capabilities() -> Vec<CapabilityDeclaration> {
    let declare = |name: CapabilityName, degree: Option<Degree>, needs: &[&str], summary: &str| CapabilityDeclaration {
        name,
        degree,
        needs_fields: needs.iter().map(|field| (*field).to_owned()).collect(),
        summary: summary.to_owned(),
    };
    vec![
        declare(CapabilityName::Catalog, Some(Degree::ModifiedSince), &[], "Reads offers, variants and pictures."),
        declare(
            CapabilityName::Prices,
            Some(Degree::Enumerate),
            &[],
            "Reads prices of every pricelist, with campaigns applied.",
        ),
        declare(CapabilityName::Inventory, Some(Degree::Enumerate), &[], "Reads stock that may be sold."),
        declare(CapabilityName::Markets, Some(Degree::Enumerate), &[], "Reads markets, pricelists and languages."),
        declare(CapabilityName::TaxRules, Some(Degree::Enumerate), &[], "Reads tax rules."),
        declare(CapabilityName::ShippingRates, Some(Degree::Enumerate), &[], "Reads shipping options and their rates."),
        declare(CapabilityName::Translations, None, &[], "Reads texts in the store's languages."),
        declare(CapabilityName::Orders, Some(Degree::ModifiedSince), &[], "Reads orders, shipments and returns."),
        declare(CapabilityName::Customers, Some(Degree::ModifiedSince), &[], "Reads customers."),
        declare(CapabilityName::OrderManagement, None, &[], "Confirms, ships, cancels and returns orders."),
        declare(CapabilityName::OrderSubmit, None, &[], "Places orders in the store."),
        declare(
            CapabilityName::CartRealtime,
            None,
            &[CHECKOUT_SECRET],
            "Quotes carts by the store, with its own shipping and tax.",
        ),
        declare(
            CapabilityName::WebhooksVerified,
            None,
            &[WEBHOOK_SECRET],
            "Receives changes instantly, verified as sent by the store.",
        ),
    ]
}

fn webhook_setup() -> WebhookSetup {
    let recommend = |name: &str, value: &str| RecommendedSetting { name: name.to_owned(), value: value.to_owned() };
    WebhookSetup {
        steps: [
            "In your Centra AMS, open the **Webhook** plugin in the plugin list.",
            "Set the **Webhook URL** to the address shown here.",
            "Enter or generate an **Endpoint Secret** and copy the value into *Webhook Endpoint Secret*.",
            "Select the event types listed here. Orders come with the *Integration API* version, products with the *Storefront API* version; to have both, add the plugin twice with the same URL and secret.",
            "Set the recommended values and save.",
        ]
        .map(str::to_owned)
        .to_vec(),
        topics: TOPICS.iter().map(|topic| (*topic).to_owned()).collect(),
        recommended: vec![recommend("Max events", "10"), recommend("Timeout", "5 s"), recommend("Retries", "2")],
        signature_header: Some("X-Centra-Signature".to_owned()),
        docs_url: Some("https://centra.dev/fundamentals/webhooks".to_owned()),
    }
}
