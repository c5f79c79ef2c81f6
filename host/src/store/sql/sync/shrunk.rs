//! Offers that come without variants they had. A store that loses the list of variants inside its offers would delete the
//! catalog without that a single offer is missing, so such an offer stays as it was until a second pass says the same.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use crate::{
    model::{
        doubt::{DeletionRule, SMALL},
        rows::{OfferRow, Rows},
    },
    store::{
        db::{
            self,
            failure::Outcome,
            value::{count, to_json},
        },
        sql::catalog::{known_page, offer_upsert::OFFERS, stamp::Stamp},
    },
};

/// What is known of an offer before it is written.
struct Known {
    variants: u64,
    shrunk_by: Option<i64>,
    shrunk_at: Option<i64>,
}

/// Takes those rows out that are not believed yet, and marks them as seen. `None` when all are believed; otherwise the rows
/// that are, and how many are not. Without a rule nothing confirms: that is for passes only.
pub(crate) async fn hold_back(
    tx: &mut db::Connection,
    rows: &Rows,
    stamp: Stamp,
    rule: Option<DeletionRule>,
) -> Outcome<Option<(Rows, u64)>> {
    let Rows::Offers(offers) = rows else { return Ok(None) };
    let known = known(tx, offers, stamp.connection).await?;
    let lost = |offer: &OfferRow| {
        let before = known.get(&offer.id).map_or(0, |known| known.variants);
        before.saturating_sub(offer.variants.len() as u64)
    };
    let all_lost = |offer: &OfferRow| offer.variants.is_empty() && lost(offer) > 0;
    let (before, lost_of_page) = offers.iter().fold((0, 0), |(before, all), offer| {
        (before + known.get(&offer.id).map_or(0, |known| known.variants), all + lost(offer))
    });
    let percent = rule.unwrap_or_default().max_percent;
    let large = lost_of_page >= SMALL && u128::from(lost_of_page) * 100 > u128::from(percent) * u128::from(before);
    let is_confirmed = |offer: &OfferRow| {
        let (Some(rule), Some(known)) = (rule, known.get(&offer.id)) else { return false };
        known.shrunk_by.is_some_and(|by| by < stamp.generation)
            && known.shrunk_at.is_some_and(|at| at <= stamp.now.saturating_sub(rule.confirm_after_ms))
    };
    let doubted = |offer: &&OfferRow| (all_lost(offer) || (large && lost(offer) > 0)) && !is_confirmed(offer);
    let held: Vec<&str> = offers.iter().filter(doubted).map(|offer| offer.id.as_str()).collect();
    let was_marked = |offer: &&OfferRow| known.get(&offer.id).is_some_and(|known| known.shrunk_by.is_some());
    let believed: Vec<&str> =
        offers.iter().filter(|offer| !doubted(offer)).filter(was_marked).map(|offer| offer.id.as_str()).collect();
    if !believed.is_empty() {
        db::query(AssertSqlSafe(format!(
            "UPDATE offers SET shrunk_by = NULL, shrunk_at = NULL \
             WHERE connection = $1 AND id IN (SELECT value FROM {})",
            tx.dialect().texts_of_json("$2")
        )))
        .bind(stamp.connection)
        .bind(to_json("list of offers", &believed)?)
        .execute(&mut *tx)
        .await?;
    }
    if held.is_empty() {
        return Ok(None);
    }
    // When the page comes again that they were stored with, it has to end the doubt.
    known_page::forget(tx, &OFFERS, &held, stamp, |query, id| query.bind((*id).to_owned())).await?;
    db::query(AssertSqlSafe(format!(
        "UPDATE offers SET generation = CASE WHEN generation < $2 THEN $2 ELSE generation END, \
         shrunk_by = coalesce(shrunk_by, CASE WHEN $5 THEN $2 END), shrunk_at = coalesce(shrunk_at, CASE WHEN $5 THEN $3 END) \
         WHERE connection = $1 AND id IN (SELECT value FROM {})",
        tx.dialect().texts_of_json("$4")
    )))
    .bind(stamp.connection)
    .bind(stamp.generation)
    .bind(stamp.now)
    .bind(to_json("list of offers", &held)?)
    .bind(rule.is_some())
    .execute(tx)
    .await?;
    let rest: Vec<OfferRow> = offers.iter().filter(|offer| !doubted(offer)).cloned().collect();
    let held = held.len() as u64;
    Ok(Some((Rows::Offers(rest), held)))
}

async fn known(tx: &mut db::Connection, offers: &[OfferRow], connection: i64) -> Outcome<HashMap<String, Known>> {
    let ids: Vec<&str> = offers.iter().map(|offer| offer.id.as_str()).collect();
    let rows: Vec<(String, i64, Option<i64>, Option<i64>)> = db::query_as(AssertSqlSafe(format!(
        "SELECT o.id, (SELECT count(*) FROM variants v WHERE v.connection = o.connection AND v.offer_id = o.id \
         AND v.deleted_at IS NULL), o.shrunk_by, o.shrunk_at FROM offers o \
         WHERE o.connection = $1 AND o.deleted_at IS NULL AND o.id IN (SELECT value FROM {})",
        tx.dialect().texts_of_json("$2")
    )))
    .bind(connection)
    .bind(to_json("list of offers", &ids)?)
    .fetch_all(tx)
    .await?;
    let known = rows
        .into_iter()
        .map(|(id, variants, shrunk_by, shrunk_at)| (id, Known { variants: count(variants), shrunk_by, shrunk_at }));
    Ok(known.collect())
}
