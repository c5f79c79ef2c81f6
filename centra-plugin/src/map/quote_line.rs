//! The lines of a selection, told to the lines of a cart: a cart may hold an item in several lines, and the platform may
//! split one.

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError,
    domain::{Availability, Cart, CartLine, PriceSource, QuoteLine},
};

use super::{platform_price::LOWEST_DAYS, quote_sums::Purse, said::Said};
use crate::{
    checkout::ItemId,
    wire::checkout::{Item, Selection},
};

/// What became of a cart's line on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// What it is called over there; none when the variant is not known, or not shown in the offer.
    pub item: Option<ItemId>,
    /// The platform does not sell it there.
    pub is_refused: bool,
    /// How many there are, when the platform says that there are too few.
    pub available: Option<u32>,
}

/// What the platform has of one item.
#[derive(Debug, Default)]
struct Held {
    /// Pieces not yet told to a line.
    left: u32,
    unit: i64,
    list: i64,
    /// The lowest unit price of the last 30 days.
    lowest: Option<i64>,
    /// What they cost together, as far as it is not yet told to a line.
    total: i64,
    stock: Option<String>,
}

/// What all lines cost together.
pub(super) fn sum(selection: &Selection, purse: Purse) -> Result<i64, ConnectorError> {
    selection.items.iter().map(|item| Ok(purse.read(item.total_price_as_number)?.amount_minor)).sum()
}

/// The cart's lines with their prices, in the cart's order.
pub(super) fn lines(
    cart: &Cart,
    lines: &[Line],
    selection: &Selection,
    purse: Purse,
    said: &mut Said,
) -> Result<Vec<QuoteLine>, ConnectorError> {
    let mut held = held(selection, purse)?;
    let own = cart.lines.iter().zip(lines).enumerate().map(|(index, (line, own))| {
        let path = format!("/lines/{index}");
        let item = own.item.as_ref().filter(|_| !own.is_refused);
        let Some(item) = item else {
            let (code, pointer, text) = match (&own.item, &line.offer_id) {
                (Some(_), _) => {
                    ("not_for_sale", "variant_id", "the store does not sell it in this market and pricelist")
                }
                (None, Some(_)) => ("offer_unknown", "offer_id", "the store does not show the variant in this offer"),
                (None, None) => ("variant_unknown", "variant_id", "the store has no such variant, or does not show it"),
            };
            said.mend(code, format!("{path}/{pointer}"), text);
            return unpriced(line, Availability::NotForSale, None);
        };
        if let Some(held) = held.get_mut(&item.0).filter(|held| held.left > 0) {
            return priced(line, own, held, &path, purse, said);
        }
        said.mend("out_of_stock", path, "none can be delivered");
        unpriced(line, Availability::OutOfStock, Some(0))
    });
    Ok(own.collect())
}

fn held(selection: &Selection, purse: Purse) -> Result<BTreeMap<String, Held>, ConnectorError> {
    let mut held: BTreeMap<String, Held> = BTreeMap::new();
    for own in &selection.items {
        let Some(item) = &own.item else { continue };
        let entry = held.entry(item.clone()).or_default();
        if entry.left == 0 {
            entry.unit = purse.read(own.price_each_as_number)?.amount_minor;
            entry.list = purse.read(own.price_each_before_discount_as_number)?.amount_minor;
            entry.lowest = lowest(own, purse);
            entry.stock = stock(own, item);
        }
        entry.left = entry.left.saturating_add(own.quantity);
        entry.total += purse.read(own.total_price_as_number)?.amount_minor;
    }
    Ok(held)
}

/// The lowest price of the last 30 days, where the platform says it.
fn lowest(own: &Item, purse: Purse) -> Option<i64> {
    let all = own.product.as_ref()?.lowest.iter();
    let amount = all.filter(|lowest| lowest.period_days == LOWEST_DAYS).find_map(|lowest| {
        let known = lowest.price_as_number.exact().is_some();
        known.then(|| purse.read(lowest.price_as_number).ok()).flatten()
    })?;
    (amount.amount_minor >= 0).then_some(amount.amount_minor)
}

fn stock(own: &Item, item: &str) -> Option<String> {
    let sizes = own.product.as_ref().map(|product| product.items.as_slice()).unwrap_or_default();
    sizes.iter().find(|size| size.item.as_deref() == Some(item)).and_then(|size| size.stock.clone())
}

fn unpriced(line: &CartLine, availability: Availability, available_quantity: Option<u32>) -> QuoteLine {
    QuoteLine {
        id: line.id.clone(),
        variant_id: line.variant_id.clone(),
        quantity: 0,
        unit_price: None,
        list_price: None,
        lowest_price: None,
        price_source: None,
        total: None,
        tax: None,
        availability,
        available_quantity,
    }
}

fn priced(line: &CartLine, own: &Line, held: &mut Held, path: &str, purse: Purse, said: &mut Said) -> QuoteLine {
    let quantity = line.quantity.min(held.left);
    held.left -= quantity;
    // The last line of an item takes what is left, so that the lines add up.
    let total = if held.left == 0 { held.total } else { held.unit.saturating_mul(quantity.into()) };
    held.total -= total;
    let (availability, available) = if quantity < line.quantity || own.available.is_some() {
        if quantity < line.quantity {
            // That there are too few is said only where the store says so.
            let text = match own.available {
                Some(_) => format!("only {quantity} can be delivered"),
                None => {
                    format!("the store has put only {quantity} of {} into the cart without a reason", line.quantity)
                }
            };
            said.mend("stock_short", path, text);
            (Availability::Partial, own.available.map(|_| quantity))
        } else {
            (Availability::InStock, own.available)
        }
    } else {
        by_stock(held.stock.as_deref(), line.quantity, path, said)
    };
    let unit = purse.of(held.unit);
    if let Some(shown) = line.unit_price.filter(|shown| *shown != unit) {
        said.warn("price_changed", format!("{path}/unit_price"), format!("it costs {unit}, not {shown}"));
    }
    QuoteLine {
        quantity,
        unit_price: Some(unit),
        list_price: (held.list > held.unit).then(|| purse.of(held.list)),
        lowest_price: held.lowest.filter(|_| held.list > held.unit).map(|lowest| purse.of(lowest)),
        price_source: Some(PriceSource::Platform),
        total: Some(purse.of(total)),
        ..unpriced(line, availability, available)
    }
}

/// What the store says of an item's stock: a word, or a number. It priced all of the line nevertheless: it looks when the
/// order is placed.
fn by_stock(stock: Option<&str>, wanted: u32, path: &str, said: &mut Said) -> (Availability, Option<u32>) {
    match stock.map(|stock| (stock, stock.parse::<u32>())) {
        Some(("yes" | "few" | "infinite", _)) => (Availability::InStock, None),
        Some(("preorder", _)) => {
            said.note("backorder", path, "it will be delivered later");
            (Availability::Backorder, None)
        }
        Some(("no", _) | (_, Ok(0))) => {
            said.mend("out_of_stock", path, "none can be delivered");
            (Availability::OutOfStock, Some(0))
        }
        Some((_, Ok(count))) if count < wanted => {
            said.mend("stock_short", path, format!("only {count} can be delivered"));
            (Availability::Partial, Some(count))
        }
        Some((_, Ok(count))) => (Availability::InStock, Some(count)),
        _ => (Availability::NotChecked, None),
    }
}
