//! The price table (variant × pricelist) and the stock table (size × warehouse) as lists of the schema.

use serde_json::{Map, Value as Json};

use crate::filter::Filter;
use crate::money;
use crate::paging::{DEFAULT_LIMIT, Window};
use crate::shop::View;
use crate::value::{Kind, Money, Node, StockSums, Val};

/// `prices` of a display, a variant or a pricelist. Every variant has a row in every pricelist; its price can be null.
pub fn prices<'a>(view: View<'a>, kind: Kind, id: i64, arguments: &Map<String, Json>) -> Result<Val<'a>, String> {
    let default = (kind == Kind::Pricelist).then_some(DEFAULT_LIMIT);
    let window = Window::of(arguments, default, 200)?;
    let filter = Filter::parse(arguments.get("where"))?;
    let price = |variant, pricelist| Val::Node(Node::Price { variant, pricelist });
    if kind == Kind::Pricelist && filter.is_trivial() && view.is_complete(Kind::ProductVariant) {
        let end = window.skip.saturating_add(window.take).min(view.count(Kind::ProductVariant));
        let variants = (window.skip..end).filter_map(|index| view.nth(Kind::ProductVariant, index));
        return Ok(Val::List(variants.map(|variant| price(variant, id)).collect()));
    }
    let (variants, pricelists): (Box<dyn Iterator<Item = i64>>, Vec<i64>) = match kind {
        Kind::Pricelist => (view.ids_after(Kind::ProductVariant, i64::MIN), vec![id]),
        Kind::Display => (
            Box::new(view.references(kind, id, "productVariants").into_iter()),
            view.ids_after(Kind::Pricelist, i64::MIN).collect(),
        ),
        _ => (Box::new(std::iter::once(id)), view.ids_after(Kind::Pricelist, i64::MIN).collect()),
    };
    let rows = variants.flat_map(|variant| pricelists.iter().map(move |pricelist| (variant, *pricelist)));
    let matching = rows.filter(|(variant, pricelist)| {
        filter.accepts("productVariantId", &Val::Int(*variant))
            && filter.accepts("productId", &view.get(Kind::ProductVariant, *variant, "product"))
            && filter.accepts("pricelistId", &Val::Int(*pricelist))
            && filter.accepts("storeId", &view.get(Kind::Pricelist, *pricelist, "store"))
            && filter.accepts("price", &price_value(view, *variant, *pricelist))
    });
    Ok(Val::List(window.apply(matching).into_iter().map(|(variant, pricelist)| price(variant, pricelist)).collect()))
}

/// The price as the decimal number that filters compare with.
fn price_value(view: View<'_>, variant: i64, pricelist: i64) -> Val<'_> {
    match price_field(view, variant, pricelist, "price") {
        Val::Node(Node::Money(amount)) => money::field(view, amount, "value"),
        _ => Val::Null,
    }
}

/// A field of `Price`.
pub fn price_field<'a>(view: View<'a>, variant: i64, pricelist: i64, name: &str) -> Val<'a> {
    match name {
        "id" => Val::Int(price_id(variant, pricelist)),
        "price" => {
            let currency = view.references(Kind::Pricelist, pricelist, "currency").first().copied();
            let minor = view.price(variant, pricelist);
            minor.zip(currency).map(|(minor, currency)| Money { minor, currency }).into()
        }
        "pricelist" => Val::Ref(Kind::Pricelist, pricelist),
        "product" => view.get(Kind::ProductVariant, variant, "product"),
        "productVariant" => Val::Ref(Kind::ProductVariant, variant),
        _ => Val::Null,
    }
}

/// The id of a price row: stable, and ascending by variant.
fn price_id(variant: i64, pricelist: i64) -> i64 {
    variant * 16 + pricelist
}

