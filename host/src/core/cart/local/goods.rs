//! The lines of a cart: price, stock, rules of quantity.

use std::collections::HashMap;

use connector_api::domain::{
    Availability, Cart, CartLine, Currency, ExternalId, Money, PriceSource, QuoteLine, StockPolicy, TaxInclusion,
    Timestamp,
};

use super::{
    arithmetic::{TooLarge, add, times},
    data::{OfferFacts, Tables, VariantFacts, Variants},
    place::Place,
    said::Said,
};
use crate::model::price::{PriceRow, PriceScope};

/// A line, priced but not taxed.
#[derive(Debug)]
pub(super) struct Goods<'a> {
    /// The line as it will be answered.
    pub(super) line: QuoteLine,
    /// The offer it is bought from, when it is sold.
    pub(super) offer: Option<&'a OfferFacts>,
    /// Whether tax is inside its price.
    pub(super) tax: TaxInclusion,
    /// When another price holds than now.
    pub(super) valid_until: Option<Timestamp>,
}

impl Goods<'_> {
    /// What the line costs; nothing when it is not sold.
    pub(super) fn total(&self) -> i64 {
        self.line.total.map_or(0, |total| total.amount_minor)
    }
}

/// Prices the lines of a cart, in its order.
pub(super) fn price<'a>(
    cart: &Cart,
    tables: &Tables,
    variants: &'a Variants,
    place: &Place<'_>,
    now: Timestamp,
    said: &mut Said,
) -> Result<Vec<Goods<'a>>, TooLarge> {
    let shares = share_stock(cart, variants, place);
    let mut goods = Vec::with_capacity(cart.lines.len());
    for (index, line) in cart.lines.iter().enumerate() {
        let path = format!("/lines/{index}");
        let facts = variants.get(line.variant_id.as_str()).map(AsRef::as_ref);
        let (offer, (price, valid_until)) = match facts {
            None => {
                said.mend("variant_unknown", format!("{path}/variant_id"), "no synced variant has this id");
                (None, (None, None))
            }
            Some(facts) => {
                let offer = sold(line, facts, place, &path, said).filter(|_| !place.unsaleable);
                (
                    offer,
                    offer.map_or((None, None), |offer| {
                        let (price, until) = valid_price(line, facts, cart.currency, place, tables, now);
                        (price.filter(|price| is_price_of(offer, price)), until)
                    }),
                )
            }
        };
        if let Some(offer) = offer.filter(|_| price.is_none()) {
            let text = if offer.priced_by_parts {
                "the store computes this price from the bundle's parts, and its result is not known; request a realtime quote"
                    .to_owned()
            } else {
                format!("it has no price in {} in this market and pricelist", cart.currency)
            };
            said.mend("no_price", format!("{path}/variant_id"), text);
        }
        let share = shares.get(index).copied().unwrap_or(Share::UNKNOWN);
        let own = line_of(line, &path, cart.currency, offer.zip(price), share, said)?;
        goods.push(Goods { valid_until, ..own });
    }
    Ok(goods)
}

fn line_of<'a>(
    line: &CartLine,
    path: &str,
    currency: Currency,
    sold: Option<(&'a OfferFacts, &PriceRow)>,
    share: Share,
    said: &mut Said,
) -> Result<Goods<'a>, TooLarge> {
    let money = |amount_minor| Money { amount_minor, currency };
    let Some((offer, price)) = sold else {
        let line = QuoteLine {
            id: line.id.clone(),
            variant_id: line.variant_id.clone(),
            quantity: 0,
            unit_price: None,
            list_price: None,
            lowest_price: None,
            price_source: None,
            total: None,
            tax: None,
            availability: Availability::NotForSale,
            available_quantity: None,
        };
        return Ok(Goods { line, offer: None, tax: TaxInclusion::Unspecified, valid_until: None });
    };
    rules_of_quantity(line, offer, path, said);
    let (availability, quantity) = share.judge(line.quantity);
    match availability {
        Availability::OutOfStock => said.mend("out_of_stock", path, "none can be delivered"),
        Availability::Partial => said.mend("stock_short", path, format!("only {quantity} can be delivered")),
        Availability::Backorder => said.note("backorder", path, "it will be delivered later"),
        _ => {}
    }
    if let Some(shown) = line.unit_price.filter(|shown| *shown != money(price.amount_minor)) {
        let text = format!("it costs {}, not {shown}", money(price.amount_minor));
        said.warn("price_changed", format!("{path}/unit_price"), text);
    }
    let line = QuoteLine {
        id: line.id.clone(),
        variant_id: line.variant_id.clone(),
        quantity,
        unit_price: Some(money(price.amount_minor)),
        list_price: price.list_amount_minor.map(money),
        lowest_price: price.lowest_amount_minor.map(money),
        price_source: Some(PriceSource::from(price.source.as_str())),
        total: Some(money(times(price.amount_minor, quantity)?)),
        tax: None,
        availability,
        available_quantity: share.counted.and_then(|counted| u32::try_from(counted).ok()),
    };
    let tax = TaxInclusion::from(price.tax.as_str());
    Ok(Goods { line, offer: Some(offer), tax, valid_until: None })
}

