//! Regular prices of the Integration API, pricelist by pricelist, page by page, with what campaigns make of them.

use connector_api::{
    ConnectorError,
    domain::{Currency, PriceSource, Timestamp},
    wire::pull::{LeftOut, Notice, Page, PullRequest, Record},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::super::{
        campaigns::Read,
        place::Place,
        source::{Source, note, read_rows, report_cut},
        window::by_page,
    },
    pass::{Pass, kept},
    route::Route,
};
use crate::{
    client::Variables,
    error,
    map::{self, campaign::Campaigns},
    operation::Operation,
    wire::{
        commerce::{Price, PricesOfList},
        store::Pricelist,
    },
};

/// The way to the prices in the answer.
const WAY: [&str; 2] = ["pricelists", "prices"];

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// Pricelists still to read; the first is being read.
    pricelists: Vec<i64>,
    /// Where its list stands.
    place: Place,
    pass: Pass,
}

pub(super) async fn begin(source: &Source, request: &PullRequest, mut page: Page) -> Result<Page, ConnectorError> {
    let cursor = Cursor {
        pricelists: pricelists(source, &mut page).await?,
        place: source.start(Operation::Prices, request.limit).await?,
        pass: Pass::begin(source).await?,
    };
    read(source, request, cursor, page).await
}

pub(super) async fn read(
    source: &Source,
    request: &PullRequest,
    mut cursor: Cursor,
    mut page: Page,
) -> Result<Page, ConnectorError> {
    if !cursor.place.is_possible() {
        return Err(error::foreign_checkpoint());
    }
    let Some(&pricelist) = cursor.pricelists.first() else { return Ok(page) };
    let could = cursor.pass.campaigns;
    let campaigns = match cursor.pass.campaigns(source, &mut page).await? {
        Read::All(campaigns) => Some(campaigns),
        Read::Partly => {
            page.next = kept(Route::Integration, &cursor)?;
            return Ok(page);
        }
        Read::Hidden => None,
    };
    if could && campaigns.is_none() {
        let text =
            "The store's schema or token (Campaign:read) does not let campaigns be read: prices are the regular ones.";
        note(&mut page, "campaigns_unreadable", text);
    }
    let at = At { pricelist, place: cursor.place, began: cursor.pass.began };
    if let Some(next) = list(source, at, campaigns.as_deref(), &mut page).await? {
        cursor.place = next;
    } else {
        cursor.pricelists.remove(0);
        cursor.place = source.start(Operation::Prices, request.limit).await?;
    }
    if !cursor.pricelists.is_empty() {
        page.next = kept(Route::Integration, &cursor)?;
    }
    Ok(page)
}

/// The chosen pricelist, or all that are in use in the store.
async fn pricelists(source: &Source, page: &mut Page) -> Result<Vec<i64>, ConnectorError> {
    if let Some(chosen) = source.chosen.pricelist {
        return Ok(vec![chosen]);
    }
    let store = source.store().await?;
    let variables = source.of_store().await?;
    let (lists, may_be_cut) =
        source.all_there_are::<Pricelist>(Operation::Pricelists, "pricelists", &variables, page).await?;
    if may_be_cut {
        report_cut(page, "pricelists");
    }
    let of_store = |list: &&Pricelist| list.store.as_ref().is_none_or(|own| store.is_none_or(|store| own.id == store));
    let in_use = lists.iter().filter(of_store).filter(|list| map::is_active(list.status.as_deref()));
    Ok(in_use.map(|list| list.id).collect())
}

/// Where a pass stands.
#[derive(Debug, Clone, Copy)]
struct At {
    pricelist: i64,
    place: Place,
    began: Timestamp,
}

async fn list(
    source: &Source,
    At { pricelist, place, began }: At,
    campaigns: Option<&Campaigns>,
    page: &mut Page,
) -> Result<Option<Place>, ConnectorError> {
    let variables = Variables::from([("pricelist", json!([pricelist]))]);
    let (reply, place) =
        by_page::<PricelistsPart>(&source.client, Operation::Prices, &WAY, &variables, place, page).await?;
    let lists = reply.data.pricelists.into_iter().flatten();
    let Some(list) = lists.into_iter().find(|list| list.id == pricelist) else {
        page.skipped += 1;
        note(page, "pricelist_gone", "A pricelist disappeared while it was read.");
        return Ok(None);
    };
    let Some(currency) = list.currency.code.as_deref().and_then(|code| code.parse::<Currency>().ok()) else {
        page.left_out.push(LeftOut::new("pricelist_without_currency", "A pricelist has no currency.", 1));
        note(page, "pricelist_without_currency", "A pricelist has no currency and was left out.");
        return Ok(None);
    };
    let rows = list.prices.unwrap_or_default();
    let next = source.following(Operation::Prices, place, rows.len()).await?;
    for price in read_rows::<Price>(rows, &reply.lost, &WAY, page) {
        let Some(variant) = price.product_variant.map(|variant| variant.id) else { continue };
        if map::price::is_below_zero(price.price.as_ref(), currency) {
            page.skipped += 1;
            let message =
                format!("The price of variant {variant} in pricelist {pricelist} is below zero, and was left out.");
            page.notices.push(Notice { code: "price_below_zero".to_owned(), message });
            continue;
        }
        let Some(amount) = map::price::amount(price.price.as_ref(), currency) else { continue };
        let prices = match campaigns {
            Some(campaigns) => campaigns.prices(variant, pricelist, amount, source.chosen.market, began),
            None => vec![map::price::regular(variant, pricelist, amount, PriceSource::Regular)],
        };
        page.records.extend(prices.into_iter().map(Record::Price));
    }
    Ok(next)
}

#[derive(Deserialize)]
struct PricelistsPart {
    #[serde(default)]
    pricelists: Vec<Option<PricesOfList>>,
}
