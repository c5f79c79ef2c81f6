//! A cart priced through the Storefront API: country, market and pricelist; items, codes and address; then the session and the cart
//! are read, and every other delivery method is tried. Every cart has a session of its own, which is abandoned: it is never paid, and
//! knows no e-mail address.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Address, Pii},
    wire::credentials::Secret,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use crate::{
    error,
    map::{
        quote::Priced,
        storefront_cart::{deliveries, selection, totals},
    },
    storefront::Storefront,
    wire::storefront_cart::{Cart, Mutated, Payload, Place, Read, Wrong},
};

const PLACE: &str = include_str!("../../storefront/queries/place.graphql");
const WRONG: &str = include_str!("../../storefront/queries/wrong.graphql");
const CART: &str = include_str!("../../storefront/queries/cart.graphql");
/// Most items put in by one request.
const MOST_ITEMS: usize = 50;
/// Most delivery methods that are priced one by one.
const MOST_PRICED: usize = 20;

/// Prices the cart.
pub(super) async fn price(storefront: &Storefront, asked: &mut Asked<'_>) -> Result<Priced, ConnectorError> {
    let mut session = Session { storefront, token: None };
    place(&mut session, asked).await?;
    fill(&mut session, asked).await?;
    let document = format!(
        "query CartRead {{ session {{ ...Place }} selection(voucherMode: TOTAL) {{ ...Cart }} }} {PLACE} {CART}"
    );
    let read: Read = session.ask("CartRead", &document, &json!({}), true).await?;
    check(&read.session, storefront, asked)?;
    let mut cart = read.selection;
    refuse_missing(&cart, asked);
    if cart.used_fallback_tax {
        let text = "the store's tax service fails; the taxes may differ";
        asked.said.warn("tax_estimated", "", text);
    }
    avoid_fee(&mut session, &mut cart).await?;
    choose(&mut session, &mut cart, asked).await
}

/// A session. Its token is another one after the first answer, and whenever the platform says so.
struct Session<'a> {
    storefront: &'a Storefront,
    token: Option<Secret>,
}

impl Session<'_> {
    async fn ask<T: DeserializeOwned>(
        &mut self,
        operation: &'static str,
        document: &str,
        variables: &Value,
        idempotent: bool,
    ) -> Result<T, ConnectorError> {
        let answer = self.storefront.session(self.token.as_ref(), operation, document, variables, idempotent).await?;
        if answer.token.is_some() {
            self.token = answer.token;
        } else if self.token.is_none() {
            return Err(error::answer_invalid("of the Storefront API names no session"));
        }
        Ok(answer.data)
    }
}

/// Mutations of one document.
#[derive(Default)]
struct Changes {
    declared: Vec<String>,
    fields: Vec<String>,
    variables: Map<String, Value>,
}

impl Changes {
    /// Adds one under a name of its own; each argument is named with its type and value.
    fn add(&mut self, name: &str, mutation: &str, arguments: &[(&str, &str, Value)], rest: &str) {
        let mut given = vec![];
        for (argument, ty, value) in arguments {
            let variable = format!("{name}_{argument}");
            self.declared.push(format!("${variable}: {ty}"));
            given.push(format!("{argument}: ${variable}"));
            self.variables.insert(variable, value.clone());
        }
        let given = given.into_iter().chain((!rest.is_empty()).then(|| rest.to_owned())).collect::<Vec<_>>().join(", ");
        self.fields.push(format!("{name}: {mutation}({given}) {{ userErrors {{ ...Wrong }} }}"));
    }

    async fn send(
        self,
        session: &mut Session<'_>,
        operation: &'static str,
        idempotent: bool,
    ) -> Result<Mutated, ConnectorError> {
        if self.fields.is_empty() {
            return Ok(Mutated::default());
        }
        let declared = if self.declared.is_empty() { String::new() } else { format!("({})", self.declared.join(", ")) };
        let document = format!("mutation {operation}{declared} {{ {} }} {WRONG}", self.fields.join(" "));
        session.ask(operation, &document, &Value::Object(self.variables), idempotent).await
    }
}

fn wrong<'m>(mutated: &'m Mutated, name: &str) -> Option<&'m Wrong> {
    mutated.get(name).and_then(Option::as_ref).and_then(|own| own.user_errors.first())
}

