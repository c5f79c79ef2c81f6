//! Orders of carts. Centra's page of the External Payment plugin describes the Checkout API only; which action carries the
//! selection's hash here is a guess: a form with the field `selection`.

use serde_json::{Map, Value, json};

use super::cart::payment_uri;
use super::outcome::Done;
use super::run::{Run, node};
use crate::checkout::Sessions;
use crate::checkout::payment::Payment;

impl Run<'_> {
    pub(super) fn pay(&mut self, input: &Value, sessions: &mut Sessions) -> Done {
        let shipping = &input["shippingAddress"];
        let billing =
            if input["separateBillingAddress"].is_null() { shipping } else { &input["separateBillingAddress"] };
        let method =
            input["paymentMethod"].as_i64().filter(|id| *id != 0).map(|id| payment_uri(id).unwrap_or_default());
        let own = json!({ "address": billing, "shippingAddress": shipping, "paymentMethod": method,
            "termsAndConditions": input["termsAndConditions"],
            "paymentReturnPage": input["paymentReturnPage"], "paymentFailedPage": input["paymentFailedPage"] });
        let payment = Payment { store: self.store, writer: self.writer };
        let changed = payment.begin(&mut self.selection, &own);
        // The payment result finds the cart by its hash.
        if let Some(kept) = sessions.named(&self.selection.hash) {
            kept.clone_from(&self.selection);
        }
        let errors = self.errors(&changed, None);
        let action = match changed.body.get("action").and_then(Value::as_str) {
            Some("external") => {
                json!({ "__typename": "FormPaymentAction", "action": "FORM", "formType": "external-payment", "html": "",
                "formFields": { "selection": self.selection.hash } })
            }
            Some("redirect") => {
                json!({ "__typename": "RedirectPaymentAction", "action": "REDIRECT", "url": changed.body["url"] })
            }
            Some("success") => {
                json!({ "__typename": "SuccessPaymentAction", "action": "SUCCESS", "formFields": null, "order": self.order() })
            }
            _ => Value::Null,
        };
        let payload = json!({ "__typename": "PaymentInstructionsPayload", "action": action, "selection": node("Selection", 0), "userErrors": errors });
        Done { payload, mails: (changed.email, false) }
    }

    pub(super) fn paid(&mut self, given: &Value, sessions: &mut Sessions) -> Done {
        let payment = Payment { store: self.store, writer: self.writer };
        let changed = payment.result(sessions, given);
        let paid = sessions.named(given["selection"].as_str().unwrap_or_default()).cloned();
        if let Some(own) = paid.as_ref().filter(|own| own.hash == self.selection.hash) {
            self.selection.clone_from(own);
        }
        let mut errors = self.errors(&changed, None);
        let selection = node("Selection", 0);
        let is_paid = changed.body.contains_key("order");
        if let (false, Some(words)) = (is_paid, changed.body.get("messages").and_then(|own| own.get(0))) {
            errors = json!([{ "__typename": "UserErrorBase", "message": words, "path": ["paymentMethodFields"] }]);
        }
        let payload = if is_paid {
            json!({ "__typename": "PaymentResultSuccessPayload", "type": "SUCCESS", "order": self.order_of(paid.and_then(|own| own.orders.last().copied())), "selection": selection, "userErrors": [] })
        } else {
            json!({ "__typename": "PaymentResultFailedPayload", "type": "FAILED", "selection": selection, "userErrors": errors })
        };
        Done { payload, mails: (false, false) }
    }

    /// The latest order of the session.
    pub(super) fn order(&self) -> Value {
        self.order_of(self.selection.orders.last().or(self.selection.former_orders.last()).copied())
    }

    fn order_of(&self, number: Option<i64>) -> Value {
        let Some(number) = number else { return Value::Null };
        let hash = self.store.book().orders.get(&number).map(|order| order.hash.clone());
        Value::Object(Map::from_iter([
            ("__typename".to_owned(), Value::from("Order")),
            ("id".to_owned(), hash.into()),
            ("number".to_owned(), number.into()),
            ("status".to_owned(), "PENDING".into()),
        ]))
    }
}
