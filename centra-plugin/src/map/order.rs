//! Orders.

use std::collections::BTreeMap;

use connector_api::domain::{
    Currency, LocalizedText, Money, Order, OrderDiscount, OrderLine, RawStatus, ShippingMethod, TaxLine, TaxScope,
    Total, TotalKind,
};

use super::{
    correlation_tag,
    money::money,
    order_parts::{grouped, part, physical, with_parts},
    payment::{self, Moved},
    person,
    shipment::{quantity, shipment},
    status::{self, Paying, Quantities},
    time,
};
use crate::wire::order as wire;

/// An order; `None` when its currency is none.
pub fn order(own: &wire::Order, attribute: Option<&str>) -> Option<Order> {
    let currency: Currency = own.grand_total.currency.code.as_deref()?.parse().ok()?;
    let amount = |value| money(value, currency);
    let grand_total = amount(&own.grand_total.amount)?;
    let events = payment::events(own.payment_history.as_deref().unwrap_or_default(), currency);
    let moved = own.payment_history.as_ref().map(|_| Moved::of(&events));
    let shipments: Vec<_> = own.shipments.iter().flatten().map(|own_one| shipment(own_one, &own.id)).collect();
    let counted = count(own);
    let paying = Paying {
        moved,
        due: grand_total.amount_minor,
        paid_shipments: paid_shipments(own, &counted, grand_total),
        waiting: own.is_waiting_for_payment.unwrap_or(false),
    };
    let fulfilled = fulfilled(own);
    let read = |own| line(own, &fulfilled, currency);
    let lines = grouped(&own.lines).into_iter().map(|own| {
        let parts: Option<Vec<_>> = own.parts.into_iter().map(|own| read(own).map(part)).collect();
        Some(with_parts(read(own.line)?, parts?))
    });
    let lines: Option<Vec<OrderLine>> = lines.collect();
    let raw = |axis: &str, value: &str| RawStatus { axis: axis.to_owned(), value: value.to_owned() };
    let held = own.is_on_hold.unwrap_or(false);
    Some(Order {
        id: own.id.as_str().into(),
        number: Some(own.number.to_string()),
        channel_reference: correlation_tag::reference(&own.into(), attribute),
        store_id: own.store.as_ref().map(|store| store.id.into()),
        market_id: own.market.as_ref().map(|market| market.id.into()),
        pricelist_id: own.pricelist.as_ref().map(|list| list.id.into()),
        currency,
        status: status::order(&own.status, &counted),
        fulfillment_status: status::fulfillment(&own.status, &counted),
        financial_status: status::financial(&own.status, &paying),
        raw_status: std::iter::once(raw("status", &own.status))
            .chain(own.is_on_hold.map(|held| raw("isOnHold", &held.to_string())))
            .chain(own.order_hold_reason.as_deref().map(|reason| raw("orderHoldReason", reason)))
            .chain(own.is_waiting_for_payment.map(|waiting| raw("isWaitingForPayment", &waiting.to_string())))
            .collect(),
        on_hold: held,
        hold_reason: own.order_hold_reason.clone(),
        taxes: taxes(own, currency),
        lines: lines?,
        discounts: own.discounts_applied.iter().filter_map(|own| discount(own, currency)).collect(),
        shipping: shipping(own, currency),
        totals: totals(own, currency, grand_total),
        payment: payment::payment(own, moved, &events, currency),
        payments: events,
        customer: own.customer.as_ref().map(person::person),
        shipping_address: own.shipping_address.as_ref().and_then(person::address),
        billing_address: own.billing_address.as_ref().and_then(person::address),
        shipments,
        adjustments: vec![],
        warnings: vec![],
        placed_at: time(own.created_at.as_deref()),
        updated_at: time(own.updated_at.as_deref()),
    })
}

