//! Campaigns as the Integration API has them: some of their rows, and variants of those rows with all their rows and prices.

use connector_api::{
    ConnectorError,
    domain::{Currency, Timestamp},
    wire::pull::Page,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    cases::Sample,
    deadline::is_over,
    sampling::{self, chosen},
    seen::Seen,
};
use crate::{
    client::Variables,
    flows::{
        campaigns,
        place::{MOST_ROWS, Place},
        source::{Source, read_rows},
    },
    map,
    operation::Operation,
    wire::{
        campaign::{Campaign, CampaignRow},
        commerce::PricedVariant,
    },
};

/// Rows that come along with each campaign.
const FEW: u32 = 20;
/// Most campaigns in one question.
const AT_ONCE: u32 = 50;
/// Most pages of campaigns.
const PAGES: u32 = 4;
/// Most campaigns of which more rows are read than come along.
const LONG: usize = 8;
/// Rows of campaigns that are read of one variant; one that has as many may have more.
const ROWS: u32 = 50;
const VARIANTS: &str = "productVariants";

/// Rows of campaigns in use.
pub(super) async fn rows(
    source: &Source,
    end: Timestamp,
) -> Result<Seen<Vec<(Campaign, CampaignRow)>>, ConnectorError> {
    if !campaigns::can_read(source).await? {
        return Ok(Err("The store's schema or token (Campaign:read) does not let campaigns be read.".to_owned()));
    }
    let has_root = campaigns::has_root(source).await?;
    let (operation, root) =
        if has_root { (Operation::Campaigns, "campaigns") } else { (Operation::CampaignsByPricelist, "pricelists") };
    let mut variables = source.of_store().await?;
    variables.insert("rows", json!(FEW));
    let mut next = Some(source.start(operation, AT_ONCE).await?);
    let (mut page, mut found, mut pages) = (Page::default(), vec![], 0);
    while let Some(place) = next.filter(|_| pages < PAGES) {
        let list = source.list(operation, root, &variables, place, &mut page).await?;
        if !list.readable {
            return Ok(Err("The token (Campaign:read) does not let campaigns be read.".to_owned()));
        }
        let campaigns: Vec<Campaign> = if has_root {
            read_rows(list.rows, &list.lost, &[root], &mut page)
        } else {
            let lists: Vec<ListOfCampaigns> = read_rows(list.rows, &list.lost, &[root], &mut page);
            lists.into_iter().flat_map(|list| list.campaigns).collect()
        };
        found.extend(campaigns);
        next = list.next;
        pages += 1;
    }
    found.sort_by_key(|own| own.id);
    found.dedup_by_key(|own| own.id);
    let mut rows = vec![];
    let mut long = 0;
    for mut campaign in found {
        let mut own = std::mem::take(&mut campaign.campaign_variants);
        let may_have_more = own.len() >= FEW as usize && has_root && long < LONG;
        if may_have_more && !is_over(source, end).await? {
            long += 1;
            let place = Place::start(source.client.fitting_rows(Operation::CampaignRows).await?.min(MOST_ROWS));
            if let Some((_, read, _)) = campaigns::rows_of(source, campaign.id, place, &mut page).await? {
                own = read;
            }
        }
        rows.extend(own.into_iter().map(|row| (campaign.clone(), row)));
    }
    Ok(Ok(rows))
}

/// Variants of these rows.
pub(super) async fn samples(
    source: &Source,
    rows: &[(Campaign, CampaignRow)],
    now: Timestamp,
    end: Timestamp,
) -> Result<Seen<Vec<Sample>>, ConnectorError> {
    let store = source.store().await?;
    let ids = chosen(rows, now);
    let fits = source.client.fitting_rows(Operation::VariantPrices).await?.clamp(5, MOST_ROWS) as usize;
    let mut samples = vec![];
    for ids in ids.chunks(fits.min(sampling::MOST)) {
        if is_over(source, end).await? {
            break;
        }
        let variables = Variables::from([("ids", json!(ids)), ("rows", json!(ROWS))]);
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let list = source.named(Operation::VariantPrices, VARIANTS, &variables, size).await?;
        let mut asked = variables.clone();
        asked.extend([("limit", json!(1)), ("page", json!(1))]);
        let query = source.client.fitted(Operation::VariantPrices, &asked).await?;
        if !["prices", "campaignVariants"].iter().all(|own| query.has(&format!("{VARIANTS}.{own}"))) {
            return Ok(Err("The store's schema or token does not let single variants be read.".to_owned()));
        }
        let mut page = Page::default();
        let variants: Vec<PricedVariant> = read_rows(list.rows, &list.lost, &[VARIANTS], &mut page);
        samples.extend(variants.into_iter().filter_map(|own| sample(own, store)));
    }
    Ok(Ok(samples))
}

fn sample(variant: PricedVariant, store: Option<i64>) -> Option<Sample> {
    if variant.campaign_variants.len() >= ROWS as usize {
        return None;
    }
    let shown = variant.displays.iter().flat_map(|display| &display.display_items);
    let is_own =
        |own: &&crate::wire::commerce::ShownItem| own.product_variant.as_ref().is_some_and(|own| own.id == variant.id);
    let items = shown.filter(is_own).map(|item| item.id).collect();
    let regular = variant.prices.iter().filter_map(|price| {
        let list = &price.pricelist;
        let is_of_store = list.store.as_ref().is_none_or(|own| store.is_none_or(|store| own.id == store));
        let currency: Currency = list.currency.code.as_deref()?.parse().ok()?;
        let amount = map::price::amount(price.price.as_ref(), currency)?;
        (is_of_store && map::is_active(list.status.as_deref())).then_some((list.id, amount))
    });
    let regular = regular.collect();
    let rows = variant.campaign_variants.into_iter().filter_map(|mut row| Some((row.campaign.take()?, row))).collect();
    Some(Sample { variant: variant.id, items, regular, rows })
}

/// A pricelist with its campaigns.
#[derive(Deserialize)]
struct ListOfCampaigns {
    #[serde(default, deserialize_with = "crate::wire::list")]
    campaigns: Vec<Campaign>,
}
