//! What each field holds: root fields, fields with arguments, and fields that are computed from others.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value as Json;

use crate::broken::Broken;
use crate::date::Zone;
use crate::filter::Filter;
use crate::limits::LimitState;
use crate::money;
use crate::paging::{DEFAULT_LIMIT, Listing, Rows, Window, write_cursor};
use crate::plan::PlanField;
use crate::price_stock;
use crate::sale;
use crate::shop::View;
use crate::value::{Kind, Node, Page, Record, Val};
use crate::variant::Renames;

/// What execution needs beside the plan.
#[derive(Debug)]
pub struct Context<'a> {
    /// The store as this request sees it.
    pub view: View<'a>,
    /// The names that differ from the reference.
    pub renames: Renames,
    /// What the mutations of this request did, by key in the answer.
    pub changes: HashMap<String, Record>,
    /// The JSON form of `Int64`.
    pub int64_as_string: bool,
    /// The state of the rate limits, this request counted.
    pub limits: Vec<LimitState>,
    /// Fields of rows that cannot be given.
    pub broken: &'a [Broken],
    /// What times say about their zone.
    pub zone: Zone,
    /// Whether the last page comes again after the last page.
    pub repeats_last: bool,
}

/// Root lists: name, table, and whether they silently return 20 rows without a `limit`.
const ROOT_LISTS: &[(&str, Kind, bool)] = &[
    ("stores", Kind::Store, false),
    ("currencies", Kind::Currency, false),
    ("languages", Kind::Language, false),
    ("idConversions", Kind::IdConversionEntry, false),
    ("products", Kind::Product, true),
    ("productVariants", Kind::ProductVariant, true),
    ("productSizes", Kind::ProductSize, true),
    ("displays", Kind::Display, true),
    ("displayItems", Kind::DisplayItem, true),
    ("categories", Kind::Category, true),
    ("collections", Kind::Collection, true),
    ("brands", Kind::Brand, true),
    ("folders", Kind::Folder, true),
    ("sizeCharts", Kind::SizeChart, true),
    ("warehouses", Kind::Warehouse, true),
    ("allocationRules", Kind::AllocationRule, true),
    ("mappedAttributes", Kind::MappedAttribute, true),
    ("attributeTypes", Kind::AttributeType, false),
    ("orders", Kind::DirectToConsumerOrder, true),
    ("orderPaymentHistory", Kind::PaymentHistoryEntry, true),
    ("shipments", Kind::DirectToConsumerShipment, true),
    ("returns", Kind::DirectToConsumerReturn, true),
    ("customers", Kind::Customer, true),
    ("markets", Kind::Market, false),
    ("pricelists", Kind::Pricelist, false),
    ("campaigns", Kind::Campaign, true),
    ("vouchers", Kind::Voucher, true),
    ("taxGroups", Kind::TaxGroup, false),
    ("taxRules", Kind::TaxRule, false),
    ("shippingOptions", Kind::ShippingOption, false),
    ("storePlugins", Kind::StorePlugin, true),
    ("countries", Kind::Country, false),
    ("eventListeners", Kind::EventListener, false),
    ("events", Kind::Event, true),
];

/// Root connections.
const ROOT_CONNECTIONS: &[(&str, Kind)] = &[
    ("productVariantConnection", Kind::ProductVariant),
    ("productSizeConnection", Kind::ProductSize),
    ("displayConnection", Kind::Display),
    ("collectionConnection", Kind::Collection),
    ("stockChangeConnection", Kind::StockChange),
    ("orderConnection", Kind::DirectToConsumerOrder),
];

/// Root fields for one row.
const ROOT_GETTERS: &[(&str, Kind)] = &[
    ("market", Kind::Market),
    ("priceAlteration", Kind::PriceAlteration),
    ("product", Kind::Product),
    ("productVariant", Kind::ProductVariant),
    ("display", Kind::Display),
];

