//! Guesses 5 and 6: where a campaign without markets or pricelists holds, and whether one holds in the second of its end.

use connector_api::wire::probe::Assumption;

use super::{
    cases::{Case, exact, in_words},
    guess::{Guess, Rule, Trial, rule},
};

pub(super) const WITHOUT_LIST: Guess = Guess {
    id: "campaign_without_list",
    assumed: "A campaign without markets or pricelists applies nowhere.",
    otherwise: "The price of its variants is `regular`, with a notice; their real price is unknown.",
};

pub(super) const END: Guess = Guess {
    id: "campaign_end",
    assumed: "A campaign applies from `startAt` on, and ends at `stopAt`.",
    otherwise: "Prices are wrong for one second.",
};

const NOWHERE_OR_EVERYWHERE: [Rule; 2] = [rule("it applies nowhere"), rule("it applies everywhere")];
const OVER_OR_NOT: [Rule; 2] = [rule("it is over at `stopAt`"), rule("it still applies at `stopAt`")];

/// Looks at variants whose only running row stands in a campaign without markets or pricelists.
pub(super) fn judge_without_list(cases: &[Case], why: &str) -> Assumption {
    let trials = cases.iter().filter_map(|case| match case.without_list.as_slice() {
        [own] if case.holding.is_empty() && case.ending.is_empty() => {
            Some(held_or_not(case, own, "which has no market or no pricelist"))
        }
        _ => None,
    });
    WITHOUT_LIST.decide(&NOWHERE_OR_EVERYWHERE, &trials.collect::<Vec<_>>(), why)
}

/// Looks at variants whose only row ends at this second.
pub(super) fn judge_end(cases: &[Case], why: &str) -> Assumption {
    let trials = cases.iter().filter_map(|case| match case.ending.as_slice() {
        [own] if case.holding.is_empty() && case.without_list.is_empty() => {
            Some(held_or_not(case, own, "and ended in the second in which the price was read"))
        }
        _ => None,
    });
    END.decide(&OVER_OR_NOT, &trials.collect::<Vec<_>>(), why)
}

fn held_or_not(case: &Case, own: &crate::map::campaign::Reduction, beside: &str) -> Trial {
    let regular = case.regular.amount_minor.into();
    let fits = vec![case.is_about(regular), case.is_about(exact(own, regular))];
    Trial { text: case.text(&format!("{}, {beside}", in_words(own))), fits }
}
