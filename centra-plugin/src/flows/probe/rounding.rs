//! Guess 2: how a percentage of a price is rounded.

use connector_api::wire::probe::Assumption;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    cases::{Case, exact, in_words},
    guess::{Guess, Rule, Trial, rule},
};
use crate::map::campaign::By;

pub(super) const GUESS: Guess = Guess {
    id: "percent_rounding",
    assumed: "A percentage is rounded half up to the currency's smallest unit.",
    otherwise: "Computed prices are one unit off, which is taken for rounding wherever prices are compared.",
};

/// Half to even differs only where a price lies exactly in the middle, which is rare.
const RULES: [Rule; 4] = [
    rule("half up"),
    rule("down"),
    rule("not at all: prices keep all their decimals"),
    Rule { name: "half to the even neighbour", matters: false },
];

/// Looks at variants in one campaign whose percentage of the price is no whole number of the currency's smallest units.
pub(super) fn judge(cases: &[Case], why: &str) -> Assumption {
    let trials: Vec<Trial> = cases.iter().filter_map(trial).collect();
    GUESS.decide(&RULES, &trials, why)
}

fn trial(case: &Case) -> Option<Trial> {
    let own = case.only().filter(|own| matches!(own.by, By::Percent(_)))?;
    let reduced = exact(own, case.regular.amount_minor.into());
    // More than a unit off is no rounding: another campaign, or another rule of this one.
    if reduced.fract().is_zero() || !case.is_about(reduced) {
        return None;
    }
    let rounded = |strategy| reduced.round_dp_with_strategy(0, strategy) == case.charged;
    let fits = vec![
        rounded(RoundingStrategy::MidpointAwayFromZero),
        rounded(RoundingStrategy::ToZero),
        // Numbers may come through a float.
        (reduced - case.charged).abs() < Decimal::new(1, 3),
        rounded(RoundingStrategy::MidpointNearestEven),
    ];
    Some(Trial { text: case.text(&in_words(own)), fits })
}
