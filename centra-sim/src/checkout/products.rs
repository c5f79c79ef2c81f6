//! `POST products` and `GET products/{id}`: what is listed in a market, at which prices.
//!
//! The total without paging is `productCount` `[D]`. With `"pricelist": "all"` the prices move into `prices`, by pricelist `[D]`. With
//! `"market": "all"` it is not known which market's campaigns they reflect; here those of the first market that has the
//! product.

use axum::http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::change::Changed;
use super::context::Context;
use super::goods::Item;
use super::selection::Selection;
use super::writer::Writer;
use crate::bundle::Bundle;
use crate::date;
use crate::sale::effective;
use crate::sale::effective::is_sold;
use crate::seed::base::{RETAIL, RETAIL_PRICELISTS};
use crate::value::{Kind, Val};

/// How many are given without a `limit`. Not documented; Centra's example asks for 50.
const DEFAULT_LIMIT: usize = 50;

/// The answer to a route about products; none for the others.
pub(crate) fn answer(
    writer: Writer<'_>,
    selection: &Selection,
    method: &Method,
    parts: &[&str],
    input: &Value,
) -> Option<Changed> {
    match (method.as_str(), parts) {
        ("POST", ["products"]) => {
            Some(Listing::of(writer, selection, input).map_or_else(|refused| refused, Listing::page))
        }
        ("GET", ["products", id]) => {
            let input = json!({ "products": [id] });
            let one = Listing::of(writer, selection, &input);
            Some(one.map_or_else(|refused| refused, Listing::one))
        }
        _ => None,
    }
}

/// What narrows a list.
const FILTERS: [&str; 7] =
    ["products", "categories", "brands", "collections", "search", "onlyAvailable", "silkProduct"];

impl Matching {
    /// How many match.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Alike(total) => *total,
            Self::These(ids) => ids.len(),
        }
    }
}

/// One value, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    One(i64),
    All,
}

pub(crate) struct Listing<'a> {
    writer: Writer<'a>,
    market: Choice,
    pricelist: Choice,
    /// Markets of which one must have the product; empty for any.
    markets: Vec<i64>,
    /// Where availability and sorting by price hold.
    own: Context,
    /// Whether what has no price there is left out.
    sold_only: bool,
    skip: usize,
    limit: usize,
    input: Value,
}

/// What matches.
pub(crate) enum Matching {
    /// All display items of a store whose rows are alike, so many.
    Alike(usize),
    /// These.
    These(Vec<i64>),
}

