//! What the store's shop says: prices by the surest route that the connection has, products of the Checkout API, events, a refusal.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{
    ConnectorError,
    domain::{Currency, Timestamp},
    wire::pull::Page,
};
use serde_json::{Value, json};

use super::{cases::Charged, deadline::is_over, seen::Seen};
use crate::{
    flows::{
        pull::{self, Route, is_set_up_wrong, routes},
        source::{Source, read_rows},
    },
    operation::Operation,
    wire::{
        commerce::SizeDisplays,
        event::Event,
        listed::{ListedItem, ListedProduct},
        shown::{CampaignInfo, ShownItem},
    },
};

/// Most markets of which prices are read one by one.
const MARKETS: usize = 4;
/// Most display items of which prices are read.
const ITEMS: usize = 100;
/// Most sizes that are looked for.
const SIZES: usize = 20;
/// Most events that are looked at; none is taken out of the queue.
const EVENTS: u32 = 50;

const NO_ROUTE: &str =
    "The store's own prices cannot be read: enter the Storefront API's token or the Checkout API's shared secret.";

/// Markets, and pricelists with their currencies.
pub(super) type Places = (Vec<i64>, Vec<(i64, Currency)>);

/// Places of which the Checkout API is asked.
pub(super) async fn places(source: &Source) -> Result<Seen<Places>, ConnectorError> {
    if source.checkout.must_have_secret().is_err() {
        return Ok(Err("The connection has no shared secret of the Checkout API.".to_owned()));
    }
    pull::places(source).await.map(Ok)
}

/// What the shop charges for the variants on these display items.
pub(super) async fn charged(
    source: &Source,
    places: &Seen<Places>,
    items: &[i64],
    end: Timestamp,
) -> Result<Seen<Vec<Charged>>, ConnectorError> {
    let items = items.get(..ITEMS).unwrap_or(items);
    let mut why = NO_ROUTE.to_owned();
    for route in routes(source) {
        let read = match (route, places) {
            _ if items.is_empty() => return Ok(Ok(vec![])),
            (Route::Storefront, _) => {
                pull::shown(source, items).await.map(|own| own.iter().flat_map(by_storefront).collect())
            }
            (Route::Checkout, Ok(places)) => by_checkout(source, places, items, end).await,
            (Route::Checkout, Err(failed)) => {
                why.clone_from(failed);
                continue;
            }
            (Route::Integration, _) => return Ok(Err(why)),
        };
        match read {
            Err(failure) if is_set_up_wrong(&failure) => why = failure.message,
            read => return read.map(Ok),
        }
    }
    Ok(Err(why))
}

fn by_storefront(item: &ShownItem) -> Vec<Charged> {
    let mut all = vec![];
    for list in &item.price_by_pricelist {
        let Some(currency) = list.pricelist.currency.code.as_deref().and_then(|code| code.parse().ok()) else {
            continue;
        };
        for price in &list.price_by_market {
            let (Some(amount), Some(original)) = (price.price.value.exact(), price.original_price.value.exact()) else {
                continue;
            };
            let reported = |pick: fn(&CampaignInfo) -> &Option<String>| {
                price.campaign_info.as_ref().and_then(|own| pick(own).clone())
            };
            let times = (reported(|own| &own.start_date_time), reported(|own| &own.end_date_date_time));
            all.extend(price.markets.iter().map(|market| Charged {
                variant: item.product_variant.id,
                pricelist: list.pricelist.id,
                market: *market,
                currency,
                amount,
                original,
                times: times.clone(),
            }));
        }
    }
    all
}

async fn by_checkout(
    source: &Source,
    (markets, pricelists): &Places,
    items: &[i64],
    end: Timestamp,
) -> Result<Vec<Charged>, ConnectorError> {
    let mut all = vec![];
    for market in markets.iter().copied().take(MARKETS) {
        if is_over(source, end).await? {
            break;
        }
        for product in &pull::listed_items(source, market, items).await? {
            all.extend(listed_prices(product, market, pricelists));
        }
    }
    Ok(all)
}

