//! Which field needs which operating mode. What is asked in the wrong one is refused as a whole; in which words is not
//! documented.

use serde_json::{Value, json};

use super::settings::Settings;
use crate::plan::{Plan, PlanField};

/// How a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To the plugin without sessions.
    NoSession,
    /// In a session; with the shared secret or without.
    Session {
        /// Whether the secret came along.
        is_privileged: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    NoSession,
    Session,
    SharedSecret,
}

/// Fields by what they need `[S]`. Every mutation needs a session at least.
const FIELDS: &[(&str, &str, Needs)] = &[
    ("Query", "markets", Needs::NoSession),
    ("Query", "pricelists", Needs::NoSession),
    ("Query", "selection", Needs::Session),
    ("Query", "session", Needs::Session),
    ("Query", "order", Needs::Session),
    ("DisplayItem", "priceByPricelist", Needs::NoSession),
    ("DisplayItem", "lowestPriceByPricelist", Needs::NoSession),
    ("DisplayItem", "markets", Needs::NoSession),
    ("DisplayItem", "pricelists", Needs::NoSession),
    ("DisplayItem", "preview", Needs::NoSession),
    ("DisplayItem", "market", Needs::Session),
    ("DisplayItem", "pricelist", Needs::Session),
    ("DisplayItem", "language", Needs::Session),
    ("Item", "stockByWarehouse", Needs::NoSession),
    ("Bundle", "minPriceByPricelist", Needs::NoSession),
    ("Bundle", "maxPriceByPricelist", Needs::NoSession),
    ("Market", "countries", Needs::NoSession),
    ("Market", "hasCampaignSite", Needs::NoSession),
    ("Pricelist", "countries", Needs::NoSession),
    ("GiftCertificate", "amountByCurrency", Needs::NoSession),
    ("GiftCertificate", "amount", Needs::Session),
    ("Mutation", "setMarket", Needs::SharedSecret),
    ("Mutation", "setPricelist", Needs::SharedSecret),
];

/// Arguments of these root fields that need the plugin without sessions.
const SCOPED: [&str; 2] = ["displayItem", "displayItems"];

/// The errors of a plan that asks for what its mode does not give.
pub(crate) fn errors(plan: &Plan, mode: Mode, settings: &Settings) -> Vec<Value> {
    let mut errors = Vec::new();
    walk(plan, mode, settings, &mut Vec::new(), &mut errors);
    errors
}

fn walk<'p>(plan: &'p Plan, mode: Mode, settings: &Settings, path: &mut Vec<&'p str>, errors: &mut Vec<Value>) {
    for field in &plan.fields {
        path.push(field.key.as_str());
        if let Some(message) = refusal(&plan.type_name, field, mode, settings) {
            let (line, column) = field.position;
            let error = json!({ "message": message, "path": path, "locations": [{ "line": line, "column": column }],
                "extensions": { "category": "authorization" } });
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        for sub in &field.sub {
            walk(sub, mode, settings, path, errors);
        }
        path.pop();
    }
}

fn refusal(parent: &str, field: &PlanField, mode: Mode, settings: &Settings) -> Option<String> {
    let name = field.name.as_str();
    if (parent, name) == ("Stock", "quantity") && !settings.shows_quantity {
        return Some("stock.quantity permission is required to access quantity".to_owned());
    }
    let scoped =
        || ["market", "pricelist"].iter().any(|own| field.arguments.get(*own).is_some_and(|given| !given.is_null()));
    let needs = FIELDS.iter().find(|(of, own, _)| *of == parent && *own == name).map(|(.., needs)| *needs);
    let needs = match (parent, needs) {
        ("Mutation", None) => Needs::Session,
        ("Query", None) if SCOPED.contains(&name) && scoped() => Needs::NoSession,
        (_, needs) => needs?,
    };
    let (is_met, wanted) = match needs {
        Needs::NoSession => (mode == Mode::NoSession, "NO_SESSION"),
        Needs::Session => (mode != Mode::NoSession, "SESSION"),
        Needs::SharedSecret => (mode == Mode::Session { is_privileged: true }, "SHARED_SECRET"),
    };
    (!is_met).then(|| format!("{name} is only available in the operating mode {wanted}"))
}
