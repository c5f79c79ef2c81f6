//! Prices of single variants: by the variant, by a campaign that reduces them, or by a price. What they cost depends on the
//! campaigns they are in, which are read along.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError,
    domain::{Currency, ExternalId, PriceSource, Timestamp},
    wire::pull::{Page, Record, Stream},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    super::{
        campaigns,
        place::{MOST_ROWS, Place},
        pull::of_items,
        source::{Source, read_rows},
    },
    details,
    found::{Found, whole},
};
use crate::{
    client::Variables,
    entity::{as_campaign, as_price},
    map::{
        self,
        campaign::{Campaigns, Rules},
    },
    operation::Operation,
    wire::{
        Id,
        commerce::{PriceInList, PricedVariant},
    },
};

const ROOT: &str = "productVariants";
/// Rows of campaigns that are read of one variant.
pub(super) const ROWS: u32 = 50;
/// Most variants whose prices are read at once because of a campaign or a price: of more, a sync reads all.
const MOST_VARIANTS: usize = 200;

/// Reads them.
pub(super) async fn fetch(source: &Source, wanted: &BTreeSet<ExternalId>) -> Result<Found, ConnectorError> {
    let mut variants = BTreeSet::new();
    let (mut prices, mut campaigns) = (vec![], vec![]);
    for id in wanted {
        match (as_campaign(id), as_price(id), id.as_str().parse::<i64>()) {
            (Some(campaign), ..) => campaigns.push(campaign),
            (_, Some(price), _) => prices.push(price),
            (.., Ok(variant)) => drop(variants.insert(variant)),
            // All of them: that is what a sync is for.
            _ => return Err(details::unfetchable(&Stream::Prices)),
        }
    }
    for campaign in campaigns {
        variants.extend(of_campaign(source, campaign).await?);
    }
    if !prices.is_empty() {
        variants.extend(of_prices(source, &prices).await?);
    }
    if variants.len() > MOST_VARIANTS.max(wanted.len()) {
        return Err(details::unfetchable(&Stream::Prices));
    }
    let variants: Vec<i64> = variants.into_iter().collect();
    let records = of_variants(source, &variants).await?;
    let is_variant = |id: &&ExternalId| id.as_str().parse::<i64>().is_ok();
    let asked: BTreeSet<ExternalId> = wanted.iter().filter(is_variant).cloned().collect();
    Ok(Found::by_id(records, &asked))
}

/// Variants of a campaign: those it has, and those it had when all campaigns were last read. Where nobody knows what it had, or it has
/// too many, a sync is needed.
async fn of_campaign(source: &Source, campaign: i64) -> Result<BTreeSet<i64>, ConnectorError> {
    let unknown = || details::unfetchable(&Stream::Prices);
    let mut variants = source.campaigns.variants_of(campaign).ok_or_else(unknown)?;
    if !campaigns::has_root(source).await? {
        return Err(unknown());
    }
    let mut next = Some(source.start(Operation::CampaignRows, MOST_ROWS).await?);
    while let Some(place) = next {
        let mut page = Page::default();
        next = match campaigns::rows_of(source, campaign, place, &mut page).await? {
            Some((_, rows, next)) => {
                variants.extend(rows.into_iter().filter_map(|row| row.product_variant).map(|variant| variant.id));
                next
            }
            None => None,
        };
        whole(&page)?;
        if variants.len() > MOST_VARIANTS {
            return Err(unknown());
        }
    }
    Ok(variants)
}

/// Variants of prices.
async fn of_prices(source: &Source, prices: &[i64]) -> Result<BTreeSet<i64>, ConnectorError> {
    let mut variables = source.of_store().await?;
    let size = u32::try_from(prices.len()).unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS);
    variables.extend([("ids", json!(prices)), ("limit", json!(size))]);
    let reply = source.client.ask::<PricesPart>(Operation::ChangedPrices, &variables, size).await?;
    if !reply.lost.is_empty() || !reply.query.variables.contains_key("ids") {
        return Err(details::unfetchable(&Stream::Prices));
    }
    let rows = reply.data.pricelists.into_iter().flat_map(|list| list.prices);
    Ok(rows.filter_map(|row| row.product_variant).map(|variant| variant.id).collect())
}

async fn of_variants(source: &Source, ids: &[i64]) -> Result<Vec<Record>, ConnectorError> {
    let part = format!("{ROOT}.prices");
    let asked = Variables::from([
        ("ids", json!([1])),
        ("rows", json!(ROWS)),
        ("limit", json!(1)),
        ("page", json!(Place::start(1).page)),
    ]);
    let can_read = async || Ok(source.client.fitted(Operation::VariantPrices, &asked).await?.has(&part));
    if !can_read().await? {
        return Err(details::unfetchable(&Stream::Prices));
    }
    let store = source.store().await?;
    let now = source.client.host().now().await?;
    let fits = source.client.fitting_rows(Operation::VariantPrices).await?.max(1) as usize;
    let mut campaigns = Campaigns::new(Rules::default());
    let mut computed: Computed = vec![];
    let mut reads_all_campaigns = true;
    for ids in ids.chunks(fits) {
        let variables = Variables::from([("ids", json!(ids)), ("rows", json!(ROWS))]);
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let list = source.named(Operation::VariantPrices, ROOT, &variables, size).await?;
        // Again: what the token may not read is found out by asking, and must not be reported as gone.
        if !can_read().await? {
            return Err(details::unfetchable(&Stream::Prices));
        }
        let reads_campaigns = reads_campaigns(source, Operation::VariantPrices, &variables, ROOT).await?;
        reads_all_campaigns &= reads_campaigns;
        let mut page = Page::default();
        for variant in read_rows::<PricedVariant>(list.rows, &list.lost, &[ROOT], &mut page) {
            // One that is below zero is no price, and no sign that there is none.
            page.skipped += u64::from(has_wrong_price(source, &variant, store));
            let own = prices(source, &variant, store, Some(&mut campaigns).filter(|_| reads_campaigns), now)?;
            let shown = variant.displays.iter().flat_map(|display| &display.display_items);
            let items = shown.filter(|item| item.product_variant.as_ref().is_some_and(|own| own.id == variant.id));
            computed.push((variant.id, items.map(|item| item.id).collect(), own));
        }
        whole(&page)?;
    }
    as_charged(source, computed, Some(&campaigns).filter(|_| reads_all_campaigns)).await
}