/// The object type of a value.
pub fn type_name<'n>(node: &'n Node<'_>) -> &'n str {
    match node {
        Node::Root => "Query",
        Node::Row(kind, _) => kind.type_name(),
        Node::Record(record) => record.type_name,
        Node::Money(_) => "MonetaryValue",
        Node::Price { .. } => "Price",
        Node::Stock { .. } => "Stock",
        Node::StockTotals(_) => "StockTotals",
        Node::Connection(page) => &page.type_name,
        Node::Edge(kind, _) => match kind {
            Kind::DirectToConsumerOrder => "OrderEdge",
            Kind::ProductVariant => "ProductVariantEdge",
            Kind::ProductSize => "ProductSizeEdge",
            Kind::Collection => "CollectionEdge",
            Kind::StockChange => "StockChangeEdge",
            _ => "DisplayEdge",
        },
        Node::PageInfo(_) => "PageInfo",
        Node::Counters => "Counters",
    }
}

/// The value of a field. An error is a mistake in the query's arguments.
pub fn resolve<'a>(context: &Context<'a>, node: &Node<'a>, field: &PlanField) -> Result<Val<'a>, String> {
    let view = context.view;
    Ok(match node {
        Node::Root => return root(context, field),
        Node::Row(kind, id) => return row(view, *kind, *id, field),
        Node::Record(record) => return self::record(view, record, field),
        Node::Money(amount) => money::field(view, *amount, &field.name),
        Node::Price { variant, pricelist } => price_stock::price_field(view, *variant, *pricelist, &field.name),
        Node::Stock { size, warehouse } => price_stock::stock_field(view, *size, *warehouse, &field.name),
        Node::StockTotals(sums) => price_stock::quantity(*sums, &field.name),
        Node::Connection(page) => connection_field(page, &field.name),
        Node::Edge(kind, id) => match field.name.as_str() {
            "cursor" => write_cursor(*kind, *id).into(),
            _ => Val::Ref(*kind, *id),
        },
        Node::PageInfo(page) => page_info(page, &field.name),
        Node::Counters => {
            let kind = match field.name.as_str() {
                "customers" => Kind::Customer,
                "orders" => Kind::DirectToConsumerOrder,
                _ => Kind::Product,
            };
            Listing::new(view, kind, Rows::All, &field.arguments, |filter| filter)?.count().into()
        }
    })
}

fn root<'a>(context: &Context<'a>, field: &PlanField) -> Result<Val<'a>, String> {
    let view = context.view;
    let name = field.name.as_str();
    let arguments = &field.arguments;
    if let Some(done) = context.changes.get(field.key.as_str()) {
        return Ok(Val::Node(Node::Record(Cow::Owned(done.clone()))));
    }
    if let Some((_, kind, paged)) = ROOT_LISTS.iter().find(|(list, ..)| *list == name) {
        let window = Window::of(arguments, paged.then_some(DEFAULT_LIMIT), 200)?;
        let listing = Listing::new(view, *kind, Rows::All, arguments, |filter| filter)?;
        let rows = listing.page(window);
        let rows = if context.repeats_last { listing.or_last(rows, window.take) } else { rows };
        return Ok(Val::Refs(*kind, Cow::Owned(rows)));
    }
    if let Some((_, kind)) = ROOT_CONNECTIONS.iter().find(|(list, _)| *list == name) {
        let listing = Listing::new(view, *kind, Rows::All, arguments, |filter| filter)?;
        let type_name = field.ty.inner_named_type().as_str();
        let counts =
            field.plan_for(type_name).is_some_and(|plan| plan.fields.iter().any(|sub| sub.name == "totalCount"));
        let mut page = listing.connection(arguments, type_name, counts)?;
        if context.repeats_last && !page.has_next {
            page.ids = listing.or_last(page.ids, field.int_argument("first").unwrap_or(DEFAULT_LIMIT));
            page.has_next = true;
        }
        return Ok(Val::Node(Node::Connection(Box::new(page))));
    }
    if let Some((_, kind)) = ROOT_GETTERS.iter().find(|(getter, _)| *getter == name) {
        let id = field.int_argument("id").filter(|id| view.exists(*kind, *id));
        return Ok(id.map_or(Val::Null, |id| Val::Ref(*kind, id)));
    }
    Ok(match name {
        "counters" => Val::Node(Node::Counters),
        "lowestPrices" => return sale::lowest::rows(view, arguments),
        "rateLimits" => context.limits.iter().map(LimitState::record).collect::<Vec<Record>>().into(),
        "order" => {
            let hash = arguments.get("id").and_then(Json::as_str);
            let kind = Kind::DirectToConsumerOrder;
            let found = view.ids_after(kind, 0).find(|number| view.get(kind, *number, "id").as_str() == hash);
            found.map_or(Val::Null, |number| Val::Ref(kind, number))
        }
        _ => Val::Null,
    })
}

