//! Offers by what webhooks name them by: a display item, which is one variant on one display. Its display is the offer;
//! prices of its variant and stock of its sizes come along, because those are what mostly changed.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ExternalId,
    wire::pull::{EntityRef, Page, Record, Stream},
};
use serde_json::json;

use super::{
    super::{
        pull::{Serving, serving},
        source::{Source, read_rows},
    },
    details::levels,
    found::{id_of, whole},
    offers,
    prices::{ROWS, as_charged, has_wrong_price, prices, reads_campaigns},
};
use crate::{
    client::Variables,
    entity::display_item,
    map::campaign::{Campaigns, Rules},
    operation::Operation,
    wire::commerce::DisplayItem,
};

const ROOT: &str = "displayItems";
const VARIANT: &str = "displayItems.productVariant";
const PRICES: &str = "displayItems.productVariant.prices";
const STOCK: &str = "displayItems.productVariant.productSizes.stock";

/// What the display items lead to.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// Offers, prices and stock.
    pub(super) records: Vec<Record>,
    /// Display items that lead nowhere, offers that are gone or not of this store, variants without any price, sizes without stock.
    pub(super) gone: Vec<EntityRef>,
}

impl Resolved {
    /// Adds what was read of an entity; where that is nothing, it is gone.
    fn add(&mut self, stream: Stream, id: i64, read: Vec<Record>) {
        if read.is_empty() {
            self.gone.push(EntityRef { stream, id: id.into() });
        }
        self.records.extend(read);
    }
}

/// Whether the live schema lets display items be found by id.
pub async fn can_resolve(source: &Source) -> Result<bool, ConnectorError> {
    Ok(most_at_once(source).await?.is_some())
}

/// Reads them.
pub(super) async fn fetch(source: &Source, items: &BTreeSet<i64>) -> Result<Resolved, ConnectorError> {
    let mut resolved = Resolved::default();
    let Some(most) = most_at_once(source).await? else {
        return Err(unresolvable());
    };
    let serving = serving(source, &mut Page::default()).await?;
    let mut displays = BTreeSet::new();
    for ids in items.iter().copied().collect::<Vec<_>>().chunks(most) {
        displays.extend(read(source, ids, &serving, &mut resolved).await?);
    }
    let offers = offers::fetch(source, &displays.iter().map(|id| ExternalId::from(*id)).collect()).await?;
    resolved.records.splice(..0, offers.records);
    resolved.gone.extend(offers.gone.into_iter().map(|id| EntityRef { stream: Stream::Offers, id }));
    Ok(resolved)
}

fn unresolvable() -> ConnectorError {
    ConnectorError::new(
        ErrorCode::UnsupportedOperation,
        "the store's schema or token does not allow finding display items by id: their changes arrive with the next sync",
    )
}

/// How many display items one question may name; `None` when they cannot be named at all.
async fn most_at_once(source: &Source) -> Result<Option<usize>, ConnectorError> {
    let asked = Variables::from([("items", json!([1])), ("limit", json!(1)), ("page", json!(1))]);
    let query = source.client.fitted(Operation::DisplayItems, &asked).await?;
    let Some(ty) = query.variables.get("items").filter(|_| query.has(ROOT)) else { return Ok(None) };
    let single = ty.as_deref().is_some_and(|ty| !ty.starts_with('['));
    // A list that takes no limit is cut, silently.
    let uncut = if query.variables.contains_key("limit") { usize::MAX } else { 20 };
    let fits = source.client.fitting_rows(Operation::DisplayItems).await?.max(1) as usize;
    Ok(Some(if single { 1 } else { fits.min(uncut) }))
}

/// Reads some, and says on which displays they stand.
async fn read(
    source: &Source,
    ids: &[i64],
    serving: &Serving,
    resolved: &mut Resolved,
) -> Result<BTreeSet<i64>, ConnectorError> {
    let variables =
        Variables::from([("items", json!(ids)), ("warehouses", json!(serving.rows_per_size)), ("rows", json!(ROWS))]);
    let allowed = serving.ids();
    // Stock of a warehouse that is not in a list which was cut would be reported as gone.
    let knows_stock = serving.may_be_cut.is_none();
    let size = u32::try_from(ids.len()).unwrap_or(1);
    let list = source.named(Operation::DisplayItems, ROOT, &variables, size).await?;
    if !list.readable {
        return Err(unresolvable());
    }
    // Only now: what the token may not read is found out by asking, and must not be reported as gone.
    let asked = source.client.fitted(Operation::DisplayItems, &variables).await?;
    let reads_campaigns = reads_campaigns(source, Operation::DisplayItems, &variables, VARIANT).await?;
    let now = source.client.host().now().await?;
    let mut page = Page::default();
    let found: Vec<DisplayItem> = read_rows(list.rows, &list.lost, &[ROOT], &mut page);
    whole(&page)?;
    let store = source.store().await?;
    let mut missing: BTreeSet<i64> = ids.iter().copied().collect();
    let mut displays = BTreeSet::new();
    let (mut campaigns, mut computed) = (Campaigns::new(Rules::default()), vec![]);
    for item in found {
        missing.remove(&item.id);
        displays.insert(item.display.id);
        let variant = &item.product_variant;
        // A price below zero is none, and no sign that there is none.
        if asked.has(PRICES) && !has_wrong_price(source, &variant.priced, store) {
            let own = prices(source, &variant.priced, store, Some(&mut campaigns).filter(|_| reads_campaigns), now)?;
            computed.push((variant.priced.id, vec![item.id], own));
        }
        for size in variant.product_sizes.iter().filter(|_| asked.has(STOCK) && knows_stock) {
            resolved.add(Stream::Inventory, size.id, levels(size, Some(&variant.held_back), &allowed));
        }
    }
    let priced: BTreeSet<i64> = computed.iter().map(|(variant, ..)| *variant).collect();
    let charged = as_charged(source, computed, Some(&campaigns).filter(|_| reads_campaigns)).await?;
    let has_price = |id: &ExternalId| charged.iter().any(|own| id_of(own) == Some(id));
    let unpriced = priced.into_iter().map(ExternalId::from).filter(|id| !has_price(id));
    resolved.gone.extend(unpriced.map(|id| EntityRef { stream: Stream::Prices, id }));
    resolved.records.extend(charged);
    resolved.gone.extend(missing.into_iter().map(display_item));
    Ok(displays)
}
