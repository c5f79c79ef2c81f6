//! What stands in rows of campaigns, and what `Status` says: names that no public copy of the reference shows.

use connector_api::wire::probe::Assumption;

use super::{evidence::Evidence, guess::Guess};
use crate::wire::campaign::{Campaign, CampaignRow};

pub(super) const REDUCTION: Guess = Guess {
    id: "row_reduction",
    assumed: "A row of a campaign has either `discountPercent` or `fixedPrice`; its `type` need not be read.",
    otherwise: "Such a row is left out with the notice `campaign_with_two_reductions` or `campaign_without_reduction`, and the price of its variant is `regular`.",
};

pub(super) const STATUS: Guess = Guess {
    id: "status_active",
    assumed: "`ACTIVE` is the value of `Status` for what is in use; every other value means that it is not.",
    otherwise: "Displays, pricelists or campaigns in use are read as not in use.",
};

/// Looks at all rows that were read.
pub(super) fn judge(evidence: &Evidence) -> Assumption {
    let types = evidence.enums.get("CampaignVariantType").map(|own| own.join(", "));
    let types = types.map(|own| format!(" The values of `CampaignVariantType` are: {own}.")).unwrap_or_default();
    let rows = match &evidence.rows {
        Ok(rows) if !rows.is_empty() => rows,
        _ => return REDUCTION.not_seen(format!("{}{types}", evidence.no_case("of this kind.", "use any campaign."))),
    };
    let has_one = |(_, row): &&(Campaign, CampaignRow)| row.discount_percent.is_some() != row.fixed_price.is_some();
    let odd: Vec<&(Campaign, CampaignRow)> = rows.iter().filter(|own| !has_one(own)).collect();
    if let Some((campaign, row)) = odd.first() {
        return REDUCTION.refuted(format!(
            "{} of {} rows have both or neither, such as row {} of campaign {}.{types}",
            odd.len(),
            rows.len(),
            row.id,
            campaign.id
        ));
    }
    let fixed = rows.iter().filter(|(_, row)| row.fixed_price.is_some()).count();
    let percent = rows.len() - fixed;
    REDUCTION.confirmed(format!("{percent} rows have a percentage and {fixed} a fixed price.{types}"))
}

/// Looks at the values of the enum.
pub(super) fn judge_status(evidence: &Evidence) -> Assumption {
    match evidence.enums.get("Status").map(Vec::as_slice) {
        None | Some([]) => STATUS.not_seen("The store does not show the values of `Status`."),
        Some(values) => {
            let seen = format!("The values of `Status` are: {}.", values.join(", "));
            let is_other = |value: &&String| value.contains("ACTIVE") && *value != "ACTIVE" && *value != "INACTIVE";
            if !values.iter().any(|own| own == "ACTIVE") || values.iter().any(|own| is_other(&own)) {
                STATUS.refuted(seen)
            } else {
                STATUS.confirmed(seen)
            }
        }
    }
}
