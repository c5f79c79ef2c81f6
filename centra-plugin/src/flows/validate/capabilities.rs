//! What the connection can do, each on or off with a reason.

use connector_api::{
    ErrorCode,
    wire::{
        capability::{CapabilityName, CapabilityState},
        credentials::OpenConnection,
    },
};

use super::{
    super::{fetch, source::Source},
    permissions::Areas,
    schema, storefront,
};
use crate::{
    form::{OrderRoute, order_route_secret},
    operation::Operation,
    schema::known::Plan,
};

/// Capabilities that are on when their queries work. The first of several alternatives that works counts.
const BY_QUERY: &[(CapabilityName, &[&[Operation]], &str)] = &[
    (
        CapabilityName::Catalog,
        &[&[Operation::Offers, Operation::OffersByPage], &[Operation::Categories]],
        "Offers, variants and pictures are read.",
    ),
    (CapabilityName::Prices, &[&[Operation::Pricelists], &[Operation::Prices]], "Prices are read."),
    (CapabilityName::Inventory, &[&[Operation::StockPlan], &[Operation::Stock]], "Stock is read."),
    (CapabilityName::Markets, &[&[Operation::Markets], &[Operation::Languages]], "Markets and languages are read."),
    (CapabilityName::TaxRules, &[&[Operation::TaxGroups]], "Tax rules are read."),
    (CapabilityName::ShippingRates, &[&[Operation::ShippingOptions]], "Shipping rates are read."),
    (
        CapabilityName::Orders,
        &[&[Operation::Orders], &[Operation::OrdersByRef], &[Operation::Shipments], &[Operation::Returns]],
        "Orders, shipments and returns are read.",
    ),
    (CapabilityName::Customers, &[&[Operation::Customers]], "Customers are read."),
];

/// What prices are made of, by the route they are read by.
const BY_STOREFRONT: &str = "They are read through the Storefront API, as the store's own shop charges them.";
const BY_CHECKOUT: &str = "They are read through the Checkout API, as the store's own shop charges them.";
const NO_BOUNDS: &str =
    "The start or end of a sale appears at the next sync, because campaigns cannot be read (Campaign:read).";
const COMPUTED: &str = "Sale prices are computed from the store's campaigns; automatic cart discounts appear only where the store prices the cart.";
const NO_CAMPAIGNS: &str = "Sale prices are not known, because campaigns cannot be read (Campaign:read): where the store does not price the cart, regular prices apply.";

/// Fields without which a query says nothing, although it may be sent.
const CORE: &[(Operation, &str)] = &[
    (Operation::Offers, "displayConnection"),
    (Operation::Stock, "warehouses.stock"),
    (Operation::TaxGroups, "taxGroups"),
    (Operation::ShippingOptions, "shippingOptions.shippingPriceGroups"),
    (Operation::Shipments, "shipments"),
];

/// What beside the Integration API works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Works {
    pub(super) checkout: bool,
    pub(super) storefront: storefront::Works,
    pub(super) webhook: bool,
}

/// All of them.
pub(super) async fn of(
    source: &Source,
    connection: &OpenConnection,
    areas: &Areas,
    works: Works,
) -> Vec<CapabilityState> {
    let Works { checkout: checkout_works, storefront, webhook: webhook_works } = works;
    let off = |name: CapabilityName, reason: &str| CapabilityState {
        name,
        on: false,
        degraded: false,
        reason: reason.to_owned(),
    };
    let on = |name: CapabilityName, reason: &str| CapabilityState {
        name,
        on: true,
        degraded: false,
        reason: reason.to_owned(),
    };
    let plan = if areas.tried { source.client.plan().await.ok() } else { None };
    let mut states: Vec<CapabilityState> = BY_QUERY
        .iter()
        .map(|(name, queries, reason)| match &plan {
            Some(plan) => by_query(name, queries, reason, areas, plan),
            None => off(name.clone(), "The store could not be reached with these credentials."),
        })
        .collect();
    let translated = plan.as_ref().is_some_and(|plan| {
        [
            (Operation::Offers, "displayConnection.edges.node.translations"),
            (Operation::OffersByPage, "displays.translations"),
        ]
        .iter()
        .any(|(operation, path)| schema::fitted(plan, *operation).is_ok_and(|query| query.has(path)))
    });
    states.push(if translated {
        on(CapabilityName::Translations, "Translated texts are read.")
    } else {
        off(CapabilityName::Translations, "The store's schema or token does not let translations be read.")
    });
    if let Some(plan) = &plan
        && let Some(prices) = states.iter_mut().find(|own| own.name == CapabilityName::Prices && own.on)
    {
        as_sold(prices, areas, plan, works);
    }
    states.push(order_management(areas, plan.as_deref()));
    let items_are_known = plan.as_ref().is_some_and(|plan| {
        schema::fitted(plan, Operation::CartItems)
            .is_ok_and(|query| query.has("productSizes.productVariant.displays.displayItems"))
    });
    let route = order_submit(source, connection, areas);
    states.push(match source.chosen.order_route {
        OrderRoute::ExternalPayment if route.on => {
            external_payment(route, plan.as_deref(), checkout_works, items_are_known)
        }
        OrderRoute::OrderApi if route.on => order_api(route, plan.as_deref(), checkout_works),
        _ => route,
    });
    states.push(if (checkout_works || storefront.carts) && items_are_known {
        on(CapabilityName::CartRealtime, "The store prices carts, with its own shipping and tax.")
    } else if checkout_works {
        off(CapabilityName::CartRealtime, "The Checkout API accepts the secret, but the store's schema or token does not provide the product ids it uses: carts are priced from synced data.")
    } else if storefront.carts {
        off(CapabilityName::CartRealtime, "The Storefront API works, but the store's schema or token does not provide the product ids it uses: carts are priced from synced data.")
    } else {
        off(CapabilityName::CartRealtime, "There is no working Checkout API shared secret: carts are priced from synced data.")
    });
    let found = plan.is_none() || fetch::can_resolve(source).await.unwrap_or(false);
    states.push(if webhook_works {
        let reported = "Webhooks are checked with the endpoint secret.";
        let later = "The store's schema or token does not allow finding products by the ids in webhooks: their changes arrive with the next sync.";
        let reason = if found { reported.to_owned() } else { format!("{reported} {later}") };
        CapabilityState { name: CapabilityName::WebhooksVerified, on: true, degraded: !found, reason }
    } else {
        off(
            CapabilityName::WebhooksVerified,
            "There is no usable webhook endpoint secret: changes are checked for at intervals.",
        )
    });
    states
}

