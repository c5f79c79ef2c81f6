//! Orders, customers, shipments and returns become rows: bodies sealed, people only as pseudonyms, and nothing of those who
//! were erased.

use std::{borrow::Cow, collections::HashSet};

use connector_api::domain::{Address, Adjustment, ConnectionId, Money, Order, Shipment, Timestamp};
use serde::{Deserialize, Serialize, de::Error as _};
use serde_json::value::RawValue;

use crate::{
    model::rows::{CustomerRow, OrderRow, Pseudonym, ReturnRow, SealedBody, ShipmentRow},
    secret::{self, PersonalSeal, Vault},
    store::Store,
};

/// Makes rows of what is about people, for one connection.
#[derive(Debug, Clone)]
pub struct PersonalRows {
    seal: PersonalSeal,
    /// Erased people, and their orders.
    erased: HashSet<Pseudonym>,
}

impl PersonalRows {
    /// For a connection, as far as its people are erased now.
    pub async fn open(vault: &Vault, store: &Store, connection: &ConnectionId) -> secret::Result<Self> {
        let seal = vault.personal(connection).await?;
        let erased = store.erased_pseudonyms(connection).await?.into_iter().collect();
        Ok(Self { seal, erased })
    }

    /// For a connection, with these erased.
    pub fn new(seal: PersonalSeal, erased: HashSet<Pseudonym>) -> Self {
        Self { seal, erased }
    }

    pub(super) fn order(&self, data: &RawValue) -> serde_json::Result<OrderRow> {
        let index: OrderIndex<'_> = serde_json::from_str(data.get())?;
        let mut row = index.row(&self.seal);
        row.erased =
            self.erased.contains(&row.pseudonym) || row.persons.iter().any(|pseudonym| self.erased.contains(pseudonym));
        if row.erased {
            row.persons.clear();
            let body = order_without_person(serde_json::from_str(data.get())?);
            row.body = self.sealed("order", &row.id, &body)?;
        } else {
            row.body = self.seal_text("order", &row.id, data.get())?;
        }
        Ok(row)
    }

    /// `None` for a customer who was erased.
    pub(super) fn customer(&self, data: &RawValue) -> serde_json::Result<Option<CustomerRow>> {
        let index: CustomerIndex<'_> = serde_json::from_str(data.get())?;
        let pseudonym = self.seal.customer(&index.id);
        let email_pseudonym =
            index.email.as_deref().filter(|email| !email.is_empty()).map(|email| self.seal.email(email));
        if self.erased.contains(&pseudonym)
            || email_pseudonym.as_ref().is_some_and(|pseudonym| self.erased.contains(pseudonym))
        {
            return Ok(None);
        }
        let body = self.seal_text("customer", &index.id, data.get())?;
        Ok(Some(CustomerRow {
            id: index.id.into_owned(),
            pseudonym,
            email_pseudonym,
            updated_at: index.updated_at,
            body,
        }))
    }

    pub(super) fn shipment(&self, data: &RawValue) -> serde_json::Result<ShipmentRow> {
        let index: ShipmentIndex<'_> = serde_json::from_str(data.get())?;
        let order_pseudonym = self.seal.order(&index.order_id);
        let erased = self.erased.contains(&order_pseudonym);
        let body = if erased {
            self.sealed("shipment", &index.id, &shipment_without_person(serde_json::from_str(data.get())?))?
        } else {
            self.seal_text("shipment", &index.id, data.get())?
        };
        let (id, order_id) = (index.id.into_owned(), index.order_id.into_owned());
        let status = index.status.map(Cow::into_owned);
        Ok(ShipmentRow { id, order_id, order_pseudonym, status, shipped_at: index.shipped_at, erased, body })
    }

    pub(super) fn adjustment(&self, data: &RawValue) -> serde_json::Result<ReturnRow> {
        let index: ReturnIndex<'_> = serde_json::from_str(data.get())?;
        let order_pseudonym = self.seal.order(&index.order_id);
        let erased = self.erased.contains(&order_pseudonym);
        let body = if erased {
            self.sealed("return", &index.id, &return_without_person(serde_json::from_str(data.get())?))?
        } else {
            self.seal_text("return", &index.id, data.get())?
        };
        let (id, order_id, kind) = (index.id.into_owned(), index.order_id.into_owned(), index.kind.into_owned());
        let status = index.status.map(Cow::into_owned);
        Ok(ReturnRow { id, order_id, order_pseudonym, kind, status, at: index.at, erased, body })
    }

    /// An order as a row, as [`Self::order`] makes it of its text.
    pub fn order_row(&self, order: &Order) -> serde_json::Result<OrderRow> {
        self.order(&serde_json::value::to_raw_value(order)?)
    }

    /// A shipment as a row.
    pub fn shipment_row(&self, shipment: &Shipment) -> serde_json::Result<ShipmentRow> {
        self.shipment(&serde_json::value::to_raw_value(shipment)?)
    }

    /// A return or the like as a row.
    pub fn return_row(&self, adjustment: &Adjustment) -> serde_json::Result<ReturnRow> {
        self.adjustment(&serde_json::value::to_raw_value(adjustment)?)
    }

