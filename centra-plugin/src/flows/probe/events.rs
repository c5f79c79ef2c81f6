//! Guess 9: as what event a change of a campaign's rows comes.

use connector_api::wire::probe::Assumption;

use super::{evidence::Evidence, guess::Guess};

pub(super) const GUESS: Guess = Guess {
    id: "campaign_row_events",
    assumed: "A change of a campaign's rows is reported as an event of the campaign.",
    otherwise: "Sale prices change with the next sync.",
};

const OF_CAMPAIGN: &str = "Campaign";
/// What an event says of a thing when only something below it changed.
const BELOW: &str = "DEPENDENT_DATA_CHANGED";
const HOW: &str =
    "switch the setting `event_queue` on, edit one row of a campaign, and run the probe before the next poll.";

/// Looks at the kinds of events there are, and at those that wait in the queue.
pub(super) fn judge(evidence: &Evidence) -> Assumption {
    let kinds = evidence.enums.get("EventObjectType").map(Vec::as_slice).unwrap_or_default();
    let is_of_row = |kind: &&String| kind.starts_with("CampaignVariant") || kind.starts_with("CampaignProductVariant");
    if let Some(own) = kinds.iter().find(is_of_row) {
        return GUESS.refuted(format!("Events have a type of their own for rows: {own}."));
    }
    if !kinds.is_empty() && !kinds.iter().any(|kind| kind == OF_CAMPAIGN) {
        return GUESS.refuted(format!("No event is of a campaign; their types are: {}.", kinds.join(", ")));
    }
    let events = match &evidence.events {
        Ok(events) => events,
        Err(why) => return GUESS.not_seen(format!("{why} To see it: {HOW}")),
    };
    let of_campaigns: Vec<_> = events.iter().filter(|own| own.object_type == OF_CAMPAIGN).collect();
    match of_campaigns.iter().find(|own| own.change_type == BELOW) {
        Some(own) => GUESS.confirmed(format!("The queue reports something below campaign {}.", own.object_reference)),
        None if of_campaigns.is_empty() => GUESS.not_seen(format!("No event of a campaign waits in the queue. To see it: {HOW}")),
        None => GUESS.not_seen(format!(
            "The queue reports {} changes of campaigns; an event does not state whether their rows changed. To check: {HOW}",
            of_campaigns.len()
        )),
    }
}
