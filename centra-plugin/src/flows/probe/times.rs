//! Guess 7: whether times carry the store's true offset.

use connector_api::{domain::Timestamp, wire::probe::Assumption};

use super::{cases::Sample, evidence::Evidence, guess::Guess};
use crate::{
    map::{is_active, platform_price::moment, time},
    wire::campaign::{Campaign, CampaignRow},
};

pub(super) const GUESS: Guess = Guess {
    id: "time_offsets",
    assumed: "Times carry the store's true offset.",
    otherwise: "A row whose times have none is left out; where they have a wrong one, prices change at the wrong hour, unless the store's own price shows its end.",
};

const HOW: &str = "set up the Storefront API without a session and run the probe while a variant is in a campaign, or look at `startAt` of one that begins now.";
/// How far apart, in milliseconds, two times may be and still mean the same. Wrong offsets are a quarter of an hour off at least.
const NEAR_MS: u64 = 60_000;

/// A span as the shop says it; either end may be unknown.
type Reported = (Option<Timestamp>, Option<Timestamp>);

/// Compares times of campaigns with those that the shop says beside its prices.
pub(super) fn judge(evidence: &Evidence) -> Assumption {
    let rows = match &evidence.rows {
        Ok(rows) if !rows.is_empty() => rows,
        _ => return GUESS.not_seen(evidence.no_case("with a time.", HOW)),
    };
    if let Some((campaign, row, text)) = rows.iter().find_map(without_offset) {
        return GUESS.refuted(format!("Row {row} of campaign {campaign} has the time `{text}`, without an offset."));
    }
    let samples = evidence.samples.as_deref().unwrap_or_default();
    let trials: Vec<(i64, Reported, Vec<Reported>)> =
        by_prices(evidence, samples).chain(by_lists(evidence, samples)).collect();
    let is_reported =
        |(_, reported, spans): &&(i64, Reported, Vec<Reported>)| spans.iter().any(|own| is_near(*reported, *own));
    if let Some((variant, reported, spans)) = trials.iter().find(|own| !is_reported(own)) {
        let text = |own: &Reported| {
            let one = |at: Option<Timestamp>| at.map_or_else(|| "unknown".to_owned(), |at| at.to_string());
            format!("{} to {}", one(own.0), one(own.1))
        };
        let own: Vec<String> = spans.iter().map(text).collect();
        return GUESS.refuted(format!(
            "The shop reports {} for the campaign of variant {variant}, and the Integration API {}.",
            text(reported),
            own.join(" and ")
        ));
    }
    match trials.first() {
        None => GUESS.not_seen(format!("Times have an offset, which cannot be verified. To check: {HOW}")),
        Some((variant, ..)) => GUESS.confirmed(format!(
            "The shop reports the same times of campaigns, {} in all, such as those of variant {variant}.",
            trials.len()
        )),
    }
}

/// Campaign, row, and a time that is none.
fn without_offset((campaign, row): &(Campaign, CampaignRow)) -> Option<(i64, i64, String)> {
    let texts = [&row.start_at, &row.stop_at].into_iter().flatten();
    let text = texts.into_iter().find(|text| time(Some(text)).is_none())?;
    Some((campaign.id, row.id, text.chars().take(40).collect()))
}

/// What the shop says beside prices.
fn by_prices<'a>(
    evidence: &'a Evidence,
    samples: &'a [Sample],
) -> impl Iterator<Item = (i64, Reported, Vec<Reported>)> + 'a {
    evidence.charged.iter().flatten().filter_map(|own| {
        let reported = (moment(own.times.0.as_deref()), moment(own.times.1.as_deref()));
        let sample = samples.iter().find(|sample| sample.variant == own.variant)?;
        let is_there = |campaign: &Campaign| {
            campaign.markets.iter().any(|id| id.id == own.market)
                && campaign.pricelists.iter().any(|list| list.id == own.pricelist)
        };
        let spans = spans(sample, is_there);
        (reported != (None, None) && !spans.is_empty()).then_some((own.variant, reported, spans))
    })
}

/// What the Checkout API says beside products.
fn by_lists<'a>(
    evidence: &'a Evidence,
    samples: &'a [Sample],
) -> impl Iterator<Item = (i64, Reported, Vec<Reported>)> + 'a {
    evidence.listed.iter().flatten().flat_map(move |product| {
        let variant = product.centra_variant.as_deref().and_then(|id| id.parse().ok()).unwrap_or(0);
        let sample = samples.iter().find(|sample| sample.variant == variant);
        let spans = sample.map(|sample| spans(sample, |_| true)).unwrap_or_default();
        let reported =
            product.campaigns.iter().map(|own| (moment(own.start_date.as_deref()), moment(own.stop_date.as_deref())));
        let reported = reported.filter(|own| *own != (None, None));
        reported
            .filter(|_| sample.is_some())
            .map(move |reported| (variant, reported, spans.clone()))
            .collect::<Vec<_>>()
    })
}

fn spans(sample: &Sample, wanted: impl Fn(&Campaign) -> bool) -> Vec<Reported> {
    let in_use = sample.rows.iter().filter(|(campaign, row)| {
        is_active(campaign.status.as_deref()) && is_active(row.status.as_deref()) && wanted(campaign)
    });
    in_use.map(|(_, row)| (time(row.start_at.as_deref()), time(row.stop_at.as_deref()))).collect()
}

fn is_near(reported: Reported, own: Reported) -> bool {
    let near = |reported: Option<Timestamp>, own: Option<Timestamp>| match (reported, own) {
        (Some(reported), Some(own)) => reported.as_unix_ms().abs_diff(own.as_unix_ms()) <= NEAR_MS,
        _ => true,
    };
    near(reported.0, own.0) && near(reported.1, own.1)
}