    fn sealed(&self, kind: &str, id: &str, body: &impl Serialize) -> serde_json::Result<SealedBody> {
        self.seal_text(kind, id, &serde_json::to_string(body)?)
    }

    fn seal_text(&self, kind: &str, id: &str, text: &str) -> serde_json::Result<SealedBody> {
        self.seal.seal(kind, id, text.as_bytes()).map_err(serde_json::Error::custom)
    }
}

#[derive(Deserialize)]
struct OrderIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    number: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    channel_reference: Option<Cow<'a, str>>,
    #[serde(borrow)]
    currency: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    fulfillment_status: Cow<'a, str>,
    #[serde(borrow)]
    financial_status: Cow<'a, str>,
    #[serde(default)]
    lines: Vec<LineIndex>,
    #[serde(borrow, default)]
    totals: Vec<TotalIndex<'a>>,
    #[serde(borrow, default)]
    customer: Option<PersonIndex<'a>>,
    #[serde(borrow, default)]
    shipping_address: Option<PersonIndex<'a>>,
    #[serde(borrow, default)]
    billing_address: Option<PersonIndex<'a>>,
    #[serde(default)]
    placed_at: Option<Timestamp>,
    #[serde(default)]
    updated_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct LineIndex {
    #[serde(default)]
    ordered: u32,
}

#[derive(Deserialize)]
struct TotalIndex<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    amount: Money,
}

/// A customer or an address.
#[derive(Deserialize)]
struct PersonIndex<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    email: Option<Cow<'a, str>>,
}

impl OrderIndex<'_> {
    fn row(self, seal: &PersonalSeal) -> OrderRow {
        let people = [&self.customer, &self.shipping_address, &self.billing_address];
        let mut persons: Vec<Pseudonym> = vec![];
        for person in people.into_iter().flatten() {
            let known =
                |text: &Option<Cow<'_, str>>| text.as_deref().filter(|text| !text.is_empty()).map(str::to_owned);
            persons.extend(known(&person.id).map(|id| seal.customer(&id)));
            persons.extend(known(&person.email).map(|email| seal.email(&email)));
        }
        persons.sort();
        persons.dedup();
        let total = self.totals.iter().find(|total| total.kind == "total").map(|total| total.amount.amount_minor);
        OrderRow {
            pseudonym: seal.order(&self.id),
            id: self.id.into_owned(),
            number: self.number.map(Cow::into_owned),
            channel_reference: self.channel_reference.map(Cow::into_owned),
            status: self.status.into_owned(),
            fulfillment_status: self.fulfillment_status.into_owned(),
            financial_status: self.financial_status.into_owned(),
            currency: self.currency.into_owned(),
            total_minor: total,
            quantity: self.lines.iter().fold(0, |sum, line| sum.saturating_add(line.ordered)),
            placed_at: self.placed_at,
            updated_at: self.updated_at,
            persons,
            ..OrderRow::default()
        }
    }
}

#[derive(Deserialize)]
struct CustomerIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    email: Option<Cow<'a, str>>,
    #[serde(default)]
    updated_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ShipmentIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    order_id: Cow<'a, str>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
    #[serde(default)]
    shipped_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ReturnIndex<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    order_id: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
    #[serde(default)]
    at: Option<Timestamp>,
}

/// What is left of an order once its people are erased: what was bought, for how much, in which country, and how it went.
/// What this host does not know of is left out, too.
pub fn order_without_person(mut order: Order) -> Order {
    let place =
        |address: Address| Address { country: address.country, region_code: address.region_code, ..Address::default() };
    order.customer = None;
    order.shipping_address = order.shipping_address.map(place);
    order.billing_address = order.billing_address.map(place);
    order.hold_reason = None;
    order.warnings.clear();
    for line in &mut order.lines {
        line.comment = None;
    }
    for discount in &mut order.discounts {
        discount.code = None;
    }
    let references = order.payment.iter_mut().map(|payment| &mut payment.reference);
    for reference in references.chain(order.payments.iter_mut().map(|event| &mut event.reference)) {
        *reference = None;
    }
    order.shipments = order.shipments.into_iter().map(shipment_without_person).collect();
    order.adjustments = order.adjustments.into_iter().map(return_without_person).collect();
    order
}

/// A shipment without what leads to the person who received it.
pub fn shipment_without_person(mut shipment: Shipment) -> Shipment {
    for tracking in &mut shipment.tracking {
        (tracking.number, tracking.url) = (None, None);
    }
    for event in &mut shipment.events {
        event.text = None;
    }
    shipment.warnings.clear();
    shipment
}

