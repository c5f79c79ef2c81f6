//! Prices by the Checkout API with its shared secret: market by market, every pricelist at once. With all markets at once it is not
//! known whose campaigns count \[U\], so that is not asked for.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Currency, Timestamp},
    wire::pull::Page,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{
        super::{
            campaigns::Read,
            source::{Source, note},
        },
        lists::is_of,
    },
    pass::{Pass, kept},
    route::Route,
    seen::Gathered,
};
use crate::{
    error,
    map::{
        self,
        campaign::{Campaigns, Reduction},
        platform_price::{LOWEST_DAYS, Seen, listed, money},
    },
    operation::Operation,
    wire::{
        listed::{ListedPrice, ListedProduct, Listing},
        store::{Market, Pricelist},
    },
};

/// Most products in one question. Centra states no limit, and asks to keep it low.
const MOST: u32 = 100;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// Markets still to read; the first is being read.
    markets: Vec<i64>,
    /// Pricelists with their currencies.
    pricelists: Vec<(i64, Currency)>,
    /// Products of the market that were read.
    done: u64,
    pass: Pass,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Wanted<'a> {
    Probe,
    From(u64),
    Items(&'a [i64]),
}

pub(super) async fn begin(source: &Source, page: Page) -> Result<Page, ConnectorError> {
    let (markets, pricelists) = places(source).await?;
    let Some(&first) = markets.first() else {
        return Err(ConnectorError::new(ErrorCode::ConfigInvalid, "The store has no market."));
    };
    // Whether it answers shows before campaigns are read for nothing.
    ask(source, first, Wanted::Probe).await?;
    read(source, Cursor { markets, pricelists, done: 0, pass: Pass::begin(source).await? }, page).await
}

