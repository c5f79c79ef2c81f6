//! The small streams: root lists read by page number.

use connector_api::{
    ConnectorError,
    wire::pull::{LeftOut, Page, PullRequest, Record},
};
use serde::de::DeserializeOwned;

use super::{
    super::{
        place::Place,
        source::{Source, note, read_rows, report_cut},
    },
    checkpoint::{checkpoint, resume},
};
use crate::{
    client::Variables,
    map,
    operation::Operation,
    wire::{Id, commerce, store},
};

/// Reads a page of rows; the page in the answer has everything but its records.
pub(super) async fn read<T: DeserializeOwned>(
    source: &Source,
    request: &PullRequest,
    operation: Operation,
    root: &str,
    variables: &Variables,
) -> Result<(Vec<T>, Page), ConnectorError> {
    let place = match resume::<Place>(request)? {
        Some(place) if place.is_possible() => place,
        Some(_) => return Err(crate::error::foreign_checkpoint()),
        None => source.start(operation, request.limit).await?,
    };
    let mut page = Page::default();
    let list = source.list(operation, root, variables, place, &mut page).await?;
    if !list.readable {
        // The records exist, but nobody can say how many: one stands for all, so that the run is not complete.
        page.skipped += 1;
        note(
            &mut page,
            "stream_unreadable",
            &format!("The store's schema or token does not let `{}` be read.", request.stream),
        );
    }
    if list.may_be_cut {
        report_cut(&mut page, request.stream.as_str());
    }
    if let Some(next) = list.next {
        page.next = checkpoint(&next)?;
    }
    let rows = read_rows(list.rows, &list.lost, &[root], &mut page);
    Ok((rows, page))
}

/// Whether something belongs to the store that is read. What does not say so, does.
pub(in crate::flows) fn is_of(store: Option<i64>, own: Option<&Id>) -> bool {
    own.is_none_or(|own| store.is_none_or(|store| own.id == store))
}

pub(super) async fn stores(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let (rows, mut page) =
        read::<store::Store>(source, request, Operation::Stores, "stores", &Variables::new()).await?;
    page.records = rows.iter().map(|row| Record::Store(map::store::store(row))).collect();
    Ok(page)
}

pub(super) async fn markets(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let (rows, mut page) =
        read::<store::Market>(source, request, Operation::Markets, "markets", &source.of_store().await?).await?;
    let mut record = Page::default();
    let (warehouses, is_cut) = source
        .all_there_are::<store::Warehouse>(Operation::Warehouses, "warehouses", &Variables::new(), &mut record)
        .await?;
    let may_be_cut = is_cut || record.skipped > 0;
    if may_be_cut {
        note(&mut page, "warehouses_may_be_cut", "Not every warehouse that serves a market may be known.");
    }
    let own = rows.iter().filter(|row| is_of(store, row.store.as_ref().map(|store| &store.own)));
    page.records = own.map(|row| Record::Market(map::store::market(row, &warehouses, !may_be_cut))).collect();
    Ok(page)
}

pub(super) async fn pricelists(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let variables = source.of_store().await?;
    let (rows, mut page) =
        read::<store::Pricelist>(source, request, Operation::Pricelists, "pricelists", &variables).await?;
    for row in rows.iter().filter(|row| is_of(store, row.store.as_ref())) {
        if let Some(list) = map::store::pricelist(row) {
            page.records.push(Record::Pricelist(list));
        } else {
            let left_out = LeftOut::new("pricelist_without_currency", "A pricelist has no currency.", 1);
            page.left_out.push(left_out);
            note(&mut page, "pricelist_without_currency", "A pricelist has no currency and was left out.");
        }
    }
    Ok(page)
}

pub(super) async fn languages(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let (rows, mut page) =
        read::<store::Language>(source, request, Operation::Languages, "languages", &Variables::new()).await?;
    page.records = rows.iter().filter_map(map::store::language).map(Record::Language).collect();
    Ok(page)
}

pub(super) async fn categories(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let variables = source.of_store().await?;
    let (rows, mut page) =
        read::<store::Category>(source, request, Operation::Categories, "categories", &variables).await?;
    let mut records = vec![];
    for row in &rows {
        map::store::categories(row, None, store, &mut records);
    }
    page.records = records.into_iter().map(Record::Category).collect();
    Ok(page)
}

pub(super) async fn locations(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let (rows, mut page) =
        read::<store::Warehouse>(source, request, Operation::Warehouses, "warehouses", &Variables::new()).await?;
    page.records = rows.iter().map(|row| Record::Location(map::store::location(row))).collect();
    Ok(page)
}

pub(super) async fn tax_rules(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let now = source.client.host().now().await?;
    let (rows, mut page) =
        read::<commerce::TaxGroup>(source, request, Operation::TaxGroups, "taxGroups", &Variables::new()).await?;
    page.records = rows.iter().flat_map(|row| map::rates::tax_rules(row, store, now)).map(Record::TaxRule).collect();
    let limited = rows.iter().flat_map(|row| &row.rules).filter(|rule| map::rates::has_price_limits(rule)).count();
    if limited > 0 {
        page.left_out.push(LeftOut::new(
            "tax_rule_with_price_limits",
            "A tax rule applies only to some prices, which cannot be read.",
            u64::try_from(limited).unwrap_or(u64::MAX),
        ));
        note(
            &mut page,
            "tax_rule_with_price_limits",
            "A tax rule applies only to some prices, which cannot be read, and was left out.",
        );
    }
    Ok(page)
}

pub(super) async fn shipping_options(source: &Source, request: &PullRequest) -> Result<Page, ConnectorError> {
    let store = source.store().await?;
    let variables = source.of_store().await?;
    let (rows, mut page) =
        read::<commerce::ShippingOption>(source, request, Operation::ShippingOptions, "shippingOptions", &variables)
            .await?;
    let own = rows.iter().filter(|row| {
        let of_store = |stores: &Vec<Id>| stores.is_empty() || stores.iter().any(|own| is_of(store, Some(own)));
        row.store_type.as_deref() != Some("WHOLESALE") && row.stores.as_ref().is_none_or(of_store)
    });
    page.records = own.map(|row| Record::ShippingOption(map::rates::shipping_option(row, store))).collect();
    Ok(page)
}
