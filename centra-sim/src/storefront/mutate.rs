//! Mutations: each changes the session's cart by the same code as the Checkout API, then answers with what became of it.

use serde_json::{Map, Value, json};

use super::cart::payment_uri;
use super::outcome::Done;
use super::run::{Failure, Run, node};
use crate::checkout::Sessions;
use crate::checkout::change::{Change, Changed, add_voucher, fields, remove_voucher};
use crate::checkout::selection::Line;
use crate::plan::PlanField;
use crate::value::Kind;

impl Run<'_> {
    /// Carries out one mutation on the session's cart.
    pub(super) fn mutate(&mut self, field: &PlanField, sessions: &mut Sessions) -> Result<Done, Failure> {
        let arguments = &field.arguments;
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let change = Change { writer: self.writer };
        let own = &mut self.selection;
        let name = field.name.as_str();
        let changed = match name {
            "setCountryState" => {
                let kept = own.basket.clone();
                (own.basket.market, own.basket.pricelist) = (None, None);
                let state = arguments.get("stateCode").and_then(Value::as_str);
                let changed = change.country(own, &text("countryCode"), state);
                if changed.alone {
                    own.basket = kept;
                }
                changed
            }
            "setMarket" => change.context(own, &json!({ "market": arguments.get("id") })),
            "setPricelist" => change.context(own, &json!({ "pricelist": arguments.get("id") })),
            "setLanguage" => change.context(own, &json!({ "language": text("code") })),
            "addItem" => change.add(own, &text("item"), field.int_argument("quantity").unwrap_or(1)),
            "addFlexibleBundle" => {
                let input = json!({ "sections": arguments.get("sections"), "quantity": arguments.get("quantity") });
                change.add_bundle(own, &text("item"), &input)
            }
            "updateLine" => match field.int_argument("quantity") {
                Some(quantity) => change.line(own, "PUT", &text("lineId"), &["quantity", &quantity.to_string()]),
                None => Changed::default(),
            },
            "deleteLine" => change.line(own, "DELETE", &text("lineId"), &[]),
            "addVoucher" => add_voucher(own, &text("code")),
            "removeVoucher" => remove_voucher(own, &text("code")),
            "setAddress" => self.set_address(arguments),
            "setShippingMethod" => {
                let id = field.int_argument("id").unwrap_or(0);
                change.shipping(own, self.writer.view.get(Kind::ShippingOption, id, "uri").as_str().unwrap_or_default())
            }
            "setPaymentMethod" => {
                change.payment(own, payment_uri(field.int_argument("id").unwrap_or(0)).unwrap_or_default())
            }
            "paymentInstructions" => return Ok(self.pay(&arguments["input"], sessions)),
            "paymentResult" => return Ok(self.paid(&arguments["paymentMethodFields"], sessions)),
            _ => {
                let message = format!("{name} is not simulated");
                return Err(Failure { message, path: vec![field.key.as_str().into()] });
            }
        };
        let errors = self.errors(&changed, path_of(name));
        let mails = (changed.email, changed.abandonment_mail);
        let selection = node("Selection", 0);
        let payload = match name {
            "setMarket" | "setPricelist" | "setLanguage" => {
                json!({ "__typename": "SessionPayload", "session": self.session(), "selection": selection, "userErrors": errors })
            }
            "addItem" | "addFlexibleBundle" => {
                let item = text("item");
                let is_it = |line: &&Line| line.item.split('+').next() == Some(item.as_str()) && !changed.alone;
                let added = self.selection.lines.iter().rev().find(is_it);
                let line = added.map(|line| line.id.clone()).map_or(Value::Null, |id| self.line_of(&id));
                json!({ "__typename": "AddItemPayload", "line": line, "selection": selection, "userErrors": errors })
            }
            _ => {
                json!({ "__typename": "GenericSelectionMutationPayload", "selection": selection, "userErrors": errors })
            }
        };
        Ok(Done { payload, mails })
    }

    /// Where there is no separate billing address, the shipping address counts for both.
    fn set_address(&mut self, arguments: &Map<String, Value>) -> Changed {
        let shipping = arguments.get("shippingAddress").cloned().unwrap_or_default();
        let code = shipping["country"].as_str().unwrap_or_default().to_owned();
        if crate::checkout::context::country_row(self.writer.view, &code).is_none() {
            return Changed::error(axum::http::StatusCode::NOT_FOUND, "country", "country not found");
        }
        let billing = arguments.get("separateBillingAddress").filter(|own| !own.is_null()).unwrap_or(&shipping);
        let input = json!({ "address": billing, "shippingAddress": shipping,
            "cartAbandonmentEmail": arguments.get("sendCartAbandonmentEmail").is_none_or(|wanted| *wanted == true) });
        let moves = self.store.config.storefront.address_moves;
        let changed = fields(&mut self.selection, &input);
        if !changed.alone && moves {
            (self.selection.basket.market, self.selection.basket.pricelist) = (None, None);
        }
        changed
    }
}

/// The argument that an error of a mutation is about.
fn path_of(mutation: &str) -> Option<&'static str> {
    Some(match mutation {
        "setMarket" | "setPricelist" | "setShippingMethod" | "setPaymentMethod" => "id",
        "setLanguage" | "addVoucher" | "removeVoucher" => "code",
        "addItem" | "addFlexibleBundle" => "item",
        "updateLine" | "deleteLine" => "lineId",
        _ => return None,
    })
}
