//! Rows that were marked as deleted: what follows from it.

use connector_api::wire::pull::Stream;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::store::{
    db::{self, failure::Outcome},
    sql::{
        catalog::{offer_upsert::DELETE_VARIANTS, price::PriceKey, price_seen, stamp::Stamp, stream_table::table},
        outbox::emit::changes::{Before, Changes, StockKey},
    },
};

/// The key of a deleted row.
pub(crate) enum DeletedRow {
    /// A row with an id of its own.
    Record(String),
    /// Stock.
    Stock(StockKey),
    /// A price.
    Price(PriceKey),
}

impl<'r, R: Row> FromRow<'r, R> for DeletedRow
where
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(match row.len() {
            1 => Self::Record(row.try_get(0)?),
            2 => Self::Stock(FromRow::from_row(row)?),
            _ => Self::Price(FromRow::from_row(row)?),
        })
    }
}

/// Marks rows as deleted by what `fetch` names them by, unless a later reading has written them; returns how many.
pub(crate) async fn delete_named<I: AsRef<str> + Sync>(
    tx: &mut db::Connection,
    stream: &Stream,
    ids: &[I],
    stamp: Stamp,
    changes: &mut Changes,
) -> Outcome<u64> {
    const HOUR_MS: i64 = 3_600_000;
    let delete = table(stream).delete_named();
    let rows = delete
        .statement()
        .fetch(
            tx,
            ids,
            |query| {
                let query = query.bind(stamp.now).bind(stamp.read_at).bind(stamp.connection);
                let soon = stamp.now.saturating_add(HOUR_MS);
                let query = query.bind(stamp.read_at).bind(soon).bind(stamp.read_at).bind(soon);
                if delete.binds_stream { query.bind(stream.as_str().to_owned()) } else { query }
            },
            |query, id| query.bind(id.as_ref().to_owned()),
        )
        .await?;
    if !rows.is_empty() {
        let before = |query: db::Query| {
            let query = query.bind(stamp.connection);
            if delete.binds_stream { query.bind(stream.as_str().to_owned()) } else { query }
        };
        let forget = table(stream).forget_pages();
        forget.statement().execute(tx, ids, before, |query, id| query.bind(id.as_ref().to_owned())).await?;
    }
    if *stream == Stream::Offers {
        delete_variants(tx, &rows, stamp).await?;
    }
    note(tx, stream, rows, stamp.now, changes).await
}

/// With an offer its variants are deleted.
async fn delete_variants(tx: &mut db::Connection, offers: &[DeletedRow], stamp: Stamp) -> Outcome<()> {
    let ids: Vec<&String> =
        offers.iter().filter_map(|row| if let DeletedRow::Record(id) = row { Some(id) } else { None }).collect();
    DELETE_VARIANTS
        .execute(tx, &ids, |query| query.bind(stamp.now).bind(stamp.connection), |query, id| query.bind((*id).clone()))
        .await?;
    Ok(())
}

/// Notes rows that were marked as deleted: amounts that end with their prices, and what events tell. Returns how many.
pub(crate) async fn note(
    tx: &mut db::Connection,
    stream: &Stream,
    rows: Vec<DeletedRow>,
    now: i64,
    changes: &mut Changes,
) -> Outcome<u64> {
    let count = rows.len() as u64;
    let mut prices = vec![];
    for row in rows {
        match row {
            DeletedRow::Record(id) if *stream == Stream::Offers => changes.offer(id, Before::deleted()),
            DeletedRow::Record(_) => {}
            DeletedRow::Stock(key) => changes.stock(key, Before::deleted()),
            DeletedRow::Price(key) => prices.push(key),
        }
    }
    price_seen::end_of_deleted(tx, changes.connection(), &prices, now).await?;
    for key in prices {
        changes.price(key, Before::deleted());
    }
    Ok(count)
}