fn listed_prices(product: &ListedProduct, market: i64, pricelists: &[(i64, Currency)]) -> Vec<Charged> {
    let Some(variant) = number(product.centra_variant.as_deref()) else { return vec![] };
    let prices = product.prices.as_ref().and_then(|own| own.0.as_ref());
    let charged = pricelists.iter().filter_map(|(pricelist, currency)| {
        let own = prices?.get(&pricelist.to_string())?;
        let amount = own.price_as_number.exact()?;
        let original = own.price_before_discount_as_number.exact().unwrap_or(amount);
        let (pricelist, currency) = (*pricelist, *currency);
        Some(Charged { variant, pricelist, market, currency, amount, original, times: (None, None) })
    });
    charged.collect()
}

fn number(text: Option<&str>) -> Option<i64> {
    text?.parse().ok()
}

/// Products of the Checkout API on these display items, in one market.
pub(super) async fn listed(
    source: &Source,
    (markets, _): &Places,
    items: &[i64],
) -> Result<Vec<ListedProduct>, ConnectorError> {
    let items = items.get(..ITEMS).unwrap_or(items);
    match markets.first() {
        Some(market) if !items.is_empty() => pull::listed_items(source, *market, items).await,
        _ => Ok(vec![]),
    }
}

/// The first page of all products of the Checkout API in one market.
pub(super) async fn first_page(
    source: &Source,
    (markets, _): &Places,
) -> Result<Seen<(usize, u32, Option<u64>)>, ConnectorError> {
    match markets.first() {
        Some(market) => pull::first_page(source, *market).await.map(Ok),
        None => Ok(Err("The store has no market.".to_owned())),
    }
}

/// Where the sizes are shown that these products name in their items.
pub(super) async fn sizes(
    source: &Source,
    listed: &[ListedProduct],
) -> Result<Seen<BTreeMap<i64, BTreeSet<i64>>>, ConnectorError> {
    let items = listed.iter().flat_map(|product| &product.items).filter_map(size_of);
    let sizes: BTreeSet<i64> = items.take(SIZES).collect();
    let refs: Vec<Value> = sizes.iter().map(|size| json!(size)).collect();
    if refs.is_empty() {
        return Ok(Ok(BTreeMap::new()));
    }
    let found = source.by_refs::<SizeDisplays>(Operation::CartItems, "productSizes", "ids", &refs).await?;
    let Some(found) = found else { return Ok(Err("Sizes cannot be read one by one.".to_owned())) };
    Ok(Ok(found.into_iter().map(|size| (size.id, shown_on(&size))).collect()))
}

/// The size that an item names, in the form that is assumed.
pub(super) fn size_of(item: &ListedItem) -> Option<i64> {
    number(item.item.as_deref()?.split_once('-').map(|(_, size)| size))
}

fn shown_on(size: &SizeDisplays) -> BTreeSet<i64> {
    let Some(variant) = &size.product_variant else { return BTreeSet::new() };
    let items = variant.displays.iter().flat_map(|display| &display.display_items);
    let is_own = |item: &&crate::wire::commerce::ShownItem| {
        item.product_variant.as_ref().is_some_and(|own| own.id == variant.id)
    };
    items.filter(is_own).map(|item| item.id).collect()
}

/// The oldest events of the queue, where the settings choose it.
pub(super) async fn events(source: &Source) -> Result<Seen<Vec<Event>>, ConnectorError> {
    if !source.chosen.event_queue {
        return Ok(Err("The settings do not choose the queue of events (`event_queue`).".to_owned()));
    }
    let variables = crate::client::Variables::new();
    let list = source.named(Operation::Events, "events", &variables, EVENTS).await?;
    if !list.readable {
        return Ok(
            Err("The store's schema or token (Event:read) does not let the queue of events be read.".to_owned()),
        );
    }
    Ok(Ok(read_rows(list.rows, &list.lost, &["events"], &mut Page::default())))
}

/// How the Storefront API refuses a token.
pub(super) async fn refusal(source: &Source) -> Result<Seen<(u16, Option<ConnectorError>)>, ConnectorError> {
    if !source.storefront.has_catalog() {
        return Ok(Err("The connection has no plugin of the Storefront API without a session.".to_owned()));
    }
    source.storefront.refusal().await.map(Ok)
}
