//! A quote of both: the platform's prices and taxes, with delivery methods from synced data where it lists none.

use connector_api::domain::{Message, MessageSeverity, Money, Quote, QuoteSource, TotalKind};

/// Whether a quote of the platform lacks delivery methods that synced data could give.
pub(super) fn lacks_shipping(quote: &Quote) -> bool {
    quote.shipping_methods.is_empty() && !quote.totals.iter().any(|total| total.kind == TotalKind::Shipping)
}

/// Adds the local delivery methods. They are not counted in the totals: what the platform will charge is not known before
/// it lists them itself.
pub(super) fn add_shipping(mut quote: Quote, local: Quote) -> Quote {
    if local.shipping_methods.is_empty() {
        return quote;
    }
    let goods = quote.totals.iter().find(|total| total.kind == TotalKind::Total).map(|total| total.amount);
    let local_goods = local.totals.iter().find(|total| total.kind == TotalKind::Subtotal).map(|total| total.amount);
    let local_taxes = local.taxes.iter().filter(|tax| tax.target_id.is_some() && !tax.included);
    let local_on_top: Option<i64> = local_taxes.map(|tax| tax.amount.amount_minor).try_fold(0_i64, i64::checked_add);
    quote.shipping_methods = local.shipping_methods;
    for method in &mut quote.shipping_methods {
        // What the method adds to the goods, tax included: the same on top of the platform's goods.
        let added = method.cart_total.zip(local_goods).zip(local_on_top).and_then(|((whole, goods), on_top)| {
            whole.amount_minor.checked_sub(goods.amount_minor)?.checked_sub(on_top)
        });
        method.cart_total = goods
            .zip(added)
            .and_then(|(goods, added)| Some(Money { amount_minor: goods.amount_minor.checked_add(added)?, ..goods }));
    }
    quote.parts.shipping = local.parts.shipping;
    let reason = "the platform lists no shipping method for this cart";
    quote.parts.shipping.reason.get_or_insert_with(|| reason.to_owned());
    quote.source = QuoteSource::Mixed;
    quote.reason = Some(reason.to_owned());
    quote.valid_until = quote.valid_until.min(local.valid_until);
    quote.messages.push(Message {
        code: "shipping_estimated".to_owned(),
        severity: MessageSeverity::Warning,
        path: None,
        text: format!("{reason}; the methods shown come from synced rates and are not included in the totals"),
    });
    quote
}
