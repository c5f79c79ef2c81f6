//! A look, once a day, at whether prices that were computed from campaigns are those of the store's own carts: some variants that are
//! reduced now are put into a cart, which is abandoned. It takes two questions for ids and one cart, and changes no price: where they
//! differ, the run says so.

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError,
    connector::Level,
    domain::{Cart, CartLine, Money, Price, PriceSource, Quote, Timestamp},
    wire::{
        pull::{Page, Record},
        quote::QuoteRequest,
    },
};
use serde::Deserialize;
use serde_json::json;

use super::{
    quote::{self, Quoting},
    source::{Source, note, read_rows},
};
use crate::{client::Variables, operation::Operation, wire::Id};

/// Name of the value that says when the next look is.
const STATE_KEY: &str = "price_sample";
/// How long it is until the next look, in seconds.
const EVERY_S: i64 = 86_400;
/// The same after a look that failed. A failed request makes the host doubt what the pass did not see, which no pass should do every day
/// because of a cart.
const AFTER_FAILURE_S: i64 = 7 * EVERY_S;
/// Most variants in the cart.
const MOST_VARIANTS: usize = 10;
/// The store and we may round a unit apart.
const ROUNDING: i64 = 1;

const ROOT: &str = "productVariants";

/// Looks, where the page has computed prices that are reduced now, the store prices carts, and the last look was a day ago. A look that
/// fails is no failure of the page.
pub async fn check(source: &Source, quoting: &Quoting, page: &mut Page) {
    match look(source, quoting, page).await {
        Ok(Some(differs)) => note(page, "campaign_rules_differ", &differs),
        Ok(None) => {}
        Err(failure) => source.client.host().log(
            Level::Info,
            "computed prices could not be compared with those of a cart",
            json!({ "why": failure.message }),
        ),
    }
}

async fn look(source: &Source, quoting: &Quoting, page: &Page) -> Result<Option<String>, ConnectorError> {
    if !quote::by_storefront(source, quoting) && quoting.checkout.must_have_secret().is_err() {
        return Ok(None);
    }
    let host = source.client.host();
    let now = host.now().await?;
    let sample = sample(page, now);
    let Some(first) = sample.first() else { return Ok(None) };
    let next: Option<Timestamp> =
        host.state_get(STATE_KEY).await?.and_then(|value| serde_json::from_slice(&value).ok());
    // One that is further ahead was written by a clock that was.
    if next.is_some_and(|next| now < next && next <= now.plus_seconds(AFTER_FAILURE_S)) {
        return Ok(None);
    }
    let next_after = |seconds| serde_json::to_vec(&now.plus_seconds(seconds)).unwrap_or_default();
    host.state_put(STATE_KEY, next_after(AFTER_FAILURE_S)).await?;
    let sizes = sizes(source, &sample).await?;
    let line = |price: &&Price| {
        let size = sizes.get(price.priced_id.as_str())?;
        Some(CartLine {
            id: price.priced_id.to_string(),
            variant_id: (*size).into(),
            offer_id: None,
            quantity: 1,
            unit_price: None,
        })
    };
    let lines: Vec<CartLine> = sample.iter().filter_map(line).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let cart = Cart {
        id: "price-sample".to_owned(),
        market_id: first.market_id.clone(),
        pricelist_id: first.pricelist_id.clone(),
        locale: None,
        currency: first.amount.currency,
        lines,
        discounts: vec![],
        ship_to: None,
        shipping_method_id: None,
    };
    let request = QuoteRequest { cart, every_method: false };
    let quote = quote::quote(source, quoting, &request).await?.quote;
    host.state_put(STATE_KEY, next_after(EVERY_S)).await?;
    Ok(differences(&sample, &quote))
}

/// Reduced prices of one market and pricelist that were computed and hold now.
fn sample(page: &Page, now: Timestamp) -> Vec<&Price> {
    let prices =
        page.records.iter().filter_map(|record| if let Record::Price(price) = record { Some(price) } else { None });
    let is_meant = |price: &&Price| {
        price.source == PriceSource::Computed
            && price.market_id.is_some()
            && price.list_amount.is_some()
            && price.valid_from.is_none_or(|from| from <= now)
            && price.valid_until.is_none_or(|until| now < until)
    };
    let mut sample: Vec<&Price> = vec![];
    for price in prices.filter(is_meant) {
        let is_fellow = sample
            .first()
            .is_none_or(|first| (&first.market_id, &first.pricelist_id) == (&price.market_id, &price.pricelist_id));
        // Of several spans that hold, the last one counts: it comes last.
        sample.retain(|own| !is_fellow || own.priced_id != price.priced_id);
        if is_fellow && sample.len() < MOST_VARIANTS {
            sample.push(price);
        }
    }
    sample
}

/// One size of each variant.
async fn sizes(source: &Source, sample: &[&Price]) -> Result<BTreeMap<String, i64>, ConnectorError> {
    let ids: Vec<i64> = sample.iter().filter_map(|price| price.priced_id.as_str().parse().ok()).collect();
    let size = u32::try_from(ids.len()).unwrap_or(1);
    let list = source.named(Operation::VariantSizes, ROOT, &Variables::from([("ids", json!(ids))]), size).await?;
    let rows = read_rows::<SizedVariant>(list.rows, &list.lost, &[ROOT], &mut Page::default());
    Ok(rows.into_iter().filter_map(|row| Some((row.id.to_string(), row.product_sizes.first()?.id))).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SizedVariant {
    #[serde(deserialize_with = "crate::wire::id")]
    id: i64,
    #[serde(default, deserialize_with = "crate::wire::list")]
    product_sizes: Vec<Id>,
}

/// Which variants cost something else in the cart, in words. Where the price before the reduction is not the same either, the store
/// shows its prices otherwise, with or without tax, and nothing is learned of campaigns.
fn differences(sample: &[&Price], quote: &Quote) -> Option<String> {
    let is_near = |one: Money, other: Money| {
        one.currency == other.currency && one.amount_minor.abs_diff(other.amount_minor) <= ROUNDING.unsigned_abs()
    };
    let mut differ = sample.iter().filter_map(|price| {
        let line = quote.lines.iter().find(|line| line.id == price.priced_id.as_str())?;
        let charged = line.unit_price?;
        let is_same_kind = price.list_amount.is_some_and(|list| is_near(list, line.list_price.unwrap_or(charged)));
        (is_same_kind && !is_near(charged, price.amount)).then_some((price, charged))
    });
    let (price, charged) = differ.next()?;
    let (more, of) = (differ.count(), sample.len());
    Some(format!(
        "A cart of the store charges {charged} for variant {}, and the connector calculates {} from its campaigns ({} of {of} sampled variants differ): \
         have carts priced by the store, or give the connection a route to the store's own prices.",
        price.priced_id,
        price.amount,
        more + 1
    ))
}
