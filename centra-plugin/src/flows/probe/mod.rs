//! `probe`: guesses of the README held against the live store. Reads only: [`evidence`] reads the store once, then each guess is judged by
//! what was seen.

mod by_hand;
mod campaign_reach;
mod campaign_root;
mod campaign_rows;
mod cases;
mod deadline;
mod events;
mod evidence;
mod fixed_price;
mod guess;
mod listed;
mod overlap;
mod refusals;
mod rounding;
mod sale;
mod sampling;
mod seen;
mod shop;
mod times;

use connector_api::{
    ConnectorError,
    wire::probe::{Assumption, ProbeResponse},
};

use self::evidence::Evidence;
use super::source::Source;

/// Reads the live schema again, so that what was learned long ago is not taken for what the store shows now.
pub async fn probe(source: &Source) -> Result<ProbeResponse, ConnectorError> {
    Ok(ProbeResponse { assumptions: judged(&Evidence::gather(source).await?) })
}

/// All guesses, in the order of the README.
fn judged(evidence: &Evidence) -> Vec<Assumption> {
    let cases = &evidence.cases;
    vec![
        overlap::judge(
            cases,
            &evidence.no_case(
                "in several campaigns at once, all in per cent.",
                "put one into two campaigns of 10 and 30 %.",
            ),
        ),
        rounding::judge(
            cases,
            &evidence.no_case(
                "in one campaign only whose percentage comes to parts of the smallest unit.",
                "take 15 % off a price of 88.89.",
            ),
        ),
        fixed_price::judge(
            cases,
            &evidence.no_case(
                "with a fixed price below its regular one, and in no other campaign.",
                "give an article of 300 a fixed price of 100.",
            ),
        ),
        fixed_price::judge_above(
            cases,
            &evidence
                .no_case("with a fixed price above its regular one.", "give an article of 300 a fixed price of 400."),
        ),
        campaign_reach::judge_without_list(
            cases,
            &evidence.no_case(
                "whose campaign has no market or no pricelist.",
                "clear the list of a campaign in the AMS while it runs.",
            ),
        ),
        campaign_reach::judge_end(
            cases,
            &evidence.no_case(
                "whose campaign ended in the second in which prices were read.",
                "read the price of one a second before and after `stopAt`.",
            ),
        ),
        times::judge(evidence),
        campaign_root::judge(evidence.schema.as_ref()),
        events::judge(evidence),
        listed::judge_flag(evidence),
        listed::judge_page(evidence),
        by_hand::LINE_TAX.judge(),
        by_hand::DISCOUNT_SIGNS.judge(),
        refusals::judge(evidence),
        by_hand::SECRET_REFUSAL.judge(),
        by_hand::SHIPPING_IDS.judge(),
        campaign_rows::judge(evidence),
        campaign_rows::judge_status(evidence),
        listed::judge_variant(evidence),
        listed::judge_item(evidence),
    ]
}

#[cfg(test)]
mod tests;