/// Variants, the display items that show them, and their prices as we compute them.
pub(super) type Computed = Vec<(i64, Vec<i64>, Vec<Record>)>;

/// Prices as the store's shop charges them, where the connection has a route to them; those of a variant that the shop does not show
/// stay as they were computed.
pub(super) async fn as_charged(
    source: &Source,
    computed: Computed,
    campaigns: Option<&Campaigns>,
) -> Result<Vec<Record>, ConnectorError> {
    let items: BTreeSet<i64> = computed.iter().flat_map(|(_, items, _)| items.iter().copied()).collect();
    let items: Vec<i64> = items.into_iter().collect();
    let charged = if items.is_empty() { None } else { of_items(source, &items, campaigns).await? };
    let charged = charged.unwrap_or_default();
    let of = |variant: i64| {
        let id = ExternalId::from(variant);
        charged.iter().filter(|price| price.priced_id == id).cloned().map(Record::Price).collect::<Vec<_>>()
    };
    Ok(computed
        .into_iter()
        .flat_map(|(variant, _, records)| Some(of(variant)).filter(|own| !own.is_empty()).unwrap_or(records))
        .collect())
}

/// Whether an answer to this question says which campaigns variants are in. Where the pass over all prices cannot read them, single
/// variants have regular prices as well.
pub(super) async fn reads_campaigns(
    source: &Source,
    operation: Operation,
    variables: &Variables,
    variant: &str,
) -> Result<bool, ConnectorError> {
    let mut variables = variables.clone();
    variables.extend([("limit", json!(1)), ("page", json!(1))]);
    let query = source.client.fitted(operation, &variables).await?;
    Ok(query.has(&format!("{variant}.campaignVariants")) && campaigns::can_read(source).await?)
}

/// Whether a price of a variant is below zero.
pub(super) fn has_wrong_price(source: &Source, variant: &PricedVariant, store: Option<i64>) -> bool {
    own_prices(source, variant, store).any(|price| {
        let currency = price.pricelist.currency.code.as_deref().and_then(|code| code.parse().ok());
        currency.is_some_and(|currency| map::price::is_below_zero(price.price.as_ref(), currency))
    })
}

fn own_prices<'a>(
    source: &'a Source,
    variant: &'a PricedVariant,
    store: Option<i64>,
) -> impl Iterator<Item = &'a PriceInList> {
    variant.prices.iter().filter(move |price| {
        let list = &price.pricelist;
        let of_store = list.store.as_ref().is_none_or(|own| store.is_none_or(|store| own.id == store));
        let chosen =
            source.chosen.pricelist.map_or_else(|| map::is_active(list.status.as_deref()), |chosen| chosen == list.id);
        of_store && chosen
    })
}

/// A variant's prices in the pricelists that are read.
pub(super) fn prices(
    source: &Source,
    variant: &PricedVariant,
    store: Option<i64>,
    mut campaigns: Option<&mut Campaigns>,
    now: Timestamp,
) -> Result<Vec<Record>, ConnectorError> {
    if campaigns.is_some() && variant.campaign_variants.len() >= ROWS as usize {
        // There may be more, and one of them may be the one that counts.
        return Err(details::unfetchable(&Stream::Prices));
    }
    for row in &variant.campaign_variants {
        if let (Some(campaign), Some(campaigns)) = (&row.campaign, campaigns.as_deref_mut()) {
            campaigns.add(campaign, variant.id, row, now);
        }
    }
    let mut records = vec![];
    for price in own_prices(source, variant, store) {
        let Some(currency) = price.pricelist.currency.code.as_deref().and_then(|code| code.parse::<Currency>().ok())
        else {
            continue;
        };
        let Some(amount) = map::price::amount(price.price.as_ref(), currency) else { continue };
        let list = price.pricelist.id;
        if let Some(campaigns) = &campaigns {
            let own = campaigns.prices(variant.id, list, amount, source.chosen.market, now);
            records.extend(own.into_iter().map(Record::Price));
        } else {
            let own = map::price::regular(variant.id, list, amount, PriceSource::Regular);
            records.push(Record::Price(own));
        }
    }
    Ok(records)
}

#[derive(Deserialize)]
struct PricesPart {
    #[serde(default, deserialize_with = "crate::wire::list")]
    pricelists: Vec<ListPart>,
}

#[derive(Deserialize)]
struct ListPart {
    #[serde(default, deserialize_with = "crate::wire::list")]
    prices: Vec<PricePart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PricePart {
    #[serde(default)]
    product_variant: Option<Id>,
}
