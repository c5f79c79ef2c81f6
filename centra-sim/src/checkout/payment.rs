//! From a selection to an order: `POST payment`, `POST payment-result`, `GET receipt`. The External Payment plugin is the one
//! that takes money; the other methods only say where a shopper would be sent.
//!
//! Documented: the actions, the signed fields, 201, 410 and 412, and that one order comes of a selection. Decided here: a wrong
//! signature is 412, and so is what is missing in its fields; another amount than the cart's makes an order that is held.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::change::{Changed, fields, unavailable};
use super::context::{Context, ships_to};
use super::goods::Item;
use super::pricing::{Ledger, PricedLine, payment_methods, price};
use super::selection::{Selection, Sessions};
use super::settings::{Quirk, StockMode};
use super::writer::Writer;
use crate::money::decimal;
use crate::orders::order::{self, LineCampaign, LineKind, Order, Status};
use crate::sale::effective_price::Applied;
use crate::seed::base::{EXTERNAL_PAYMENT, EXTERNAL_PAYMENT_PLUGIN};
use crate::shop::View;
use crate::store::Store;
use crate::value::Kind;

/// Names of an address's fields here and in `Address`.
const FIELDS: [(&str, &str); 11] = [
    ("email", "email"),
    ("firstName", "firstName"),
    ("lastName", "lastName"),
    ("company", "companyName"),
    ("phoneNumber", "phoneNumber"),
    ("address1", "address1"),
    ("address2", "address2"),
    ("city", "city"),
    ("zipCode", "zipCode"),
    ("state", "stateOrProvince"),
    ("country", "country"),
];

/// Makes orders of selections.
#[derive(Clone, Copy)]
pub(crate) struct Payment<'a> {
    pub(crate) store: &'a Store,
    pub(crate) writer: Writer<'a>,
}

