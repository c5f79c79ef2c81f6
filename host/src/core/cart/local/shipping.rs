//! Ways to deliver a cart, with their prices.

use connector_api::domain::{
    Cart, ExternalId, Money, ShippingBand, ShippingBandKind, ShippingMethod, ShippingOption, ShippingRate,
    TaxApplication, Weight,
};
use rust_decimal::Decimal;

use super::{
    arithmetic::{TooLarge, add, share},
    data::Tables,
    goods::Goods,
    place::{Place, bare_region},
    said::Said,
    tax::Tax,
};

/// What of the goods decides the price of shipping.
struct Basket {
    value: i64,
    quantity: u64,
    /// In kilograms; absent when the weight of a line is not known.
    weight: Option<Decimal>,
}

impl Basket {
    fn of(goods: &[Goods<'_>]) -> Result<Self, TooLarge> {
        let mut basket = Self { value: 0, quantity: 0, weight: Some(Decimal::ZERO) };
        for line in goods {
            basket.value = add(basket.value, line.total())?;
            basket.quantity += u64::from(line.line.quantity);
            if line.line.quantity == 0 {
                continue;
            }
            let one = line.offer.and_then(|offer| offer.weight.as_ref()).and_then(kilograms);
            let all = one.and_then(|one| one.checked_mul(Decimal::from(line.line.quantity)));
            basket.weight = basket.weight.zip(all).and_then(|(sum, all)| sum.checked_add(all));
        }
        Ok(basket)
    }
}

/// A delivery method, with the tax on it.
pub(super) struct Delivery {
    /// The method as it will be answered, without the cart's total.
    pub(super) method: ShippingMethod,
    /// Tax on its price, when shipping is taxed.
    pub(super) tax: Option<Tax>,
}

/// The delivery methods these goods to the place, cheapest first.
pub(super) fn deliveries(
    cart: &Cart,
    tables: &Tables,
    place: &Place<'_>,
    goods: &[Goods<'_>],
    tax: Option<&(Decimal, TaxApplication)>,
    said: &mut Said,
) -> Result<Vec<Delivery>, TooLarge> {
    let Some(country) = place.country.as_deref() else { return Ok(vec![]) };
    let basket = Basket::of(goods)?;
    let mut deliveries = vec![];
    for option in tables.shipping_options.iter().filter(|option| is_offered(option, cart, tables, place)) {
        let Some(rate) = rate(&option.rates, country, place.region.as_deref()) else { continue };
        let Some(price) = price(rate, &basket, cart, option, said)? else { continue };
        let tax = tax.map(|(rate, application)| Tax::on(price.amount_minor, *rate, application)).transpose()?;
        let method = ShippingMethod {
            id: option.id.clone(),
            title: option.name.clone(),
            carrier: None,
            price,
            tax: tax.map(|tax| Money { amount_minor: tax.amount, ..price }),
            cart_total: None,
            min_days: None,
            max_days: None,
        };
        deliveries.push(Delivery { method, tax });
    }
    deliveries
        .sort_by(|a, b| (a.method.price.amount_minor, &a.method.id).cmp(&(b.method.price.amount_minor, &b.method.id)));
    Ok(deliveries)
}

/// The way counted in the totals: the one chosen, else the pricelist's, else the cheapest.
pub(super) fn select<'d>(
    cart: &Cart,
    place: &Place<'_>,
    deliveries: &'d [Delivery],
    said: &mut Said,
) -> Option<&'d Delivery> {
    let by_id = |id: &ExternalId| deliveries.iter().find(|delivery| delivery.method.id == *id);
    if let Some(chosen) = &cart.shipping_method_id {
        let found = by_id(chosen);
        if found.is_none() && place.country.is_some() {
            said.mend(
                "shipping_unavailable",
                "/shipping_method_id",
                "this shipping method is not available for this cart",
            );
        }
        return found;
    }
    let default = place.pricelist.and_then(|list| list.default_shipping_option_id.as_ref()).and_then(by_id);
    let selected = default.or(deliveries.first());
    if selected.is_some() && deliveries.len() > 1 {
        let why = if default.is_some() { "the pricelist's default" } else { "the cheapest" };
        said.note(
            "shipping_preselected",
            "/shipping_method_id",
            format!("no shipping method was chosen; {why} is used"),
        );
    }
    selected
}

