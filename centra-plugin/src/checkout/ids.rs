//! What the Checkout API calls things: an item is `<display item>-<size>`, a delivery method is its URI. Both are asked of
//! the Integration API and kept with the connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{CartLine, ExternalId, Timestamp},
    wire::pull::Page,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    client::Variables,
    flows::source::{Source, read_rows},
    map::is_active,
    operation::Operation,
    wire::commerce::{ShippingOption, SizeDisplays},
};

/// Name of the value that holds them.
const STATE_KEY: &str = "checkout_ids";
/// How long they are believed, in seconds: a display may be taken down and made anew.
const VALID_S: i64 = 6 * 3_600;
/// How long they are believed even where the platform refuses one, in seconds.
const BELIEVED_S: i64 = 60;
/// Most delivery methods that are remembered of quotes.
const MOST_QUOTED: usize = 500;
/// Most variants that are kept; the state's limit is 1 MiB.
const MOST_KEPT: usize = 8_000;

/// `<display item>-<size>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemId(pub String);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of ids.
#[derive(Debug, Default)]
pub struct Ids {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_read: bool,
    known: Known,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Known {
    /// Where each size is shown: display, display item, most eligible first; and when that was read.
    sizes: BTreeMap<i64, (Timestamp, Vec<(i64, i64)>)>,
    /// Ways to deliver: id by URI, and when that was read.
    options: Option<(Timestamp, BTreeMap<String, i64>)>,
    /// The token may not read them.
    #[serde(default)]
    options_hidden: bool,
    /// URIs of delivery methods that quotes had, where those cannot be read.
    #[serde(default)]
    quoted: BTreeSet<String>,
}

impl Ids {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, source: &Source) -> Result<(), ConnectorError> {
        if std::mem::replace(&mut self.lock().is_read, true) {
            return Ok(());
        }
        let value = source.client.host().state_get(STATE_KEY).await?;
        if let Some(known) = value.and_then(|value| serde_json::from_slice(&value).ok()) {
            self.lock().known = known;
        }
        Ok(())
    }

    async fn keep(&self, source: &Source) -> Result<(), ConnectorError> {
        let value = {
            let mut state = self.lock();
            while state.known.sizes.len() > MOST_KEPT {
                let oldest = state.known.sizes.iter().min_by_key(|(_, (at, _))| *at).map(|(size, _)| *size);
                if let Some(size) = oldest {
                    state.known.sizes.remove(&size);
                }
            }
            serde_json::to_vec(&state.known).unwrap_or_default()
        };
        source.client.host().state_put(STATE_KEY, value).await
    }

    /// The item of each line, in their order; `None` where the variant does not exist, or is not shown in that offer.
    pub async fn items(
        &self,
        source: &Source,
        lines: &[CartLine],
        now: Timestamp,
    ) -> Result<Vec<Option<ItemId>>, ConnectorError> {
        self.read(source).await?;
        let wanted: BTreeSet<i64> = lines.iter().filter_map(|line| line.variant_id.as_str().parse().ok()).collect();
        let missing: Vec<i64> = {
            let state = self.lock();
            let is_fresh =
                |size: &i64| state.known.sizes.get(size).is_some_and(|(at, _)| at.plus_seconds(VALID_S) > now);
            wanted.iter().filter(|size| !is_fresh(size)).copied().collect()
        };
        if !missing.is_empty() {
            let found = shown(source, &missing).await?;
            let sizes = missing.iter().map(|size| (*size, (now, found.get(size).cloned().unwrap_or_default())));
            self.lock().known.sizes.extend(sizes);
            self.keep(source).await?;
        }
        let state = self.lock();
        let item = |line: &CartLine| {
            let size: i64 = line.variant_id.as_str().parse().ok()?;
            let (_, shown) = state.known.sizes.get(&size)?;
            let in_offer = |display: i64| line.offer_id.as_ref().is_none_or(|id| id.as_str() == display.to_string());
            let (_, display_item) = shown.iter().find(|(display, _)| in_offer(*display))?;
            Some(ItemId(format!("{display_item}-{size}")))
        };
        Ok(lines.iter().map(item).collect())
    }

    /// Asks again for these lines next time: the platform did not know their items. What was read a moment ago is believed
    /// all the same, or a cart with something unsold in it would ask at every quote.
    pub fn doubt(&self, lines: &[&CartLine], now: Timestamp) {
        let mut state = self.lock();
        for size in lines.iter().filter_map(|line| line.variant_id.as_str().parse::<i64>().ok()) {
            if state.known.sizes.get(&size).is_some_and(|(at, _)| at.plus_seconds(BELIEVED_S) <= now) {
                state.known.sizes.remove(&size);
            }
        }
    }

    /// Ways to deliver: id by URI. Empty when the token may not read them; their URIs stand for them then.
    pub async fn options(&self, source: &Source, now: Timestamp) -> Result<BTreeMap<String, i64>, ConnectorError> {
        self.options_of(source, now, VALID_S).await
    }

