//! What a cart costs. Rules, in this order:
//!
//! 1. An item's price is what [`crate::sale::effective()`] says.
//! 2. A line is price × quantity, rounded where prices are not. Discounts on the order are taken from the sum of the lines and divided among them in
//!    proportion, so that the parts add up.
//! 3. Tax on goods is rounded per line; tax on shipping and on handling once each, with the average of the lines' rates,
//!    weighted by what they cost.
//! 4. Everything is rounded half away from zero to the currency's smallest unit.

use rust_decimal::Decimal;
use serde::Serialize;

use super::amount::{inside, proportion, share};
use super::basket::Basket;
use super::coin::Coin;
use super::context::Context;
use super::goods::Item;
use super::settings::{Quirk, Settings};
use super::shipping::{self, Measure, Method};
use super::tax::{self, HOME, Place, Rate};
use crate::sale::effective_price::half_up;
use crate::seed::base::EXTERNAL_PAYMENT;
use crate::shop::View;
use crate::value::Kind;

/// A cart with all its amounts, in sub-units of its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// ISO code.
    pub currency: String,
    /// Digits after the point.
    pub digits: u32,
    /// Lines that are for sale, in the basket's order.
    pub lines: Vec<PricedLine>,
    /// Sum of the lines.
    pub items: i64,
    /// Taken off by automatic discounts.
    pub automatic: i64,
    /// Taken off by each voucher that counts.
    pub vouchers: Vec<(String, i64)>,
    /// Everything taken off the order.
    pub discount: i64,
    /// Ways to deliver.
    pub methods: Vec<Method>,
    /// The way counted.
    pub selected: Option<String>,
    /// Its price.
    pub shipping: i64,
    /// The payment method's fee.
    pub handling: i64,
    /// Tax taken out, negative.
    pub tax_deducted: i64,
    /// Tax on top.
    pub tax_added: i64,
    /// All tax in the total.
    pub tax: i64,
    /// The average rate, in per cent.
    pub rate: Decimal,
    /// What is paid.
    pub total: i64,
}

impl Ledger {
    /// Its currency.
    pub(crate) fn coin(&self) -> Coin<'_> {
        Coin { code: &self.currency, digits: self.digits }
    }
}

/// A line with its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PricedLine {
    /// `<display item>-<size>`.
    pub item: String,
    /// How many.
    pub quantity: i64,
    /// Price of one.
    pub unit: i64,
    /// Price of one before the campaign.
    pub unit_before: i64,
    /// Price of one with its fraction of a sub-unit, where prices are not rounded.
    #[serde(skip)]
    pub unit_exact: Decimal,
    /// The campaign that made the price.
    pub campaign: Option<i64>,
    /// Price of one without tax.
    pub unit_without_tax: i64,
    /// Price × quantity.
    pub total: i64,
    /// Per cent of tax.
    pub rate: Decimal,
}

/// Payment methods: URI, name, fee in sub-units of SEK, EUR, USD, JPY.
pub(crate) const PAYMENT_METHODS: [(&str, &str, [i64; 4]); 3] = [
    ("card-payments", "Card payments", [0; 4]),
    ("invoice", "Invoice", [2_900, 290, 295, 400]),
    (EXTERNAL_PAYMENT, "External payment", [0; 4]),
];

/// Codes: what they take off.
pub(crate) const VOUCHERS: [(&str, Voucher); 4] = [
    ("TEN", Voucher::Percent(10)),
    ("FIVE OFF", Voucher::Units(5)),
    ("TEST+CODE", Voucher::Percent(25)),
    ("FREESHIP", Voucher::Shipping),
];

/// What a code takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voucher {
    /// Per cent of the items.
    Percent(i64),
    /// Major units off the items.
    Units(i64),
    /// The price of shipping.
    Shipping,
}

/// The payment methods a store offers.
pub(crate) fn payment_methods(settings: &Settings) -> impl Iterator<Item = (&'static str, &'static str, [i64; 4])> {
    let only_fees = settings.has(Quirk::FeeAlways);
    let has_external = settings.external_payment.is_some();
    PAYMENT_METHODS.into_iter().filter(move |(uri, ..)| match *uri {
        EXTERNAL_PAYMENT => has_external,
        uri => uri == "invoice" || !only_fees,
    })
}

/// The payment method a cart has when none was chosen.
pub(crate) fn default_payment(settings: &Settings) -> &'static str {
    if settings.has(Quirk::FeeByDefault) || settings.has(Quirk::FeeAlways) { "invoice" } else { "card-payments" }
}

fn fee(settings: &Settings, chosen: Option<&str>, currency: i64) -> i64 {
    let chosen = chosen.unwrap_or_else(|| default_payment(settings));
    let fees = PAYMENT_METHODS.iter().find(|(uri, ..)| *uri == chosen).map(|(.., fees)| *fees).unwrap_or_default();
    fee_in(fees, currency)
}

/// A fee in one currency.
pub(crate) fn fee_in(fees: [i64; 4], currency: i64) -> i64 {
    usize::try_from(currency - 1).ok().and_then(|index| fees.get(index)).copied().unwrap_or(0)
}

struct Taxed {
    line: PricedLine,
    item: Item,
    rate: Rate,
    quantity: i64,
}