fn connection_field<'a>(page: &Page, name: &str) -> Val<'a> {
    match name {
        "edges" => Val::List(page.ids.iter().map(|id| Val::Node(Node::Edge(page.kind, *id))).collect()),
        "pageInfo" => Val::Node(Node::PageInfo(Box::new(page.clone()))),
        _ => page.total.map_or(Val::Null, Val::Int),
    }
}

fn page_info<'a>(page: &Page, name: &str) -> Val<'a> {
    let cursor = |id: Option<&i64>| id.map(|id| write_cursor(page.kind, *id)).into();
    match name {
        "hasNextPage" => page.has_next.into(),
        "hasPreviousPage" => page.has_previous.into(),
        "startCursor" => cursor(page.ids.first()),
        _ => cursor(page.ids.last()),
    }
}

/// Lists of other rows that are found by a reference back: table, field, table listed, its reference, highest `limit`.
const REVERSE_LISTS: &[(Kind, &str, Kind, &str, i64)] = &[
    (Kind::Brand, "products", Kind::Product, "brand", 200),
    (Kind::Collection, "products", Kind::Product, "collection", 200),
    (Kind::Folder, "products", Kind::Product, "folder", 200),
    (Kind::Category, "childCategories", Kind::Category, "parentCategory", 200),
    (Kind::Market, "displays", Kind::Display, "markets", 100),
    (Kind::Market, "campaigns", Kind::Campaign, "market", 200),
    (Kind::Pricelist, "campaigns", Kind::Campaign, "pricelist", 200),
];

fn row<'a>(view: View<'a>, kind: Kind, id: i64, field: &PlanField) -> Result<Val<'a>, String> {
    let name = field.name.as_str();
    match (kind, name) {
        (Kind::Display | Kind::ProductVariant | Kind::Pricelist, "prices") => {
            return price_stock::prices(view, kind, id, &field.arguments);
        }
        (Kind::ProductVariant | Kind::ProductSize | Kind::Warehouse, "stock") => {
            return price_stock::stock(view, kind, id, &field.arguments);
        }
        (Kind::ProductVariant | Kind::ProductSize | Kind::Warehouse, "stockTotals") => {
            return price_stock::stock_totals(view, kind, id, &field.arguments);
        }
        (Kind::Collection, "totalProducts") => {
            let by_collection = |filter: Filter| filter.and_reference("collection", id);
            return Ok(Listing::new(view, Kind::Product, Rows::All, &field.arguments, by_collection)?.count().into());
        }
        (Kind::Display | Kind::ProductVariant, "campaignVariants") => {
            let rows = sale::rows_of::of_row(view, kind, id);
            return narrowed(view, Val::Refs(Kind::CampaignVariant, Cow::Owned(rows)), field);
        }
        (Kind::ProductMedia, "source") => return Ok(media_source(view, id, field)),
        _ => {}
    }
    let reverse = REVERSE_LISTS.iter().find(|(of, list, ..)| *of == kind && *list == name);
    if let Some((_, _, listed, reference, maximum)) = reverse {
        let window = Window::of(&field.arguments, None, *maximum)?;
        let listing =
            Listing::new(view, *listed, Rows::All, &field.arguments, |filter| filter.and_reference(reference, id))?;
        return Ok(Val::Refs(*listed, Cow::Owned(listing.page(window))));
    }
    narrowed(view, view.get(kind, id, name), field)
}

/// Applies the list arguments that the stored value does not know.
fn narrowed<'a>(view: View<'a>, value: Val<'a>, field: &PlanField) -> Result<Val<'a>, String> {
    match value {
        Val::Refs(kind, ids) => {
            let window = Window::of(&field.arguments, None, 200)?;
            let listing = Listing::new(view, kind, Rows::These(ids), &field.arguments, |filter| filter)?;
            Ok(Val::Refs(kind, Cow::Owned(listing.page(window))))
        }
        Val::List(items) => {
            let filter = Filter::parse(field.arguments.get("where"))?;
            let window = Window::of(&field.arguments, None, 200)?;
            let is_narrowed = field.arguments.contains_key("where");
            Ok(Val::List(window.apply(items.into_iter().filter(|item| !is_narrowed || passes(&filter, item)))))
        }
        value => Ok(value),
    }
}

