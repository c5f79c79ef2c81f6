//! The store's campaigns, read for a pass over its prices and kept in memory until the next one. A checkpoint names only the
//! moment they were read: where they are lost, by a restart in mid-pass, they are read again.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::pull::{Notice, Page},
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    place::{MOST_ROWS, Place},
    source::{Source, leave_out, read_rows},
    window::by_page,
};
use crate::{
    client::Variables,
    error,
    map::campaign::{Campaigns, Rules, Unusable},
    operation::Operation,
    wire::campaign::{Campaign, CampaignRow},
};

const ROOT: &str = "campaigns";
const ROWS: [&str; 2] = [ROOT, "campaignVariants"];

/// Rows read along with each campaign: most have few, and need no request of their own.
const FEW: u32 = 20;
/// Most campaigns in one question.
const MOST_AT_ONCE: u32 = 50;
/// Most requests in one call, which has an end.
const MOST_REQUESTS: u32 = 20;
/// Most campaigns that are read; a store that gives more never ends.
const MOST_CAMPAIGNS: usize = 20_000;

/// What was read of campaigns so far.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<Reading>>);

#[derive(Debug)]
struct Reading {
    /// The moment that names it.
    of: Timestamp,
    found: Campaigns,
    heads: usize,
    /// Where the list of campaigns goes on.
    next: Option<Place>,
    /// Campaigns with more rows than came along, and where the rows of the first go on.
    long: Vec<i64>,
    place: Option<Place>,
    done: Option<Arc<Campaigns>>,
}

/// How far campaigns are read.
#[derive(Debug)]
pub enum Read {
    /// All of them.
    All(Arc<Campaigns>),
    /// Not yet all: call again.
    Partly,
    /// The store's schema or token does not let them be read.
    Hidden,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Variants that a campaign had when all were last read.
    pub fn variants_of(&self, campaign: i64) -> Option<BTreeSet<i64>> {
        self.lock().as_ref()?.done.as_ref()?.variants_of(campaign).cloned()
    }
}

/// Whether the live schema and the token let campaigns be read, as far as is known without asking.
pub async fn can_read(source: &Source) -> Result<bool, ConnectorError> {
    let mut variables = source.of_store().await?;
    variables.extend([("rows", json!(FEW)), ("limit", json!(1)), ("page", json!(1))]);
    let heads = source.client.fitted(Operation::Campaigns, &variables).await?;
    let rows = Variables::from([("campaigns", json!([1])), ("limit", json!(1)), ("page", json!(1))]);
    Ok(heads.has(&ROWS.join(".")) && source.client.fitted(Operation::CampaignRows, &rows).await?.has(&ROWS.join(".")))
}

/// Reads on with the campaigns that this moment names, from the beginning where nothing is kept of it.
pub async fn read(source: &Source, of: Timestamp, page: &mut Page) -> Result<Read, ConnectorError> {
    let kept = source.campaigns.lock().take_if(|own| own.of == of);
    let mut reading = match kept {
        Some(reading) => reading,
        None if !can_read(source).await? => return Ok(Read::Hidden),
        None => Reading {
            of,
            found: Campaigns::new(Rules::default()),
            heads: 0,
            next: Some(source.start(Operation::Campaigns, MOST_AT_ONCE).await?),
            long: vec![],
            place: None,
            done: None,
        },
    };
    let mut outcome = Ok(true);
    for _ in 0..MOST_REQUESTS {
        outcome = reading.step(source, page).await;
        if reading.done.is_some() || !matches!(outcome, Ok(true)) {
            break;
        }
    }
    let done = reading.done.clone();
    // What failed is tried again from where it stands.
    *source.campaigns.lock() = Some(reading);
    match (outcome?, done) {
        (false, _) => Ok(Read::Hidden),
        (true, Some(campaigns)) => Ok(Read::All(campaigns)),
        (true, None) => Ok(Read::Partly),
    }
}

impl Reading {
    /// One request at most. `false` when it turns out that campaigns cannot be read.
    async fn step(&mut self, source: &Source, page: &mut Page) -> Result<bool, ConnectorError> {
        if self.done.is_some() {
            return Ok(true);
        }
        if let Some(place) = self.next {
            return self.heads(source, place, page).await;
        }
        let Some(&campaign) = self.long.first() else {
            self.done = Some(Arc::new(std::mem::take(&mut self.found)));
            return Ok(true);
        };
        self.rows(source, campaign, page).await
    }

