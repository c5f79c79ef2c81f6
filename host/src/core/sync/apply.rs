//! Answers of the connector, and which rows of the store they become.

use std::collections::BTreeMap;

use connector_api::wire::pull::{Checkpoint, EntityRef, LeftOut, Notice, Stream};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{
    personal::PersonalRows,
    record::{entity, inventory, offer, price},
};
use crate::model::rows::Rows;

/// Changes with how rows are made of records, so that pages are written again which were stored in another way.
const ROWS_FORM: &str = "1";
/// Most records in one page, whatever was asked for.
const MOST_RECORDS: usize = 20_000;

/// A page as it came, its records unread.
#[derive(Debug, Default, Deserialize)]
pub struct RawPage<'a> {
    #[serde(borrow)]
    records: Vec<RawRecord<'a>>,
    /// Where to go on.
    #[serde(default)]
    pub next: Option<Checkpoint>,
    /// How many records there will be.
    #[serde(default)]
    pub total: Option<u64>,
    /// Records that could not be read.
    #[serde(default)]
    pub skipped: u64,
    /// What the operator should know.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// Records that are deliberately not mapped.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct RawRecord<'a> {
    kind: &'a str,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Whether pages of a stream are known by their digests. Those of people are not: a digest tells who is in it.
pub fn may_be_known(stream: &Stream) -> bool {
    matches!(shape(stream), Some(Shape::Entity(_) | Shape::Offer | Shape::Price | Shape::Inventory))
}

/// How a stream is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Entity(&'static str),
    Offer,
    Price,
    Inventory,
    Order,
    Customer,
    Shipment,
    Return,
}

fn shape(stream: &Stream) -> Option<Shape> {
    Some(match stream {
        Stream::Stores => Shape::Entity("store"),
        Stream::Markets => Shape::Entity("market"),
        Stream::Pricelists => Shape::Entity("pricelist"),
        Stream::Languages => Shape::Entity("language"),
        Stream::Categories => Shape::Entity("category"),
        Stream::Locations => Shape::Entity("location"),
        Stream::TaxRules => Shape::Entity("tax_rule"),
        Stream::ShippingOptions => Shape::Entity("shipping_option"),
        Stream::Offers => Shape::Offer,
        Stream::Prices => Shape::Price,
        Stream::Inventory => Shape::Inventory,
        Stream::Orders => Shape::Order,
        Stream::Customers => Shape::Customer,
        Stream::Shipments => Shape::Shipment,
        Stream::Returns => Shape::Return,
        _ => return None,
    })
}

/// Whether this host stores a stream.
pub fn is_stored(stream: &Stream) -> bool {
    shape(stream).is_some()
}

/// An answer to `fetch` as it came, its records unread.
#[derive(Debug, Deserialize)]
pub struct RawFetch<'a> {
    #[serde(borrow)]
    records: Vec<RawRecord<'a>>,
    /// What does not exist any more.
    #[serde(default)]
    pub gone: Vec<EntityRef>,
}

impl<'a> RawFetch<'a> {
    /// Reads an answer without its records. The error says what breaks the contract.
    pub fn read(text: &'a [u8]) -> Result<Self, String> {
        let fetched: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if fetched.records.len() > MOST_RECORDS {
            return Err(format!("{} records in one answer, {MOST_RECORDS} are allowed", fetched.records.len()));
        }
        Ok(fetched)
    }

    /// Its records of one stream as rows; those of others are left aside.
    pub fn rows_of(&self, stream: &Stream, personal: &PersonalRows) -> Result<Option<Rows>, String> {
        let rows = self.rows(personal)?;
        Ok(rows.into_iter().find(|(of, _)| of == stream).map(|(_, rows)| rows))
    }

    /// Its records as rows, stream by stream: one ref may lead to records of several streams.
    pub fn rows(&self, personal: &PersonalRows) -> Result<Vec<(Stream, Rows)>, String> {
        let mut by_stream: BTreeMap<Stream, RawPage<'a>> = BTreeMap::new();
        for record in &self.records {
            let stream = stream_of(record.kind)
                .ok_or_else(|| format!("a record of kind `{}`, which is not stored by this host", record.kind))?;
            by_stream.entry(stream).or_default().records.push(*record);
        }
        by_stream.into_iter().map(|(stream, page)| Ok((stream.clone(), page.rows(&stream, personal)?))).collect()
    }
}

/// The stream that records of a kind belong to.
fn stream_of(kind: &str) -> Option<Stream> {
    Some(match kind {
        "store" => Stream::Stores,
        "market" => Stream::Markets,
        "pricelist" => Stream::Pricelists,
        "language" => Stream::Languages,
        "category" => Stream::Categories,
        "location" => Stream::Locations,
        "tax_rule" => Stream::TaxRules,
        "shipping_option" => Stream::ShippingOptions,
        "offer" => Stream::Offers,
        "price" => Stream::Prices,
        "inventory_level" => Stream::Inventory,
        "order" => Stream::Orders,
        "customer" => Stream::Customers,
        "shipment" => Stream::Shipments,
        "adjustment" => Stream::Returns,
        _ => return None,
    })
}

