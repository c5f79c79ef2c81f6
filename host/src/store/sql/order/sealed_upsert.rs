//! Upserts of what is sealed and no order: customers, shipments, returns. As those of orders, without a history.

use std::collections::{HashMap, HashSet};

use connector_api::{domain::Timestamp, wire::pull::Stream};
use sqlx::SqliteConnection;

use crate::{
    model::{
        announcement::RecordAnnouncement,
        rows::{CustomerRow, Mark, ReturnRow, SealedBody, ShipmentRow},
    },
    store::{
        db::{
            bulk::{Binder, Statement},
            failure::Outcome,
        },
        sql::{
            catalog::upsert::{Stamp, seen, stamped},
            order::upsert::{changed_fields, last_of_each, not_erased},
            outbox::announce::record::{self, RecordChange, Telling},
        },
    },
};

/// What all these rows have.
pub(crate) struct Common<'r> {
    id: &'r String,
    order_id: Option<&'r str>,
    status: Option<&'r str>,
    updated_at: Option<Timestamp>,
    /// Marks of people and orders that must not have been erased.
    marks: Vec<&'r Mark>,
    body: &'r SealedBody,
}

/// A record with a table of its own.
pub(crate) trait SealedRow: Sync {
    const STREAM: Stream;
    const UPSERT: Statement;
    const SEEN: Statement;
    /// Ids with states of records that are there.
    const BEFORE: Statement;

    fn common(&self) -> Common<'_>;
    /// Binds what stands between id and digest.
    fn bind<'q>(&self, query: Binder<'q>) -> Binder<'q>;
}

/// Writes rows; gives how many were new or changed.
pub(crate) async fn write<R: SealedRow>(
    tx: &mut SqliteConnection,
    rows: &[R],
    stamp: Stamp,
    telling: Telling,
) -> Outcome<u64> {
    let rows = not_erased(tx, stamp, last_of_each(rows, |row| row.common().id), |row| row.common().marks).await?;
    let rows: Vec<(Common<'_>, &R)> = rows.into_iter().map(|row| (row.common(), row)).collect();
    let before: Vec<(String, Option<String>)> = R::BEFORE
        .fetch(tx, &rows, |query| query.bind(stamp.connection), |query, (row, _)| query.bind(row.id.clone()))
        .await?;
    let before: HashMap<String, Option<String>> = before.into_iter().collect();
    let changed: HashSet<String> = R::UPSERT
        .returning(tx, &rows, |query, (row, own)| {
            let query = own.bind(stamped(query, stamp).bind(row.id.clone()));
            query.bind(row.body.digest.clone()).bind(row.body.blob.clone())
        })
        .await?
        .into_iter()
        .collect();
    if changed.len() < rows.len() {
        R::SEEN.execute(tx, &rows, seen(stamp), |query, (row, _)| query.bind(row.id.clone())).await?;
    }
    let told = rows.iter().filter(|(row, _)| changed.contains(row.id)).map(|(row, _)| change(row, &before)).collect();
    record::tell(tx, stamp, &R::STREAM, telling, told).await?;
    Ok(changed.len() as u64)
}

fn change(row: &Common<'_>, before: &HashMap<String, Option<String>>) -> RecordChange {
    let (was, status) = (before.get(row.id), row.status);
    let moved = was.is_some_and(|was| was.as_deref() != status);
    let record = RecordAnnouncement {
        id: row.id.as_str().into(),
        order_id: row.order_id.map(Into::into),
        number: None,
        channel_reference: None,
        states: status.map(|status| ("status".to_owned(), status.to_owned())).into_iter().collect(),
        changed: changed_fields(was.is_none(), moved.then(|| "status".to_owned()).into_iter().collect()),
        updated_at: row.updated_at,
    };
    RecordChange { is_new: was.is_none(), record }
}

/// The statements of a table: its name, how many columns its upsert has, its own columns with how they are replaced, and
/// what tells its state.
macro_rules! statements {
    ($table:literal, $columns:literal, $own:literal, $replaced:literal, $status:literal) => {
        const UPSERT: Statement = Statement {
            head: concat!(
                "INSERT INTO ",
                $table,
                " (connection, generation, changed_at, read_at, id, ",
                $own,
                ", digest, body) VALUES"
            ),
            columns: $columns,
            tail: concat!(
                "ON CONFLICT DO UPDATE SET generation = excluded.generation, changed_at = excluded.changed_at, ",
                "read_at = excluded.read_at, retired_at = NULL, ",
                $replaced,
                ", digest = excluded.digest, body = excluded.body WHERE (read_at <= excluded.read_at OR read_at > excluded.changed_at + 3600000) ",
                "AND (digest <> excluded.digest OR retired_at IS NOT NULL) RETURNING id"
            ),
        };
        const SEEN: Statement = Statement {
            head: concat!(
                "UPDATE ",
                $table,
                " SET generation = max(generation, ?), read_at = max(read_at, ?) WHERE connection = ? ",
                "AND (generation < ? OR read_at < ?) AND id IN (VALUES"
            ),
            columns: 1,
            tail: ")",
        };
        const BEFORE: Statement = Statement {
            head: concat!("SELECT id, ", $status, " FROM ", $table, " WHERE connection = ? AND id IN (VALUES"),
            columns: 1,
            tail: ")",
        };
    };
}

impl SealedRow for CustomerRow {
    const STREAM: Stream = Stream::Customers;
    statements!(
        "customers",
        9,
        "email_mark, updated_at",
        "email_mark = excluded.email_mark, updated_at = excluded.updated_at",
        "NULL"
    );

    fn common(&self) -> Common<'_> {
        let Self { id, mark, email_mark, updated_at, body } = self;
        let marks = std::iter::once(mark).chain(email_mark).collect();
        Common { id, order_id: None, status: None, updated_at: *updated_at, marks, body }
    }

    fn bind<'q>(&self, query: Binder<'q>) -> Binder<'q> {
        let email_mark = self.email_mark.as_ref().map(|mark| mark.0.clone());
        query.bind(email_mark).bind(self.updated_at.map(Timestamp::as_unix_ms))
    }
}