/// Says whether prices are those that the store's shop charges.
fn as_sold(prices: &mut CapabilityState, areas: &Areas, plan: &Plan, works: Works) {
    let reads = |operation, path| {
        areas.failed.get(&operation).is_none_or(|error| error.code == ErrorCode::SchemaIncompatible)
            && schema::fitted(plan, operation).is_ok_and(|query| query.has(path))
    };
    let by_root = |operation| reads(operation, "campaigns.campaignVariants");
    let by_list = |operation| reads(operation, "pricelists.campaigns.campaignVariants");
    let is_denied = plan.known.denied.values().any(|permission| permission == "Campaign:read");
    let computes = (by_root(Operation::Campaigns) && by_root(Operation::CampaignRows))
        || (by_list(Operation::CampaignsByPricelist) && by_list(Operation::CampaignRowsByPricelist) && !is_denied);
    let said = match (works.storefront.prices, works.checkout, computes) {
        (true, _, true) => BY_STOREFRONT.to_owned(),
        (true, _, false) => format!("{BY_STOREFRONT} {NO_BOUNDS}"),
        (false, true, true) => BY_CHECKOUT.to_owned(),
        (false, true, false) => format!("{BY_CHECKOUT} {NO_BOUNDS}"),
        (false, false, true) => COMPUTED.to_owned(),
        (false, false, false) => NO_CAMPAIGNS.to_owned(),
    };
    prices.reason = format!("{} {said}", prices.reason);
    prices.degraded |= !computes;
}

/// Mutations, each with what cannot be done without it.
const CHANGES: &[(Operation, &str)] = &[
    (Operation::ConfirmOrder, "Orders cannot be confirmed."),
    (Operation::UpdateOrder, "Orders cannot be held, and single lines cannot be cancelled."),
    (Operation::CancelOrder, "Orders cannot be cancelled."),
    (Operation::CreateShipment, "Shipments cannot be created."),
    (Operation::CompleteShipment, "Shipments cannot be completed."),
    (Operation::CreateReturn, "Returns cannot be created."),
    (Operation::RefundReturn, "Refunds cannot be made."),
];

/// Whether orders can be changed. What the token may write shows only when something is written.
fn order_management(areas: &Areas, plan: Option<&Plan>) -> CapabilityState {
    let name = CapabilityName::OrderManagement;
    let state = |on, degraded, reason: String| CapabilityState { name: name.clone(), on, degraded, reason };
    let Some(plan) = plan else {
        return state(false, false, "The store could not be reached with these credentials.".to_owned());
    };
    if areas.failed.contains_key(&Operation::Orders) {
        return state(false, false, "Orders cannot be read, so they are not changed.".to_owned());
    }
    let lost: Vec<&str> = CHANGES
        .iter()
        .filter(|(operation, _)| !schema::fitted(plan, *operation).is_ok_and(|query| !query.is_empty()))
        .map(|(_, effect)| *effect)
        .collect();
    if lost.len() == CHANGES.len() {
        return state(false, false, "The store's schema does not let orders be changed.".to_owned());
    }
    let mut reason = "Orders can be confirmed, held, cancelled, shipped and returned if the token has Order:write, Shipment:write and Return:write (checked on first use).".to_owned();
    for effect in &lost {
        reason.push(' ');
        reason.push_str(effect);
    }
    state(true, !lost.is_empty(), reason)
}

