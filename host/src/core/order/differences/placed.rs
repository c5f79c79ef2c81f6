//! Orders, held against the draft they were made of.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::domain::{Currency, ExternalId, Money, Order, OrderDraft, OrderStatus, TotalKind};

use super::Found;
use crate::{model::intent::Difference, spelling};

/// How far apart two amounts are that are the same but for rounding, in minor units.
const ROUNDING: i128 = 1;

/// Whether an answer shows too little of an order to be compared.
pub(in crate::core::order) fn is_bare(order: &Order) -> bool {
    order.lines.is_empty() || !order.totals.iter().any(|total| total.kind == TotalKind::Total)
}

fn reference(draft: &OrderDraft) -> &str {
    draft.channel_reference.as_deref().unwrap_or(&draft.idempotency_key)
}

/// Whether each of these orders carries another number of a channel's than the draft.
pub(in crate::core::order) fn are_of_others(draft: &OrderDraft, orders: &[Order]) -> bool {
    let is_other =
        |order: &Order| order.channel_reference.as_deref().is_some_and(|own| !spelling::same(own, reference(draft)));
    !orders.is_empty() && orders.iter().all(is_other)
}

/// Where orders differ from the draft they were made of. `is_fresh`: they were placed just now, so nobody can have changed them.
pub(in crate::core::order) fn of_draft(draft: &OrderDraft, orders: &[Order], is_fresh: bool) -> Vec<Difference> {
    let mut seen = BTreeSet::new();
    let orders: Vec<&Order> = orders.iter().filter(|order| seen.insert(order.id.as_str())).collect();
    let mut found = Found::default();
    let currency = draft.cart.currency;
    let other = orders.iter().map(|order| order.currency).find(|own| *own != currency);
    if other.is_some() {
        found.differ("currency", Some(currency), other);
    }
    let reference = reference(draft);
    let mut references = orders.iter().filter_map(|order| order.channel_reference.as_deref());
    if let Some(other) = references.find(|own| !spelling::same(own, reference)) {
        found.differ("channel_reference", Some(reference), Some(other));
    }
    if is_fresh {
        let is_over = |order: &&&Order| matches!(order.status, OrderStatus::Canceled | OrderStatus::Rejected);
        if let Some(order) = orders.iter().find(is_over) {
            found.differ("status", Some(OrderStatus::Open), Some(&order.status));
        }
    }
    country(draft, &orders, &mut found);
    lines(draft, &orders, other.is_none(), &mut found);
    if other.is_none() && draft.cart.discounts.is_empty() {
        shipping(draft, &orders, &mut found);
    }
    total(draft, &orders, &mut found);
    found.list()
}

fn country(draft: &OrderDraft, orders: &[&Order], found: &mut Found) {
    let Some(agreed) = draft.cart.ship_to.as_ref().map(|address| address.country.as_str()) else { return };
    let mut shown = orders.iter().filter_map(|order| Some(order.shipping_address.as_ref()?.country.as_str()));
    if let Some(other) = shown.find(|own| !own.is_empty() && !own.eq_ignore_ascii_case(agreed)) {
        found.differ("ship_to/country", Some(agreed), Some(other));
    }
}

/// What there is of one variant.
#[derive(Default)]
struct Goods {
    quantity: u64,
    /// Unit prices times quantities, in minor units.
    worth: i128,
    prices: BTreeSet<i64>,
}

impl Goods {
    fn add(&mut self, quantity: u32, unit_price: Money) {
        self.quantity += u64::from(quantity);
        self.worth += i128::from(unit_price.amount_minor) * i128::from(quantity);
        self.prices.insert(unit_price.amount_minor);
    }
}

/// By variant, as a platform may join lines of one variant, or split them.
fn lines(draft: &OrderDraft, orders: &[&Order], has_same_currency: bool, found: &mut Found) {
    if orders.iter().all(|order| order.lines.is_empty()) {
        found.differ("lines", Some(draft.cart.lines.len()), None::<usize>);
        return;
    }
    let mut agreed: BTreeMap<&ExternalId, Goods> = BTreeMap::new();
    for line in &draft.cart.lines {
        let price = line.unit_price.unwrap_or(Money { amount_minor: 0, currency: draft.cart.currency });
        agreed.entry(&line.variant_id).or_default().add(line.quantity, price);
    }
    let (mut actual, mut unnamed): (BTreeMap<&ExternalId, Goods>, u64) = (BTreeMap::new(), 0);
    for line in orders.iter().flat_map(|order| &order.lines) {
        match &line.variant_id {
            // What the store gives away beside what was bought.
            Some(variant) if !agreed.contains_key(variant) && line.total.amount_minor == 0 => {}
            Some(variant) => actual.entry(variant).or_default().add(line.ordered, line.unit_price),
            None => unnamed += u64::from(line.ordered),
        }
    }
    let quantity =
        |goods: &BTreeMap<&ExternalId, Goods>, variant: &ExternalId| goods.get(variant).map_or(0, |own| own.quantity);
    let missing: u64 =
        agreed.iter().map(|(variant, own)| own.quantity.saturating_sub(quantity(&actual, variant))).sum();
    // Lines that do not say what they are of may be those that seem to be missing.
    let may_be_unnamed = unnamed == missing;
    let variants: BTreeSet<&ExternalId> = agreed.keys().chain(actual.keys()).copied().collect();
    for variant in variants {
        let (wanted, there) = (quantity(&agreed, variant), quantity(&actual, variant));
        if there > wanted || there < wanted && !may_be_unnamed {
            found.differ(format!("lines/{variant}/quantity"), Some(wanted), Some(there));
        }
    }
    if unnamed > 0 && !may_be_unnamed {
        found.differ("lines/unnamed/quantity", Some(missing), Some(unnamed));
    }
    // Codes may be counted in the prices of the lines.
    if has_same_currency && draft.cart.discounts.is_empty() {
        prices(draft.cart.currency, &agreed, &actual, found);
    }
}

