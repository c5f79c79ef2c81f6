//! The permission areas of the merchant guide. Each is tried with the very queries that read it later, one row each, so
//! that what passes here works there, and each missing permission is named by Centra's own words.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{ConnectorError, ErrorCode};
use serde_json::{Value, json};

use super::{
    super::source::Source,
    checklist::{Checklist, Verdict},
    help,
};
use crate::{client::Variables, operation::Operation};

/// Ids and titles of the checks.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("permission_products", "The token may read products"),
    ("permission_orders", "The token may read orders"),
    ("permission_customers", "The token may read customers"),
    ("permission_markets", "The token may read markets"),
];

/// Queries of an area, each with whether the area is lost without it.
const AREAS: &[(&str, &[(Operation, bool)])] = &[
    (
        "Products",
        &[
            (Operation::ProbeProducts, false),
            (Operation::Offers, true),
            (Operation::Categories, false),
            (Operation::Prices, true),
            (Operation::Campaigns, false),
            (Operation::Stock, true),
            (Operation::StockPlan, false),
            (Operation::SizeDetails, false),
        ],
    ),
    (
        "Orders",
        &[
            (Operation::Orders, true),
            (Operation::OrdersByRef, false),
            (Operation::Shipments, false),
            (Operation::Returns, false),
        ],
    ),
    ("Customers", &[(Operation::Customers, true)]),
    (
        "Markets",
        &[
            (Operation::ProbeMarkets, false),
            (Operation::Stores, true),
            (Operation::Markets, true),
            (Operation::Pricelists, true),
            (Operation::Languages, false),
            (Operation::TaxGroups, false),
            (Operation::ShippingOptions, false),
        ],
    ),
];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Areas {
    /// Permissions the token lacks.
    pub(super) missing: Vec<String>,
    /// Queries that failed, and why.
    pub(super) failed: BTreeMap<Operation, ConnectorError>,
    /// Whether the areas were tried at all.
    pub(super) tried: bool,
}

/// Tries all areas.
pub(super) async fn check(source: &Source, list: &mut Checklist<'_>) -> Result<Areas, ConnectorError> {
    let mut areas = Areas { tried: true, ..Areas::default() };
    let mut missing = BTreeSet::new();
    for ((id, title), (name, operations)) in TITLES.iter().zip(AREAS) {
        let began = list.begin().await?;
        let verdict = area(source, name, operations, &mut areas, &mut missing).await?;
        list.end(began, id, title, verdict.help(help::INTEGRATION)).await?;
    }
    areas.missing = missing.into_iter().collect();
    Ok(areas)
}

async fn area(
    source: &Source,
    name: &str,
    operations: &[(Operation, bool)],
    areas: &mut Areas,
    all_missing: &mut BTreeSet<String>,
) -> Result<Verdict, ConnectorError> {
    let before = denied(source).await?;
    let (mut needed, mut wanted, mut trouble) = (BTreeSet::new(), BTreeSet::new(), None);
    for (operation, required) in operations {
        let variables = Variables::from([("limit", json!(1)), ("page", json!(1))]);
        let Err(error) = source.client.ask::<Value>(*operation, &variables, 1).await else { continue };
        let names = if error.missing_permissions.is_empty() {
            vec![name.to_owned()]
        } else {
            error.missing_permissions.clone()
        };
        match error.code {
            ErrorCode::PermissionMissing if *required => needed.extend(names),
            ErrorCode::PermissionMissing => wanted.extend(names),
            // What the schema lacks is reported by the check of the schema.
            ErrorCode::SchemaIncompatible => {}
            ErrorCode::HostFailed => return Err(error),
            _ if *required => trouble = Some(error.clone()),
            _ => {}
        }
        areas.failed.insert(*operation, error);
    }
    let after = denied(source).await?;
    wanted.extend(
        after.iter().filter(|(field, _)| !before.contains_key(*field)).map(|(_, permission)| permission.clone()),
    );
    if !needed.is_empty() {
        // An answer names everything it refuses; what hides behind it may be missing as well, and is wanted anyway.
        needed.extend(std::mem::take(&mut wanted));
    }
    all_missing.extend(needed.iter().chain(&wanted).cloned());
    let fix = |names: &BTreeSet<String>| {
        format!("In your Centra AMS, go to System > Api Tokens and create a token that also has: {}.", join(names))
    };
    Ok(if !needed.is_empty() {
        Verdict::fail(
            ErrorCode::PermissionMissing,
            format!("{name} cannot be read: the token lacks {}.", join(&needed)),
            fix(&needed),
        )
        .at("/integration_api_token")
    } else if let Some(error) = trouble {
        Verdict::of_error(&error, "Wait a few minutes and try again.").at("/store_url")
    } else if !wanted.is_empty() {
        Verdict::warn(
            ErrorCode::PermissionMissing,
            format!("{name} can be read, but not completely: the token lacks {}.", join(&wanted)),
            fix(&wanted),
        )
        .at("/integration_api_token")
    } else {
        Verdict::pass(format!("{name} can be read."))
    })
}

async fn denied(source: &Source) -> Result<BTreeMap<String, String>, ConnectorError> {
    Ok(source.client.plan().await?.known.denied.clone())
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