/// Filters on records: translations by language, attributes by their type, elements by key and kind.
fn passes(filter: &Filter, item: &Val<'_>) -> bool {
    let Val::Node(Node::Record(record)) = item else { return true };
    let attribute_type = match record.get("type") {
        Val::Node(Node::Record(found)) => found.get("name").as_str().map(str::to_owned),
        _ => None,
    };
    filter.accepts("typeName", &attribute_type.into())
        && filter.accepts("languageId", &record.get("language"))
        && ["description", "key", "kind", "field", "entryType", "status"]
            .iter()
            .all(|name| filter.accepts(name, &record.get(name)))
}

fn record<'a>(view: View<'a>, record: &Cow<'a, Record>, field: &PlanField) -> Result<Val<'a>, String> {
    // Where an amount is kept without tax too, the argument chooses.
    let net = field.arguments.get("includingTax") == Some(&Json::Bool(false));
    let name = match field.name.as_str() {
        "lineValue" if net && !matches!(record.get("lineValueWithoutTax"), Val::Null) => "lineValueWithoutTax",
        name => name,
    };
    let value = match record {
        Cow::Borrowed(record) => record.get(name),
        Cow::Owned(record) => owned(record.get(name)),
    };
    if record.type_name == "LanguageTranslation" && field.name == "fields" {
        let skip_empty =
            field.arguments.get("where").and_then(|filter| filter.get("skipEmpty")).and_then(Json::as_bool);
        if let (Val::List(items), Some(true)) = (&value, skip_empty) {
            let filled = |item: &&Val<'a>| match item {
                Val::Node(Node::Record(record)) => !matches!(record.get("value"), Val::Null),
                _ => true,
            };
            let items = items.iter().filter(filled).cloned().collect();
            return narrowed(view, Val::List(items), field);
        }
    }
    narrowed(view, value, field)
}

/// A value that borrows nothing: records made for one answer are small.
fn owned<'a>(value: Val<'_>) -> Val<'a> {
    match value {
        Val::Bool(value) => Val::Bool(value),
        Val::Int(value) => Val::Int(value),
        Val::Int64(value) => Val::Int64(value),
        Val::Float(value) => Val::Float(value),
        Val::Time(value) => Val::Time(value),
        Val::Str(text) => Val::Str(Cow::Owned(text.into_owned())),
        Val::Ref(kind, id) | Val::Node(Node::Row(kind, id)) => Val::Ref(kind, id),
        Val::Refs(kind, ids) => Val::Refs(kind, Cow::Owned(ids.into_owned())),
        Val::List(items) => Val::List(items.into_iter().map(owned).collect()),
        Val::Node(Node::Record(record)) => Val::Node(Node::Record(Cow::Owned(record.into_owned()))),
        Val::Node(Node::Money(amount)) => Val::Node(Node::Money(amount)),
        Val::Null | Val::Node(_) => Val::Null,
    }
}

/// Image sizes: name and longest edge in pixels.
pub const MEDIA_SIZES: &[(&str, i64)] = &[("standard", 1200), ("full", 2400), ("mini", 120), ("thumb", 400)];

fn media_source<'a>(view: View<'a>, id: i64, field: &PlanField) -> Val<'a> {
    let wanted = field.arguments.get("sizeName").and_then(Json::as_str).unwrap_or("standard");
    let Some((size, edge)) = MEDIA_SIZES.iter().find(|(name, _)| *name == wanted) else { return Val::Null };
    Record::new("MediaSource")
        .with("type", "IMAGE")
        .with("url", format!("{}/media/{id}/{size}.svg", view.base_url))
        .with("mimeType", "image/svg+xml")
        .with(
            "mediaSize",
            Record::new("MediaSize")
                .with("name", *size)
                .with("maxWidth", *edge)
                .with("maxHeight", *edge)
                .with("quality", 90),
        )
        .into()
}