impl<'a> Listing<'a> {
    fn of(writer: Writer<'a>, selection: &Selection, input: &Value) -> Result<Self, Changed> {
        let view = writer.view;
        let basket = &selection.basket;
        let context = Context::of(view, basket.country.as_deref(), basket.market, basket.pricelist);
        let choice = |field: &str, kind: Kind, own: i64| match &input[field] {
            Value::Null => Ok(Choice::One(own)),
            Value::String(text) if text == "all" => Ok(Choice::All),
            given => whole(given)
                .filter(|id| view.exists(kind, *id) && view.references(kind, *id, "store") == [RETAIL])
                .map(Choice::One)
                .ok_or_else(|| Changed::error(StatusCode::NOT_FOUND, field, "not found")),
        };
        let market = choice("market", Kind::Market, context.market)?;
        let pricelist = choice("pricelist", Kind::Pricelist, context.pricelist)?;
        let one = |choice: Choice| if let Choice::One(id) = choice { Some(id) } else { None };
        let size = |field: &str, default: usize| match &input[field] {
            Value::Null => Ok(default),
            given => whole(given)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| Changed::error(StatusCode::BAD_REQUEST, field, "not a number")),
        };
        let (in_market, in_pricelist) = (one(market).or(basket.market), one(pricelist).or(basket.pricelist));
        Ok(Self {
            writer,
            own: Context::of(view, basket.country.as_deref(), in_market, in_pricelist),
            markets: one(market).into_iter().collect(),
            market,
            pricelist,
            sold_only: false,
            skip: size("skipFirst", 0)?,
            limit: size("limit", DEFAULT_LIMIT)?,
            input: input.clone(),
        })
    }

    /// A list of the Storefront API: in any of these markets, or in a session's place.
    pub(crate) fn of_storefront(
        writer: Writer<'a>,
        input: Value,
        markets: Vec<i64>,
        place: Option<Context>,
        sold_only: bool,
    ) -> Result<Self, String> {
        let view = writer.view;
        let unknown = markets.iter().find(|id| !view.exists(Kind::Market, **id));
        if let Some(id) = unknown {
            return Err(format!("there is no market {id}"));
        }
        let markets = match &place {
            Some(place) if sold_only => vec![place.market],
            _ => markets,
        };
        let own = place.unwrap_or_else(|| Context::of(view, None, markets.first().copied(), None));
        let (market, pricelist) = (Choice::All, Choice::All);
        Ok(Self { writer, market, pricelist, markets, own, sold_only, skip: 0, limit: 0, input })
    }

    fn page(self) -> Changed {
        let matching = self.matching();
        let products: Vec<Value> =
            self.ids(&matching, self.skip, self.limit).into_iter().map(|id| self.product(id)).collect();
        let body = json!({ "products": products, "productCount": matching.count(), "filter": [] });
        Changed::alone(StatusCode::OK, body)
    }

    fn one(self) -> Changed {
        match self.ids(&self.matching(), 0, 1).first() {
            Some(id) => Changed::alone(StatusCode::OK, json!({ "product": self.product(*id) })),
            None => Changed::error(StatusCode::NOT_FOUND, "product", "product not found"),
        }
    }

    /// The display items that match, in order.
    pub(crate) fn matching(&self) -> Matching {
        let view = self.writer.view;
        let is_whole = FILTERS.iter().all(|field| self.input[*field].is_null())
            && !self.sold_only
            && view.is_alike(Kind::DisplayItem, Kind::Display);
        if is_whole && self.input["sortOrder"].is_null() {
            return Matching::Alike(usize::try_from(view.count(Kind::DisplayItem)).unwrap_or(0));
        }
        let mut matching: Vec<i64> = match self.input["products"].as_array() {
            Some(ids) => ids.iter().filter_map(whole).filter(|id| view.exists(Kind::DisplayItem, *id)).collect(),
            None => view.ids_after(Kind::DisplayItem, i64::MIN).collect(),
        };
        matching.retain(|id| is_whole || self.is_listed(*id));
        self.sort(&mut matching);
        Matching::These(matching)
    }

    /// A part of what matches.
    pub(crate) fn ids(&self, matching: &Matching, skip: usize, take: usize) -> Vec<i64> {
        match matching {
            Matching::These(ids) => ids.iter().copied().skip(skip).take(take).collect(),
            Matching::Alike(total) => {
                let end = skip.saturating_add(take).min(*total);
                let at = |place: usize| self.writer.view.nth(Kind::DisplayItem, i64::try_from(place).ok()?);
                (skip..end).filter_map(at).collect()
            }
        }
    }

    fn is_listed(&self, id: i64) -> bool {
        let view = self.writer.view;
        let Some(display) = view.references(Kind::DisplayItem, id, "display").first().copied() else { return false };
        let Some(variant) = view.references(Kind::DisplayItem, id, "productVariant").first().copied() else {
            return false;
        };
        let product = view.references(Kind::Display, display, "product").first().copied().unwrap_or(0);
        let active = |kind, id| view.get(kind, id, "status").as_str() == Some("ACTIVE");
        let markets = view.references(Kind::Display, display, "markets");
        let here = if self.markets.is_empty() {
            !markets.is_empty()
        } else {
            markets.iter().any(|market| self.markets.contains(market))
        };
        let among = |field: &str, own: &[i64]| match self.input[field].as_array() {
            Some(wanted) => wanted.iter().filter_map(whole).any(|id| own.contains(&id)),
            None => true,
        };
        let text = |kind, id, field| view.get(kind, id, field).as_str().unwrap_or_default().to_lowercase();
        let found = self.input["search"].as_str().is_none_or(|words| {
            let words = words.to_lowercase();
            text(Kind::Display, display, "name").contains(&words)
                || text(Kind::ProductVariant, variant, "name").contains(&words)
        });
        active(Kind::Display, display)
            && active(Kind::ProductVariant, variant)
            && here
            && view.references(Kind::Display, display, "displayItems").contains(&id)
            && among("categories", &view.references(Kind::Display, display, "categories"))
            && among("brands", &view.references(Kind::Product, product, "brand"))
            && among("collections", &view.references(Kind::Product, product, "collection"))
            && (self.input["silkProduct"].is_null() || whole(&self.input["silkProduct"]) == Some(product))
            && found
            && (!self.sold_only || is_sold(view, variant, self.own.pricelist))
            && (self.input["onlyAvailable"] != true || self.is_available(id, display, variant))
    }

    fn is_available(&self, shown: i64, display: i64, variant: i64) -> bool {
        let view = self.writer.view;
        let sizes = view.references(Kind::ProductVariant, variant, "productSizes");
        let has_stock = |size: i64| {
            let item = Item { display, shown, variant, size };
            item.price(view, &self.own).is_some() && item.stock(view, self.own.market).is_none_or(|stock| stock > 0)
        };
        sizes.into_iter().any(has_stock)
    }

    fn sort(&self, ids: &mut [i64]) {
        let view = self.writer.view;
        let Some(order) = self.input["sortOrder"].as_array().and_then(|order| order.first()) else { return };
        let key = |id: &i64| -> Decimal {
            let display = view.references(Kind::DisplayItem, *id, "display").first().copied().unwrap_or(0);
            let variant = view.references(Kind::DisplayItem, *id, "productVariant").first().copied().unwrap_or(0);
            match order["field"].as_str() {
                Some("priceAsNumber") => effective(view, variant, self.own.pricelist, self.own.market)
                    .map_or(Decimal::MAX, |price| price.exact),
                Some("modifiedAt") => match view.get(Kind::Display, display, "updatedAt") {
                    Val::Time(at) => at.into(),
                    _ => Decimal::ZERO,
                },
                _ => (*id).into(),
            }
        };
        ids.sort_by_cached_key(key);
        if order["order"].as_str().is_some_and(|order| order.eq_ignore_ascii_case("desc")) {
            ids.reverse();
        }
    }

    fn product(&self, id: i64) -> Value {
        let (writer, view) = (self.writer, self.writer.view);
        let reference = |kind, id, field| view.references(kind, id, field).first().copied().unwrap_or(0);
        let display = reference(Kind::DisplayItem, id, "display");
        let variant = reference(Kind::DisplayItem, id, "productVariant");
        let product = reference(Kind::Display, display, "product");
        let text = |kind, id, field| view.get(kind, id, field).as_str().unwrap_or_default().to_owned();
        let time = |kind, id, field| match view.get(kind, id, field) {
            Val::Time(at) => date::write(at, Some("Y-m-d H:i:s")),
            _ => String::new(),
        };
        let markets = view.references(Kind::Display, display, "markets");
        let market = match self.market {
            Choice::One(market) => market,
            Choice::All => markets.first().copied().unwrap_or(self.own.market),
        };
        let brand = reference(Kind::Product, product, "brand");
        let items = view.references(Kind::ProductVariant, variant, "productSizes").into_iter().filter_map(|size| {
            let active = matches!(view.get(Kind::ProductSize, size, "isActive"), Val::Bool(true));
            let item = Item { display, shown: id, variant, size };
            active.then(|| {
                json!({ "item": format!("{id}-{size}"), "sizeId": writer.id(size), "name": text(Kind::ProductSize, size, "description"),
                    "sku": text(Kind::ProductSize, size, "SKU"), "ean": text(Kind::ProductSize, size, "EAN"), "upc": "",
                    "stock": stock(&item, writer, market) })
            })
        });
        let items: Vec<Value> = items.collect();
        let mut own = json!({
            "product": writer.id(id),
            "centraProduct": writer.id(product), "centraVariant": writer.id(variant),
            "name": text(Kind::Display, display, "name"), "uri": text(Kind::Display, display, "uri"),
            "productSku": text(Kind::Product, product, "productNumber"), "variantName": text(Kind::ProductVariant, variant, "name"),
            "brand": writer.id(brand), "brandName": text(Kind::Brand, brand, "name"),
            "excerpt": text(Kind::Display, display, "shortDescription"), "description": text(Kind::Display, display, "description"),
            "categories": writer.map(Map::new()), "media": writer.map(Map::new()),
            "available": items.iter().any(|item| item["stock"] != "no"),
            "itemQuantityMinimum": 1, "itemQuantityMultipleOf": 1,
            "createdAt": time(Kind::Product, product, "createdAt"), "modifiedAt": time(Kind::Display, display, "updatedAt"),
            "items": items,
        });
        let Value::Object(fields) = &mut own else { return own };
        if self.market == Choice::All {
            let own = markets.iter().filter(|market| view.references(Kind::Market, **market, "store") == [RETAIL]);
            fields.insert("markets".to_owned(), own.map(|market| writer.id(*market)).collect());
        }
        match self.pricelist {
            Choice::One(pricelist) => {
                let context = Context::of(view, None, Some(market), Some(pricelist));
                fields.append(&mut writer.product_price(variant, &context));
                fields.insert("lowestPrice".to_owned(), writer.lowest_price(variant, &context));
            }
            Choice::All => {
                let prices = RETAIL_PRICELISTS.iter().map(|pricelist| {
                    let context = Context::of(view, None, Some(market), Some(*pricelist));
                    (pricelist.to_string(), Value::Object(writer.product_price(variant, &context)))
                });
                fields.insert("prices".to_owned(), Value::Object(prices.collect()));
            }
        }
        if let Some(bundle) = Bundle::of_variant(view, variant) {
            let pricelist = if let Choice::One(pricelist) = self.pricelist { pricelist } else { self.own.pricelist };
            fields.insert(
                "bundleInfo".to_owned(),
                writer.bundle_info(&bundle, &Context::of(view, None, Some(market), Some(pricelist))),
            );
        }
        if writer.shows_campaigns {
            fields.insert("campaigns".to_owned(), writer.campaigns(variant));
        }
        own
    }
}

fn stock(item: &Item, writer: Writer<'_>, market: i64) -> Value {
    if matches!(writer.view.get(Kind::ProductSize, item.size, "preorder"), Val::Bool(true)) {
        return "preorder".into();
    }
    match item.stock(writer.view, market) {
        None => "infinite".into(),
        Some(0) => "no".into(),
        Some(1..=3) => "few".into(),
        Some(_) => "yes".into(),
    }
}

/// A whole number, as number or text.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