/// Sets where the cart is sold: the country first, because it chooses market and pricelist anew.
async fn place(session: &mut Session<'_>, asked: &mut Asked<'_>) -> Result<(), ConnectorError> {
    let context = &asked.context;
    let mut changes = Changes::default();
    if let Some(country) = &context.country {
        let mut arguments = vec![("countryCode", "String!", json!(country))];
        arguments.extend(context.region.as_ref().map(|region| ("stateCode", "String", json!(region))));
        changes.add("country", "setCountryState", &arguments, "");
    }
    let number = |id: &Option<String>| id.as_deref().and_then(|id| id.parse::<i64>().ok());
    if session.storefront.has_secret() {
        for (name, mutation, id) in
            [("market", "setMarket", &context.market), ("pricelist", "setPricelist", &context.pricelist)]
        {
            if let Some(id) = number(id) {
                changes.add(name, mutation, &[("id", "Int!", json!(id))], "");
            }
        }
    }
    if let Some(language) = &context.language {
        changes.add("language", "setLanguage", &[("code", "String!", json!(language))], "");
    }
    // Nothing stands yet: an answer that is lost leaves a session that nobody knows.
    let mutated = changes.send(session, "CartPlace", true).await?;
    let refuse = |pointer: &str, code: &str, text: &str| {
        Err(ConnectorError::new(ErrorCode::InvalidRequest, text).at_field(pointer, code, text))
    };
    if let Some(own) = wrong(&mutated, "country") {
        if !blames(own, "state") || context.region.is_none() {
            return refuse("/ship_to/country", "country_unknown", "the store does not have this country");
        }
        let text = format!(
            "{} has no such state or province, by the store's list",
            context.country.as_deref().unwrap_or_default()
        );
        asked.said.mend("region_unknown", "/ship_to/region_code", text);
    }
    if wrong(&mutated, "market").is_some() {
        return refuse("/market_id", "market_unknown", "the store has no such market");
    }
    if wrong(&mutated, "pricelist").is_some() {
        return refuse("/pricelist_id", "pricelist_unknown", "the store has no such pricelist");
    }
    if wrong(&mutated, "language").is_some() {
        asked.said.note("language_unknown", "/locale", "the store has no such language; its own texts are given");
    }
    Ok(())
}

/// Puts items, codes and the address in.
async fn fill(session: &mut Session<'_>, asked: &mut Asked<'_>) -> Result<(), ConnectorError> {
    let wanted = asked.wanted();
    let mut last = Changes::default();
    let chunks: Vec<_> = wanted.chunks(MOST_ITEMS).collect();
    for (number, items) in chunks.iter().enumerate() {
        let mut changes = Changes::default();
        for (index, (item, quantity)) in items.iter().enumerate() {
            let arguments = [("item", "String!", json!(item.0)), ("quantity", "Int!", json!(quantity))];
            changes.add(&format!("item{index}"), "addItem", &arguments, "");
        }
        if number + 1 == chunks.len() {
            last = changes;
            break;
        }
        // What adds is sent once.
        let mutated = changes.send(session, "CartItems", false).await?;
        note_items(&mutated, items, asked);
    }
    for (index, code) in asked.cart.discounts.iter().enumerate().filter(|(_, own)| !own.code.trim().is_empty()) {
        last.add(&format!("code{index}"), "addVoucher", &[("code", "String!", json!(code.code.trim()))], "");
    }
    if let Some(address) = &asked.cart.ship_to {
        let own = fields(address, asked);
        last.add(
            "address",
            "setAddress",
            &[("shippingAddress", "AddressInput!", own)],
            "sendCartAbandonmentEmail: false",
        );
    }
    let mutated = last.send(session, "CartItems", false).await?;
    note_items(&mutated, chunks.last().copied().unwrap_or_default(), asked);
    for index in 0..asked.cart.discounts.len() {
        if wrong(&mutated, &format!("code{index}")).is_some() {
            let text = "the store does not accept this code for this cart";
            asked.said.mend("discount_refused", format!("/discounts/{index}/code"), text);
        }
    }
    if let Some(own) = wrong(&mutated, "address") {
        if blames(own, "zip") {
            let text = "the store does not accept it as a postal code of this country";
            asked.said.mend("postal_code_invalid", "/ship_to/postal_code", text);
        } else {
            let text = "the store does not accept the address, so shipping and tax may be wrong";
            asked.said.warn("address_refused", "/ship_to", text);
        }
    }
    Ok(())
}

