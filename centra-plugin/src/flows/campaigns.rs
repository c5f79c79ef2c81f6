//! The store's campaigns, read for a pass over its prices and kept in memory until the next one. A checkpoint names only the
//! moment they were read: where they are lost, by a restart in mid-pass, they are refetched.

use std::{collections::BTreeSet, sync::Arc};

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::pull::{Notice, Page},
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    kept_campaigns::{Reading, Where},
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
const LISTS: &str = "pricelists";
/// The ways to rows in the answers.
const ROWS: [&str; 2] = [ROOT, "campaignVariants"];
const ROWS_OF_LIST: [&str; 3] = [LISTS, ROOT, "campaignVariants"];
/// What a token needs to read them.
const PERMISSION: &str = "Campaign:read";

/// Rows read along with each campaign: most have few, and need no request of their own.
const FEW: u32 = 20;
/// Most campaigns in one question.
const MOST_AT_ONCE: u32 = 50;
/// Most requests in one call, which has an end.
const MOST_REQUESTS: u32 = 20;
/// Most campaigns that are read; a store that gives more never ends.
const MOST_CAMPAIGNS: usize = 20_000;

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

/// Whether the live schema and the token let campaigns be read, as far as is known without asking.
pub async fn can_read(source: &Source) -> Result<bool, ConnectorError> {
    Ok(place_of(source).await?.is_some())
}

/// Whether single campaigns can be asked for.
pub async fn has_root(source: &Source) -> Result<bool, ConnectorError> {
    Ok(place_of(source).await? == Some(Where::Root))
}

async fn place_of(source: &Source) -> Result<Option<Where>, ConnectorError> {
    let mut heads = source.of_store().await?;
    heads.extend([("rows", json!(FEW)), ("limit", json!(1)), ("page", json!(1))]);
    let rows = Variables::from([
        ("campaigns", json!([1])),
        ("pricelist", json!([1])),
        ("limit", json!(1)),
        ("page", json!(1)),
    ]);
    let all = [
        (Where::Root, Operation::Campaigns, Operation::CampaignRows, ROWS.join(".")),
        (
            Where::Pricelists,
            Operation::CampaignsByPricelist,
            Operation::CampaignRowsByPricelist,
            ROWS_OF_LIST.join("."),
        ),
    ];
    for (place, head, row, path) in all {
        if source.client.fitted(head, &heads).await?.has(&path) && source.client.fitted(row, &rows).await?.has(&path) {
            return Ok(Some(place));
        }
        // What the token may not read there, it may not read elsewhere.
        if source.client.plan().await?.known.denied.values().any(|own| own == PERMISSION) {
            return Ok(None);
        }
    }
    Ok(None)
}

