//! Guesses about products as the Checkout API lists them: flags of campaigns, how many come at once, and which ids they carry.

use std::collections::BTreeSet;

use connector_api::wire::probe::Assumption;

use super::{
    cases::Sample,
    evidence::Evidence,
    guess::{Guess, Rule, Trial, rule},
    shop::size_of,
};
use crate::{
    map::{is_active, platform_price::moment, time},
    wire::{
        campaign::{Campaign, CampaignRow},
        listed::{ListedCampaign, ListedId, ListedProduct},
    },
};

pub(super) const FLAG: Guess = Guess {
    id: "listed_fixed_flag",
    assumed: "The first bit of `flags` of a product's `campaigns` marks a fixed price, which is then in `percent`.",
    otherwise: "A campaign that is listed so is not believed; what the store charges counts, until any of its campaigns begins or ends.",
};

pub(super) const PAGE: Guess = Guess {
    id: "products_page",
    assumed: "`POST products` returns 100 at once.",
    otherwise: "The next request continues where the page ended.",
};

pub(super) const VARIANT: Guess = Guess {
    id: "listed_variant",
    assumed: "`product` of the Checkout API is a display item, and `centraVariant` its product variant, by the ids of the Integration API.",
    otherwise: "Prices of the Checkout API are filed under other variants: leave its shared secret out of the connection.",
};

pub(super) const ITEM: Guess = Guess {
    id: "cart_item",
    assumed: "What is put into a cart is named `<display item>-<product size>`, by the ids of the Integration API.",
    otherwise: "The store prices no cart; the host's own price counts.",
};

const FLAG_RULES: [Rule; 2] = [rule("the bit marks a fixed price"), rule("the bit means something else")];

/// Holds campaigns of products against the rows that they must be.
pub(super) fn judge_flag(evidence: &Evidence) -> Assumption {
    let how = "let the Checkout API plugin list campaigns, and run the probe while a variant has a fixed price.";
    let listed = match &evidence.listed {
        Ok(listed) => listed,
        Err(why) => return FLAG.not_seen(format!("{why} To see it: {how}")),
    };
    let samples = evidence.samples.as_deref().unwrap_or_default();
    let found = listed.iter().flat_map(|product| {
        let sample = samples.iter().find(|own| Some(own.variant) == number(product.centra_variant.as_deref()));
        product.campaigns.iter().filter_map(move |own| Some((own, row_of(own, sample?)?)))
    });
    let trials: Vec<(bool, Trial)> = found.map(|(own, (campaign, row))| trial(own, campaign, row)).collect();
    let is_refuted = trials.iter().any(|(_, trial)| trial.fits.first() == Some(&false));
    if is_refuted || trials.iter().any(|(is_fixed, _)| *is_fixed) {
        return FLAG.decide(&FLAG_RULES, &trials.into_iter().map(|own| own.1).collect::<Vec<_>>(), "");
    }
    let why = if listed.iter().all(|own| own.campaigns.is_empty()) {
        "The products looked at list no campaigns."
    } else {
        "No campaign that is listed has a fixed price."
    };
    FLAG.not_seen(format!("{why} To see it: {how}"))
}

/// The only row that a listed campaign can be: the same times and places.
fn row_of<'a>(own: &ListedCampaign, sample: &'a Sample) -> Option<(&'a Campaign, &'a CampaignRow)> {
    let at = |text: &Option<String>| moment(text.as_deref());
    let span = (at(&own.start_date)?, at(&own.stop_date)?);
    let ids = |ids: &[ListedId]| ids.iter().filter_map(ListedId::number).collect::<BTreeSet<i64>>();
    let mut fitting = sample.rows.iter().filter(|(campaign, row)| {
        let in_use = is_active(campaign.status.as_deref()) && is_active(row.status.as_deref());
        let is_there = ids(&own.markets) == campaign.markets.iter().map(|own| own.id).collect()
            && ids(&own.pricelists) == campaign.pricelists.iter().map(|own| own.id).collect();
        in_use
            && is_there
            && (time(row.start_at.as_deref()), time(row.stop_at.as_deref())) == (Some(span.0), Some(span.1))
    });
    let (campaign, row) = fitting.next()?;
    fitting.next().is_none().then_some((campaign, row))
}

fn trial(own: &ListedCampaign, campaign: &Campaign, row: &CampaignRow) -> (bool, Trial) {
    let is_flagged = own.flags & 1 == 1;
    let is_fixed = row.fixed_price.is_some();
    let amount = row.fixed_price.as_ref().map(|own| own.amount.value).or(row.discount_percent);
    let fits = is_flagged == is_fixed && own.percent.exact() == amount;
    let kind = if is_fixed { "a fixed price" } else { "a percentage" };
    let text = format!(
        "campaign {} has {kind} and is listed with flags {} and percent {}",
        campaign.id,
        own.flags,
        own.percent.exact().map_or_else(|| "none".to_owned(), |own| own.to_string())
    );
    (is_fixed, Trial { text, fits: vec![fits, !fits] })
}

