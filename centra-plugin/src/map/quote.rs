//! A selection becomes a quote. Every amount is the platform's own; sums that it does not tell apart are differences of
//! those that it does.

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError,
    domain::{
        Cart, Discount, Quote, QuotePart, QuoteParts, QuoteSource, ShippingMethod, TaxLine, TaxScope, Timestamp, Total,
        TotalKind,
    },
};

use super::{
    quote_line::{self, Line},
    quote_sums::{Purse, Sums},
    said::Said,
};
use crate::{
    checkout::option_id,
    wire::{
        amount::Amount,
        checkout::{Method, Selection, Totals},
    },
};

/// How long a quote holds, in seconds. The platform promises nothing: prices, stock and campaigns may change at any time.
/// Five minutes are long enough to show a total and have it confirmed, and short against the pace of a shop's changes.
const VALID_S: i64 = 300;

/// What the walk found.
#[derive(Debug)]
pub struct Priced {
    /// The cart with the delivery method that counts.
    pub selection: Selection,
    /// Every delivery method.
    pub deliveries: Vec<Delivery>,
    /// Without a country, shipping and tax are those of nowhere.
    pub country_is_known: bool,
}

/// A delivery method, with the cart's sums where it was priced.
#[derive(Debug)]
pub struct Delivery {
    /// Its URI.
    pub uri: String,
    /// For people.
    pub name: String,
    /// What it costs, as listed.
    pub price: Amount,
    /// The cart's sums with it.
    pub totals: Option<Totals>,
}

impl Delivery {
    /// One that is listed.
    pub fn listed(method: Method) -> Self {
        Self {
            uri: method.shipping_method.unwrap_or_default(),
            name: method.name.unwrap_or_default(),
            price: method.price_as_number,
            totals: None,
        }
    }
}

/// The quote.
pub fn quote(
    cart: &Cart,
    lines: &[Line],
    priced: &Priced,
    options: &BTreeMap<String, i64>,
    mut said: Said,
    began: Timestamp,
    now: Timestamp,
) -> Result<Quote, ConnectorError> {
    let purse = Purse(cart.currency);
    let selection = &priced.selection;
    let totals = selection.totals.clone().unwrap_or_default();
    let quoted = quote_line::lines(cart, lines, selection, purse, &mut said)?;
    let subtotal = quote_line::sum(selection, purse)?;
    let taken_off = said_taken_off(selection, purse)?;
    let sums = Sums::read(&totals, subtotal, taken_off, purse)?;
    if !sums.is_plain {
        let text = "the parts of the store's total do not add up to it, so its content is unknown";
        said.warn("total_unclear", "", text);
    }
    let rest = priced.country_is_known.then_some(&sums);
    let is_unlisted = priced.country_is_known && priced.deliveries.is_empty() && !selection.items.is_empty();
    if is_unlisted {
        let text = if selection.has_widget {
            "the store offers its shipping methods in a widget of its own and does not list them; the one it charges may not be the shopper's choice"
        } else {
            "the store lists no shipping method for this cart; the one it charges may not be the shopper's choice"
        };
        said.warn("shipping_not_listed", "/shipping_method_id", text);
    }
    if sums.fee != 0 {
        let text = "the store counts a fee of its payment method, and has none without";
        said.note("payment_fee", "", text);
    }
    let shipping_methods = match rest {
        Some(_) => methods(priced, subtotal, taken_off, purse, options)?,
        None => vec![],
    };
    let selected =
        selection.shipping_method.as_deref().filter(|_| priced.country_is_known && !selection.items.is_empty());
    let not_checked = quoted.iter().any(|line| line.availability == connector_api::domain::Availability::NotChecked);
    let valid_until = now.plus_seconds(VALID_S);
    let part = |reason: Option<&str>| QuotePart {
        source: QuoteSource::Realtime,
        reason: reason.map(str::to_owned),
        data_as_of: Some(now),
        valid_until: Some(valid_until),
    };
    let no_country = (!priced.country_is_known).then_some("the country is not known");
    let is_vague = said.0.iter().any(|own| {
        matches!(own.code.as_str(), "postal_code_invalid" | "region_needed" | "region_unknown" | "address_refused")
    });
    let vague = is_vague.then_some("the address is incomplete or wrong: the tax may be that of another place");
    let unlisted = is_unlisted.then_some("the store does not list its shipping methods");
    let unchecked = not_checked.then_some("the store looks at stock when the order is placed");
    Ok(Quote {
        source: QuoteSource::Realtime,
        parts: QuoteParts {
            prices: part(None),
            discounts: part(None),
            shipping: part(no_country.or(unlisted)),
            tax: part(no_country.or(vague)),
            availability: part(unchecked),
        },
        reason: None,
        currency: cart.currency,
        lines: quoted,
        discounts: discounts(selection, subtotal - sums.goods(), purse)?,
        totals: shown(&sums, rest, subtotal, purse),
        taxes: rest.map(|sums| taxes(sums, &totals, purse)).unwrap_or_default(),
        shipping_methods,
        selected_shipping_id: selected.map(|uri| option_id(options, uri)),
        messages: said.0,
        computed_at: now,
        valid_until,
        latency_ms: u64::try_from(now.as_unix_ms() - began.as_unix_ms()).unwrap_or(0),
    })
}