/// What shipments marked as paid are worth. When they hold everything that is wanted, that is the whole order: a
/// shipment's own value may lack the order's shipping.
fn paid_shipments(own: &wire::Order, counted: &Quantities, grand_total: Money) -> i64 {
    let paid = || own.shipments.iter().flatten().filter(|shipment| shipment.is_paid);
    let held = paid()
        .flat_map(|shipment| &shipment.lines)
        .fold(0, |sum: u32, line| sum.saturating_add(quantity(line.quantity)));
    if held > 0 && held >= counted.wanted {
        return grand_total.amount_minor;
    }
    paid()
        .filter_map(|shipment| money(&shipment.grand_total.as_ref()?.amount, grand_total.currency))
        .fold(0, |sum, part| sum.saturating_add(part.amount_minor))
}

/// Pieces that have left, by order line.
fn fulfilled(own: &wire::Order) -> BTreeMap<i64, u32> {
    let mut sent: BTreeMap<i64, u32> = BTreeMap::new();
    for line in
        own.shipments.iter().flatten().filter(|shipment| shipment.is_shipped).flat_map(|shipment| &shipment.lines)
    {
        let count = sent.entry(line.order_line.id).or_default();
        *count = count.saturating_add(quantity(line.quantity));
    }
    sent
}

fn count(own: &wire::Order) -> Quantities {
    let sum = |of: &dyn Fn(&wire::OrderLine) -> i64| {
        physical(&own.lines).fold(0, |sum: u32, line| sum.saturating_add(quantity(of(line))))
    };
    Quantities {
        wanted: sum(&|line| line.quantity),
        canceled: sum(&|line| line.cancelled_quantity),
        sent: own
            .shipments
            .as_ref()
            .map(|_| fulfilled(own).values().fold(0, |sum: u32, sent| sum.saturating_add(*sent))),
        being_sent: own.shipments.iter().flatten().next().is_some(),
        returned: sum(&|line| line.returned_quantity),
    }
}

fn line(own: &wire::OrderLine, fulfilled: &BTreeMap<i64, u32>, currency: Currency) -> Option<OrderLine> {
    let amount = |value| money(value, currency);
    let (unit, list, total) = (amount(&own.unit_price)?, amount(&own.unit_original_price)?, amount(&own.line_value)?);
    let reduced = list.amount_minor.saturating_sub(unit.amount_minor).saturating_mul(own.quantity.max(0));
    let names = [&own.product_name, &own.product_variant_name, &own.size].into_iter();
    let names: Vec<&str> = names.filter_map(|name| name.as_deref()).filter(|name| !name.is_empty()).collect();
    let size = own.product_size.as_ref();
    let sku = size.and_then(|size| size.sku.clone()).filter(|sku| !sku.is_empty());
    Some(OrderLine {
        id: own.id.into(),
        variant_id: size.map(|size| size.id.into()),
        offer_id: own.display.as_ref().map(|display| display.id.into()),
        sku,
        title: if names.is_empty() { own.product_number.clone().unwrap_or_default() } else { names.join(" / ") },
        ordered: quantity(own.quantity.saturating_add(own.cancelled_quantity)),
        fulfilled: fulfilled.get(&own.id).copied().unwrap_or(0),
        returned: quantity(own.returned_quantity),
        canceled: quantity(own.cancelled_quantity),
        unit_price: unit,
        list_price: (list != unit).then_some(list),
        discount: (reduced > 0).then_some(Money { amount_minor: reduced, currency }),
        total,
        tax: tax_of(own, currency),
        tax_percent: own.tax_percent,
        comment: own.comment.clone().filter(|comment| !comment.is_empty()),
        parts: vec![],
    })
}

/// Tax on a line: its value with tax less its value without.
fn tax_of(own: &wire::OrderLine, currency: Currency) -> Option<Money> {
    let (with, without) = (money(&own.line_value, currency)?, money(own.line_value_without_tax.as_ref()?, currency)?);
    Some(Money { amount_minor: with.amount_minor.saturating_sub(without.amount_minor), currency })
}