fn is_offered(option: &ShippingOption, cart: &Cart, tables: &Tables, place: &Place<'_>) -> bool {
    let store = tables.settings.store_id.as_ref();
    option.active
        && option.currency.is_none_or(|currency| currency == cart.currency)
        && (store.is_none() || option.store_id.is_none() || option.store_id.as_ref() == store)
        && (option.market_ids.is_empty() || place.market_id().is_none_or(|market| option.market_ids.contains(market)))
}

/// The rate of the region, else of the country, else of everywhere else.
fn rate<'a>(rates: &'a [ShippingRate], country: &str, region: Option<&str>) -> Option<&'a ShippingRate> {
    let of_country = |rate: &&ShippingRate| rate.countries.iter().any(|own| own.eq_ignore_ascii_case(country));
    let of_region = |rate: &&ShippingRate| {
        rate.regions.iter().any(|own| {
            let is_here = own.split_once('-').is_none_or(|(land, _)| land.eq_ignore_ascii_case(country));
            is_here && region.is_some_and(|region| bare_region(own).eq_ignore_ascii_case(region))
        })
    };
    rates
        .iter()
        .find(|rate| (rate.countries.is_empty() || of_country(rate)) && of_region(rate))
        .or_else(|| rates.iter().find(|rate| rate.regions.is_empty() && of_country(rate)))
        .or_else(|| rates.iter().find(|rate| rate.regions.is_empty() && rate.countries.is_empty()))
}

/// The price of the band with the largest beginning that the basket reaches.
fn price(
    rate: &ShippingRate,
    basket: &Basket,
    cart: &Cart,
    option: &ShippingOption,
    said: &mut Said,
) -> Result<Option<Money>, TooLarge> {
    let money = |amount_minor| Money { amount_minor, currency: cart.currency };
    let mut best: Option<&ShippingBand> = None;
    for band in &rate.bands {
        let measure = match &band.kind {
            ShippingBandKind::OrderTotal => Some(money(basket.value).to_major().0),
            ShippingBandKind::ItemCount => Some(Decimal::from(basket.quantity)),
            ShippingBandKind::TotalWeight => weight_in(basket, band.unit.as_deref()),
            _ => None,
        };
        let Some(measure) = measure else {
            let text = format!("`{}` cannot be priced: a weight is not known", option.name.default);
            said.warn("shipping_weight_unknown", "", text);
            return Ok(None);
        };
        if band.from.0 <= measure && best.is_none_or(|best| best.from < band.from) {
            best = Some(band);
        }
    }
    let Some(band) = best else { return Ok(None) };
    let price = match (band.price, band.percent_of_order) {
        (Some(price), _) if price.currency == cart.currency => Some(price),
        (None, Some(percent)) => Some(money(share(basket.value, percent.0)?)),
        _ => None,
    };
    // One below zero is a mistake of the store's: nothing is sent for it.
    Ok(price.filter(|price| price.amount_minor >= 0))
}

fn weight_in(basket: &Basket, unit: Option<&str>) -> Option<Decimal> {
    // Without a unit the platform's bands are taken as kilograms, as its weights without one are.
    basket.weight?.checked_div(in_kilograms(unit.unwrap_or("kg"))?)
}

fn kilograms(weight: &Weight) -> Option<Decimal> {
    weight.value.0.checked_mul(in_kilograms(&weight.unit)?)
}

/// How many kilograms one unit has.
fn in_kilograms(unit: &str) -> Option<Decimal> {
    Some(match unit {
        "kg" | "" => Decimal::ONE,
        "g" => Decimal::new(1, 3),
        "lb" => Decimal::new(45_359_237, 8),
        "oz" => Decimal::new(28_349_523_125, 12),
        _ => return None,
    })
}
