//! Prices by the Storefront API without a session: a hundred display items at once, each with its price in every market and pricelist.

use connector_api::{
    ConnectorError,
    domain::{Currency, Timestamp},
    wire::pull::Page,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    super::super::{campaigns::Read, source::Source},
    pass::{Pass, kept},
    route::Route,
    seen::Gathered,
};
use crate::{
    error,
    map::{
        campaign::Campaigns,
        platform_price::{LOWEST_DAYS, Seen, moment, money},
    },
    wire::shown::{MarketPrice, ShownItem, ShownItems, ShownList},
};

const DOCUMENT: &str = include_str!("../../../storefront/queries/prices.graphql");
/// Most display items in one question without a session \[S\].
const MOST: u32 = 100;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// The page to read, from one.
    number: u32,
    pass: Pass,
}

pub(super) async fn begin(source: &Source, page: Page) -> Result<Page, ConnectorError> {
    // Whether it answers shows before campaigns are read for nothing.
    ask(source, &json!({}), 1, 1).await?;
    read(source, Cursor { number: 1, pass: Pass::begin(source).await? }, page).await
}

pub(super) async fn read(source: &Source, mut cursor: Cursor, mut page: Page) -> Result<Page, ConnectorError> {
    let campaigns = match cursor.pass.campaigns(source, &mut page).await? {
        Read::All(campaigns) => Some(campaigns),
        Read::Partly => {
            page.next = kept(Route::Storefront, &cursor)?;
            return Ok(page);
        }
        Read::Hidden => None,
    };
    let list = ask(source, &json!({}), MOST, cursor.number).await?;
    let more = list.pagination.has_next_page;
    if list.pagination.current_page != cursor.number {
        // A page that does not exist any more is answered with one that does: the list became shorter.
        return Ok(page);
    }
    gathered(source, &list.list, campaigns.as_deref(), cursor.pass.began).into_page(&mut page);
    if more {
        cursor.number += 1;
        page.next = kept(Route::Storefront, &cursor)?;
    }
    Ok(page)
}

/// Prices of some display items.
pub(super) async fn of_items(
    source: &Source,
    items: &[i64],
    campaigns: Option<&Campaigns>,
    now: Timestamp,
) -> Result<Gathered, ConnectorError> {
    Ok(gathered(source, &shown(source, items).await?, campaigns, now))
}

/// Display items as the Storefront API shows them.
pub(in crate::flows) async fn shown(source: &Source, items: &[i64]) -> Result<Vec<ShownItem>, ConnectorError> {
    let mut shown = vec![];
    for ids in items.chunks(MOST as usize) {
        shown.extend(ask(source, &json!({ "id": ids }), MOST, 1).await?.list);
    }
    Ok(shown)
}

async fn ask(source: &Source, filter: &Value, limit: u32, page: u32) -> Result<ShownList, ConnectorError> {
    let only = |chosen: Option<i64>| chosen.map(|id| vec![id]);
    let variables = json!({ "where": filter, "market": only(source.chosen.market),
        "pricelist": only(source.chosen.pricelist), "limit": limit, "page": page });
    let answer: ShownItems = source.storefront.catalog("Prices", DOCUMENT, &variables).await?;
    match answer.display_items.user_errors.first() {
        None => Ok(answer.display_items),
        Some(own) => {
            let says = crate::reported::reported(&own.message).unwrap_or_default();
            Err(error::answer_invalid(&format!("of the Storefront API is an error: {says}")))
        }
    }
}

fn gathered(source: &Source, items: &[ShownItem], campaigns: Option<&Campaigns>, now: Timestamp) -> Gathered {
    let mut gathered = Gathered::default();
    let wanted = |chosen: Option<i64>, id: i64| chosen.is_none_or(|chosen| chosen == id);
    for item in items {
        for list in item.price_by_pricelist.iter().filter(|own| wanted(source.chosen.pricelist, own.pricelist.id)) {
            let Some(currency) = list.pricelist.currency.code.as_deref().and_then(|code| code.parse().ok()) else {
                gathered.unreadable += 1;
                continue;
            };
            for price in &list.price_by_market {
                for market in price.markets.iter().filter(|id| wanted(source.chosen.market, **id)) {
                    match seen(item, list.pricelist.id, *market, price, currency) {
                        Some(seen) => gathered.add(&seen, campaigns, None, now),
                        None => gathered.unreadable += 1,
                    }
                }
            }
        }
    }
    gathered
}

fn seen(item: &ShownItem, pricelist: i64, market: i64, price: &MarketPrice, currency: Currency) -> Option<Seen> {
    let lowest = item
        .lowest_price_by_pricelist
        .iter()
        .filter(|own| own.pricelist.id == pricelist)
        .flat_map(|own| &own.lowest_price_by_market)
        .find(|own| own.period_days == LOWEST_DAYS && own.markets.contains(&market));
    let info = price.campaign_info.as_ref();
    Some(Seen {
        variant: item.product_variant.id,
        pricelist,
        market,
        amount: money(price.price.value, currency)?,
        regular: money(price.original_price.value, currency)?,
        lowest: lowest.and_then(|own| money(own.price.value, currency)),
        from: info.and_then(|own| moment(own.start_date_time.as_deref())),
        until: info.and_then(|own| moment(own.end_date_date_time.as_deref())),
    })
}
