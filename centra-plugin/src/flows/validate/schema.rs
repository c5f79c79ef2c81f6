//! Does the live schema have what the streams need, and what is lost where it does not?

use connector_api::{ConnectorError, ErrorCode, wire::validate::SchemaDifference};

use super::{
    super::source::Source,
    checklist::{Checklist, Verdict},
    help,
};
use crate::{
    operation::{Operation, VARIABLES},
    schema::{
        adapt::{Adapted, Missing},
        known::Plan,
    },
};

pub(super) const TITLE: &str = "The store's schema fits this connector";

/// Queries without which there is no catalog.
const NEEDED: &[Operation] =
    &[Operation::Stores, Operation::Markets, Operation::Pricelists, Operation::OffersByPage, Operation::Prices];

/// A query fitted as widely as it can be.
pub(super) fn fitted(plan: &Plan, operation: Operation) -> Result<std::sync::Arc<Adapted>, Missing> {
    plan.adapt(operation, &VARIABLES.iter().copied().collect(), false)
}

/// Fits every query and says what is lost.
pub(super) async fn check(source: &Source, list: &mut Checklist<'_>) -> Result<Vec<SchemaDifference>, ConnectorError> {
    let began = list.begin().await?;
    let plan = source.client.plan().await?;
    let mut differences: Vec<SchemaDifference> = vec![];
    let mut broken = vec![];
    for operation in Operation::ALL {
        let own = match fitted(&plan, *operation) {
            Ok(query) => query.differences.clone(),
            Err(missing) => {
                if !missing.denied && NEEDED.contains(operation) {
                    broken.push(missing.field.clone());
                }
                let kind = if missing.denied { "denied" } else { "missing" };
                vec![SchemaDifference {
                    kind: kind.to_owned(),
                    path: missing.field,
                    effect: format!("`{}` cannot be read.", operation.name()),
                }]
            }
        };
        for difference in own {
            if !differences.iter().any(|known| known.path == difference.path && known.kind == difference.kind) {
                differences.push(difference);
            }
        }
    }
    broken.sort();
    broken.dedup();
    let of_kind = |kind: &str| differences.iter().filter(|difference| difference.kind == kind).count();
    let names = |kind: &str| {
        let named: Vec<&str> =
            differences.iter().filter(|own| own.kind == kind).map(|own| own.path.as_str()).take(8).collect();
        named.join(", ")
    };
    let verdict = if !broken.is_empty() {
        Verdict::fail(
            ErrorCode::SchemaIncompatible,
            format!("The store's schema lacks {}, without which the catalog cannot be read.", broken.join(", ")),
            "Your entries are correct: a newer version of this connector is needed. Inform the channel's platform.",
        )
    } else if plan.known.schema.is_none() {
        Verdict::warn(
            ErrorCode::SchemaIncompatible,
            "The store does not show its schema, so only fields that certainly exist are read.",
            "No action needed.",
        )
    } else if of_kind("missing") > 0 {
        Verdict::warn(
            ErrorCode::SchemaIncompatible,
            format!(
                "The store's schema lacks {} fields that are useful but not needed: {}.",
                of_kind("missing"),
                names("missing")
            ),
            "No action needed; each capability lists its limitations.",
        )
    } else if of_kind("renamed") > 0 {
        Verdict::pass(format!(
            "Everything can be read; {} fields have other names: {}.",
            of_kind("renamed"),
            names("renamed")
        ))
    } else {
        Verdict::pass("All data that this connector reads is available.")
    };
    list.end(began, "schema_compatible", TITLE, verdict.help(help::INTEGRATION)).await?;
    Ok(differences)
}