impl Payment<'_> {
    /// The answer to a route that is about payments or about what became of a selection; none for the others.
    pub(crate) fn answer(
        self,
        sessions: &mut Sessions,
        token: &str,
        method: &str,
        parts: &[&str],
        input: &Value,
    ) -> Option<Changed> {
        match (method, parts) {
            ("POST", ["payment"]) => Some(self.begin(sessions.of(token), input)),
            ("POST", ["payment-result"]) => Some(self.result(sessions, &input["paymentMethodFields"])),
            ("GET", ["receipt"]) => {
                let selection = sessions.of(token);
                let missing = || Changed::error(StatusCode::NOT_FOUND, "order", "order not found");
                Some(if selection.orders.is_empty() { missing() } else { self.receipt(StatusCode::OK, selection) })
            }
            // After completion the order is reported instead.
            ("GET", ["selection"]) if !sessions.of(token).orders.is_empty() => {
                Some(self.receipt(StatusCode::OK, sessions.of(token)))
            }
            _ => None,
        }
    }

    pub(crate) fn begin(self, selection: &mut Selection, input: &Value) -> Changed {
        let missing = |field: &str| Changed::error(StatusCode::BAD_REQUEST, field, "required field");
        for page in ["paymentReturnPage", "paymentFailedPage"] {
            if input[page].as_str().is_none_or(str::is_empty) {
                return missing(page);
            }
        }
        if input["termsAndConditions"] != true {
            return missing("termsAndConditions");
        }
        for field in ["country", "email"] {
            if input["address"][field].as_str().is_none_or(str::is_empty) {
                return missing(field);
            }
        }
        if let Some(failed) = self.spoiled() {
            return failed;
        }
        let changed = fields(selection, input);
        if changed.status != StatusCode::OK {
            return changed;
        }
        if let Some(wanted) = input["paymentMethod"].as_str() {
            if !payment_methods(self.writer.settings).any(|(uri, ..)| uri == wanted) {
                return Changed::error(StatusCode::NOT_FOUND, "paymentMethod", "payment method not found");
            }
            selection.basket.payment_method = Some(wanted.to_owned());
        }
        if !selection.basket.country.as_deref().is_some_and(|country| ships_to(self.writer.view, country)) {
            return Changed::error(StatusCode::BAD_REQUEST, "country", "we do not ship there");
        }
        if let Some(gone) = self.sold_out(selection) {
            return gone;
        }
        let ledger = self.ledger(selection);
        if ledger.lines.is_empty() {
            return Changed::error(StatusCode::BAD_REQUEST, "items", "the selection is empty");
        }
        if ledger.total == 0 {
            self.place(selection, &ledger, None);
            let mut changed = self.receipt(StatusCode::OK, selection);
            changed.body.insert("action".to_owned(), "success".into());
            return changed;
        }
        let method = selection.basket.payment_method.clone().unwrap_or_default();
        let is_external = method == EXTERNAL_PAYMENT;
        selection.begun = Some(method);
        Changed::alone(
            StatusCode::OK,
            if is_external {
                json!({ "action": "external", "selection": selection.hash })
            } else {
                json!({ "action": "redirect", "url": "https://psp.example/pay" })
            },
        )
    }

    /// What comes of a payment whose provider fails, or for which a consent is missing. Which status goes with it is not
    /// documented.
    fn spoiled(self) -> Option<Changed> {
        let has = |quirk| self.writer.settings.has(quirk);
        if has(Quirk::ProviderFails) {
            let body = json!({ "errors": { "paymentMethod": "failed" }, "code": -7,
                "message": "The provider does not answer", "messages": ["The provider does not answer"] });
            return Some(Changed::alone(StatusCode::BAD_REQUEST, body));
        }
        if has(Quirk::PaymentFails) {
            let body = json!({ "action": "failed", "code": -4, "message": "The provider declines" });
            return Some(Changed::alone(StatusCode::OK, body));
        }
        let missing = || Changed::error(StatusCode::BAD_REQUEST, "consents", "consent is required");
        has(Quirk::ConsentMissing).then(missing)
    }

    /// A last look at stock: what is not there leaves the selection.
    fn sold_out(self, selection: &mut Selection) -> Option<Changed> {
        if self.writer.settings.stock == StockMode::Off {
            return None;
        }
        let (view, basket) = (self.writer.view, &selection.basket);
        let market = Context::of(view, basket.country.as_deref(), basket.market, basket.pricelist).market;
        let mut gone = vec![];
        for line in &mut selection.lines {
            let stock = Item::read(view, &line.item).and_then(|item| item.stock(view, market));
            if let Some(left) = stock.filter(|stock| *stock < line.quantity) {
                gone.push(unavailable(&line.item, line.quantity, left));
                line.quantity = left;
            }
        }
        selection.lines.retain(|line| line.quantity > 0);
        let mut reported = json!({ "errors": { "item": "not enough in stock" } });
        if !self.writer.settings.has(Quirk::SoldOutUnlisted) {
            reported["unavailable"] = gone.clone().into();
        }
        (!gone.is_empty()).then(|| Changed { alone: false, ..Changed::alone(StatusCode::GONE, reported) })
    }

    pub(crate) fn result(self, sessions: &mut Sessions, given: &Value) -> Changed {
        let failed = |message: String| {
            let body = json!({ "errors": { "paymentMethod": "failed" }, "messages": [message] });
            Changed::alone(StatusCode::PRECONDITION_FAILED, body)
        };
        let text = |name: &str| given[name].as_str().unwrap_or_default();
        let Some(selection) = sessions.named(text("selection")) else {
            return Changed::error(StatusCode::NOT_FOUND, "selection", "selection not found");
        };
        if let Err(message) = awaits_payment(selection) {
            return failed(message);
        }
        let (Some(timestamp), Some(success)) = (given["timestamp"].as_i64(), given["success"].as_bool()) else {
            return failed("Missing fields".to_owned());
        };
        let (amount, currency, reference) = (text("amount"), text("currency"), text("transactionReference"));
        let signed = format!("{}:{amount}:{currency}:{timestamp}:{reference}:{success}", selection.hash);
        if self.signature(&signed).as_deref() != Some(text("signature")) {
            return failed("Invalid signature".to_owned());
        }
        if !success {
            return failed("Authorization failed".to_owned());
        }
        match self.authorize(selection, amount, currency, reference) {
            Ok(()) => self.receipt(StatusCode::CREATED, selection),
            Err(message) => failed(message),
        }
    }

    /// Makes the order of a selection whose payment was authorized.
    pub(crate) fn authorize(
        self,
        selection: &mut Selection,
        amount: &str,
        currency: &str,
        reference: &str,
    ) -> Result<(), String> {
        awaits_payment(selection)?;
        let ledger = self.ledger(selection);
        if currency != ledger.currency {
            return Err(format!("Mismatched currency: {currency}, basket currency: {}", ledger.currency));
        }
        self.place(selection, &ledger, Some((amount, reference)));
        Ok(())
    }

    pub(crate) fn signature(self, payload: &str) -> Option<String> {
        let secret = self.writer.settings.external_payment.as_ref()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(payload.as_bytes());
        Some(STANDARD.encode(hex::encode(mac.finalize().into_bytes())))
    }

    fn ledger(self, selection: &Selection) -> Ledger {
        price(self.writer.view, self.writer.settings, &selection.priced())
    }

    /// The order: `order.order` is its number; older answers have it in `order` itself.
    fn receipt(self, status: StatusCode, selection: &Selection) -> Changed {
        let number = selection.orders.first().map(ToString::to_string).unwrap_or_default();
        Changed::alone(
            status,
            if self.writer.settings.has(Quirk::OldNames) {
                json!({ "order": number, "status": "untouched" })
            } else {
                json!({ "order": { "order": number, "status": "untouched", "statusDescription": "Pending" } })
            },
        )
    }

    /// Writes the order; one for each line where the store splits them.
    fn place(self, selection: &mut Selection, ledger: &Ledger, paid: Option<(&str, &str)>) {
        let (view, basket) = (self.writer.view, &selection.basket);
        let context = Context::of(view, basket.country.as_deref(), basket.market, basket.pricelist);
        let now = self.store.now();
        let billing = address(&selection.address);
        let delivery = address(&selection.shipping_address);
        let delivery = if delivery.is_empty() { billing.clone() } else { delivery };
        let email =
            billing.iter().find(|(name, _)| *name == "email").map(|(_, email)| email.clone()).unwrap_or_default();
        let on_top = ledger.tax_added + ledger.tax_deducted + ledger.handling;
        let rate = if ledger.tax_added == 0 { ledger.rate.round().to_string().parse().unwrap_or(0) } else { 0 };
        let price_group = view
            .ids_after(Kind::ShippingOption, 0)
            .find(|id| view.get(Kind::ShippingOption, *id, "uri").as_str() == ledger.selected.as_deref())
            .and_then(|id| view.references(Kind::ShippingOption, id, "shippingPriceGroups").first().copied());
        let parts = if self.store.config.split_orders { 1 } else { ledger.lines.len().max(1) };
        let mut book = self.store.book();
        let known = book.customers.get(&email).copied();
        let customer = known.unwrap_or_else(|| book.id());
        book.customers.insert(email, customer);
        for (place, part) in ledger.lines.chunks(parts).enumerate() {
            let number = book.number();
            let lines = part.iter().filter_map(|own| Some((Item::read(view, &own.item)?, own)));
            let lines: Vec<order::Line> = lines
                .flat_map(|(item, own)| {
                    let parts = item.parts(view, &own.item);
                    let parts: Vec<(i64, i64)> =
                        parts.iter().map(|(_, part, quantity)| (part.size, *quantity)).collect();
                    let line = order::Line {
                        id: book.id(),
                        size: item.size,
                        ordered: own.quantity,
                        cancelled: 0,
                        unit: own.unit,
                        original: own.unit_before,
                        campaign: line_campaign(view, own),
                        kind: LineKind::Product,
                    };
                    line.with_parts(&parts, || book.id())
                })
                .collect();
            let is_first = place == 0;
            let payments = paid.map(|(amount, reference)| order::Payment {
                id: book.id(),
                kind: "AUTH",
                minor: if is_first { minor(amount, ledger.digits) } else { 0 },
                reference: Some(reference.to_owned()),
                at: now,
            });
            let own = Order {
                number,
                hash: format!("{:032x}", u128::from(number.unsigned_abs()) << 64 | 0x00ce_472a),
                status: Status::Pending,
                held: paid.is_some_and(|(amount, _)| amount != decimal(ledger.total, ledger.digits)),
                external_id: None,
                market: context.market,
                pricelist: context.pricelist,
                currency: context.currency,
                shipping: if is_first { ledger.shipping } else { 0 },
                discount: if is_first { ledger.discount } else { 0 },
                tax_percent: rate,
                on_top: if is_first { on_top } else { 0 },
                payment_plugin: EXTERNAL_PAYMENT_PLUGIN,
                selection: Some(selection.hash.clone()),
                price_group,
                lines,
                shipments: vec![],
                returns: vec![],
                payments: payments.into_iter().collect(),
                customer,
                delivery: delivery.clone(),
                billing: billing.clone(),
                internal_comment: None,
                comment: String::new(),
                attributes: vec![],
                placed_at: now,
                updated_at: now,
            };
            book.orders.insert(number, own);
            selection.orders.push(number);
        }
        drop(book);
        for number in &selection.orders {
            self.store.show_order(*number, "create");
        }
    }
}

fn awaits_payment(selection: &Selection) -> Result<(), String> {
    let awaits = selection.orders.is_empty() && selection.begun.as_deref() == Some(EXTERNAL_PAYMENT);
    if awaits { Ok(()) } else { Err("No payment is awaited for this selection".to_owned()) }
}

fn line_campaign(view: View<'_>, line: &PricedLine) -> Option<LineCampaign> {
    let campaign = view.overlay.campaigns.get(line.campaign?)?;
    let variant = Item::read(view, &line.item)?.variant;
    let row = campaign.variants.iter().find(|row| row.variant == variant)?;
    Some(LineCampaign::of(Applied { campaign, row }))
}

fn address(given: &Map<String, Value>) -> Vec<(&'static str, String)> {
    let own = FIELDS.iter().filter_map(|(field, known)| Some((*known, given.get(*field)?.as_str()?.to_owned())));
    own.collect()
}

/// `"100.00"` in sub-units.
pub(crate) fn minor(amount: &str, digits: u32) -> i64 {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let fraction: String =
        fraction.chars().chain(std::iter::repeat('0')).take(usize::try_from(digits).unwrap_or(0)).collect();
    format!("{whole}{fraction}").parse().unwrap_or(0)
}
