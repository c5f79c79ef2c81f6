//! What the connection can do, each on or off with a reason.

use connector_api::wire::capability::{CapabilityName, CapabilityState};

use super::{
    super::{fetch, source::Source},
    permissions::Areas,
    schema,
};
use crate::{operation::Operation, schema::known::Plan};

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
];

/// Fields without which a query says nothing, although it may be sent.
const CORE: &[(Operation, &str)] = &[
    (Operation::Offers, "displayConnection"),
    (Operation::Stock, "warehouses.stock"),
    (Operation::TaxGroups, "taxGroups"),
    (Operation::ShippingOptions, "shippingOptions.shippingPriceGroups"),
];

/// All of them.
pub(super) async fn of(
    source: &Source,
    areas: &Areas,
    checkout_works: bool,
    webhook_works: bool,
) -> Vec<CapabilityState> {
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
    states.push(off(CapabilityName::Orders, "This version of the connector does not read orders."));
    states.push(off(CapabilityName::Customers, "This version of the connector does not read customers."));
    states.push(off(CapabilityName::OrderManagement, "This version of the connector does not change orders."));
    states.push(off(
        CapabilityName::OrderSubmit,
        if source.chosen.has_order_route {
            "An order route is chosen, but this version of the connector does not place orders."
        } else {
            "No order route is chosen."
        },
    ));
    states.push(if checkout_works {
        off(CapabilityName::CartRealtime, "The Checkout API takes the secret, but this version of the connector does not price carts on the platform.")
    } else {
        off(CapabilityName::CartRealtime, "There is no working Checkout API shared secret: carts are priced from synced data.")
    });
    let found = plan.is_none() || fetch::can_resolve(source).await.unwrap_or(false);
    states.push(if webhook_works {
        let told = "Webhooks are checked with the endpoint secret.";
        let later = "The store's schema or token does not let products be found by what webhooks name: their changes come with the next sync.";
        let reason = if found { told.to_owned() } else { format!("{told} {later}") };
        CapabilityState { name: CapabilityName::WebhooksVerified, on: true, degraded: !found, reason }
    } else {
        off(
            CapabilityName::WebhooksVerified,
            "There is no usable webhook endpoint secret: changes are noticed by asking at intervals.",
        )
    });
    states
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