    async fn heads(&mut self, source: &Source, place: Place, page: &mut Page) -> Result<bool, ConnectorError> {
        let mut variables = source.of_store().await?;
        variables.insert("rows", json!(FEW));
        let list = source.list(Operation::Campaigns, ROOT, &variables, place, page).await?;
        if !list.readable {
            return Ok(false);
        }
        if list.may_be_cut {
            super::source::tell_cut(page, ROOT);
        }
        self.heads += list.rows.len();
        if self.heads > MOST_CAMPAIGNS {
            return Err(error::stuck(ROOT));
        }
        for campaign in read_rows::<Campaign>(list.rows, &list.lost, &[ROOT], page) {
            if campaign.campaign_variants.len() >= FEW as usize {
                self.long.push(campaign.id);
                continue;
            }
            for row in &campaign.campaign_variants {
                add(&mut self.found, &campaign, row, self.of, page);
            }
        }
        self.next = list.next;
        Ok(true)
    }

    async fn rows(&mut self, source: &Source, campaign: i64, page: &mut Page) -> Result<bool, ConnectorError> {
        let place = match self.place {
            Some(place) => place,
            None => source.start(Operation::CampaignRows, MOST_ROWS).await?,
        };
        let read = rows_of(source, campaign, place, page).await?;
        let Some((head, rows, next)) = read else {
            self.long.remove(0);
            self.place = None;
            return Ok(true);
        };
        for row in &rows {
            add(&mut self.found, &head, row, self.of, page);
        }
        self.place = next;
        if next.is_none() {
            self.long.remove(0);
        }
        Ok(true)
    }
}

/// A page of a campaign's rows, and where the next one begins; `None` when there is no such campaign.
pub async fn rows_of(
    source: &Source,
    campaign: i64,
    place: Place,
    page: &mut Page,
) -> Result<Option<(Campaign, Vec<CampaignRow>, Option<Place>)>, ConnectorError> {
    let variables = Variables::from([("campaigns", json!([campaign]))]);
    let (reply, place) =
        by_page::<Part>(&source.client, Operation::CampaignRows, &ROWS, &variables, place, page).await?;
    let heads = reply.data.campaigns.into_iter().flatten();
    let Some((head, rows)) = heads.map(Head::apart).find(|(head, _)| head.id == campaign) else { return Ok(None) };
    let next = source.following(Operation::CampaignRows, place, rows.len()).await?;
    Ok(Some((head, read_rows(rows, &reply.lost, &ROWS, page), next)))
}

/// Adds a row, and says why it is left out if it is.
pub fn add(found: &mut Campaigns, campaign: &Campaign, row: &CampaignRow, now: Timestamp, page: &mut Page) {
    let Some(variant) = &row.product_variant else { return };
    if let Some(unusable) = found.add(campaign, variant.id, row, now) {
        tell(campaign.id, row.id, &unusable, page);
    }
}

fn tell(campaign: i64, row: i64, unusable: &Unusable, page: &mut Page) {
    let code = unusable.code();
    leave_out(page, code, "A row of a campaign cannot hold as it is: the price of its variant may be another one.");
    // One example of each kind is enough to find the others by.
    if !page.notices.iter().any(|own| own.code == code) {
        let message = format!(
            "Row {row} of campaign {campaign} {unusable}, and was left out: correct the campaign in Centra. Until then the regular price of its variant stands."
        );
        page.notices.push(Notice { code: code.to_owned(), message });
    }
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    campaigns: Option<Vec<Head>>,
}

/// A campaign whose rows are read one by one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(deserialize_with = "crate::wire::id")]
    id: i64,
    #[serde(default)]
    status: Option<String>,
    #[serde(default, deserialize_with = "crate::wire::list")]
    markets: Vec<crate::wire::Id>,
    #[serde(default, deserialize_with = "crate::wire::list")]
    pricelists: Vec<crate::wire::campaign::CampaignPricelist>,
    #[serde(default)]
    campaign_variants: Option<Vec<Option<Box<RawValue>>>>,
}

impl Head {
    fn apart(self) -> (Campaign, Vec<Option<Box<RawValue>>>) {
        let Self { id, status, markets, pricelists, campaign_variants } = self;
        (Campaign { id, status, markets, pricelists, campaign_variants: vec![] }, campaign_variants.unwrap_or_default())
    }
}