    async fn options_of(
        &self,
        source: &Source,
        now: Timestamp,
        valid_s: i64,
    ) -> Result<BTreeMap<String, i64>, ConnectorError> {
        self.read(source).await?;
        let known = self.lock().known.options.clone();
        if let Some((at, options)) = known
            && at.plus_seconds(valid_s) > now
        {
            return Ok(options);
        }
        let variables = source.of_store().await?;
        let read = source.all::<ShippingOption>(Operation::ShippingOptions, "shippingOptions", &variables).await;
        let options: Option<BTreeMap<String, i64>> = match read {
            Ok(options) => {
                let named = |option: ShippingOption| Some((option.uri.filter(|uri| !uri.is_empty())?, option.id));
                Some(options.into_iter().filter_map(named).collect())
            }
            Err(error) if matches!(error.code, ErrorCode::PermissionMissing | ErrorCode::SchemaIncompatible) => None,
            Err(error) => return Err(error),
        };
        // A list that cannot be read is empty, too.
        let hidden = options.is_none() || source.options_are_hidden().await?;
        {
            let mut state = self.lock();
            state.known.options_hidden = hidden;
            state.known.options = Some((now, options.clone().unwrap_or_default()));
        }
        self.keep(source).await?;
        Ok(options.unwrap_or_default())
    }

    /// Remembers the delivery methods of a quote, where the token may not read what they are: their URIs are their ids then.
    pub async fn saw(&self, source: &Source, uris: &[&str]) -> Result<(), ConnectorError> {
        let is_new = {
            let mut state = self.lock();
            let hidden = state.known.options_hidden && state.known.quoted.len() < MOST_QUOTED;
            let mut add = |uri: &&str| hidden && !uri.is_empty() && state.known.quoted.insert((*uri).to_owned());
            uris.iter().filter(|uri| add(uri)).count() > 0
        };
        if is_new { self.keep(source).await } else { Ok(()) }
    }

    /// The URI of a delivery method, by its number or its URI; `None` when there is none such.
    pub async fn shipping_uri(
        &self,
        source: &Source,
        id: &ExternalId,
        now: Timestamp,
    ) -> Result<Option<String>, ConnectorError> {
        // One that was made a moment ago is looked for once more.
        for valid_s in [VALID_S, BELIEVED_S] {
            let options = self.options_of(source, now, valid_s).await?;
            let uri = option_uri(&options, id);
            if options.contains_key(uri) {
                return Ok(Some(uri.to_owned()));
            }
        }
        let state = self.lock();
        Ok(state.known.quoted.get(id.as_str()).filter(|_| state.known.options_hidden).cloned())
    }
}

/// Where sizes are shown in the connection's store.
async fn shown(source: &Source, sizes: &[i64]) -> Result<BTreeMap<i64, Vec<(i64, i64)>>, ConnectorError> {
    let store = source.store().await?;
    let fits = source.client.fitting_rows(Operation::CartItems).await?.max(1) as usize;
    let mut found = BTreeMap::new();
    for ids in sizes.chunks(fits) {
        let size = u32::try_from(ids.len()).unwrap_or(1);
        let variables = Variables::from([("ids", json!(ids))]);
        let list = source.named(Operation::CartItems, "productSizes", &variables, size).await?;
        if !list.readable {
            return Err(crate::error::schema_incompatible(Operation::CartItems.name(), "Query.productSizes"));
        }
        let mut page = Page::default();
        for row in read_rows::<SizeDisplays>(list.rows, &list.lost, &["productSizes"], &mut page) {
            found.insert(row.id, places(&row, store));
        }
        if page.skipped > 0 {
            return Err(crate::error::answer_invalid("to a question for a cart's items lacks parts"));
        }
    }
    Ok(found)
}

/// Displays of the store that show the size's variant: active ones first.
fn places(row: &SizeDisplays, store: Option<i64>) -> Vec<(i64, i64)> {
    let Some(variant) = &row.product_variant else { return vec![] };
    let own = variant
        .displays
        .iter()
        .filter(|display| display.store.as_ref().is_none_or(|own| store.is_none_or(|store| own.id == store)));
    let mut places: Vec<(bool, i64, i64)> = own
        .flat_map(|display| {
            let items = display
                .display_items
                .iter()
                .filter(|item| item.product_variant.as_ref().is_some_and(|own| own.id == variant.id));
            items.map(move |item| (!is_active(display.status.as_deref()), display.id, item.id))
        })
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, display, item)| (display, item)).collect()
}

/// The platform's id of a delivery method as the domain has it: the option's number, else its URI.
pub(crate) fn option_id(options: &BTreeMap<String, i64>, uri: &str) -> ExternalId {
    options.get(uri).map_or_else(|| uri.into(), |id| (*id).into())
}

/// The URI of a delivery method, named by either.
pub(crate) fn option_uri<'o>(options: &'o BTreeMap<String, i64>, id: &'o ExternalId) -> &'o str {
    let by_id = options.iter().find(|(_, own)| own.to_string() == id.as_str());
    by_id.map_or_else(|| id.as_str(), |(uri, _)| uri.as_str())
}
