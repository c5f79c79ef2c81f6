//! The address, as far as prices depend on it. No name, no telephone number, and never an e-mail address: no mail about an
//! abandoned cart can be sent for a cart that was only priced.

use connector_api::domain::{Address, Pii};
use serde_json::{Value, json};

use super::asked::Asked;
use crate::checkout::{Checkout, Context, Session, Trouble};

/// Tells the address, unless the session knows it.
pub(super) async fn report(checkout: &Checkout, session: &mut Session, asked: &mut Asked<'_>) -> Result<(), Trouble> {
    let Some(address) = &asked.cart.ship_to else { return Ok(()) };
    let body = fields(address, &asked.context, true);
    if session.address.as_ref() == Some(&body) {
        return Ok(());
    }
    let parts = ["payment-fields"];
    let mut reply = session.call(checkout, "PUT", &parts, "CheckoutAddress", Some(&body)).await?;
    if !reply.granted() && reply.blames("zip") {
        asked.said.mend(
            "postal_code_invalid",
            "/ship_to/postal_code",
            "the store does not accept it as a postal code of this country",
        );
        session.is_spoiled = true;
        // What an earlier cart said must not stay.
        let without = fields(address, &asked.context, false);
        reply = session.call(checkout, "PUT", &parts, "CheckoutAddress", Some(&without)).await?;
    }
    if reply.granted() {
        session.address = Some(body);
    } else {
        let (code, pointer) = if reply.blames("state") {
            ("region_unknown", "/ship_to/region_code")
        } else {
            ("address_refused", "/ship_to")
        };
        asked.said.warn(code, pointer, "the store does not accept the address, so shipping and tax may be wrong");
        session.is_spoiled = true;
    }
    Ok(())
}

/// Both addresses, with every field: what is empty overwrites.
fn fields(address: &Address, context: &Context, with_postal_code: bool) -> Value {
    let text = |field: &Option<Pii<String>>| field.as_ref().map(|text| text.0.trim().to_owned()).unwrap_or_default();
    let postal_code = if with_postal_code { text(&address.postal_code) } else { String::new() };
    let fields = json!({
        "address1": text(&address.line1),
        "address2": text(&address.line2),
        "zipCode": postal_code,
        "city": text(&address.city),
        "state": context.region.as_deref().unwrap_or_default(),
        "country": context.country.as_deref().unwrap_or_default(),
    });
    json!({ "address": fields, "shippingAddress": fields })
}
