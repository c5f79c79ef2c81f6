//! Prices: pricelist by pricelist, page by page, fanned out to sizes. Prices carry no `updatedAt`, so every pass is full.

use connector_api::{
    ConnectorError,
    domain::Currency,
    wire::pull::{Page, PullRequest, Record},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::source::{Source, note, read_rows},
    checkpoint, resume,
};
use crate::{
    client::Variables,
    error, map,
    operation::Operation,
    wire::{
        commerce::{Price, PricesOfList},
        store::Pricelist,
    },
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PricesCursor {
    /// Pricelists still to read; the first is being read.
    pricelists: Vec<i64>,
    page: u32,
    size: u32,
}

pub(super) async fn pull(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let mut cursor = match resume::<PricesCursor>(request)? {
        Some(cursor) if (1..=200).contains(&cursor.size) && cursor.page >= 1 => cursor,
        Some(_) => return Err(error::foreign_checkpoint()),
        None => PricesCursor {
            pricelists: pricelists(source).await?,
            page: 1,
            size: source.page_size(Operation::Prices, request.limit).await?,
        },
    };
    let mut page = Page::default();
    let Some(&pricelist) = cursor.pricelists.first() else { return Ok(page) };
    let more = read(source, pricelist, &cursor, &mut page).await?;
    if more {
        (cursor.page, cursor.size) = source.next_window(Operation::Prices, cursor.page, cursor.size).await?;
    } else {
        cursor.pricelists.remove(0);
        cursor.page = 1;
    }
    if !cursor.pricelists.is_empty() {
        page.next = checkpoint(&cursor)?;
    }
    Ok(page)
}

/// The chosen pricelist, or all that are in use in the store.
async fn pricelists(source: &Source) -> Result<Vec<i64>, ConnectorError> {
    if let Some(chosen) = source.chosen.pricelist {
        return Ok(vec![chosen]);
    }
    let store = source.store().await?;
    let lists: Vec<Pricelist> = source.all(Operation::Pricelists, "pricelists", &source.of_store().await?).await?;
    let of_store = |list: &&Pricelist| list.store.as_ref().is_none_or(|own| store.is_none_or(|store| own.id == store));
    let in_use = lists.iter().filter(of_store).filter(|list| map::is_active(list.status.as_deref()));
    Ok(in_use.map(|list| list.id).collect())
}

async fn read(source: &Source, pricelist: i64, cursor: &PricesCursor, page: &mut Page) -> Result<bool, ConnectorError> {
    let variables = Variables::from([
        ("pricelist", json!([pricelist])),
        ("limit", json!(cursor.size)),
        ("page", json!(cursor.page)),
    ]);
    let reply = source.client.ask::<PricelistsPart>(Operation::Prices, &variables, cursor.size).await?;
    let lists = reply.data.pricelists.into_iter().flatten();
    let Some(list) = lists.into_iter().find(|list| list.id == pricelist) else {
        page.skipped += 1;
        note(page, "pricelist_gone", "A pricelist disappeared while it was read.");
        return Ok(false);
    };
    let Some(currency) = list.currency.code.as_deref().and_then(|code| code.parse::<Currency>().ok()) else {
        note(page, "pricelist_without_currency", "A pricelist has no currency and was left out.");
        return Ok(false);
    };
    let rows = list.prices.unwrap_or_default();
    let more = rows.len() >= cursor.size as usize;
    for price in read_rows::<Price>(rows, &reply.lost, &["pricelists", "prices"], page) {
        let sizes = price.product_variant.iter().flat_map(|variant| &variant.product_sizes).map(|size| size.id);
        page.records.extend(
            map::stock::prices(pricelist, currency, price.price.as_ref(), sizes).into_iter().map(Record::Price),
        );
    }
    Ok(more)
}

#[derive(Deserialize)]
struct PricelistsPart {
    #[serde(default)]
    pricelists: Vec<Option<PricesOfList>>,
}
