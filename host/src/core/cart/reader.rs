//! Synced data for local quotes, kept in memory for a few seconds: small tables by connection, facts by variant.
//!
//! Nothing notifies the reader of changes, on purpose: other processes write too. What it keeps is refetched after
//! `cache_s` seconds, which is short beside the age the data have anyway, and which the quote's `data_as_of` contains.

use std::sync::Arc;

use connector_api::{
    domain::{Cart, CartLine, ConnectionId, Exclusion, Quote, Timestamp},
    wire::pull::Stream,
};
use serde::de::DeserializeOwned;

use super::{
    Error,
    aging::Aging,
    facts::facts,
    local::{self, Ages, LocalSettings, Tables, VariantFacts, Variants},
};
use crate::{
    model::{channel::LocalQuotes, connection::Connection, paging::PageQuery, quote::MAX_QUOTED},
    store::{self, Store},
};

/// Most connections whose tables are kept.
const MOST_TABLES: usize = 1_000;
/// Most records of one small stream that are read.
const MOST_RECORDS: usize = 50_000;

/// Reads what quotes need. Shared by all of them.
pub struct QuoteReader {
    store: Store,
    connections: Aging<Arc<Connection>>,
    policies: Aging<LocalQuotes>,
    tables: Aging<Arc<Tables>>,
    variants: Aging<Option<Arc<VariantFacts>>>,
}

impl QuoteReader {
    /// A reader that keeps what it read for `cache_s` seconds (connections and channels for at most 1), and at most
    /// `most_variants` variants.
    pub fn new(store: Store, cache_s: u32, most_variants: usize) -> Self {
        Self {
            store,
            connections: Aging::new(MOST_TABLES, cache_s.min(1)),
            policies: Aging::new(MOST_TABLES, cache_s.min(1)),
            tables: Aging::new(MOST_TABLES, cache_s),
            variants: Aging::new(most_variants, cache_s),
        }
    }

    /// A connection, if it exists.
    pub async fn connection(&self, id: &ConnectionId, now: Timestamp) -> store::Result<Option<Arc<Connection>>> {
        if let Some(kept) = self.connections.get(id.as_str(), now) {
            return Ok(Some(kept));
        }
        let Some(connection) = self.store.connection(id).await?.map(Arc::new) else { return Ok(None) };
        self.connections.put(id.to_string(), Arc::clone(&connection), now);
        Ok(Some(connection))
    }

    /// Forgets a connection that is known to have changed.
    pub fn forget(&self, id: &ConnectionId) {
        self.connections.forget(id.as_str());
        self.tables.forget(id.as_str());
    }

    /// What a channel thinks of local quotes.
    pub async fn policy(&self, channel: &str, now: Timestamp) -> store::Result<LocalQuotes> {
        if let Some(kept) = self.policies.get(channel, now) {
            return Ok(kept);
        }
        let policy = self.store.channel(channel).await?.map_or(LocalQuotes::default(), |channel| channel.local_quotes);
        self.policies.put(channel.to_owned(), policy, now);
        Ok(policy)
    }

    /// Prices a cart from synced data.
    pub async fn quote(
        &self,
        connection: &Connection,
        cart: &Cart,
        now: Timestamp,
        valid_for_s: u32,
    ) -> Result<Quote, Error> {
        let tables = self.tables(connection, now).await?;
        let variants = self.variants(&connection.id, cart, now).await?;
        Ok(local::quote(cart, &tables, &variants, now, valid_for_s)?)
    }

    /// Lines of a cart that channels do not sell, each with the reason. That is the host's to say, whoever prices the cart.
    pub async fn excluded(
        &self,
        id: &ConnectionId,
        cart: &Cart,
        now: Timestamp,
    ) -> store::Result<Vec<(usize, Exclusion)>> {
        let variants = self.variants(id, cart, now).await?;
        let of_line = |(index, line): (usize, &CartLine)| {
            let facts = variants.get(line.variant_id.as_str())?;
            Some((index, facts.excluded(line.offer_id.as_ref(), cart.market_id.as_ref())?.clone()))
        };
        Ok(cart.lines.iter().enumerate().filter_map(of_line).collect())
    }

    async fn tables(&self, connection: &Connection, now: Timestamp) -> store::Result<Arc<Tables>> {
        if let Some(kept) = self.tables.get(connection.id.as_str(), now) {
            return Ok(kept);
        }
        let id = &connection.id;
        let positions = self.store.positions(id).await?;
        let age = |stream: Stream| {
            positions.iter().find(|position| position.stream == stream).and_then(|position| position.last_ok_watermark)
        };
        let tables = Tables {
            settings: LocalSettings::read(&connection.settings),
            markets: self.all(id, &Stream::Markets).await?,
            pricelists: self.all(id, &Stream::Pricelists).await?,
            shipping_options: self.all(id, &Stream::ShippingOptions).await?,
            ages: Ages {
                prices: age(Stream::Prices),
                shipping: age(Stream::ShippingOptions),
                tax: age(Stream::TaxRules),
                stock: age(Stream::Inventory),
            },
            ..Tables::default()
        };
        let tables = Arc::new(tables.with_tax_rules(self.all(id, &Stream::TaxRules).await?));
        self.tables.put(id.to_string(), Arc::clone(&tables), now);
        Ok(tables)
    }

    /// All records of a small stream.
    async fn all<T: DeserializeOwned>(&self, id: &ConnectionId, stream: &Stream) -> store::Result<Vec<T>> {
        let mut records = vec![];
        let mut page = PageQuery::first(250);
        loop {
            let listed = self.store.entities(id, stream, &page).await?;
            for row in &listed.data {
                let record = serde_json::from_str(&row.body).map_err(|error| store::Error::Unreadable {
                    what: format!("`{}` of stream `{stream}`", row.id),
                    detail: error.to_string(),
                })?;
                records.push(record);
            }
            if listed.next_cursor.is_none() || records.len() >= MOST_RECORDS {
                return Ok(records);
            }
            page = PageQuery::after(250, listed.next_cursor);
        }
    }

    async fn variants(&self, id: &ConnectionId, cart: &Cart, now: Timestamp) -> store::Result<Variants> {
        let mut found = Variants::with_capacity(cart.lines.len());
        let mut missing: Vec<&str> = vec![];
        let mut key = format!("{id}/");
        let beginning = key.len();
        for line in &cart.lines {
            let variant = line.variant_id.as_str();
            key.truncate(beginning);
            key.push_str(variant);
            match self.variants.get(&key, now) {
                Some(Some(facts)) => {
                    found.insert(variant.to_owned(), facts);
                }
                Some(None) => {}
                None if missing.contains(&variant) => {}
                None => missing.push(variant),
            }
        }
        for some in missing.chunks(MAX_QUOTED) {
            for variant in self.store.quoted_variants(id, some).await? {
                let name = variant.id.clone();
                let facts = facts(variant).map_err(|(offer, error)| store::Error::Unreadable {
                    what: format!("offer `{offer}`"),
                    detail: error.to_string(),
                })?;
                found.insert(name, Arc::new(facts));
            }
            for variant in some {
                self.variants.put(format!("{id}/{variant}"), found.get(*variant).cloned(), now);
            }
        }
        Ok(found)
    }
}