fn prices(
    currency: Currency,
    agreed: &BTreeMap<&ExternalId, Goods>,
    actual: &BTreeMap<&ExternalId, Goods>,
    found: &mut Found,
) {
    for (variant, agreed) in agreed {
        let Some(actual) = actual.get(variant) else { continue };
        let one = |goods: &Goods| match goods.prices.len() {
            1 => goods.prices.first().map(|minor| Money { amount_minor: *minor, currency }),
            _ => None,
        };
        match (one(agreed), one(actual)) {
            (Some(agreed), Some(actual)) if agreed == actual => {}
            (Some(agreed), Some(actual)) => {
                found.differ(format!("lines/{variant}/unit_price"), Some(agreed), Some(actual));
            }
            _ if agreed.quantity != actual.quantity || agreed.worth == actual.worth => {}
            _ => found.differ(
                format!("lines/{variant}/total"),
                money(agreed.worth, currency),
                money(actual.worth, currency),
            ),
        }
    }
}

fn shipping(draft: &OrderDraft, orders: &[&Order], found: &mut Found) {
    let Some(agreed) = draft.shipping_price else { return };
    let of_totals = orders.iter().flat_map(|order| &order.totals).filter(|total| total.kind == TotalKind::Shipping);
    let shown: Vec<Money> = of_totals.map(|total| total.amount).collect();
    let sum: i128 = shown.iter().map(|amount| i128::from(amount.amount_minor)).sum();
    if !shown.is_empty() && !is_near(sum, agreed.amount_minor.into()) {
        found.differ("shipping_price", Some(agreed), money(sum, agreed.currency));
    }
}

fn total(draft: &OrderDraft, orders: &[&Order], found: &mut Found) {
    let currency = draft.cart.currency;
    let of_order =
        |order: &&Order| order.totals.iter().find(|total| total.kind == TotalKind::Total).map(|own| own.amount);
    let shown: Option<Vec<Money>> = orders.iter().map(of_order).collect();
    let acceptable = acceptable(draft, orders);
    let agreed = acceptable.first().and_then(|sum| money(*sum, currency));
    let Some(shown) = shown.filter(|shown| !shown.is_empty()) else {
        found.differ("total", agreed, None::<Money>);
        return;
    };
    let actual: i128 = shown.iter().map(|amount| i128::from(amount.amount_minor)).sum();
    if let Some(other) = shown.iter().find(|amount| amount.currency != currency) {
        found.differ("total", agreed, money(actual, other.currency));
        return;
    }
    let fits = match acceptable.as_slice() {
        // What the codes take off was not said: they take off something, and add nothing.
        [] => actual >= 0 && without_codes(draft, orders).is_none_or(|most| actual <= most + ROUNDING),
        sums => sums.iter().any(|sum| is_near(*sum, actual)),
    };
    if !fits {
        let most = || without_codes(draft, orders).and_then(|most| money(most, currency));
        found.differ("total", agreed.or_else(most), money(actual, currency));
    }
}

/// Totals that are as agreed, in minor units: what was said; otherwise what was paid, or what the draft adds up to. Tax that
/// comes on top is only known to the platform, unless it was agreed.
fn acceptable(draft: &OrderDraft, orders: &[&Order]) -> Vec<i128> {
    if let Some(total) = draft.total {
        return vec![total.amount_minor.into()];
    }
    let minor = |money: Money| i128::from(money.amount_minor);
    let paid = draft.payment.as_ref().and_then(|payment| payment.captured.or(payment.authorized)).map(minor);
    let sum = draft.sum().map(minor);
    let taxed = sum.filter(|_| draft.tax.is_none()).map(|sum| sum + on_top(orders));
    paid.into_iter().chain(sum).chain(taxed).collect()
}

/// What everything costs at most.
fn without_codes(draft: &OrderDraft, orders: &[&Order]) -> Option<i128> {
    let mut draft = draft.clone();
    draft.cart.discounts.clear();
    let sum = i128::from(draft.sum()?.amount_minor);
    Some(if draft.tax.is_none() { sum + on_top(orders) } else { sum })
}

fn on_top(orders: &[&Order]) -> i128 {
    let taxes = orders.iter().flat_map(|order| &order.taxes).filter(|tax| !tax.included);
    taxes.map(|tax| i128::from(tax.amount.amount_minor)).sum()
}

fn is_near(one: i128, other: i128) -> bool {
    (one - other).abs() <= ROUNDING
}

fn money(minor: i128, currency: Currency) -> Option<Money> {
    i64::try_from(minor).ok().map(|amount_minor| Money { amount_minor, currency })
}
