//! Bundles and gift certificates: how display items, lists and lines of carts tell them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::modes::Mode;
use super::places::{Group, grouped};
use super::run::{Run, node};
use crate::bundle::Bundle;
use crate::checkout::goods::Item;
use crate::plan::PlanField;
use crate::sale::effective;
use crate::value::{Kind, Val};

impl Run<'_> {
    /// `bundle` of a display item. Least and most only of flexible bundles with dynamic prices `[S]`.
    pub(super) fn bundle(&self, bundle: &Bundle, display: i64) -> Value {
        let (kind, price_kind) = bundle.kinds();
        let sections: Vec<Value> = bundle
            .sections
            .iter()
            .map(|section| {
                let items: Vec<Value> = section
                    .variants
                    .iter()
                    .filter_map(|variant| self.shown(*variant))
                    .map(|id| node("DisplayItem", id))
                    .collect();
                json!({ "__typename": "BundleSection", "id": section.id, "quantity": section.quantity, "items": items })
            })
            .collect();
        let (least, most) =
            if bundle.is_flexible && bundle.is_dynamic { self.ranges(bundle, display) } else { (json!([]), json!([])) };
        let here = self.place().filter(|_| bundle.is_flexible && bundle.is_dynamic).and_then(|place| {
            let (least, most) = self.range(bundle, place.pricelist, place.market)?;
            Some((self.money(least, place.currency), self.money(most, place.currency)))
        });
        let (min, max) = here.unwrap_or_default();
        json!({ "__typename": "Bundle", "id": bundle.id, "type": kind, "priceType": price_kind, "sections": sections,
            "minPrice": min, "maxPrice": max, "minPriceByPricelist": least, "maxPriceByPricelist": most })
    }

    fn range(&self, bundle: &Bundle, pricelist: i64, market: i64) -> Option<(Decimal, Decimal)> {
        bundle.range(|variant| Some(effective(self.writer.view, variant, pricelist, market)?.exact))
    }

    fn ranges(&self, bundle: &Bundle, display: i64) -> (Value, Value) {
        let markets = self.markets_of(display);
        let (mut least, mut most) = (Vec::new(), Vec::new());
        for pricelist in self.own(Kind::Pricelist, &self.pricelists) {
            let currency = self.reference(Kind::Pricelist, pricelist, "currency").unwrap_or(1);
            let groups: Vec<Group<(Decimal, Decimal)>> =
                grouped(&markets, |market| self.range(bundle, pricelist, market), |one, other| one == other);
            let reported = |pick: fn(&(Decimal, Decimal)) -> Decimal| {
                let rows = groups.iter().map(|(markets, range)| {
                    let price = self.money(pick(range), currency);
                    json!({ "__typename": "MarketPrice", "markets": markets, "hasDiscount": false, "price": price, "originalPrice": price, "campaignInfo": null })
                });
                json!({ "__typename": "PricelistPrice", "pricelist": node("Pricelist", pricelist), "priceByMarket": rows.collect::<Vec<_>>() })
            };
            if !groups.is_empty() {
                least.push(reported(|range| range.0));
                most.push(reported(|range| range.1));
            }
        }
        (least.into(), most.into())
    }

    /// The display item that shows a variant.
    fn shown(&self, variant: i64) -> Option<i64> {
        let display = self.reference(Kind::ProductVariant, variant, "displays")?;
        let all = self.writer.view.references(Kind::Display, display, "displayItems");
        all.into_iter().find(|id| self.reference(Kind::DisplayItem, *id, "productVariant") == Some(variant))
    }

    /// `bundle` of a line: its parts, whose prices are the bundle's.
    pub(super) fn line_bundle(
        &self,
        item: Item,
        text: &str,
        line: &str,
        quantity: i64,
        currency: i64,
    ) -> Option<Value> {
        let bundle = Bundle::of_variant(self.writer.view, item.variant)?;
        let (kind, price_kind) = bundle.kinds();
        let parts = item.parts(self.writer.view, text);
        let sections = bundle.sections.iter().map(|section| {
            let lines: Vec<Value> = parts
                .iter()
                .filter(|(id, ..)| *id == section.id)
                .map(|(id, part, each)| self.part_line(&format!("{line}-{id}"), *part, each * quantity, currency))
                .collect();
            json!({ "__typename": "SelectionBundleSection", "id": section.id, "quantity": section.quantity, "lines": lines })
        });
        let sections: Vec<Value> = sections.collect();
        Some(
            json!({ "__typename": "SelectionBundle", "id": bundle.id, "type": kind, "priceType": price_kind, "sections": sections }),
        )
    }

    fn part_line(&self, id: &str, part: Item, quantity: i64, currency: i64) -> Value {
        let nothing = || self.money(0, currency);
        let product = self.reference(Kind::Display, part.display, "product").unwrap_or(0);
        json!({ "__typename": "ProductLine", "id": id, "quantity": quantity, "comment": "", "name": self.text(Kind::Display, part.display, "name"),
            "size": self.text(Kind::ProductSize, part.size, "description"), "productNumber": self.text(Kind::Product, product, "productNumber"),
            "productVariantName": self.text(Kind::ProductVariant, part.variant, "name"), "displayItem": node("DisplayItem", part.shown),
            "item": self.item(part), "taxPercent": 0, "hasDiscount": false, "discountPercent": 0, "appliedPromotions": [],
            "unitPrice": nothing(), "unitOriginalPrice": nothing(), "unitPriceReduction": nothing(), "lineValue": nothing(), "originalLineValue": nothing() })
    }

    /// `giftCertificates`: only listed; no mutation of this API sells them `[S]`.
    pub(super) fn gift_certificates(&self, field: &PlanField) -> Value {
        let wanted: Vec<i64> = field
            .arguments
            .get("ids")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect();
        let all =
            self.writer.view.ids_after(Kind::GiftCertificate, 0).filter(|id| wanted.is_empty() || wanted.contains(id));
        let all: Vec<Value> = all.map(|id| self.gift_certificate(id)).collect();
        let total = all.len();
        json!({ "__typename": "GiftCertificateList", "list": all, "pagination": { "__typename": "PaginationInfo", "total": total, "limit": 20,
            "currentPage": 1, "lastPage": 1, "hasNextPage": false, "hasPreviousPage": false, "nextPage": null, "previousPage": null } })
    }

    /// One gift certificate; null when there is none of this id.
    pub(super) fn gift_certificate(&self, id: i64) -> Value {
        let view = self.writer.view;
        if !view.exists(Kind::GiftCertificate, id) {
            return Value::Null;
        }
        let units = match view.get(Kind::GiftCertificate, id, "amount") {
            Val::Int(units) => Some(units),
            _ => None,
        };
        let amount = |currency: i64, digits: u32| units.map(|units| self.money(units * 10_i64.pow(digits), currency));
        let here = self.place().filter(|_| self.mode != Mode::NoSession);
        json!({ "__typename": "GiftCertificate", "id": id, "name": self.text(Kind::GiftCertificate, id, "name"),
            "type": self.text(Kind::GiftCertificate, id, "type"), "amount": here.and_then(|place| amount(place.currency, place.digits)),
            "amountByCurrency": amount(1, 2).map(|amount| [amount]) })
    }
}
