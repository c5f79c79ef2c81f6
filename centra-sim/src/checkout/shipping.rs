//! Which shipping options a cart may be sent with, and what each costs.

use rust_decimal::Decimal;

use super::amount::share;
use super::context::{Context, country_row};
use crate::shop::View;
use crate::value::{Kind, Money, Node, Record, Val};

/// An option with its price for one cart.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Method {
    /// The option's URI: its id in this API.
    pub uri: String,
    /// Row of the option.
    #[serde(skip)]
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its price in sub-units.
    pub price: i64,
}

/// What of a cart decides the price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure {
    /// What the goods cost after discounts, in sub-units.
    pub(crate) value: i64,
    pub(crate) quantity: i64,
    pub(crate) kilograms: Decimal,
}

/// The options offered: active ones in the pricelist's currency and the market, with a price for the country.
pub(crate) fn methods(view: View<'_>, context: &Context, country: &str, measure: Measure) -> Vec<Method> {
    let Some(country) = country_row(view, country) else { return Vec::new() };
    let options = view.ids_after(Kind::ShippingOption, 0).filter(|id| {
        view.get(Kind::ShippingOption, *id, "status").as_str() == Some("ACTIVE")
            && view.references(Kind::ShippingOption, *id, "currency") == [context.currency]
            && view.references(Kind::ShippingOption, *id, "markets").contains(&context.market)
    });
    let text = |id, field| view.get(Kind::ShippingOption, id, field).as_str().unwrap_or_default().to_owned();
    options
        .filter_map(|id| {
            let price = price(view, context, id, country, measure)?;
            Some(Method { uri: text(id, "uri"), id, name: text(id, "name"), price })
        })
        .collect()
}

fn price(view: View<'_>, context: &Context, option: i64, country: i64, measure: Measure) -> Option<i64> {
    let groups = view.references(Kind::ShippingOption, option, "shippingPriceGroups");
    let group = groups
        .into_iter()
        .find(|group| view.references(Kind::ShippingPriceGroup, *group, "countries").contains(&country))?;
    let Val::List(ranges) = view.get(Kind::ShippingPriceGroup, group, "ranges") else { return None };
    let reached = ranges.iter().filter_map(|range| {
        let Val::Node(Node::Record(range)) = range else { return None };
        let from = beginning(range, context.digits)?;
        let own = match range.type_name {
            "OrderTotalPriceRange" => Decimal::new(measure.value, context.digits),
            "TotalItemsPriceRange" => Decimal::from(measure.quantity),
            _ => measure.kilograms,
        };
        let cost = match (range.get("shippingPrice"), range.get("orderValuePercent")) {
            (_, Val::Float(percent)) => share(measure.value, Decimal::try_from(percent).ok()?),
            (Val::Node(Node::Money(Money { minor, .. })), _) => minor,
            _ => return None,
        };
        (own >= from).then_some((from, cost))
    });
    reached.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, cost)| cost)
}

fn beginning(range: &Record, digits: u32) -> Option<Decimal> {
    match (range.get("fromPrice"), range.get("fromItems"), range.get("fromWeight")) {
        (Val::Node(Node::Money(money)), ..) => Some(Decimal::new(money.minor, digits)),
        (_, Val::Int(items), _) => Some(Decimal::from(items)),
        (.., Val::Node(Node::Record(weight))) => match weight.get("value") {
            Val::Float(kilograms) => Decimal::try_from(kilograms).ok(),
            _ => None,
        },
        _ => None,
    }
}