/// `stock` of a variant, a size or a warehouse.
pub fn stock<'a>(view: View<'a>, kind: Kind, id: i64, arguments: &Map<String, Json>) -> Result<Val<'a>, String> {
    let window = Window::of(arguments, Some(DEFAULT_LIMIT), 200)?;
    let filter = Filter::parse(arguments.get("where"))?;
    let stock = |size, warehouse| Val::Node(Node::Stock { size, warehouse });
    if kind == Kind::Warehouse && filter.is_trivial() && view.is_complete(Kind::ProductSize) {
        let end = window.skip.saturating_add(window.take).min(view.count(Kind::ProductSize));
        let sizes = (window.skip..end).filter_map(|index| view.nth(Kind::ProductSize, index));
        return Ok(Val::List(sizes.map(|size| stock(size, id)).collect()));
    }
    let rows = stock_rows(view, kind, id, &filter);
    Ok(Val::List(window.apply(rows).into_iter().map(|(size, warehouse)| stock(size, warehouse)).collect()))
}

/// `stockTotals` of a variant, a size or a warehouse.
pub fn stock_totals<'a>(view: View<'a>, kind: Kind, id: i64, arguments: &Map<String, Json>) -> Result<Val<'a>, String> {
    let filter = Filter::parse(arguments.get("where"))?;
    let sums = stock_rows(view, kind, id, &filter)
        .map(|(size, warehouse)| view.stock(size, warehouse))
        .fold(StockSums::default(), StockSums::plus);
    Ok(Val::Node(Node::StockTotals(sums)))
}

fn stock_rows<'f>(view: View<'f>, kind: Kind, id: i64, filter: &'f Filter) -> impl Iterator<Item = (i64, i64)> + 'f {
    let sizes: Box<dyn Iterator<Item = i64> + 'f> = match kind {
        Kind::Warehouse => view.ids_after(Kind::ProductSize, i64::MIN),
        Kind::ProductVariant => Box::new(view.references(kind, id, "productSizes").into_iter()),
        _ => Box::new(std::iter::once(id)),
    };
    let warehouses: Vec<i64> = match kind {
        Kind::Warehouse => vec![id],
        _ => view.ids_after(Kind::Warehouse, i64::MIN).collect(),
    };
    let rows = sizes.flat_map(move |size| warehouses.clone().into_iter().map(move |warehouse| (size, warehouse)));
    rows.filter(move |(size, warehouse)| {
        let variant = view.get(Kind::ProductSize, *size, "productVariant");
        let product = match &variant {
            Val::Ref(kind, id) => view.get(*kind, *id, "product"),
            _ => Val::Null,
        };
        let sums = view.stock(*size, *warehouse);
        filter.accepts("productSizeId", &Val::Int(*size))
            && filter.accepts("warehouseId", &Val::Int(*warehouse))
            && filter.accepts("productVariantId", &variant)
            && filter.accepts("productId", &product)
            && ["freeToAllocateQuantity", "physicalQuantity", "allocatedQuantity", "demandQuantity"]
                .iter()
                .all(|name| filter.accepts(name, &quantity(sums, name)))
    })
}

/// A field of `Stock`.
pub fn stock_field<'a>(view: View<'a>, size: i64, warehouse: i64, name: &str) -> Val<'a> {
    match name {
        "productSize" => Val::Ref(Kind::ProductSize, size),
        "warehouse" => Val::Ref(Kind::Warehouse, warehouse),
        _ => quantity(view.stock(size, warehouse), name),
    }
}

/// A quantity of `Stock` or `StockTotals`.
pub fn quantity<'a>(sums: StockSums, name: &str) -> Val<'a> {
    Val::Int(match name {
        "physicalQuantity" => sums.physical,
        "allocatedQuantity" | "unshippedQuantity" => sums.allocated,
        "demandQuantity" => sums.demand,
        "incomingQuantity" | "unlinkedIncomingQuantity" => sums.incoming,
        "linkedIncomingQuantity" | "onDeliveryQuantity" => 0,
        _ => sums.free(),
    })
}
