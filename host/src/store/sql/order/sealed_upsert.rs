//! Upserts of what is sealed and no order: customers, shipments, returns. As those of orders, without a history.

use std::collections::{HashMap, HashSet};

use connector_api::{domain::Timestamp, wire::pull::Stream};

use crate::{
    model::{
        event_data::RecordEventData,
        rows::{CustomerRow, Pseudonym, ReturnRow, SealedBody, ShipmentRow},
    },
    store::{
        db::{self, failure::Outcome},
        sql::{
            catalog::{
                row_table::RowTable,
                stamp::{Stamp, last_of_each},
            },
            order::erased::not_erased,
            outbox::emit::record::{self, EmitWhen, RecordChange, changed_fields},
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
    pseudonyms: Vec<&'r Pseudonym>,
    body: &'r SealedBody,
}

/// A record with a table of its own.
pub(crate) trait SealedRow: Sync {
    const STREAM: Stream;
    const TABLE: RowTable;
    /// The column of a record's state, or `NULL`.
    const STATE: &str;

    fn common(&self) -> Common<'_>;
    /// Binds what stands between id and digest.
    fn bind(&self, query: db::Query) -> db::Query;
}

/// Writes rows; gives how many were new or changed.
pub(crate) async fn write<R: SealedRow>(
    tx: &mut db::Connection,
    rows: &[R],
    stamp: Stamp,
    when: EmitWhen,
) -> Outcome<u64> {
    let rows = not_erased(tx, stamp, last_of_each(rows, |row| row.common().id), |row| row.common().pseudonyms).await?;
    let rows: Vec<(Common<'_>, &R)> = rows.into_iter().map(|row| (row.common(), row)).collect();
    let before = R::TABLE.by_key(&format!("id, {}", R::STATE));
    let before: Vec<(String, Option<String>)> = before
        .statement()
        .fetch(tx, &rows, |query| query.bind(stamp.connection), |query, (row, _)| query.bind(row.id.clone()))
        .await?;
    let before: HashMap<String, Option<String>> = before.into_iter().collect();
    let changed: HashSet<String> = R::TABLE
        .upsert()
        .statement()
        .returning(tx, &rows, |query, (row, own)| {
            let query = own.bind(stamp.bind(query).bind(row.id.clone()));
            query.bind(row.body.digest.clone()).bind(row.body.blob.clone())
        })
        .await?
        .into_iter()
        .collect();
    if changed.len() < rows.len() {
        R::TABLE
            .seen(tx.dialect())
            .statement()
            .execute(tx, &rows, |query| stamp.bind_seen(query), |query, (row, _)| query.bind(row.id.clone()))
            .await?;
    }
    let events = rows.iter().filter(|(row, _)| changed.contains(row.id)).map(|(row, _)| change(row, &before)).collect();
    record::emit(tx, stamp, &R::STREAM, when, events).await?;
    Ok(changed.len() as u64)
}

fn change(row: &Common<'_>, before: &HashMap<String, Option<String>>) -> RecordChange {
    let (was, status) = (before.get(row.id), row.status);
    let moved = was.is_some_and(|was| was.as_deref() != status);
    let record = RecordEventData {
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

impl SealedRow for CustomerRow {
    const STREAM: Stream = Stream::Customers;
    const TABLE: RowTable = RowTable {
        name: "customers",
        key: &["id"],
        own: &["email_pseudonym", "updated_at", "digest", "body"],
        compared: &["digest"],
    };
    const STATE: &str = "NULL";

    fn common(&self) -> Common<'_> {
        let Self { id, pseudonym, email_pseudonym, updated_at, body } = self;
        let pseudonyms = std::iter::once(pseudonym).chain(email_pseudonym).collect();
        Common { id, order_id: None, status: None, updated_at: *updated_at, pseudonyms, body }
    }

    fn bind(&self, query: db::Query) -> db::Query {
        let email_pseudonym = self.email_pseudonym.as_ref().map(|pseudonym| pseudonym.0.clone());
        query.bind(email_pseudonym).bind(self.updated_at.map(Timestamp::as_unix_ms))
    }
}

impl SealedRow for ShipmentRow {
    const STREAM: Stream = Stream::Shipments;
    const TABLE: RowTable = RowTable {
        name: "shipments",
        key: &["id"],
        own: &["order_id", "status", "shipped_at", "digest", "body"],
        compared: &["digest"],
    };
    const STATE: &str = "status";

    fn common(&self) -> Common<'_> {
        let Self { id, order_id, order_pseudonym, status, erased, body, .. } = self;
        let pseudonyms = Vec::from_iter((!erased).then_some(order_pseudonym));
        Common { id, order_id: Some(order_id), status: status.as_deref(), updated_at: None, pseudonyms, body }
    }

    fn bind(&self, query: db::Query) -> db::Query {
        let shipped_at = self.shipped_at.map(Timestamp::as_unix_ms);
        query.bind(self.order_id.clone()).bind(self.status.clone()).bind(shipped_at)
    }
}

impl SealedRow for ReturnRow {
    const STREAM: Stream = Stream::Returns;
    const TABLE: RowTable = RowTable {
        name: "returns",
        key: &["id"],
        own: &["order_id", "kind", "status", "at", "digest", "body"],
        compared: &["digest"],
    };
    const STATE: &str = "status";

    fn common(&self) -> Common<'_> {
        let Self { id, order_id, order_pseudonym, status, erased, body, .. } = self;
        let pseudonyms = Vec::from_iter((!erased).then_some(order_pseudonym));
        Common { id, order_id: Some(order_id), status: status.as_deref(), updated_at: None, pseudonyms, body }
    }

    fn bind(&self, query: db::Query) -> db::Query {
        let query = query.bind(self.order_id.clone()).bind(self.kind.clone()).bind(self.status.clone());
        query.bind(self.at.map(Timestamp::as_unix_ms))
    }
}
