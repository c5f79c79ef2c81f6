//! What products tell about their price: in force, before campaigns, lowest of thirty days, campaigns, bundles.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::writer::{Writer, number};
use crate::bundle::Bundle;
use crate::date;
use crate::money::decimal;
use crate::sale::lowest::{PERIOD_DAYS, lowest};
use crate::sale::{CampaignVariant, effective};
use crate::value::{Kind, Val};

impl Writer<'_> {
    /// The price of a product; null where it is not for sale.
    pub(crate) fn product_price(self, variant: i64, context: &Context) -> Map<String, Value> {
        let mut fields = Map::new();
        let Some(price) = effective(self.view, variant, context.pricelist, context.market) else {
            for name in ["price", "priceAsNumber", "priceBeforeDiscount", "priceBeforeDiscountAsNumber"] {
                fields.insert(name.to_owned(), Value::Null);
            }
            return fields;
        };
        self.put_exact(&mut fields, "price", price.exact, context.coin());
        self.put_exact(&mut fields, "priceBeforeDiscount", price.list.into(), context.coin());
        // An integer in all samples, so surely rounded.
        let percent = if price.list == 0 {
            Decimal::ZERO
        } else {
            (Decimal::from(price.list) - price.exact) * Decimal::ONE_HUNDRED / Decimal::from(price.list)
        };
        fields.insert("discountPercent".to_owned(), percent.round().to_i64().into());
        let shown = |pick: fn(&CampaignVariant) -> bool| price.applied.is_some_and(|own| pick(own.row));
        fields.insert("showAsOnSale".to_owned(), shown(|row| row.show_sale).into());
        fields.insert("showAsNew".to_owned(), shown(|row| row.show_news).into());
        fields
    }

    /// `bundleInfo`; what a flexible bundle with dynamic prices can cost at least and at most.
    pub(crate) fn bundle_info(self, bundle: &Bundle, context: &Context) -> Value {
        let price = |variant| Some(effective(self.view, variant, context.pricelist, context.market)?.exact);
        let items = |variant: &i64| {
            let display =
                self.view.references(Kind::ProductVariant, *variant, "displays").first().copied().unwrap_or(0);
            let all = self.view.references(Kind::Display, display, "displayItems");
            all.into_iter().find(|id| self.view.references(Kind::DisplayItem, *id, "productVariant") == [*variant])
        };
        let sections = bundle.sections.iter().map(|section| {
            let items: Vec<Value> = section.variants.iter().filter_map(items).map(|id| self.id(id)).collect();
            json!({ "section": self.id(section.id), "quantity": section.quantity, "items": items })
        });
        let (kind, price_kind) = bundle.kinds();
        let mut own = Map::from_iter([
            ("bundle".to_owned(), self.id(bundle.id)),
            ("type".to_owned(), kind.to_lowercase().into()),
            ("priceType".to_owned(), price_kind.to_lowercase().into()),
            ("sections".to_owned(), sections.collect()),
        ]);
        if let Some((least, most)) = bundle.range(price) {
            self.put_exact(&mut own, "priceMin", least, context.coin());
            self.put_exact(&mut own, "priceMax", most, context.coin());
            self.put_exact(&mut own, "priceOfItems", least, context.coin());
        }
        Value::Object(own)
    }

    /// `lowestPrice`: a list, one element per period.
    pub(crate) fn lowest_price(self, variant: i64, context: &Context) -> Value {
        let Some(past) = lowest(self.view, variant, context.pricelist, context.market) else { return json!([]) };
        let mut own = Map::from_iter([("periodDays".to_owned(), Value::from(PERIOD_DAYS))]);
        self.put_exact(&mut own, "price", past.exact, context.coin());
        self.put_exact(&mut own, "priceBeforeDiscount", past.list.into(), context.coin());
        json!([own])
    }

    /// Every campaign of a variant, for whatever market. A sample of Centra's reads as if `percent` held the fixed price where
    /// the first bit of `flags` is set `[I]`.
    pub(crate) fn campaigns(self, variant: i64) -> Value {
        let campaigns = &self.view.overlay.campaigns;
        let rows = campaigns.rows_of_variant(variant).into_iter().filter_map(|id| campaigns.row(id));
        let shown = rows.filter(|(campaign, row)| campaign.status == "ACTIVE" && row.status == "ACTIVE");
        let reported = shown.map(|(campaign, row)| {
            let fixed = row.fixed.map(|(minor, currency)| {
                let digits = match self.view.get(Kind::Currency, currency, "digits") {
                    Val::Int(digits) => u32::try_from(digits).unwrap_or(2),
                    _ => 2,
                };
                number(&decimal(minor, digits))
            });
            let percent = || row.percent.map_or(Value::Null, |percent| number(&percent.to_string()));
            let ids = |ids: &[i64]| -> Value { ids.iter().map(|id| self.id(*id)).collect() };
            json!({
                "pricelists": ids(&campaign.pricelists), "markets": ids(&campaign.markets),
                "flags": i64::from(fixed.is_some()), "percent": fixed.unwrap_or_else(percent),
                "startDate": date::write(row.start_at, Some("Y-m-d\\TH:i:sO")),
                "stopDate": date::write(row.stop_at, Some("Y-m-d\\TH:i:sO")),
                "showAsOnSale": row.show_sale, "showAsNew": row.show_news,
            })
        });
        reported.collect()
    }
}
