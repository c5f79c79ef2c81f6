//! Guess 1: which of several campaigns counts.

use connector_api::wire::probe::Assumption;
use rust_decimal::Decimal;

use super::{
    cases::{Case, exact, in_words},
    guess::{Guess, Rule, Trial, rule},
};
use crate::map::campaign::By;

pub(super) const GUESS: Guess = Guess {
    id: "campaign_overlap",
    assumed: "Of several campaigns the lowest price counts, and nothing is stacked.",
    otherwise: "Computed prices are too high or too low; with a route to the store's own price that one counts, with the notice `campaign_rules_differ`.",
};

const RULES: [Rule; 4] = [
    rule("the lowest price"),
    rule("the campaign that began last"),
    rule("the campaign with the highest id"),
    rule("all of them, one after the other"),
];

/// Looks at variants in several campaigns, all of them in per cent: fixed prices are a guess of their own.
pub(super) fn judge(cases: &[Case], why: &str) -> Assumption {
    let trials: Vec<Trial> = cases.iter().filter_map(trial).collect();
    GUESS.decide(&RULES, &trials, why)
}

fn trial(case: &Case) -> Option<Trial> {
    let rows = &case.holding;
    let is_percent = rows.iter().all(|own| matches!(own.by, By::Percent(_)));
    if rows.len() < 2 || !is_percent || !case.without_list.is_empty() || !case.ending.is_empty() {
        return None;
    }
    let regular = Decimal::from(case.regular.amount_minor);
    let lowest = rows.iter().map(|own| exact(own, regular)).min()?;
    let latest = rows.iter().max_by_key(|own| (own.from, own.campaign, own.row)).map(|own| exact(own, regular))?;
    let highest = rows.iter().max_by_key(|own| (own.campaign, own.row)).map(|own| exact(own, regular))?;
    let stacked = rows.iter().fold(regular, |price, own| exact(own, price));
    let fits = [lowest, latest, highest, stacked].map(|own| case.is_about(own)).to_vec();
    let text = case.text(&rows.iter().map(in_words).collect::<Vec<_>>().join(" and "));
    Some(Trial { text, fits })
}
