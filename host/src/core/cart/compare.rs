//! Two quotes of one cart side by side: where they differ.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::domain::{Money, Quote};
use schemars::JsonSchema;
use serde::Serialize;

/// A number on which the platform and the local calculator disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What it is, such as `lines/1/total`, `shipping_methods/3/price`, `totals/tax`.
    pub what: String,
    /// The platform's; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realtime: Option<Money>,
    /// The local one; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<Money>,
}

/// Every number that differs, by name. What one of them does not tell apart, such as the tax of a single line, is no difference.
pub fn differences(realtime: &Quote, local: &Quote) -> Vec<Difference> {
    let (realtime, local) = (numbers(realtime), numbers(local));
    let names: BTreeSet<&String> = realtime.keys().chain(local.keys()).collect();
    names
        .into_iter()
        .filter(|name| match (realtime.get(*name), local.get(*name)) {
            (Some(realtime), Some(local)) => realtime != local,
            _ => !is_detail(name),
        })
        .map(|name| Difference {
            what: name.clone(),
            realtime: realtime.get(name).copied(),
            local: local.get(name).copied(),
        })
        .collect()
}

/// Numbers that a quote may leave out although it knows better than to deny them.
fn is_detail(name: &str) -> bool {
    name.starts_with("lines/") && name.ends_with("/tax") || name.ends_with("/cart_total")
}

fn numbers(quote: &Quote) -> BTreeMap<String, Money> {
    let mut numbers = BTreeMap::new();
    for line in &quote.lines {
        let amounts = [("unit_price", line.unit_price), ("total", line.total), ("tax", line.tax)];
        numbers.extend(
            amounts.into_iter().filter_map(|(name, amount)| Some((format!("lines/{}/{name}", line.id), amount?))),
        );
    }
    for method in &quote.shipping_methods {
        numbers.insert(format!("shipping_methods/{}/price", method.id), method.price);
        numbers.extend(method.cart_total.map(|total| (format!("shipping_methods/{}/cart_total", method.id), total)));
    }
    for total in &quote.totals {
        let sum = numbers.entry(format!("totals/{}", total.kind)).or_insert(Money { amount_minor: 0, ..total.amount });
        sum.amount_minor = sum.amount_minor.saturating_add(total.amount.amount_minor);
    }
    numbers
}