/// The address, as far as prices depend on it.
fn fields(address: &Address, asked: &Asked<'_>) -> Value {
    let text = |field: &Option<Pii<String>>| {
        field.as_ref().map(|text| text.0.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let mut own = json!({ "country": asked.context.country.as_deref().unwrap_or_default() });
    let parts = [
        ("state", asked.context.region.clone()),
        ("zipCode", text(&address.postal_code)),
        ("city", text(&address.city)),
        ("address1", text(&address.line1)),
        ("address2", text(&address.line2)),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            own[name] = json!(value);
        }
    }
    own
}

fn note_items(mutated: &Mutated, items: &[(crate::checkout::ItemId, u32)], asked: &mut Asked<'_>) {
    for (index, (item, _)) in items.iter().enumerate() {
        let Some(own) = wrong(mutated, &format!("item{index}")) else { continue };
        for line in asked.lines.iter_mut().filter(|line| line.item.as_ref() == Some(item)) {
            line.available = own.available_quantity;
            line.is_refused = own.available_quantity.is_none();
        }
    }
}

/// What is not in the cart although nothing was said about it is not sold.
fn refuse_missing(cart: &Cart, asked: &mut Asked<'_>) {
    let held: Vec<String> =
        cart.lines.iter().map(|line| format!("{}-{}", line.display_item.id, line.item.product_size_id)).collect();
    for line in &mut asked.lines {
        let is_missing = line.item.as_ref().is_some_and(|item| !held.contains(&item.0));
        line.is_refused |= is_missing && line.available.is_none();
    }
}

fn blames(own: &Wrong, word: &str) -> bool {
    own.error.path.iter().any(|part| part.to_ascii_lowercase().contains(word))
        || own.error.message.to_ascii_lowercase().contains(word)
}

/// Whether the cart is sold where it should be: an address may move it to its country's own market and pricelist.
fn check(place: &Place, storefront: &Storefront, asked: &mut Asked<'_>) -> Result<(), ConnectorError> {
    let refuse = |pointer: &str, code: &str, text: String| {
        Err(ConnectorError::new(ErrorCode::InvalidRequest, text.clone()).at_field(pointer, code, text))
    };
    let context = &asked.context;
    let other = |wanted: &Option<String>, own: i64| wanted.as_deref().is_some_and(|wanted| wanted != own.to_string());
    let moved = [
        ("market", "/market_id", other(&context.market, place.market.id)),
        ("pricelist", "/pricelist_id", other(&context.pricelist, place.pricelist.id)),
    ];
    for (what, pointer, is_other) in moved {
        if is_other && storefront.has_secret() {
            return Err(error::answer_invalid(&format!(
                "prices the cart in another {what} than was set: the store moves carts to that of their address"
            )));
        }
        if is_other {
            let text = format!(
                "the store sells to this country in another {what}: without the shared secret of the Storefront API it cannot be set"
            );
            return refuse(pointer, "not_reachable", text);
        }
    }
    let currency = place.pricelist.currency.code.as_deref();
    if currency.is_some_and(|own| own != asked.cart.currency.as_str()) {
        let text = format!(
            "the store prices this cart in {}, not in {}: name a market and pricelist of that currency",
            currency.filter(|code| code.len() == 3).unwrap_or("another currency"),
            asked.cart.currency
        );
        return refuse("/currency", "currency_mismatch", text);
    }
    let Some(wanted) = &context.country else {
        asked.said.mend("country_needed", "/ship_to/country", "shipping and tax need the country");
        return Ok(());
    };
    if !place.country.code.eq_ignore_ascii_case(wanted) {
        return refuse("/ship_to/country", "country_not_served", "the store does not accept this country".to_owned());
    }
    if place.country.ship_to == Some(false) {
        asked.said.fatal("country_not_served", "/ship_to/country", "the store does not ship to this country");
    }
    if context.region.is_none() && !place.country.states.is_empty() {
        let text = "taxes differ by state or province: name it for the right tax";
        asked.said.mend("region_needed", "/ship_to/region_code", text);
    }
    Ok(())
}

/// Chooses a payment method without a fee if the cart has one with: the channel takes the money in a way of its own.
async fn avoid_fee(session: &mut Session<'_>, cart: &mut Cart) -> Result<(), ConnectorError> {
    let has_fee = totals(cart).handling_cost_price_as_number.exact().is_some_and(|fee| !fee.0.is_zero());
    let is_free = |fee: crate::wire::amount::Amount| fee.or_zero().is_some_and(|fee| fee.0.is_zero());
    let methods = cart.checkout.iter().flat_map(|own| &own.payment_methods);
    let free = methods.filter(|_| has_fee).find(|own| is_free(own.handling_cost.value)).map(|own| own.id);
    if let Some(free) = free
        && let Some(changed) = set(session, "CartPayment", "setPaymentMethod", free).await?
    {
        *cart = changed;
    }
    Ok(())
}

/// Counts the delivery method that the cart chose, or the store's usual one, and prices the others if asked to.
async fn choose(session: &mut Session<'_>, cart: &mut Cart, asked: &mut Asked<'_>) -> Result<Priced, ConnectorError> {
    let current = |cart: &Cart| cart.checkout.as_ref()?.shipping_method.as_ref().map(|own| own.id.to_string());
    let listed: Vec<String> = deliveries(cart).into_iter().map(|own| own.uri).collect();
    let (usual, usual_totals) = (current(cart), totals(cart));
    if let Some(wanted) = asked.cart.shipping_method_id.as_ref().map(ToString::to_string)
        && usual.as_ref() != Some(&wanted)
    {
        let id = wanted.parse::<i64>().ok().filter(|_| listed.contains(&wanted));
        let changed = match id {
            Some(id) => set(session, "CartShipping", "setShippingMethod", id).await?,
            None => None,
        };
        if let Some(changed) = changed.filter(|own| current(own).as_ref() == Some(&wanted)) {
            *cart = changed;
        } else {
            let text = "this shipping method is not available for this cart";
            asked.said.mend("shipping_unavailable", "/shipping_method_id", text);
        }
    }
    let counted = current(cart);
    let own_totals = totals(cart);
    let mut priced = deliveries(cart);
    for own in &mut priced {
        if counted.as_ref() == Some(&own.uri) {
            own.totals = Some(own_totals.clone());
        } else if asked.every_method && usual.as_ref() == Some(&own.uri) {
            own.totals = Some(usual_totals.clone());
        }
    }
    if asked.every_method {
        if priced.len() > MOST_PRICED {
            let text = format!("only the first {MOST_PRICED} shipping methods were priced with their tax");
            asked.said.note("shipping_not_priced", "", text);
        }
        for own in priced.iter_mut().filter(|own| own.totals.is_none()).take(MOST_PRICED) {
            let Ok(id) = own.uri.parse() else { continue };
            let changed = set(session, "CartShipping", "setShippingMethod", id).await?;
            own.totals = changed.filter(|cart| current(cart).as_ref() == Some(&own.uri)).map(|cart| totals(&cart));
        }
    }
    Ok(Priced { selection: selection(cart), deliveries: priced, country_is_known: asked.context.country.is_some() })
}

/// Sets a method by its id; gives the cart with it, unless it is refused.
async fn set(
    session: &mut Session<'_>,
    operation: &'static str,
    mutation: &str,
    id: i64,
) -> Result<Option<Cart>, ConnectorError> {
    let document = format!(
        "mutation {operation}($id: Int!) {{ own: {mutation}(id: $id) {{ selection(voucherMode: TOTAL) {{ ...Cart }} userErrors {{ ...Wrong }} }} }} {WRONG} {CART}"
    );
    let mut mutated: Mutated = session.ask(operation, &document, &json!({ "id": id }), true).await?;
    let own: Payload = mutated.remove("own").flatten().unwrap_or_default();
    Ok(own.selection.filter(|_| own.user_errors.is_empty()))
}