/// A return without what people wrote.
pub fn return_without_person(mut adjustment: Adjustment) -> Adjustment {
    adjustment.reason = None;
    adjustment.warnings.clear();
    adjustment
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::secret::cipher::Key;

    fn seal() -> PersonalSeal {
        PersonalSeal::new(Key::from_slice(&[7; 32]).unwrap(), "default", &"conn_a".into())
    }

    fn erasing(pseudonyms: impl IntoIterator<Item = Pseudonym>) -> PersonalRows {
        PersonalRows::new(seal(), pseudonyms.into_iter().collect())
    }

    fn raw(value: &Value) -> Box<RawValue> {
        serde_json::value::to_raw_value(value).unwrap()
    }

    fn body(kind: &str, id: &str, body: &SealedBody) -> Value {
        serde_json::from_slice(&seal().open(kind, id, &body.blob).unwrap()).unwrap()
    }

    fn an_order() -> Value {
        let eur = |minor: i64| json!({ "amount_minor": minor, "currency": "EUR" });
        json!({
            "id": "o1", "number": "1001", "channel_reference": "C-7", "currency": "EUR",
            "status": "open", "fulfillment_status": "unfulfilled", "financial_status": "paid",
            "lines": [{ "id": "l1", "title": "Shirt", "ordered": 2, "fulfilled": 0, "returned": 0, "canceled": 0,
                "comment": "for Ada",
                "unit_price": eur(1000), "total": eur(2000) }],
            "totals": [{ "kind": "shipping", "amount": eur(500) }, { "kind": "total", "amount": eur(2500) }],
            "customer": { "id": "c1", "email": "Ada@example.com", "first_name": "Ada" },
            "shipping_address": { "name": "Bob Byron", "line1": "Main street 1", "country": "SE", "email": "bob@example.com" },
            "billing_address": { "name": "Ada Lovelace", "country": "US", "region_code": "CA", "email": "ada@example.com" },
            "payment": { "method": "card", "captured": eur(2500), "reference": "psp-77" },
            "shipments": [{ "id": "s1", "order_id": "o1", "tracking": [{ "carrier": "PostNord", "number": "TRACK1" }] }],
            "adjustments": [{ "id": "r1", "order_id": "o1", "kind": "return", "reason": "Ada said too small" }],
            "on_hold": true, "hold_reason": "Ada called", "discounts": [{ "code": "ADA-10", "amount": eur(10) }],
            "payments": [{ "kind": "capture", "status": "succeeded", "amount": eur(2500), "reference": "psp-78" }],
            "warnings": [{ "code": "mail", "severity": "warning", "text": "no mail to ada@example.com" }],
            "note_of_a_newer_connector": "Ada likes blue", "placed_at": "2026-05-01T10:00:00Z"
        })
    }

    #[test]
    fn an_order_is_sealed_whole_and_found_by_everybody_in_it() {
        let row = erasing([]).order(&raw(&an_order())).unwrap();
        assert_eq!((row.number.as_deref(), row.channel_reference.as_deref()), (Some("1001"), Some("C-7")));
        assert_eq!((row.status.as_str(), row.total_minor, row.quantity), ("open", Some(2500), 2));
        let mut persons = vec![seal().customer("c1"), seal().email("ada@example.com"), seal().email("bob@example.com")];
        persons.sort();
        assert_eq!((row.persons, row.erased), (persons, false));
        assert_eq!(body("order", "o1", &row.body), an_order());
    }

    #[test]
    fn an_erased_person_stays_out_and_the_money_stays_in() {
        for pseudonym in [seal().email("BOB@example.com"), seal().customer("c1"), seal().order("o1")] {
            let row = erasing([pseudonym]).order(&raw(&an_order())).unwrap();
            assert_eq!((row.erased, row.persons.len(), row.total_minor), (true, 0, Some(2500)));
            let left = body("order", "o1", &row.body);
            let text = left.to_string();
            let gone = ["Ada", "ADA", "ada@", "Bob", "bob@", "Main street", "c1", "psp-7", "TRACK1", "too small"];
            assert_eq!(gone.map(|word| text.contains(word)), [false; 10], "{text}");
            assert_eq!(left["totals"], an_order()["totals"]);
            assert_eq!(left["billing_address"], json!({ "country": "US", "region_code": "CA" }));
            assert_eq!(left["lines"][0]["ordered"], 2);
        }
    }

    #[test]
    fn customers_shipments_and_returns_of_the_erased_are_kept_out() {
        let customer = raw(&json!({ "id": "c1", "email": "ada@example.com" }));
        let kept = erasing([]).customer(&customer).unwrap().unwrap();
        assert_eq!((kept.id.as_str(), kept.email_pseudonym), ("c1", Some(seal().email("ada@example.com"))));
        assert_eq!(erasing([seal().email("ada@example.com")]).customer(&customer).unwrap(), None);
        assert_eq!(erasing([seal().customer("c1")]).customer(&customer).unwrap(), None);

        let order = an_order();
        let shipment = erasing([seal().order("o1")]).shipment(&raw(&order["shipments"][0])).unwrap();
        assert_eq!(body("shipment", "s1", &shipment.body)["tracking"], json!([{ "carrier": "PostNord" }]));
        let returned = erasing([seal().order("o1")]).adjustment(&raw(&order["adjustments"][0])).unwrap();
        let left = body("return", "r1", &returned.body);
        assert_eq!((returned.kind.as_str(), left.get("reason")), ("return", None));
    }
}
