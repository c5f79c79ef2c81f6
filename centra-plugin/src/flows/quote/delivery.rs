//! Ways to deliver: the one that counts, and what the cart costs with every other.

use super::asked::Asked;
use crate::{
    checkout::{Checkout, Session, Trouble, option_uri},
    map::quote::{Delivery, Priced},
};

/// Most ways that are priced one by one.
const MOST_PRICED: usize = 20;

/// Counts the way the cart chose, or the store's usual one, and prices the others if asked to.
pub(super) async fn choose(
    checkout: &Checkout,
    session: &mut Session,
    asked: &mut Asked<'_>,
) -> Result<Priced, Trouble> {
    let current = session.shipping_method().map(str::to_owned);
    let totals_of_current = session.totals();
    let listed: Vec<String> =
        session.answer.shipping_methods.iter().filter_map(|method| method.shipping_method.clone()).collect();
    if !session.is_shipping_chosen && current.is_some() {
        session.usual_shipping.clone_from(&current);
    }
    let chosen = asked.cart.shipping_method_id.as_ref().map(|id| option_uri(&asked.options, id).to_owned());
    // A store whose delivery methods stand in a widget lists none; whether it takes one shows when one is set.
    let is_to_be_reported = listed.is_empty() && asked.context.country.is_some();
    let is_known = |uri: &String| is_to_be_reported || listed.contains(uri);
    let offered = chosen.clone().filter(is_known);
    let mut is_counted = chosen.is_none() || offered.is_some();
    let wanted = match offered {
        None if session.is_shipping_chosen && current.is_some() => {
            // What an earlier cart chose must not count for this one.
            let usual = session.usual_shipping.clone().filter(is_known);
            Some(usual.ok_or(Trouble::Lost)?)
        }
        offered => offered,
    };
    if let Some(wanted) = wanted.filter(|wanted| current.as_ref() != Some(wanted)) {
        is_counted &= select(checkout, session, &wanted).await?;
    }
    if !is_counted {
        let text = "this shipping method is not available for this cart";
        asked.said.mend("shipping_unavailable", "/shipping_method_id", text);
    }
    let selection = session.selection().cloned().unwrap_or_default();
    let methods = session.answer.shipping_methods.clone();
    let mut deliveries: Vec<Delivery> = methods.into_iter().map(Delivery::listed).collect();
    if let Some(own) = deliveries.iter_mut().find(|own| selection.shipping_method.as_ref() == Some(&own.uri)) {
        own.totals.clone_from(&selection.totals);
    }
    if asked.every_method {
        // The way that an earlier cart left chosen was priced with this cart's goods before another was chosen.
        if let Some(own) = deliveries.iter_mut().find(|own| own.totals.is_none() && current.as_ref() == Some(&own.uri))
        {
            own.totals = totals_of_current;
        }
        if deliveries.len() > MOST_PRICED {
            let text = format!("only the first {MOST_PRICED} shipping methods were priced with their tax");
            asked.said.note("shipping_not_priced", "", text);
        }
        for own in deliveries.iter_mut().filter(|own| own.totals.is_none()).take(MOST_PRICED) {
            if select(checkout, session, &own.uri).await? {
                own.totals = session.totals();
            }
        }
    }
    Ok(Priced { selection, deliveries, country_is_known: asked.context.country.is_some() })
}

async fn select(checkout: &Checkout, session: &mut Session, uri: &str) -> Result<bool, Trouble> {
    let reply = session.call(checkout, "PUT", &["shipping-methods", uri], "CheckoutShipping", None).await?;
    session.is_shipping_chosen |= reply.granted();
    Ok(reply.granted() && session.shipping_method() == Some(uri))
}