/// The offer a line is bought from, when it is for sale in the market.
fn sold<'a>(
    line: &CartLine,
    facts: &'a VariantFacts,
    place: &Place<'_>,
    path: &str,
    said: &mut Said,
) -> Option<&'a OfferFacts> {
    let named = |offer: &&OfferFacts| line.offer_id.as_ref().is_none_or(|id| offer.offer_id == *id);
    if !facts.offers.iter().any(|offer| named(&offer)) {
        said.mend("offer_unknown", format!("{path}/offer_id"), "the variant is not part of this offer");
        return None;
    }
    let is_sold = |offer: &&OfferFacts| offer.active && offer.is_in(place.market_id()) && offer.excluded.is_none();
    let found = facts.offers.iter().filter(named).find(is_sold);
    if found.is_none() {
        let is_active = facts.offers.iter().any(|offer| named(&offer) && offer.active);
        let text = match facts.excluded(line.offer_id.as_ref(), place.market_id()) {
            Some(excluded) => &excluded.reason,
            None if is_active => "it is not sold in this market",
            None => "it is no longer on sale, or not yet",
        };
        said.mend("not_for_sale", format!("{path}/variant_id"), text);
    }
    found
}

/// Whether a price is one of the offer's: what parts cost together, only the platform knows.
fn is_price_of(offer: &OfferFacts, price: &PriceRow) -> bool {
    !offer.priced_by_parts || price.source == PriceSource::Platform.as_str()
}

fn rules_of_quantity(line: &CartLine, offer: &OfferFacts, path: &str, said: &mut Said) {
    let pointer = || format!("{path}/quantity");
    if let Some(fewest) = offer.min_quantity.filter(|fewest| line.quantity < *fewest) {
        said.mend("quantity_too_low", pointer(), format!("at least {fewest} must be ordered"));
    }
    if let Some(step) = offer.quantity_step.filter(|step| *step > 1 && !line.quantity.is_multiple_of(*step)) {
        said.mend("quantity_step", pointer(), format!("it is ordered in multiples of {step}"));
    }
}

/// The price that holds now for this quantity, and when another one does.
fn valid_price<'a>(
    line: &CartLine,
    facts: &'a VariantFacts,
    currency: Currency,
    place: &Place<'_>,
    tables: &Tables,
    now: Timestamp,
) -> (Option<&'a PriceRow>, Option<Timestamp>) {
    let list = place.pricelist.map_or("", |list| list.id.as_str());
    let scope = PriceScope {
        currency: currency.as_str(),
        // Where a platform names pricelists in its prices but lists none, its prices count by currency alone.
        pricelist: (!tables.pricelists.is_empty()).then_some(list),
        market: place.market_id().map_or("", ExternalId::as_str),
        quantity: line.quantity,
    };
    // One below zero is a mistake of the store's: nothing is sold by it, nor by another than the one that holds.
    let held = scope.price_at(&facts.prices, now).filter(|price| price.amount_minor >= 0);
    (held, scope.next_change(&facts.prices, now))
}

/// How many units of a variant a line may take.
#[derive(Debug, Clone, Copy)]
struct Share {
    /// Units counted for this line; absent when stock is not counted.
    counted: Option<i64>,
    /// Whether more may be ordered than is there.
    later: bool,
    /// Whether anything is known.
    known: bool,
}

impl Share {
    const UNKNOWN: Self = Self { counted: None, later: false, known: false };

    /// Availability, and how many are priced.
    fn judge(self, wanted: u32) -> (Availability, u32) {
        let Some(counted) = self.counted else {
            return (if self.known { Availability::InStock } else { Availability::NotChecked }, wanted);
        };
        match u32::try_from(counted.max(0)).unwrap_or(u32::MAX) {
            counted if counted >= wanted => (Availability::InStock, wanted),
            _ if self.later => (Availability::Backorder, wanted),
            0 => (Availability::OutOfStock, 0),
            counted => (Availability::Partial, counted),
        }
    }
}

/// Divides the stock of each variant among its lines: first come, first served, in the order of the lines' ids, so that
/// the order in which a caller lists them does not matter.
fn share_stock(cart: &Cart, variants: &Variants, place: &Place<'_>) -> Vec<Share> {
    let mut order: Vec<usize> = (0..cart.lines.len()).collect();
    order.sort_by(|a, b| cart.lines[*a].id.cmp(&cart.lines[*b].id));
    let mut left: HashMap<&str, Share> = HashMap::with_capacity(cart.lines.len());
    let mut shares = vec![Share::UNKNOWN; cart.lines.len()];
    for index in order {
        let line = &cart.lines[index];
        let Some(facts) = variants.get(line.variant_id.as_str()) else { continue };
        let rest = left.entry(line.variant_id.as_str()).or_insert_with(|| stock(facts, place));
        shares[index] = *rest;
        rest.counted = rest.counted.map(|counted| (counted - i64::from(line.quantity)).max(0));
    }
    shares
}

/// Stock that serves the place: of the market's locations when it names them.
fn stock(facts: &VariantFacts, place: &Place<'_>) -> Share {
    let locations = place.market.map(|market| market.location_ids.as_slice()).unwrap_or_default();
    let any_serves = locations.is_empty() && !place.market.is_some_and(|market| market.locations_known);
    let serves = |id: &str| any_serves || id.is_empty() || locations.iter().any(|own| own.as_str() == id);
    // The goods of a bundle are its parts: what is counted of itself says nothing.
    if facts.offers.iter().any(|offer| offer.kind.is_bundle()) {
        return Share::UNKNOWN;
    }
    let preorder = facts.offers.iter().any(|offer| offer.preorder);
    let mut share = Share { counted: None, later: preorder, known: false };
    for row in facts.stock.iter().filter(|row| serves(&row.location_id)) {
        share.known = true;
        match StockPolicy::from(row.policy.as_str()) {
            StockPolicy::Unlimited => return Share { counted: None, ..share },
            StockPolicy::Backorder => share.later = true,
            _ => {}
        }
        share.counted = Some(add(share.counted.unwrap_or(0), row.available.max(0)).unwrap_or(i64::MAX));
    }
    // Stock is known, but none of it serves this market.
    if !share.known && !facts.stock.is_empty() {
        return Share { counted: Some(0), known: true, ..share };
    }
    share
}
