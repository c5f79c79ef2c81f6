//! The whole quote: sums, parts, messages.

use connector_api::domain::{
    Cart, Currency, Money, PriceSource, Quote, QuotePart, QuoteParts, QuoteSource, TaxLine, TaxScope, TaxTarget,
    Timestamp, Total, TotalKind,
};

use super::{
    arithmetic::{TooLarge, add},
    data::{Tables, Variants},
    goods::{self, Goods},
    place::Place,
    postal_code, region,
    said::Said,
    shipping::{self, Delivery},
    tax::{Rules, Tax},
};

/// What a cart costs by synced data. `valid_for_s` is how long that may be relied on when nothing ends before.
pub fn quote(
    cart: &Cart,
    tables: &Tables,
    variants: &Variants,
    now: Timestamp,
    valid_for_s: u32,
) -> Result<Quote, TooLarge> {
    let mut said = Said::default();
    let place = Place::of(cart, tables, &mut said);
    ask_for_the_address(&place, &mut said);
    let mut goods = goods::price(cart, tables, variants, &place, now, &mut said)?;
    let mut rules = Rules::new(tables, &place);
    let mut taxes = tax_lines(&mut goods, &mut rules, cart.currency, &mut said)?;
    let shipping_tax = rules.of_shipping(&goods, &mut said)?;
    // Nothing to deliver has no way to be delivered.
    let is_empty = goods
        .iter()
        .all(|line| line.line.quantity == 0 || line.offer.is_some_and(|offer| offer.requires_shipping == Some(false)));
    let mut deliveries = if is_empty {
        vec![]
    } else {
        shipping::deliveries(cart, tables, &place, &goods, shipping_tax.as_ref(), &mut said)?
    };
    let payable = payable(&goods, &taxes)?;
    for delivery in &mut deliveries {
        let price = delivery.method.price;
        let on_top = delivery.tax.map_or(0, |tax| tax.on_top());
        delivery.method.cart_total =
            Some(Money { amount_minor: add(add(payable, price.amount_minor)?, on_top)?, ..price });
    }
    let selected = if is_empty { None } else { shipping::select(cart, &place, &deliveries, &mut said) };
    if let Some((method, tax)) = selected.and_then(|selected| Some((&selected.method, selected.tax?))) {
        taxes.push(tax_line(None, method.title.default.clone(), tax, cart.currency));
    }
    let totals = totals(cart.currency, &goods, &taxes, selected)?;
    let selected_shipping_id = selected.map(|selected| selected.method.id.clone());
    for index in 0..cart.discounts.len() {
        let text = "only the platform can evaluate discount codes; no discount was applied";
        said.warn("discount_not_judged", format!("/discounts/{index}"), text);
    }
    if rules.assumed {
        let text = "neither the platform nor the settings say whether prices include tax; the country's usual practice was assumed";
        said.warn("tax_inclusion_assumed", "", text);
    }
    if deliveries.is_empty() && place.country.is_some() && !is_empty {
        said.mend("no_shipping", "/ship_to", "no synced shipping option fits this cart and country");
    }
    let valid_until = now.plus_seconds(i64::from(valid_for_s));
    let ends = goods.iter().filter_map(|line| line.valid_until).min();
    let valid_until = ends.map_or(valid_until, |ends| ends.min(valid_until));
    Ok(Quote {
        source: QuoteSource::Local,
        parts: parts(cart, tables, &place, &goods, &taxes, rules.assumed, valid_until),
        reason: None,
        currency: cart.currency,
        lines: goods.into_iter().map(|line| line.line).collect(),
        discounts: vec![],
        totals,
        taxes,
        shipping_methods: deliveries.into_iter().map(|delivery| delivery.method).collect(),
        selected_shipping_id,
        messages: said.0,
        computed_at: now,
        valid_until,
        latency_ms: 0,
    })
}

fn ask_for_the_address(place: &Place<'_>, said: &mut Said) {
    let Some(country) = place.country.as_deref() else {
        said.mend("country_needed", "/ship_to/country", "shipping and tax need the country");
        return;
    };
    if place.postal_code.is_some_and(|code| !postal_code::is_well_formed(country, code)) {
        let text = format!("not a postal code of {country}");
        said.mend("postal_code_invalid", "/ship_to/postal_code", text);
    }
    if let Some(region) = place.region.as_deref().filter(|region| !region::is_known(country, region)) {
        let text = format!("`{region}` is not a state or province of {country}");
        said.mend("region_unknown", "/ship_to/region_code", text);
    }
}

