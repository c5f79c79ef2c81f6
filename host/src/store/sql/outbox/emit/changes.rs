//! What a transaction changes in the catalog: each row as it was before its first change.

use std::collections::{BTreeMap, HashSet};

use connector_api::wire::pull::Stream;

use crate::store::{
    db::{self, failure::Outcome},
    sql::catalog::price::PriceKey,
};

/// Variant and location.
pub(in crate::store) type StockKey = (String, String);

/// A row before its first change. Values are absent when nobody needs them.
#[derive(Debug)]
pub(in crate::store) struct Before<V> {
    pub(in crate::store) was_there: bool,
    pub(in crate::store) values: Option<V>,
}

impl<V> Before<V> {
    /// A row that is deleted.
    pub(in crate::store) fn deleted() -> Self {
        Self { was_there: true, values: None }
    }

    /// The values of a row that was there.
    pub(super) fn old(self) -> Option<V> {
        self.values.filter(|_| self.was_there)
    }
}

/// What is compared of an offer.
#[derive(Debug)]
pub(in crate::store) struct OfferValues {
    pub(in crate::store) status: String,
    pub(in crate::store) body: Option<String>,
}

/// What is compared of a price.
#[derive(Debug)]
pub(in crate::store) struct PriceValues {
    pub(in crate::store) currency: String,
    pub(in crate::store) amount_minor: i64,
    pub(in crate::store) list_amount_minor: Option<i64>,
    pub(in crate::store) lowest_amount_minor: Option<i64>,
    pub(in crate::store) tax: String,
    pub(in crate::store) source: String,
    pub(in crate::store) valid_until: Option<i64>,
}

/// What is compared of stock.
#[derive(Debug)]
pub(in crate::store) struct StockValues {
    pub(in crate::store) available: i64,
    pub(in crate::store) policy: String,
}

/// Rows by their keys; nothing for a stream that was not read to its end once: the first sync of a large store is one
/// `sync.completed`, not a million events.
type Tracked<K, V> = Option<BTreeMap<K, Before<V>>>;

/// What a transaction changes in a connection's catalog.
#[derive(Debug)]
pub(in crate::store) struct Changes {
    pub(super) connection: i64,
    pub(super) offers: Tracked<String, OfferValues>,
    pub(super) prices: Tracked<PriceKey, PriceValues>,
    pub(super) stock: Tracked<StockKey, StockValues>,
}

impl Changes {
    /// No changes yet. Looks up of which streams they are emitted.
    pub(in crate::store) async fn begin(tx: &mut db::Connection, connection: i64) -> Outcome<Self> {
        let streams: Vec<String> = db::query_scalar(
            "SELECT stream FROM stream_position WHERE connection = $1 AND emitted_by IS NOT NULL \
             AND stream IN ('offers', 'prices', 'inventory')",
        )
        .bind(connection)
        .fetch_all(tx)
        .await?;
        let streams: HashSet<&str> = streams.iter().map(String::as_str).collect();
        Ok(Self {
            connection,
            offers: streams.contains("offers").then(BTreeMap::new),
            prices: streams.contains("prices").then(BTreeMap::new),
            stock: streams.contains("inventory").then(BTreeMap::new),
        })
    }

    /// Whose changes they are.
    pub(in crate::store) fn connection(&self) -> i64 {
        self.connection
    }

    /// Whether changes of a stream are emitted.
    pub(in crate::store) fn tracks(&self, stream: &Stream) -> bool {
        match stream {
            Stream::Offers => self.offers.is_some(),
            Stream::Prices => self.prices.is_some(),
            Stream::Inventory => self.stock.is_some(),
            _ => false,
        }
    }

    /// What changed up to now. What changes from here on is collected anew.
    pub(in crate::store) fn take(&mut self) -> Self {
        let Self { connection, offers, prices, stock } = self;
        Self {
            connection: *connection,
            offers: offers.as_mut().map(std::mem::take),
            prices: prices.as_mut().map(std::mem::take),
            stock: stock.as_mut().map(std::mem::take),
        }
    }

    /// Notes that an offer changes.
    pub(in crate::store) fn offer(&mut self, id: String, before: Before<OfferValues>) {
        if let Some(offers) = &mut self.offers {
            offers.entry(id).or_insert(before);
        }
    }

    /// Notes that a price changes.
    pub(in crate::store) fn price(&mut self, key: PriceKey, before: Before<PriceValues>) {
        if let Some(prices) = &mut self.prices {
            prices.entry(key).or_insert(before);
        }
    }

    /// Notes that stock changes.
    pub(in crate::store) fn stock(&mut self, key: StockKey, before: Before<StockValues>) {
        if let Some(stock) = &mut self.stock {
            stock.entry(key).or_insert(before);
        }
    }
}