/// Taxes of the lines and of shipping. Whether they are inside the prices, the order's sums say.
fn taxes(own: &wire::Order, currency: Currency) -> Vec<TaxLine> {
    let added = own.totals.as_ref().and_then(|totals| money(&totals.tax_added, currency));
    let included = added.is_none_or(|added| added.amount_minor == 0);
    // The price of a bundle is that of its goods, too.
    let lines = grouped(&own.lines).into_iter().map(|own| own.line).filter_map(|line| {
        let amount = tax_of(line, currency).filter(|tax| tax.amount_minor != 0)?;
        let title = "Tax".to_owned();
        Some(TaxLine {
            target_id: Some(line.id.to_string()),
            scope: None,
            title,
            rate_percent: line.tax_percent,
            amount,
            included,
        })
    });
    let shipping = own.totals.iter().flat_map(|totals| &totals.shipping_tax_rules).filter_map(|tax| {
        let (on_top, inside) = (money(&tax.tax_added, currency)?, money(&tax.tax_included, currency)?);
        let (amount, included) = if on_top.amount_minor == 0 { (inside, true) } else { (on_top, false) };
        let title = tax.rule.tax_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| "Tax".to_owned());
        let scope = Some(TaxScope::Shipping);
        let line = TaxLine { target_id: None, scope, title, rate_percent: tax.rule.tax_percent, amount, included };
        (amount.amount_minor != 0).then_some(line)
    });
    lines.chain(shipping).collect()
}

fn discount(own: &wire::OrderDiscount, currency: Currency) -> Option<OrderDiscount> {
    let amount = money(&own.value, currency)?;
    Some(OrderDiscount {
        kind: own.kind.clone(),
        title: own.voucher_name.clone().filter(|name| !name.is_empty()),
        code: own.code.clone().filter(|code| !code.is_empty()),
        amount: Money { amount_minor: amount.amount_minor.saturating_abs(), currency },
        at: time(own.date.as_deref()),
    })
}

fn shipping(own: &wire::Order, currency: Currency) -> Option<ShippingMethod> {
    let option = own.shipping_price_group.as_ref()?.shipping_option.as_ref()?;
    Some(ShippingMethod {
        id: option.id.into(),
        title: LocalizedText::from(option.name.clone().unwrap_or_default().as_str()),
        carrier: None,
        price: money(&own.totals.as_ref()?.shipping, currency)?,
        tax: None,
        cart_total: None,
        min_days: None,
        max_days: None,
    })
}

/// The sums, in the order to show them. Those of nothing are left out, but for the goods, shipping and the whole.
fn totals(own: &wire::Order, currency: Currency, grand_total: Money) -> Vec<Total> {
    let mut sums = vec![];
    if let Some(totals) = &own.totals {
        let mut add = |kind: TotalKind, value: &crate::wire::money::MonetaryValue, sign: i64, label: Option<&str>| {
            let always = matches!(kind, TotalKind::Subtotal | TotalKind::Shipping);
            let Some(found) = money(value, currency) else { return };
            if found.amount_minor != 0 || always {
                let minor = if sign < 0 { -found.amount_minor.saturating_abs() } else { found.amount_minor };
                let amount = Money { amount_minor: minor, currency };
                sums.push(Total { kind, amount, label: label.map(str::to_owned) });
            }
        };
        add(TotalKind::Subtotal, &totals.line_values, 1, None);
        add(TotalKind::Discount, &totals.discounts, -1, None);
        add(TotalKind::Shipping, &totals.shipping, 1, None);
        add(TotalKind::Fee, &totals.handling, 1, Some("Handling"));
        add(TotalKind::Tax, &totals.tax_included, 1, Some("Included"));
        add(TotalKind::Tax, &totals.tax_added, 1, Some("Added"));
        add(TotalKind::Tax, &totals.tax_deducted, -1, Some("Deducted"));
    }
    sums.push(Total { kind: TotalKind::Total, amount: grand_total, label: None });
    sums
}