/// Whether orders can be placed: a route, its secret, and orders that can be read to know what became of one.
fn order_submit(source: &Source, connection: &OpenConnection, areas: &Areas) -> CapabilityState {
    let has_secret = order_route_secret(connection).is_some();
    let readable = areas.tried && !areas.failed.contains_key(&Operation::Orders);
    let (on, reason) = match source.chosen.order_route {
        OrderRoute::None => (false, "Your store cannot receive orders yet: choose an order route in the settings."),
        _ if !has_secret => (
            false,
            "An order route is chosen, but the secret of its plugin is missing: enter it as Order route secret.",
        ),
        _ if !readable => (false, "Orders cannot be read, so the outcome of an order could not be verified."),
        OrderRoute::OrderApi => (true, "Orders are placed through the Order API; the first one confirms its secret."),
        OrderRoute::ExternalPayment => (
            true,
            "Orders are placed through the Checkout API and External Payment; the first one confirms its secret.",
        ),
    };
    CapabilityState { name: CapabilityName::OrderSubmit, on, degraded: false, reason: reason.to_owned() }
}

/// What the Order API's route lacks without the list of delivery methods: it names them by URI.
fn order_api(route: CapabilityState, plan: Option<&Plan>, checkout_works: bool) -> CapabilityState {
    let readable = plan.is_some_and(|plan| {
        schema::fitted(plan, Operation::ShippingOptions).is_ok_and(|query| query.has("shippingOptions"))
    });
    if readable {
        return route;
    }
    let more = if checkout_works {
        "The token cannot read shipping options (ShippingOption:read): only options returned by a store quote can be ordered."
    } else {
        "The token cannot read shipping options (ShippingOption:read), and there is no Checkout API that returns them: orders that choose one are refused."
    };
    CapabilityState { degraded: true, reason: format!("{} {more}", route.reason), ..route }
}

/// What the route through External Payment needs beside its secret: carts, and payments that lead back to an order.
fn external_payment(
    route: CapabilityState,
    plan: Option<&Plan>,
    checkout_works: bool,
    items_are_known: bool,
) -> CapabilityState {
    let off = |reason: &str| CapabilityState { on: false, reason: reason.to_owned(), ..route.clone() };
    if !checkout_works {
        return off("Orders through External Payment need a working Checkout API shared secret.");
    }
    if !items_are_known {
        return off("The store's schema or token does not provide the product ids that the Checkout API uses.");
    }
    let leads_back = plan.is_some_and(|plan| {
        schema::fitted(plan, Operation::Orders)
            .is_ok_and(|query| query.has("orderConnection.edges.node.paymentHistory.externalReference"))
    });
    if leads_back {
        return route;
    }
    let more = "The token cannot read payments (PaymentHistory:read), so orders need manual resolution when an answer is lost.";
    CapabilityState { degraded: true, reason: format!("{} {more}", route.reason), ..route }
}

fn by_query(
    name: &CapabilityName,
    queries: &[&[Operation]],
    reason: &str,
    areas: &Areas,
    plan: &Plan,
) -> CapabilityState {
    let mut lost: Vec<String> = vec![];
    for (index, alternatives) in queries.iter().enumerate() {
        let works = |operation: &&Operation| {
            let core = CORE.iter().find(|(own, _)| own == *operation).map(|(_, path)| *path);
            !areas.failed.contains_key(*operation)
                && schema::fitted(plan, **operation).is_ok_and(|query| core.is_none_or(|path| query.has(path)))
        };
        match alternatives.iter().find(works) {
            Some(operation) => {
                let query = schema::fitted(plan, *operation);
                let own = query.iter().flat_map(|query| &query.differences).filter(|own| own.kind != "renamed");
                // A filter that is gone costs time, not data.
                lost.extend(own.filter(|own| !own.path.contains('(')).map(|own| own.effect.clone()));
            }
            // The first query of a capability is its heart, and so is the last of those with two.
            None if index == 0 || matches!(name, CapabilityName::Prices | CapabilityName::Inventory) => {
                let why = alternatives
                    .iter()
                    .find_map(|operation| areas.failed.get(operation))
                    .map(|error| error.message.clone());
                let reason = why.unwrap_or_else(|| "The store's schema or token does not let it be read.".to_owned());
                return CapabilityState { name: name.clone(), on: false, degraded: false, reason };
            }
            None => lost.push(format!("`{}` cannot be read.", alternatives[0].name())),
        }
    }
    lost.sort();
    lost.dedup();
    let reason = if lost.is_empty() { reason.to_owned() } else { format!("{reason} {}", lost.join(" ")) };
    CapabilityState { name: name.clone(), on: true, degraded: !lost.is_empty(), reason }
}