pub(super) async fn read(source: &Source, mut cursor: Cursor, mut page: Page) -> Result<Page, ConnectorError> {
    let Some(&market) = cursor.markets.first() else { return Ok(page) };
    let campaigns = match cursor.pass.campaigns(source, &mut page).await? {
        Read::All(campaigns) => Some(campaigns),
        Read::Partly => {
            page.next = kept(Route::Checkout, &cursor)?;
            return Ok(page);
        }
        Read::Hidden => None,
    };
    let (products, all) = ask(source, market, Wanted::From(cursor.done)).await?;
    let mut gathered = Gathered::default();
    for product in &products {
        add(&mut gathered, product, market, &cursor.pricelists, campaigns.as_deref(), cursor.pass.began);
    }
    gathered.into_page(&mut page);
    let rows = products.len() as u64;
    cursor.done += rows;
    // Where the total is not reported, a page that is not full is the last.
    let is_last = all.map_or(rows < u64::from(MOST), |all| cursor.done >= all);
    if rows == 0 && !is_last {
        page.skipped += 1;
        note(&mut page, "list_ended_early", "The store returned fewer products than its own total.");
    }
    if is_last || rows == 0 {
        cursor.markets.remove(0);
        cursor.done = 0;
    }
    if !cursor.markets.is_empty() {
        page.next = kept(Route::Checkout, &cursor)?;
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
    let (markets, pricelists) = places(source).await?;
    let mut gathered = Gathered::default();
    for market in markets {
        for items in items.chunks(MOST as usize) {
            for product in &ask(source, market, Wanted::Items(items)).await?.0 {
                add(&mut gathered, product, market, &pricelists, campaigns, now);
            }
        }
    }
    Ok(gathered)
}

/// Display items as the Checkout API lists them in a market.
pub(in crate::flows) async fn listed_items(
    source: &Source,
    market: i64,
    items: &[i64],
) -> Result<Vec<ListedProduct>, ConnectorError> {
    Ok(ask(source, market, Wanted::Items(items)).await?.0)
}

/// How many products come at once, how many were asked for, and how many there are, where the answer says so.
pub(in crate::flows) async fn first_page(
    source: &Source,
    market: i64,
) -> Result<(usize, u32, Option<u64>), ConnectorError> {
    let (products, all) = ask(source, market, Wanted::From(0)).await?;
    Ok((products.len(), MOST, all))
}

/// Markets of the store, and its pricelists in use.
pub(in crate::flows) async fn places(source: &Source) -> Result<(Vec<i64>, Vec<(i64, Currency)>), ConnectorError> {
    let (store, of_store) = (source.store().await?, source.of_store().await?);
    let markets = if let Some(chosen) = source.chosen.market {
        vec![chosen]
    } else {
        let all: Vec<Market> = source.all(Operation::Markets, "markets", &of_store).await?;
        let own = all.iter().filter(|market| is_of(store, market.store.as_ref().map(|store| &store.own)));
        own.map(|market| market.id).collect()
    };
    let lists: Vec<Pricelist> = source.all(Operation::Pricelists, "pricelists", &of_store).await?;
    let chosen = |list: &&Pricelist| match source.chosen.pricelist {
        Some(chosen) => list.id == chosen,
        None => map::is_active(list.status.as_deref()) && is_of(store, list.store.as_ref()),
    };
    let own = lists.iter().filter(chosen);
    let own = own.filter_map(|list| Some((list.id, list.currency.code.as_deref()?.parse().ok()?)));
    Ok((markets, own.collect()))
}

async fn ask(
    source: &Source,
    market: i64,
    wanted: Wanted<'_>,
) -> Result<(Vec<ListedProduct>, Option<u64>), ConnectorError> {
    let limit = if matches!(wanted, Wanted::Probe) { 1 } else { MOST };
    let mut body = json!({ "market": market, "pricelist": "all", "limit": limit });
    match wanted {
        Wanted::From(done) => body["skipFirst"] = json!(done),
        Wanted::Probe => {}
        Wanted::Items(items) => body["products"] = json!(items),
    }
    let reply = source.checkout.call::<Listing>(None, "POST", &["products"], "CheckoutProducts", Some(&body)).await?;
    let Some(products) = reply.answer.products.filter(|_| (200..=299).contains(&reply.status)) else {
        return Err(error::answer_invalid(&format!(
            "to a query for products contains none (HTTP status {})",
            reply.status
        )));
    };
    if products.0.iter().any(|product| product.prices.is_none()) {
        // The public API answers so, which knows no other prices than those of a session.
        let message = "The Checkout API returns no prices by pricelist: it does not accept the shared secret.";
        return Err(ConnectorError::new(ErrorCode::ConfigInvalid, message).at_field(
            "/checkout_api_shared_secret",
            "refused",
            "Copy the shared secret of the Checkout API plugin again.",
        ));
    }
    Ok((products.0, reply.answer.product_count.and_then(|count| count.trim().parse().ok())))
}

fn add(
    gathered: &mut Gathered,
    product: &ListedProduct,
    market: i64,
    pricelists: &[(i64, Currency)],
    campaigns: Option<&Campaigns>,
    now: Timestamp,
) {
    let Some(variant) = product.centra_variant.as_deref().and_then(|id| id.parse().ok()) else {
        gathered.unreadable += 1;
        return;
    };
    for (pricelist, currency) in pricelists {
        let own = product.prices.as_ref().and_then(|prices| prices.0.as_ref()?.get(&pricelist.to_string()));
        // No price means: not for sale there.
        let Some(price) = own.filter(|own| own.price_as_number.exact().is_some()) else { continue };
        let Some(seen) = seen(variant, *pricelist, market, price, *currency) else {
            gathered.unreadable += 1;
            continue;
        };
        let rows: Vec<Reduction> = product.campaigns.iter().filter_map(|own| listed(own, *currency)).collect();
        // A store that lists none may list none at all.
        let rows = Some(rows.as_slice()).filter(|_| !product.campaigns.is_empty());
        gathered.add(&seen, campaigns, rows, now);
    }
}

fn seen(variant: i64, pricelist: i64, market: i64, price: &ListedPrice, currency: Currency) -> Option<Seen> {
    let amount = money(price.price_as_number, currency)?;
    let lowest = price.lowest_price.iter().find(|own| own.period_days == LOWEST_DAYS);
    Some(Seen {
        variant,
        pricelist,
        market,
        amount,
        regular: money(price.price_before_discount_as_number, currency).unwrap_or(amount),
        lowest: lowest.and_then(|own| money(own.price_as_number, currency)),
        from: None,
        until: None,
    })
}
