//! What is read of the live store, once for all guesses: its schema, rows of campaigns, some variants, and what its shop charges for them.
//! Nothing is changed. It takes some 15 requests, and hardly more than 40 where pages are small and campaigns are many.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{ConnectorError, ErrorCode, domain::Timestamp};

use super::{
    cases::{Case, Charged, Sample, cases},
    sale,
    seen::Seen,
    shop,
};
use crate::{
    flows::source::Source,
    schema::live::LiveSchema,
    wire::{
        campaign::{Campaign, CampaignRow},
        event::Event,
        listed::ListedProduct,
    },
};

/// Types of which only the values are looked at.
const ENUMS: [&str; 3] = ["CampaignVariantType", "EventObjectType", "Status"];
/// Seconds after which no further campaigns, samples and prices are read; the few questions after them have deadlines of their own. The
/// host waits five minutes for all of it.
const MOST_SECONDS: i64 = 180;

/// All that was seen.
#[derive(Debug)]
pub(super) struct Evidence {
    /// The live schema; none where the store hides it.
    pub(super) schema: Option<LiveSchema>,
    /// Values of enums by type.
    pub(super) enums: BTreeMap<String, Vec<String>>,
    /// Rows of campaigns in use, each with its campaign.
    pub(super) rows: Seen<Vec<(Campaign, CampaignRow)>>,
    /// Variants of those rows.
    pub(super) samples: Seen<Vec<Sample>>,
    /// What the shop charges for them.
    pub(super) charged: Seen<Vec<Charged>>,
    /// The same, case by case.
    pub(super) cases: Vec<Case>,
    /// Products of the Checkout API.
    pub(super) listed: Seen<Vec<ListedProduct>>,
    /// The first page of them: how many came, how many were asked for, how many there are.
    pub(super) page: Seen<(usize, u32, Option<u64>)>,
    /// Display items that show sizes, by size.
    pub(super) sizes: Seen<BTreeMap<i64, BTreeSet<i64>>>,
    /// Events of the queue.
    pub(super) events: Seen<Vec<Event>>,
    /// How the Storefront API refuses a token: the HTTP status, and what this connector makes of it.
    pub(super) refusal: Seen<(u16, Option<ConnectorError>)>,
}

impl Evidence {
    /// Reads all of it.
    pub(super) async fn gather(source: &Source) -> Result<Self, ConnectorError> {
        let before = source.client.plan().await?;
        let schema = source.client.read_schema(Some(&before.known)).await?.known.schema.clone();
        let types = or_why(source.client.read_types(&ENUMS).await)?.ok().flatten().unwrap_or_default().types;
        let enums = types.into_iter().map(|(name, own)| (name, own.values)).collect();
        let end = source.client.host().now().await?.plus_seconds(MOST_SECONDS);
        let rows = or_why(sale::rows(source, end).await)?.and_then(|own| own);
        let now = by_the_store(source).await?;
        let samples = match &rows {
            Ok(rows) => or_why(sale::samples(source, rows, now, end).await)?.and_then(|own| own),
            Err(why) => Err(why.clone()),
        };
        let items: Vec<i64> = samples.iter().flatten().flat_map(|own| own.items.iter().copied()).collect();
        let places = or_why(shop::places(source).await)?.and_then(|own| own);
        let (listed, page) = match &places {
            Ok(places) => (
                or_why(shop::listed(source, places, &items).await)?,
                or_why(shop::first_page(source, places).await)?.and_then(|own| own),
            ),
            Err(why) => (Err(why.clone()), Err(why.clone())),
        };
        let sizes = match &listed {
            Ok(listed) => or_why(shop::sizes(source, listed).await)?.and_then(|own| own),
            Err(why) => Err(why.clone()),
        };
        let began = by_the_store(source).await?;
        let charged = match &samples {
            Ok(_) => or_why(shop::charged(source, &places, &items, end).await)?.and_then(|own| own),
            Err(why) => Err(why.clone()),
        };
        let now = by_the_store(source).await?;
        let of = |at: Timestamp| at.as_unix_ms().div_euclid(1_000);
        let mut cases = cases(samples.as_deref().unwrap_or_default(), charged.as_deref().unwrap_or_default(), now);
        if of(began) != of(now) {
            // Nobody knows on which side of an end the prices were read.
            cases.retain(|own| own.ending.is_empty());
        }
        let events = or_why(shop::events(source).await)?.and_then(|own| own);
        let refusal = or_why(shop::refusal(source).await)?.and_then(|own| own);
        Ok(Self { schema, enums, rows, samples, charged, cases, listed, page, sizes, events, refusal })
    }

    /// Why there is no case of this kind.
    pub(super) fn no_case(&self, kind: &str, how: &str) -> String {
        let lacking = self.rows.as_ref().err().or(self.samples.as_ref().err()).or(self.charged.as_ref().err());
        if let Some(why) = lacking {
            return format!("{why} To see it: {how}");
        }
        if self.rows.as_ref().is_ok_and(Vec::is_empty) {
            return format!("No campaign is in use. To see it: {how}");
        }
        format!("Among the variants looked at is none {kind} To see it: {how}")
    }
}

/// A failure becomes a reason, unless it is the host's.
fn or_why<T>(read: Result<T, ConnectorError>) -> Result<Seen<T>, ConnectorError> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(failure) if failure.code == ErrorCode::HostFailed => Err(failure),
        Err(failure) => Ok(Err(failure.message)),
    }
}

/// Now by the store's clock, as far as its answers tell.
async fn by_the_store(source: &Source) -> Result<Timestamp, ConnectorError> {
    let ahead = source.client.clock_ahead_s().unwrap_or(0);
    Ok(source.client.host().now().await?.plus_seconds(-ahead))
}
