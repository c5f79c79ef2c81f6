//! Display items: what they cost in every market and pricelist, what there is of them, and lists of them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::modes::Mode;
use super::places::{Group, grouped};
use super::run::{Failure, Run, node};
use crate::bundle::Bundle;
use crate::checkout::goods::Item;
use crate::checkout::products::Listing;
use crate::date;
use crate::plan::PlanField;
use crate::sale::effective::is_sold;
use crate::sale::effective_price::Applied;
use crate::sale::lowest::{PERIOD_DAYS, lowest};
use crate::sale::{Effective, effective};
use crate::value::{Kind, Val};

impl Run<'_> {
    /// A page of display items. A page that does not exist is answered with the last `[S]`.
    pub(super) fn display_items(&self, field: &PlanField) -> Result<Value, Failure> {
        let failed = |message: String| Failure { message, path: vec![field.key.as_str().into()] };
        let most = if self.mode == Mode::NoSession { 100 } else { 40 };
        let limit = field.int_argument("limit").unwrap_or(20);
        if !(1..=most).contains(&limit) {
            return Err(failed(format!("limit must be between 1 and {most}")));
        }
        let filter = field.arguments.get("where").cloned().unwrap_or(Value::Null);
        let listing = self.listing(&filter, field).map_err(failed)?;
        let matching = listing.matching();
        let (all, total) = (usize::try_from(limit).unwrap_or(1), matching.count());
        let last = total.div_ceil(all).max(1);
        let wanted = usize::try_from(field.int_argument("page").unwrap_or(1)).unwrap_or(1);
        let page = wanted.clamp(1, last);
        let ids = listing.ids(&matching, (page - 1) * all, all);
        let items: Vec<Value> = ids.into_iter().map(|id| node("DisplayItem", id)).collect();
        Ok(json!({ "__typename": "DisplayItemList", "list": items, "userErrors": [], "pagination": {
            "__typename": "PaginationInfo", "total": total, "limit": limit, "currentPage": page, "lastPage": last,
            "hasNextPage": page < last, "hasPreviousPage": page > 1,
            "nextPage": (page < last).then_some(page + 1), "previousPage": (page > 1).then_some(page - 1) } }))
    }

    fn listing(&self, filter: &Value, field: &PlanField) -> Result<Listing<'_>, String> {
        let sort = field.arguments.get("sort").and_then(|sort| sort.get(0)).map(|sort| {
            let key = match sort["key"].as_str() {
                Some("PRICE") => "priceAsNumber",
                Some("MODIFIED_AT") => "modifiedAt",
                _ => "id",
            };
            json!([{ "field": key, "order": sort["order"] }])
        });
        let mut input = json!({ "products": filter["id"], "search": filter["search"], "sortOrder": sort });
        if filter["onlyAvailable"] == true {
            input["onlyAvailable"] = true.into();
        }
        let markets = if self.mode == Mode::NoSession { self.markets.clone() } else { vec![] };
        let sold_only = self.mode != Mode::NoSession;
        let place = self.place();
        Listing::of_storefront(self.writer, input, markets, place, sold_only)
    }

    /// One display item, if it is listed.
    pub(super) fn one_display_item(&self, field: &PlanField) -> Result<Value, Failure> {
        let failed = |message: String| Failure { message, path: vec![field.key.as_str().into()] };
        let id = field.int_argument("id").unwrap_or(0);
        let listing = self.listing(&json!({ "id": [id] }), field).map_err(failed)?;
        Ok(listing.ids(&listing.matching(), 0, 1).first().map_or(Value::Null, |id| node("DisplayItem", *id)))
    }

    pub(super) fn display_item(&self, id: i64, field: &str) -> Value {
        let view = self.writer.view;
        let display = self.reference(Kind::DisplayItem, id, "display").unwrap_or(0);
        let variant = self.reference(Kind::DisplayItem, id, "productVariant").unwrap_or(0);
        let product = self.reference(Kind::Display, display, "product").unwrap_or(0);
        let time = |kind, id, field| match view.get(kind, id, field) {
            Val::Time(at) => date::write(at, None),
            _ => String::new(),
        };
        match field {
            "id" => id.into(),
            "name" => self.text(Kind::Display, display, "name").into(),
            "uri" | "canonicalUri" => self.text(Kind::Display, display, "uri").into(),
            "metaTitle" => self.text(Kind::Display, display, "metaTitle").into(),
            "description" | "shortDescription" => {
                let text = self.text(Kind::Display, display, field);
                json!({ "__typename": "FormattedString", "raw": text, "formatted": text })
            }
            "productNumber" => self.text(Kind::Product, product, "productNumber").into(),
            "isPrimaryVariant" => (view.references(Kind::Display, display, "displayItems").first() == Some(&id)).into(),
            "productVariant" => json!({ "__typename": "ProductVariant", "id": variant,
                "name": self.text(Kind::ProductVariant, variant, "name"), "number": self.text(Kind::ProductVariant, variant, "variantNumber") }),
            "brand" => self.reference(Kind::Product, product, "brand").map_or(Value::Null, |brand| {
                json!({ "__typename": "Brand", "id": brand, "name": self.text(Kind::Brand, brand, "name"), "uri": self.text(Kind::Brand, brand, "uri") })
            }),
            "items" => self.items(id, display, variant),
            "media" => self.media(display),
            "createdAt" => time(Kind::Product, product, "createdAt").into(),
            "modifiedAt" => time(Kind::Display, display, "updatedAt").into(),
            "available" | "hasStock" => self.is_available(id, display, variant).into(),
            "minimumOrderQuantity" | "orderQuantityDenominator" => 1.into(),
            "weight" => 0.4.into(),
            "weightUnit" => "kg".into(),
            "preview" => false.into(),
            "markets" => self.markets_of(display).into_iter().map(|market| node("Market", market)).collect(),
            "pricelists" => self.sold_in(variant).into_iter().map(|pricelist| node("Pricelist", pricelist)).collect(),
            "market" => self.place().map_or(Value::Null, |place| node("Market", place.market)),
            "pricelist" => self.place().map_or(Value::Null, |place| node("Pricelist", place.pricelist)),
            "language" => super::places::language(self.selection.language.as_deref().unwrap_or("en")),
            "bundle" => Bundle::of_variant(view, variant).map_or(Value::Null, |bundle| self.bundle(&bundle, display)),
            "priceByPricelist" => self.prices(display, variant),
            "lowestPriceByPricelist" => self.lowest_prices(display, variant),
            "price" | "originalPrice" | "lowestPrice" | "campaignInfo" | "showAsSale" | "showAsNew" => {
                self.price_here(variant, field)
            }
            _ => Value::Null,
        }
    }

    /// The pricelists that have a price for a variant.
    fn sold_in(&self, variant: i64) -> Vec<i64> {
        let pricelists = self.own(Kind::Pricelist, &self.pricelists);
        pricelists.into_iter().filter(|pricelist| is_sold(self.writer.view, variant, *pricelist)).collect()
    }

    /// The price in the session's place, or in the only market and pricelist asked for; null elsewhere.
    fn price_here(&self, variant: i64, field: &str) -> Value {
        let place = self.place();
        let price = place.as_ref().and_then(|own| effective(self.writer.view, variant, own.pricelist, own.market));
        let (Some(place), Some(price)) = (place, price) else {
            return if field.starts_with("show") { false.into() } else { Value::Null };
        };
        match field {
            "price" => self.money(price.exact, place.currency),
            "originalPrice" => self.money(price.list, place.currency),
            "campaignInfo" => campaign_info(price.applied),
            "showAsSale" => price.applied.is_some_and(|own| own.row.show_sale).into(),
            "showAsNew" => price.applied.is_some_and(|own| own.row.show_news).into(),
            _ => match lowest(self.writer.view, variant, place.pricelist, place.market) {
                Some(past) => json!({ "__typename": "LowestPriceBase", "periodDays": PERIOD_DAYS,
                    "price": self.money(past.exact, place.currency), "originalPrice": self.money(past.list, place.currency) }),
                None => Value::Null,
            },
        }
    }

    /// Every price: by pricelist, and below it by market, those of equal price together.
    fn prices(&self, display: i64, variant: i64) -> Value {
        let (view, markets) = (self.writer.view, self.markets_of(display));
        let lists = self.sold_in(variant).into_iter().map(|pricelist| {
            let currency = self.reference(Kind::Pricelist, pricelist, "currency").unwrap_or(1);
            let groups = grouped(&markets, |market| effective(view, variant, pricelist, market), same_price);
            let reported: Vec<Value> = groups
                .into_iter()
                .map(|(markets, price)| {
                    json!({ "__typename": "MarketPrice", "markets": markets, "hasDiscount": price.is_reduced(),
                        "price": self.money(price.exact, currency), "originalPrice": self.money(price.list, currency),
                        "campaignInfo": campaign_info(price.applied) })
                })
                .collect();
            json!({ "__typename": "PricelistPrice", "pricelist": node("Pricelist", pricelist), "priceByMarket": reported })
        });
        lists.collect()
    }

    fn lowest_prices(&self, display: i64, variant: i64) -> Value {
        let (view, markets) = (self.writer.view, self.markets_of(display));
        let lists = self.sold_in(variant).into_iter().map(|pricelist| {
            let currency = self.reference(Kind::Pricelist, pricelist, "currency").unwrap_or(1);
            let past = |market| lowest(view, variant, pricelist, market).map(|past| (past.exact, past.list));
            let groups: Vec<Group<(Decimal, i64)>> = grouped(&markets, past, |one, other| one == other);
            let reported: Vec<Value> = groups
                .into_iter()
                .map(|(markets, (exact, list))| {
                    json!({ "__typename": "MarketLowestPrice", "markets": markets, "periodDays": PERIOD_DAYS,
                        "price": self.money(exact, currency), "originalPrice": self.money(list, currency) })
                })
                .collect();
            json!({ "__typename": "PricelistLowestPrice", "pricelist": node("Pricelist", pricelist), "lowestPriceByMarket": reported })
        });
        lists.collect()
    }

    fn items(&self, id: i64, display: i64, variant: i64) -> Value {
        let sizes = self.writer.view.references(Kind::ProductVariant, variant, "productSizes");
        let active = |size: &i64| matches!(self.writer.view.get(Kind::ProductSize, *size, "isActive"), Val::Bool(true));
        sizes.into_iter().filter(active).map(|size| self.item(Item { display, shown: id, variant, size })).collect()
    }

    fn is_available(&self, id: i64, display: i64, variant: i64) -> bool {
        let view = self.writer.view;
        let sizes = view.references(Kind::ProductVariant, variant, "productSizes");
        let has_stock = |size: i64| {
            Item { display, shown: id, variant, size }
                .stock(view, self.stock_market())
                .is_none_or(|quantity| quantity > 0)
        };
        !self.sold_in(variant).is_empty() && sizes.into_iter().any(has_stock)
    }

    fn media(&self, display: i64) -> Value {
        let media = self.writer.view.references(Kind::Display, display, "media");
        let reported = media.into_iter().map(|id| {
            let url = format!("{}/media/{id}/standard.svg", self.writer.view.base_url);
            json!({ "__typename": "ProductMedia", "id": id, "altText": null,
                "source": { "__typename": "MediaSource", "url": url, "mimeType": "image/svg+xml" } })
        });
        reported.collect()
    }
}

fn same_price(one: &Effective<'_>, other: &Effective<'_>) -> bool {
    let campaign =
        |price: &Effective<'_>| price.applied.map(|own| (own.campaign.id, own.row.start_at, own.row.stop_at));
    (one.exact, one.list, campaign(one)) == (other.exact, other.list, campaign(other))
}

/// The campaign behind a price: of those that apply, only the one that counts.
fn campaign_info(applied: Option<Applied<'_>>) -> Value {
    applied.map_or(Value::Null, |own| {
        json!({ "__typename": "CampaignInfo", "startDateTime": date::write(own.row.start_at, None),
            "endDateDateTime": date::write(own.row.stop_at, None), "showSale": own.row.show_sale, "showNew": own.row.show_news })
    })
}