/// Reads on with the campaigns that this moment names, from the beginning where nothing is kept of it.
pub async fn read(source: &Source, of: Timestamp, page: &mut Page) -> Result<Read, ConnectorError> {
    let kept = source.campaigns.lock().take_if(|own| own.of == of);
    let mut reading = match kept {
        Some(reading) => reading,
        None => match place_of(source).await? {
            None => return Ok(Read::Hidden),
            Some(at) => Reading::begin(source, of, at).await?,
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
    async fn begin(source: &Source, of: Timestamp, at: Where) -> Result<Self, ConnectorError> {
        let operation = if at == Where::Root { Operation::Campaigns } else { Operation::CampaignsByPricelist };
        Ok(Self {
            of,
            found: Campaigns::new(Rules::default()),
            heads: 0,
            next: Some(source.start(operation, MOST_AT_ONCE).await?),
            at,
            seen: BTreeSet::new(),
            long: vec![],
            place: None,
            done: None,
        })
    }

    /// One request at most. `false` when it turns out that campaigns cannot be read.
    async fn step(&mut self, source: &Source, page: &mut Page) -> Result<bool, ConnectorError> {
        if self.done.is_some() {
            return Ok(true);
        }
        if let Some(place) = self.next {
            return self.heads(source, place, page).await;
        }
        let Some(&(campaign, pricelist)) = self.long.first() else {
            self.done = Some(Arc::new(std::mem::take(&mut self.found)));
            return Ok(true);
        };
        self.rows(source, campaign, pricelist, page).await
    }

    async fn heads(&mut self, source: &Source, place: Place, page: &mut Page) -> Result<bool, ConnectorError> {
        let mut variables = source.of_store().await?;
        variables.insert("rows", json!(FEW));
        let (operation, root) = match self.at {
            Where::Root => (Operation::Campaigns, ROOT),
            Where::Pricelists => (Operation::CampaignsByPricelist, LISTS),
        };
        let list = source.list(operation, root, &variables, place, page).await?;
        if !list.readable || !can_read(source).await? {
            return Ok(false);
        }
        if list.may_be_cut {
            super::source::report_cut(page, root);
        }
        self.heads += list.rows.len();
        if self.heads > MOST_CAMPAIGNS {
            return Err(error::stuck(root));
        }
        let campaigns: Vec<Campaign> = if self.at == Where::Root {
            read_rows(list.rows, &list.lost, &[root], page)
        } else {
            let lists: Vec<ListOfCampaigns> = read_rows(list.rows, &list.lost, &[root], page);
            lists.into_iter().flat_map(|list| list.campaigns).collect()
        };
        for campaign in campaigns {
            if !self.seen.insert(campaign.id) {
                continue;
            }
            if campaign.campaign_variants.len() >= FEW as usize {
                let list = campaign.pricelists.first().map_or(0, |list| list.id);
                self.long.push((campaign.id, list));
                continue;
            }
            for row in &campaign.campaign_variants {
                add(&mut self.found, &campaign, row, self.of, page);
            }
        }
        self.next = list.next;
        Ok(true)
    }

    async fn rows(
        &mut self,
        source: &Source,
        campaign: i64,
        pricelist: i64,
        page: &mut Page,
    ) -> Result<bool, ConnectorError> {
        let place = match self.place {
            Some(place) => place,
            None => source.start(Operation::CampaignRows, MOST_ROWS).await?,
        };
        let read = match self.at {
            Where::Root => rows_of(source, campaign, place, page).await?,
            Where::Pricelists => rows_of_list(source, pricelist, campaign, place, page).await?,
        };
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

/// The same below a pricelist of the campaign.
async fn rows_of_list(
    source: &Source,
    pricelist: i64,
    campaign: i64,
    place: Place,
    page: &mut Page,
) -> Result<Option<(Campaign, Vec<CampaignRow>, Option<Place>)>, ConnectorError> {
    let variables = Variables::from([("campaigns", json!([campaign])), ("pricelist", json!([pricelist]))]);
    let operation = Operation::CampaignRowsByPricelist;
    let (reply, place) =
        by_page::<ListsPart>(&source.client, operation, &ROWS_OF_LIST, &variables, place, page).await?;
    let heads = reply.data.pricelists.into_iter().flatten().flat_map(|list| list.campaigns);
    let Some((head, rows)) = heads.map(Head::apart).find(|(head, _)| head.id == campaign) else { return Ok(None) };
    let next = source.following(operation, place, rows.len()).await?;
    Ok(Some((head, read_rows(rows, &reply.lost, &ROWS_OF_LIST, page), next)))
}

/// Adds a row, and says why it is left out if it is.
pub fn add(found: &mut Campaigns, campaign: &Campaign, row: &CampaignRow, now: Timestamp, page: &mut Page) {
    let Some(variant) = &row.product_variant else { return };
    if let Some(unusable) = found.add(campaign, variant.id, row, now) {
        report(campaign.id, row.id, &unusable, page);
    }
}

fn report(campaign: i64, row: i64, unusable: &Unusable, page: &mut Page) {
    let code = unusable.code();
    leave_out(page, code, "A row of a campaign cannot be applied: the price of its variant may differ.");
    // One example of each kind is enough to find the others by.
    if !page.notices.iter().any(|own| own.code == code) {
        let message = format!(
            "Row {row} of campaign {campaign} {unusable}, and was left out: correct the campaign in Centra. Until then the regular price of its variant applies."
        );
        page.notices.push(Notice { code: code.to_owned(), message });
    }
}

/// A pricelist with its campaigns.
#[derive(Deserialize)]
struct ListOfCampaigns {
    #[serde(default, deserialize_with = "crate::wire::list")]
    campaigns: Vec<Campaign>,
}

#[derive(Deserialize)]
struct ListsPart {
    #[serde(default)]
    pricelists: Option<Vec<ListOfHeads>>,
}

#[derive(Deserialize)]
struct ListOfHeads {
    #[serde(default, deserialize_with = "crate::wire::list")]
    campaigns: Vec<Head>,
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
