//! Where the cart goes and by which prices: `PUT selection`, which makes the session, and the state.

use connector_api::{ConnectorError, ErrorCode};
use serde_json::{Map, Value};

use super::asked::Asked;
use crate::{
    checkout::{Checkout, Reply, Session, Trouble},
    error,
};

/// Sets the place in a session that has none yet. The country is always named: the platform would take the host's own.
pub(super) async fn set_up(checkout: &Checkout, session: &mut Session, asked: &mut Asked<'_>) -> Result<(), Trouble> {
    if session.is_set_up {
        return Ok(());
    }
    let context = asked.context.clone();
    let mut body = Map::new();
    let mut put = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            // Ids of markets and pricelists are numbers.
            let value = value.parse::<i64>().map_or_else(|_| Value::from(value.as_str()), Value::from);
            body.insert(name.to_owned(), value);
        }
    };
    put("country", &context.country);
    put("market", &context.market);
    put("pricelist", &context.pricelist);
    put("language", &context.language);
    let mut reply = send(checkout, session, body.clone()).await?;
    if !reply.granted() && reply.blames("language") && body.remove("language").is_some() {
        asked.said.note("language_unknown", "/locale", "the store has no such language; its own texts are given");
        session.is_spoiled = true;
        reply = send(checkout, session, body.clone()).await?;
    }
    let is_refused = |reply: &Reply, session: &Session| !reply.granted() && session.answer.selection.is_none();
    let mut without_country = body.clone();
    if is_refused(&reply, session)
        && !reply.blames("market")
        && !reply.blames("pricelist")
        && without_country.remove("country").is_some()
    {
        // Perhaps it takes the country only by the route of its own.
        let again = send(checkout, session, without_country.clone()).await?;
        reply = if again.granted() { again } else { reply };
    }
    if is_refused(&reply, session) {
        return Err(refused(&reply).into());
    }
    if let Some(country) = context.country.as_deref().filter(|country| is_elsewhere(session, country)) {
        let reply = session.call(checkout, "PUT", &["countries", country], "CheckoutCountry", None).await?;
        if !reply.granted() && is_elsewhere(session, country) {
            return Err(refused(&reply).into());
        }
        if is_other_money(session, asked) {
            // It moved the cart to that country's own market.
            without_country.remove("country");
            send(checkout, session, without_country).await?;
        }
    }
    if let (Some(country), Some(region)) = (&context.country, &context.region)
        && has_states(session, country)
    {
        let parts = ["countries", country, "states", region];
        let reply = session.call(checkout, "PUT", &parts, "CheckoutState", None).await?;
        if !reply.granted() && reply.blames("state") {
            let text = format!("{country} has no such state or province, by the store's list");
            asked.said.mend("region_unknown", "/ship_to/region_code", text);
            session.is_spoiled = true;
        }
    }
    session.is_set_up = true;
    Ok(())
}

/// Whether a country is divided, as far as the store says. Of one that is not, it knows no states, and a county in the address
/// is no mistake.
fn has_states(session: &Session, country: &str) -> bool {
    let own = session.answer.countries.iter().find(|own| own.country.as_deref() == Some(country));
    own.is_none_or(|own| !own.states.is_empty())
}

async fn send(checkout: &Checkout, session: &mut Session, body: Map<String, Value>) -> Result<Reply, Trouble> {
    session.call(checkout, "PUT", &["selection"], "CheckoutSelection", Some(&Value::Object(body))).await
}

fn refused(reply: &Reply) -> ConnectorError {
    let at = |pointer: &str, code: &str, text: &str| {
        ConnectorError::new(ErrorCode::InvalidRequest, text).at_field(pointer, code, text)
    };
    if reply.blames("country") {
        at("/ship_to/country", "country_unknown", "the store does not have this country")
    } else if reply.blames("market") {
        at("/market_id", "market_unknown", "the store has no such market")
    } else if reply.blames("pricelist") {
        at("/pricelist_id", "pricelist_unknown", "the store has no such pricelist")
    } else if reply.status == 404 {
        ConnectorError::new(ErrorCode::ConfigInvalid, "The Checkout API at this path does not support carts.").at_field(
            "/checkout_plugin_path",
            "wrong",
            "Enter the URI of the Checkout API plugin.",
        )
    } else {
        error::answer_invalid(&format!("to the place of a cart is a refusal (HTTP status {})", reply.status))
    }
}

/// Whether the store says that the cart goes to another country than this, or to none.
fn is_elsewhere(session: &Session, wanted: &str) -> bool {
    let location = session.answer.location.as_ref();
    location.is_some_and(|own| own.country.as_deref().is_none_or(|own| !own.eq_ignore_ascii_case(wanted)))
}

fn is_other_money(session: &Session, asked: &Asked<'_>) -> bool {
    let currency = session.answer.selection.as_ref().and_then(|selection| selection.currency.as_deref());
    currency.is_some_and(|currency| currency != asked.cart.currency.as_str())
}

/// Whether the cart stands where it should: same country, same currency. In a session that was used before, anything
/// else means that somebody moved it.
pub(super) fn check(session: &Session, asked: &mut Asked<'_>) -> Result<(), Trouble> {
    let currency = session.answer.selection.as_ref().and_then(|selection| selection.currency.as_deref());
    let location = session.answer.location.as_ref();
    let country = location.and_then(|location| location.country.as_deref());
    let wanted = asked.context.country.as_deref();
    let is_elsewhere = country.zip(wanted).is_some_and(|(country, wanted)| !country.eq_ignore_ascii_case(wanted));
    let is_other_money = is_other_money(session, asked);
    if (is_elsewhere || is_other_money) && session.is_used {
        return Err(Trouble::Lost);
    }
    if is_elsewhere {
        let text = "the store does not accept this country";
        let error = ConnectorError::new(ErrorCode::InvalidRequest, text);
        return Err(error.at_field("/ship_to/country", "country_not_served", text).into());
    }
    if is_other_money {
        let text = format!(
            "the store prices this cart in {}, not in {}: name a market and pricelist of that currency",
            currency.filter(|code| code.len() == 3).unwrap_or("another currency"),
            asked.cart.currency
        );
        let error = ConnectorError::new(ErrorCode::InvalidRequest, text.clone());
        return Err(error.at_field("/currency", "currency_mismatch", text).into());
    }
    let Some(wanted) = wanted else {
        asked.said.mend("country_needed", "/ship_to/country", "shipping and tax need the country");
        return Ok(());
    };
    let countries = &session.answer.countries;
    let own = countries.iter().find(|own| own.country.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(wanted)));
    if location.and_then(|location| location.ship_to) == Some(false) {
        // Stores are known that say so and deliver all the same: what they list counts more.
        let has_method = !session.answer.shipping_methods.is_empty() || session.shipping_method().is_some();
        if has_method && (own.is_some() || countries.is_empty()) {
            let text = "the store reports that it does not ship to this country, but lists a shipping method for it";
            asked.said.warn("country_unconfirmed", "/ship_to/country", text);
        } else {
            asked.said.fatal("country_not_served", "/ship_to/country", "the store does not ship to this country");
        }
    }
    if asked.context.region.is_none() && own.is_some_and(|country| !country.states.is_empty()) {
        let text = "taxes differ by state or province: name it for the right tax";
        asked.said.mend("region_needed", "/ship_to/region_code", text);
    }
    Ok(())
}