impl<'a> RawPage<'a> {
    /// Reads a page without its records. The error says what breaks the contract.
    pub fn read(text: &'a [u8]) -> Result<Self, String> {
        let page: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if page.records.len() > MOST_RECORDS {
            return Err(format!("{} records in one page, {MOST_RECORDS} are allowed", page.records.len()));
        }
        Ok(page)
    }

    /// Digest of its records, in their order: equal for pages of which the same rows are made.
    pub fn digest(&self, stream: &Stream) -> Vec<u8> {
        let mut digest = Sha256::new();
        let mut part = |text: &str| {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        };
        part(ROWS_FORM);
        part(stream.as_str());
        for record in &self.records {
            part(record.kind);
            part(record.data.get());
        }
        digest.finalize().to_vec()
    }

    /// How many records it has.
    pub fn seen(&self) -> u64 {
        self.records.len() as u64
    }

    /// Its records as rows of the stream; `personal` makes those that are about people. The error says what breaks the
    /// contract.
    pub fn rows(&self, stream: &Stream, personal: &PersonalRows) -> Result<Rows, String> {
        let shape = shape(stream).ok_or_else(|| format!("stream `{stream}` is not stored by this host"))?;
        Ok(match shape {
            Shape::Entity(kind) => Rows::Entities(self.each(kind, entity)?),
            Shape::Offer => Rows::Offers(self.each("offer", offer)?),
            Shape::Price => Rows::Prices(self.each("price", price)?),
            Shape::Inventory => Rows::Inventory(self.each("inventory_level", inventory)?),
            Shape::Order => Rows::Orders(self.each("order", |data| personal.order(data))?),
            Shape::Customer => {
                let customers = self.each("customer", |data| personal.customer(data))?;
                Rows::Customers(customers.into_iter().flatten().collect())
            }
            Shape::Shipment => Rows::Shipments(self.each("shipment", |data| personal.shipment(data))?),
            Shape::Return => Rows::Returns(self.each("adjustment", |data| personal.adjustment(data))?),
        })
    }

    fn each<T>(&self, kind: &str, row: impl Fn(&RawValue) -> serde_json::Result<T>) -> Result<Vec<T>, String> {
        self.records
            .iter()
            .map(|record| {
                if record.kind != kind {
                    return Err(format!("a record of kind `{}` where `{kind}` was expected", record.kind));
                }
                row(record.data).map_err(|error| format!("a record of kind `{kind}`: {error}"))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;
    use crate::secret::{PersonalSeal, cipher::Key};

    fn rows(stream: &Stream, records: &serde_json::Value) -> Result<Rows, String> {
        let seal = PersonalSeal::new(Key::random().unwrap(), "default", &"conn_a".into());
        let text = json!({ "records": records }).to_string();
        RawPage::read(text.as_bytes())?.rows(stream, &PersonalRows::new(seal, HashSet::new()))
    }

    #[test]
    fn an_offer_keeps_its_text_and_lists_its_variants() {
        let offer = json!({ "id": "7", "title": { "default": "Shirt \"Blå\"" }, "status": "active", "new_field": 1,
            "variants": [{ "id": "71", "sku": "S-1", "active": true }, { "id": "72", "active": false }] });
        let Rows::Offers(rows) = rows(&Stream::Offers, &json!([{ "kind": "offer", "data": offer }])).unwrap() else {
            panic!("offers");
        };
        assert_eq!(rows[0].title.as_deref(), Some("Shirt \"Blå\""));
        assert_eq!(rows[0].variants.len(), 2);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&rows[0].body).unwrap(), offer);
    }

    #[test]
    fn small_entities_may_have_a_plain_or_a_localised_name() {
        let records = json!([{ "kind": "market", "data": { "id": "1", "name": "Nordics", "store_id": "9" } }]);
        let Rows::Entities(markets) = rows(&Stream::Markets, &records).unwrap() else { panic!("entities") };
        assert_eq!((markets[0].title.as_deref(), markets[0].parent_id.as_deref()), (Some("Nordics"), Some("9")));
        let below = json!({ "id": "2", "title": { "default": "Coats" }, "parent_id": "1", "store_id": "9" });
        let records = json!([{ "kind": "category", "data": below }]);
        let Rows::Entities(categories) = rows(&Stream::Categories, &records).unwrap() else { panic!("entities") };
        assert_eq!((categories[0].title.as_deref(), categories[0].parent_id.as_deref()), (Some("Coats"), Some("1")));
    }

    #[test]
    fn a_record_that_breaks_the_contract_is_named() {
        let stray = rows(&Stream::Offers, &json!([{ "kind": "price", "data": {} }])).unwrap_err();
        assert_eq!(stray, "a record of kind `price` where `offer` was expected");
        let short = rows(&Stream::Prices, &json!([{ "kind": "price", "data": { "variant_id": "1" } }])).unwrap_err();
        assert!(short.contains("missing field `min_quantity`"), "{short}");
        assert!(rows(&Stream::from("wishes"), &json!([])).unwrap_err().contains("not stored"));
    }
}