/// Taxes the goods; each line learns its own.
fn tax_lines(
    goods: &mut [Goods<'_>],
    rules: &mut Rules<'_>,
    currency: Currency,
    said: &mut Said,
) -> Result<Vec<TaxLine>, TooLarge> {
    let mut taxes = vec![];
    for line in goods {
        let (Some(offer), Some(total)) = (line.offer, line.line.total) else { continue };
        let Some(rule) = rules.rule(&TaxTarget::Goods, offer, said) else { continue };
        let application = rules.application(&line.tax, rule);
        let tax = Tax::on(total.amount_minor, rule.rate_percent.0, &application)?;
        line.line.tax = Some(Money { amount_minor: tax.amount, currency });
        taxes.push(tax_line(Some(line.line.id.clone()), rule.name.clone(), tax, currency));
    }
    Ok(taxes)
}

fn tax_line(target_id: Option<String>, title: String, tax: Tax, currency: Currency) -> TaxLine {
    TaxLine {
        scope: target_id.is_none().then_some(TaxScope::Shipping),
        target_id,
        title,
        rate_percent: Some(connector_api::domain::Decimal(tax.rate)),
        amount: Money { amount_minor: tax.amount, currency },
        included: tax.included,
    }
}

/// What the goods cost with the taxes on top of them.
fn payable(goods: &[Goods<'_>], taxes: &[TaxLine]) -> Result<i64, TooLarge> {
    let lines = goods.iter().map(Goods::total);
    let on_top = taxes.iter().filter(|tax| !tax.included).map(|tax| tax.amount.amount_minor);
    lines.chain(on_top).try_fold(0, add)
}

fn totals(
    currency: Currency,
    goods: &[Goods<'_>],
    taxes: &[TaxLine],
    selected: Option<&Delivery>,
) -> Result<Vec<Total>, TooLarge> {
    let total = |kind, amount_minor| Total { kind, amount: Money { amount_minor, currency }, label: None };
    let subtotal = goods.iter().map(Goods::total).try_fold(0, add)?;
    let mut totals = vec![total(TotalKind::Subtotal, subtotal)];
    let mut whole = payable(goods, taxes)?;
    if let Some(delivery) = selected {
        let price = delivery.method.price.amount_minor;
        totals.push(total(TotalKind::Shipping, price));
        whole = add(whole, price)?;
    }
    for included in [true, false] {
        let mut of_kind =
            taxes.iter().filter(|tax| tax.included == included).map(|tax| tax.amount.amount_minor).peekable();
        if of_kind.peek().is_some() {
            totals.push(total(TotalKind::Tax, of_kind.try_fold(0, add)?));
        }
    }
    totals.push(total(TotalKind::Total, whole));
    Ok(totals)
}

fn parts(
    cart: &Cart,
    tables: &Tables,
    place: &Place<'_>,
    goods: &[Goods<'_>],
    taxes: &[TaxLine],
    assumed: bool,
    valid_until: Timestamp,
) -> QuoteParts {
    let part = |reason: Option<String>, data_as_of| QuotePart {
        source: QuoteSource::Local,
        reason,
        data_as_of,
        valid_until: Some(valid_until),
    };
    let ages = &tables.ages;
    let tax = match &place.country {
        None => Some("the country is not known, so no tax was computed".to_owned()),
        Some(_) if assumed => {
            Some("whether prices include tax was assumed from the country's usual practice".to_owned())
        }
        Some(country) if taxes.is_empty() => Some(format!("no synced tax rule applies in {country}")),
        Some(_) => None,
    };
    let shipping = place.country.is_none().then(|| "the country is not known".to_owned());
    let discounts = (!cart.discounts.is_empty()).then(|| "only the platform can evaluate discount codes".to_owned());
    let never =
        |age: Option<Timestamp>, what: &str| age.is_none().then(|| format!("{what} was never synced completely"));
    QuoteParts {
        prices: part(never(ages.prices, "the price table").or_else(|| leaves_out(goods)), ages.prices),
        discounts: part(discounts, None),
        shipping: part(shipping.or_else(|| never(ages.shipping, "the list of shipping options")), ages.shipping),
        tax: part(tax.or_else(|| never(ages.tax, "the list of tax rules")), ages.tax),
        availability: part(never(ages.stock, "stock"), ages.stock),
    }
}

/// What the weakest of the lines' prices leaves out.
fn leaves_out(goods: &[Goods<'_>]) -> Option<String> {
    let is_by = |source: &PriceSource| goods.iter().any(|line| line.line.price_source.as_ref() == Some(source));
    let text = if is_by(&PriceSource::Regular) {
        "the store's regular prices were used; reductions are not known"
    } else if is_by(&PriceSource::Computed) {
        "reduced prices were computed from the store's campaigns; the store itself may round or combine them differently"
    } else {
        return None;
    };
    Some(text.to_owned())
}