impl SealedRow for ShipmentRow {
    const STREAM: Stream = Stream::Shipments;
    statements!(
        "shipments",
        10,
        "order_id, status, shipped_at",
        "order_id = excluded.order_id, status = excluded.status, shipped_at = excluded.shipped_at",
        "status"
    );

    fn common(&self) -> Common<'_> {
        let Self { id, order_id, order_mark, status, erased, body, .. } = self;
        let marks = Vec::from_iter((!erased).then_some(order_mark));
        Common { id, order_id: Some(order_id), status: status.as_deref(), updated_at: None, marks, body }
    }

    fn bind<'q>(&self, query: Binder<'q>) -> Binder<'q> {
        let shipped_at = self.shipped_at.map(Timestamp::as_unix_ms);
        query.bind(self.order_id.clone()).bind(self.status.clone()).bind(shipped_at)
    }
}

impl SealedRow for ReturnRow {
    const STREAM: Stream = Stream::Returns;
    statements!(
        "returns",
        11,
        "order_id, kind, status, at",
        "order_id = excluded.order_id, kind = excluded.kind, status = excluded.status, at = excluded.at",
        "status"
    );

    fn common(&self) -> Common<'_> {
        let Self { id, order_id, order_mark, status, erased, body, .. } = self;
        let marks = Vec::from_iter((!erased).then_some(order_mark));
        Common { id, order_id: Some(order_id), status: status.as_deref(), updated_at: None, marks, body }
    }

    fn bind<'q>(&self, query: Binder<'q>) -> Binder<'q> {
        let query = query.bind(self.order_id.clone()).bind(self.kind.clone()).bind(self.status.clone());
        query.bind(self.at.map(Timestamp::as_unix_ms))
    }
}