/// Prices a cart.
pub fn price(view: View<'_>, settings: &Settings, basket: &Basket) -> Ledger {
    let country = basket.country.as_deref();
    let context = Context::of(view, country, basket.market, basket.pricelist);
    let exempt = country.is_some_and(|country| settings.exempt.contains(country));
    let on_top = !exempt && country.is_some_and(tax::is_on_top);
    let place = country.map(|country| Place {
        country: if exempt { HOME } else { country },
        state: basket.state.as_deref(),
        zip: basket.zip.as_deref(),
    });
    let goods: Vec<Taxed> = basket
        .lines
        .iter()
        .filter_map(|wanted| {
            let item = Item::read(view, &wanted.item)?;
            let price = item.price_in_cart(view, &context, &wanted.item)?;
            let unit = price.minor();
            let rate = place.map_or_else(Rate::default, |place| tax::rate(view, item.display, place));
            let line = PricedLine {
                item: wanted.item.clone(),
                quantity: wanted.quantity,
                unit,
                unit_before: price.list,
                unit_exact: price.exact,
                campaign: price.applied.map(|applied| applied.campaign.id),
                unit_without_tax: if on_top { unit } else { unit - inside(unit, rate.percent) },
                total: half_up(price.exact * Decimal::from(wanted.quantity)),
                rate: rate.percent,
            };
            Some(Taxed { line, item, rate, quantity: wanted.quantity })
        })
        .collect();
    let items: i64 = goods.iter().map(|good| good.line.total).sum();
    let automatic = share(items, Decimal::from(settings.automatic_percent.unwrap_or(0)));
    let mut discount = automatic;
    let mut vouchers = Vec::new();
    let mut free_shipping = None;
    for code in &basket.vouchers {
        let Some((_, voucher)) = VOUCHERS.iter().find(|(known, _)| known == code) else { continue };
        let off = match voucher {
            Voucher::Percent(percent) => share(items, Decimal::from(*percent)),
            Voucher::Units(units) => units * 10_i64.pow(context.digits),
            Voucher::Shipping => {
                free_shipping = Some(vouchers.len());
                0
            }
        };
        let off = off.min(items - discount);
        discount += off;
        vouchers.push((code.clone(), off));
    }
    let values = after_discount(&goods, items, discount);
    let value: i64 = values.iter().sum();
    let measure = Measure {
        value,
        quantity: goods.iter().map(|good| good.quantity).sum(),
        kilograms: goods.iter().map(|good| good.item.kilograms(view) * Decimal::from(good.quantity)).sum(),
    };
    let methods = match country {
        Some(country) if !goods.is_empty() => shipping::methods(view, &context, country, measure),
        _ => Vec::new(),
    };
    let selected = select(view, &context, &methods, basket.shipping_method.as_deref());
    let price = selected.map_or(0, |method| method.price);
    let shipping = if free_shipping.is_some() { 0 } else { price };
    if let Some(voucher) = free_shipping.and_then(|index| vouchers.get_mut(index)) {
        voucher.1 = price;
    }
    let handling = if goods.is_empty() { 0 } else { fee(settings, basket.payment_method.as_deref(), context.currency) };
    let tax_on = |amount: i64, percent: Decimal| if on_top { share(amount, percent) } else { inside(amount, percent) };
    let average = |counts: &dyn Fn(&Rate) -> bool| average(&goods, &values, counts);
    let taxes: i64 = goods.iter().zip(&values).map(|(good, value)| tax_on(*value, good.rate.percent)).sum::<i64>()
        + tax_on(shipping, average(&|rate| rate.on_shipping))
        + tax_on(handling, average(&|rate| rate.on_handling));
    let tax_deducted = if exempt { -taxes } else { 0 };
    let tax_added = if on_top { taxes } else { 0 };
    let rate = if exempt { Decimal::ZERO } else { average(&|_| true) };
    Ledger {
        rate: rate.round_dp(2).normalize(),
        total: value + shipping + handling + tax_deducted + tax_added,
        tax: if exempt { 0 } else { taxes },
        selected: selected.map(|method| method.uri.clone()),
        lines: goods.into_iter().map(|good| good.line).collect(),
        currency: context.code,
        digits: context.digits,
        items,
        automatic,
        vouchers,
        discount,
        methods,
        shipping,
        handling,
        tax_deducted,
        tax_added,
    }
}

/// What each line costs after discounts on the order; the parts add up to the whole.
fn after_discount(goods: &[Taxed], items: i64, discount: i64) -> Vec<i64> {
    let (mut passed, mut taken) = (0, 0);
    goods
        .iter()
        .map(|good| {
            passed += good.line.total;
            let until_here = proportion(discount, passed, items);
            let own = until_here - taken;
            taken = until_here;
            good.line.total - own
        })
        .collect()
}

fn average(goods: &[Taxed], values: &[i64], counts: &dyn Fn(&Rate) -> bool) -> Decimal {
    let whole: i64 = values.iter().sum();
    if whole == 0 {
        return Decimal::ZERO;
    }
    let counting = goods.iter().zip(values).filter(|(good, _)| counts(&good.rate));
    let weighted: Decimal = counting.map(|(good, value)| good.rate.percent * Decimal::from(*value)).sum();
    weighted / Decimal::from(whole)
}

fn select<'m>(view: View<'_>, context: &Context, methods: &'m [Method], wanted: Option<&str>) -> Option<&'m Method> {
    let default = view.references(Kind::Pricelist, context.pricelist, "defaultShippingOption");
    methods
        .iter()
        .find(|method| Some(method.uri.as_str()) == wanted)
        .or_else(|| methods.iter().find(|method| default.contains(&method.id)))
        .or_else(|| methods.first())
}