/// Looks at how many products came.
pub(super) fn judge_page(evidence: &Evidence) -> Assumption {
    let (came, asked, all) = match &evidence.page {
        Ok(page) => *page,
        Err(why) => return PAGE.not_seen(why.clone()),
    };
    let enough = all.is_none_or(|all| all >= u64::from(asked));
    match (came >= asked as usize, all) {
        (true, _) => PAGE.confirmed(format!("{came} products were returned for {asked} requested.")),
        (false, Some(all)) if enough => {
            PAGE.refuted(format!("{came} products were returned for {asked} requested, of {all} in total."))
        }
        (false, Some(all)) => {
            PAGE.not_seen(format!("The store has only {all} products in the market that was looked at."))
        }
        (false, None) => PAGE.not_seen(format!("{came} products were returned; the store reports no total.")),
    }
}

/// Holds ids of products against display items and their variants.
pub(super) fn judge_variant(evidence: &Evidence) -> Assumption {
    let listed = match &evidence.listed {
        Ok(listed) => listed,
        Err(why) => return VARIANT.not_seen(why.clone()),
    };
    let samples = evidence.samples.as_deref().unwrap_or_default();
    let expected = |product: &ListedProduct| {
        let item = number(product.product.as_deref())?;
        Some((item, samples.iter().find(|own| own.items.contains(&item))?.variant))
    };
    let found: Vec<(i64, i64, Option<i64>)> = listed
        .iter()
        .filter_map(|product| {
            expected(product).map(|(item, own)| (item, own, number(product.centra_variant.as_deref())))
        })
        .collect();
    match (found.iter().find(|(_, own, reported)| *reported != Some(*own)), found.len()) {
        (Some((item, own, reported)), _) => {
            let reported = reported.map_or_else(|| "none".to_owned(), |own| own.to_string());
            VARIANT.refuted(format!("Display item {item} shows variant {own}, and is listed with variant {reported}."))
        }
        (None, 0) => VARIANT.not_seen(nothing_listed(evidence, samples)),
        (None, count) => {
            VARIANT.confirmed(format!("{count} products are display items with the variant that they name."))
        }
    }
}

/// Holds names of items against display items and sizes.
pub(super) fn judge_item(evidence: &Evidence) -> Assumption {
    let (listed, sizes) = match (&evidence.listed, &evidence.sizes) {
        (Ok(listed), Ok(sizes)) => (listed, sizes),
        (Err(why), _) | (_, Err(why)) => return ITEM.not_seen(why.clone()),
    };
    let items = listed.iter().flat_map(|product| product.items.iter().map(move |item| (product, item)));
    let named: Vec<_> =
        items.filter_map(|(product, item)| Some((product.product.as_deref()?, item, item.item.as_deref()?))).collect();
    let is_of = |shown: &str, name: &str| name.split_once('-').is_some_and(|(own, _)| own == shown);
    if let Some((shown, _, name)) = named.iter().find(|(shown, _, name)| !is_of(shown, name)) {
        return ITEM
            .refuted(format!("Product {shown} has an item named `{}`.", name.chars().take(40).collect::<String>()));
    }
    let known =
        named.iter().filter_map(|(shown, item, name)| Some((*name, number(Some(shown))?, sizes.get(&size_of(item)?)?)));
    let known: Vec<_> = known.collect();
    match known.iter().find(|(_, shown, on)| !on.contains(shown)) {
        Some((name, shown, _)) => {
            ITEM.refuted(format!("Item {name} names a size that display item {shown} does not show."))
        }
        None if !known.is_empty() => {
            ITEM.confirmed(format!("{} items name a display item and a size that it shows.", known.len()))
        }
        None if named.is_empty() => {
            ITEM.not_seen(nothing_listed(evidence, evidence.samples.as_deref().unwrap_or_default()))
        }
        None => ITEM.refuted("Items name sizes that the Integration API does not have."),
    }
}

fn nothing_listed(evidence: &Evidence, samples: &[Sample]) -> String {
    match &evidence.samples {
        Err(why) => why.clone(),
        Ok(_) if samples.is_empty() => "No campaign is in use, so that no variant was looked at.".to_owned(),
        Ok(_) => "The Checkout API lists none of the variants looked at.".to_owned(),
    }
}

fn number(text: Option<&str>) -> Option<i64> {
    text?.parse().ok()
}
