//! Guesses 3 and 4: what a fixed price of a campaign is, and what becomes of one above the regular price.

use connector_api::wire::probe::Assumption;
use rust_decimal::Decimal;

use super::{
    cases::{Case, in_words},
    guess::{Guess, Rule, Trial, rule},
};
use crate::map::campaign::By;

pub(super) const IS_PRICE: Guess = Guess {
    id: "fixed_is_price",
    assumed: "`fixedPrice` is the new price, not an amount off.",
    otherwise: "Computed prices are wrong; with a route to the store's own price that one counts, with the notice `campaign_rules_differ`.",
};

pub(super) const ABOVE_REGULAR: Guess = Guess {
    id: "fixed_above_regular",
    assumed: "A fixed price above the regular one reduces nothing.",
    otherwise: "The regular price is shown where more is charged.",
};

const PRICE_OR_OFF: [Rule; 2] = [rule("the new price"), rule("an amount off")];
const IGNORED_OR_NOT: [Rule; 2] = [rule("the regular price stays"), rule("the higher price is charged")];

/// Looks at variants in one campaign with a fixed price below the regular one.
pub(super) fn judge(cases: &[Case], why: &str) -> Assumption {
    let trials = cases.iter().filter_map(|case| {
        let (fixed, regular, text) = amounts(case)?;
        // Where both come to the same amount, neither is confirmed.
        let fits = vec![case.is_about(fixed), case.is_about(regular - fixed)];
        (fixed < regular).then_some(Trial { text, fits })
    });
    IS_PRICE.decide(&PRICE_OR_OFF, &trials.collect::<Vec<_>>(), why)
}

/// Looks at variants in one campaign with a fixed price above the regular one.
pub(super) fn judge_above(cases: &[Case], why: &str) -> Assumption {
    let trials = cases.iter().filter_map(|case| {
        let (fixed, regular, text) = amounts(case)?;
        let fits = vec![case.is_about(regular), case.is_about(fixed)];
        (fixed > regular).then_some(Trial { text, fits })
    });
    ABOVE_REGULAR.decide(&IGNORED_OR_NOT, &trials.collect::<Vec<_>>(), why)
}

fn amounts(case: &Case) -> Option<(Decimal, Decimal, String)> {
    let own = case.only()?;
    let By::Fixed(fixed) = own.by else { return None };
    Some((fixed.amount_minor.into(), case.regular.amount_minor.into(), case.text(&in_words(own))))
}
