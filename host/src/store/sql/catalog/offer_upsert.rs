//! Writing offers with their variants.

use std::collections::{HashMap, HashSet};

use connector_api::{domain::Timestamp, wire::pull::Stream};
use sqlx::FromRow;

use crate::{
    model::rows::{OfferRow, VariantRow},
    store::{
        db::{self, bulk::Statement, failure::Outcome},
        sql::{
            catalog::{
                known_page,
                row_table::RowTable,
                stamp::{Stamp, last_of_each},
            },
            outbox::emit::changes::{Before, Changes, OfferValues},
        },
    },
};

/// How offers are written.
pub(crate) const OFFERS: RowTable = RowTable {
    name: "offers",
    key: &["id"],
    own: &["status", "updated_at", "title", "handle", "search", "body"],
    compared: &["body"],
};

/// Marks variants of offers as deleted; those that the offers still have are written anew.
pub(crate) const DELETE_VARIANTS: Statement = Statement {
    head: "UPDATE variants SET deleted_at = ? WHERE connection = ? AND deleted_at IS NULL AND offer_id IN (VALUES",
    columns: 1,
    tail: ")",
};

/// An offer that a page brings anew or otherwise, as it is stored.
#[derive(FromRow)]
struct Differing {
    id: String,
    was_there: bool,
    status: Option<String>,
    body: Option<String>,
}

/// Writes offers; returns how many were new or changed.
pub(crate) async fn write(
    tx: &mut db::Connection,
    rows: &[OfferRow],
    stamp: Stamp,
    changes: &mut Changes,
) -> Outcome<u64> {
    let rows = last_of_each(rows, |row| row.id.as_str());
    known_page::forget(tx, &OFFERS, &rows, stamp, |query, row| query.bind(row.id.clone())).await?;
    // Before the first pass was read to its end, nobody asks what an offer was.
    let mut before = if changes.tracks(&Stream::Offers) { Some(differing(tx, &rows, stamp).await?) } else { None };
    let is_candidate = |row: &&OfferRow| before.as_ref().is_none_or(|before| before.contains_key(&row.id));
    let candidates: Vec<&OfferRow> = rows.iter().copied().filter(is_candidate).collect();
    let written: HashSet<String> = OFFERS
        .upsert()
        .statement()
        .returning(tx, &candidates, |query, row| {
            stamp
                .bind(query)
                .bind(row.id.clone())
                .bind(row.status.clone())
                .bind(row.updated_at.map(Timestamp::as_unix_ms))
                .bind(row.title.clone())
                .bind(row.handle.clone())
                .bind(searchable(row))
                .bind(row.body.clone())
        })
        .await?
        .into_iter()
        .collect();
    let (written, unchanged): (Vec<&OfferRow>, Vec<&OfferRow>) =
        rows.into_iter().partition(|row| written.contains(&row.id));
    let seen = OFFERS.seen(tx.dialect());
    seen.statement()
        .execute(tx, &unchanged, |query| stamp.bind_seen(query), |query, row| query.bind(row.id.clone()))
        .await?;
    for row in &written {
        if let Some(Differing { id, was_there, status, body }) = before.as_mut().and_then(|all| all.remove(&row.id)) {
            let values = status.map(|status| OfferValues { status, body });
            changes.offer(id, Before { was_there, values });
        }
    }
    replace_variants(tx, &written, stamp).await?;
    Ok(written.len() as u64)
}

async fn differing(tx: &mut db::Connection, rows: &[&OfferRow], stamp: Stamp) -> Outcome<HashMap<String, Differing>> {
    let differing = OFFERS.differing("t.status, CASE WHEN t.deleted_at IS NULL THEN t.body END AS body");
    let found: Vec<Differing> = differing
        .statement()
        .fetch(
            tx,
            rows,
            |query| query.bind(stamp.connection),
            |query, row| query.bind(row.id.clone()).bind(row.body.clone()),
        )
        .await?;
    Ok(found.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// What [`crate::model::catalog::OfferFilter::text`] is looked for in.
fn searchable(row: &OfferRow) -> String {
    let skus = row.variants.iter().filter_map(|variant| variant.sku.as_deref());
    let texts = [Some(row.id.as_str()), row.title.as_deref(), row.handle.as_deref()];
    texts.into_iter().flatten().chain(skus).collect::<Vec<_>>().join("\n").to_lowercase()
}

async fn replace_variants(tx: &mut db::Connection, offers: &[&OfferRow], stamp: Stamp) -> Outcome<()> {
    const UPSERT: Statement = Statement {
        head: "INSERT INTO variants (connection, offer_id, id, position, active, price_group_id, sku, title) VALUES",
        columns: 8,
        tail: "ON CONFLICT (connection, offer_id, id) DO UPDATE SET deleted_at = NULL, position = excluded.position, \
               active = excluded.active, price_group_id = excluded.price_group_id, sku = excluded.sku, \
               title = excluded.title",
    };
    DELETE_VARIANTS
        .execute(
            tx,
            offers,
            |query| query.bind(stamp.now).bind(stamp.connection),
            |query, offer| query.bind(offer.id.clone()),
        )
        .await?;
    let variants: Vec<(&str, i64, &VariantRow)> = offers
        .iter()
        .flat_map(|offer| {
            let variants = last_of_each(&offer.variants, |variant| variant.id.as_str());
            (0_i64..).zip(variants).map(|(position, variant)| (offer.id.as_str(), position, variant))
        })
        .collect();
    UPSERT
        .execute(
            tx,
            &variants,
            |query| query,
            |query, (offer, position, variant)| {
                query
                    .bind(stamp.connection)
                    .bind((*offer).to_owned())
                    .bind(variant.id.clone())
                    .bind(*position)
                    .bind(variant.active)
                    .bind(variant.price_group_id.clone())
                    .bind(variant.sku.clone())
                    .bind(variant.title.clone())
            },
        )
        .await?;
    Ok(())
}