/// What codes and campaigns are said to take off together.
fn said_taken_off(selection: &Selection, purse: Purse) -> Result<i64, ConnectorError> {
    let Some(discounts) = &selection.discounts else { return Ok(0) };
    let all = discounts.automatic_discounts.iter().chain(&discounts.vouchers);
    all.map(|own| Ok(purse.read(own.price_off_as_number)?.amount_minor.abs())).sum()
}

/// The sums in the order to show them. They add up, unless the total is not clear: what was taken off is what the lines cost more than the goods,
/// whichever way the platform counts its discounts.
fn shown(sums: &Sums, rest: Option<&Sums>, subtotal: i64, purse: Purse) -> Vec<Total> {
    let mut totals = vec![];
    let mut show = |kind, minor| totals.push(Total { kind, amount: purse.of(minor), label: None });
    // A remainder that nothing explains has no name: the message says that the total is not clear. Rounding is the lines'.
    let off = if sums.is_plain { sums.goods() - subtotal } else { 0 };
    show(TotalKind::Subtotal, subtotal + off.max(0));
    if off < 0 {
        show(TotalKind::Discount, off);
    }
    let Some(sums) = rest else {
        show(TotalKind::Total, sums.goods());
        return totals;
    };
    show(TotalKind::Shipping, sums.shipping);
    if sums.fee != 0 {
        show(TotalKind::Fee, sums.fee);
    }
    if sums.tax() != 0 {
        show(TotalKind::Tax, sums.tax());
    }
    show(TotalKind::Total, sums.whole);
    totals
}

/// The tax of the whole cart: the platform does not distinguish it by line and shipping.
fn taxes(sums: &Sums, totals: &Totals, purse: Purse) -> Vec<TaxLine> {
    let rate_percent = totals.tax_percent.exact().filter(|rate| !rate.0.is_zero());
    let tax = |title: &str, minor, included, rate_percent| TaxLine {
        target_id: None,
        scope: Some(TaxScope::Cart),
        title: title.to_owned(),
        rate_percent,
        amount: purse.of(minor),
        included,
    };
    if sums.deducted != 0 {
        vec![tax("Tax deducted", sums.deducted, false, None)]
    } else if sums.added != 0 {
        vec![tax("Tax", sums.added, false, rate_percent)]
    } else if sums.contained != 0 {
        vec![tax("Tax", sums.contained, true, rate_percent)]
    } else {
        vec![]
    }
}

/// What each code and campaign took off what the lines cost; positive, whatever sign it came with. What is inside the prices of
/// lines and delivery methods already is not reported again: whoever places the order would take it off twice.
fn discounts(selection: &Selection, taken_off: i64, purse: Purse) -> Result<Vec<Discount>, ConnectorError> {
    let Some(discounts) = &selection.discounts else { return Ok(vec![]) };
    let mut left = taken_off.max(0);
    let own = discounts.automatic_discounts.iter().chain(&discounts.vouchers);
    own.map(|off| {
        let amount = purse.read(off.price_off_as_number)?;
        let code = off.voucher.clone().or_else(|| off.description.clone()).unwrap_or_else(|| "automatic".to_owned());
        let counted = amount.amount_minor.abs().min(left);
        left -= counted;
        Ok(Discount { code, amount: Some(purse.of(counted)) })
    })
    .collect()
}

/// Ways to deliver. A way's tax is how much more tax the cart has with it than with one that costs nothing, so it is known
/// when there is one.
fn methods(
    priced: &Priced,
    subtotal: i64,
    taken_off: i64,
    purse: Purse,
    options: &BTreeMap<String, i64>,
) -> Result<Vec<ShippingMethod>, ConnectorError> {
    let sums: Vec<Option<Sums>> = priced
        .deliveries
        .iter()
        .map(|own| own.totals.as_ref().map(|totals| Sums::read(totals, subtotal, taken_off, purse)).transpose())
        .collect::<Result<_, _>>()?;
    let without = sums.iter().flatten().find(|sums| sums.shipping == 0).map(Sums::tax);
    let own = priced.deliveries.iter().zip(sums).map(|(own, sums)| {
        let price = match &sums {
            Some(sums) => purse.of(sums.shipping),
            None => purse.read(own.price)?,
        };
        let tax = sums.zip(without).map(|(sums, without)| purse.of(sums.tax() - without));
        Ok(ShippingMethod {
            id: option_id(options, &own.uri),
            title: own.name.as_str().into(),
            carrier: None,
            price,
            tax,
            cart_total: sums.map(|sums| purse.of(sums.whole)),
            min_days: None,
            max_days: None,
        })
    });
    own.collect()
}
