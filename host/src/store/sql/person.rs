//! People: what is held of one, and how it is erased.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        event::ConnectionEvent,
        order::SealedRecord,
        person::{Erased, Erasure},
        rows::{Pseudonym, SealedBody},
    },
    store::{
        Store,
        db::{self, bulk::Statement, failure::Outcome, residue},
        error::Result,
        sql::connection::{key::key_of_existing, record},
    },
};

impl Store {
    /// Marks of all who were erased, and of their orders.
    pub async fn erased_pseudonyms(&self, connection: &ConnectionId) -> Result<Vec<Pseudonym>> {
        self.explained(|| async {
            let pseudonyms: Vec<Vec<u8>> = db::query_scalar(
                "SELECT e.pseudonym FROM erased_pseudonym e JOIN connections c ON c.key = e.connection WHERE c.id = $1",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            Ok(pseudonyms.into_iter().map(Pseudonym).collect())
        })
        .await
    }

    /// Customers of this id or e-mail address, deleted ones included, at most 100.
    pub async fn customers(
        &self,
        connection: &ConnectionId,
        id: Option<&str>,
        email: Option<&Pseudonym>,
    ) -> Result<Vec<SealedRecord>> {
        self.explained(|| async {
            let rows: Vec<(String, Vec<u8>)> = db::query_as(
                "SELECT p.id, p.body FROM customers p JOIN connections c ON c.key = p.connection \
                 WHERE c.id = $1 AND (p.id = $2 OR p.email_pseudonym = $3) ORDER BY p.id LIMIT 100",
            )
            .bind(connection.as_str())
            .bind(id)
            .bind(email.map(|pseudonym| pseudonym.0.as_slice()))
            .fetch_all(&self.readers)
            .await?;
            Ok(rows.into_iter().map(|(id, blob)| SealedRecord { id, blob }).collect())
        })
        .await
    }

    /// Ids of the orders that hold data of any of these people, at most `limit`, in order.
    pub async fn orders_of(&self, connection: &ConnectionId, persons: &[Pseudonym], limit: u32) -> Result<Vec<String>> {
        self.explained(|| async {
            let pseudonyms = (3..).take(persons.len()).map(|at| format!("${at}")).collect::<Vec<_>>().join(",");
            let sql = format!(
                "SELECT DISTINCT p.order_id FROM order_person p JOIN connections c ON c.key = p.connection \
                 WHERE c.id = $1 AND p.pseudonym IN ({pseudonyms}) ORDER BY p.order_id LIMIT $2"
            );
            let query = db::query_scalar(AssertSqlSafe(sql)).bind(connection.as_str()).bind(limit);
            let query = persons.iter().fold(query, |query, pseudonym| query.bind(pseudonym.0.as_slice()));
            Ok(query.fetch_all(&self.readers).await?)
        })
        .await
    }

    /// Erases in one transaction, which also records the event; what was there is overwritten on the disk. `Gone` when
    /// the connection does not exist.
    pub async fn erase(
        &self,
        connection: &ConnectionId,
        erasure: &Erasure,
        event: &ConnectionEvent,
        now: Timestamp,
    ) -> Result<Erased> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            // What is overwritten or removed must not linger in free pages or in the log.
            residue::overwrite(&mut tx, true).await?;
            let erased = erase(&mut tx, connection, erasure, event, now).await;
            residue::overwrite(&mut tx, false).await?;
            let erased = erased?;
            tx.commit().await?;
            residue::empty_log(&self.writer).await?;
            Ok(erased)
        })
        .await
    }
}

async fn erase(
    tx: &mut db::Connection,
    connection: &ConnectionId,
    erasure: &Erasure,
    event: &ConnectionEvent,
    now: Timestamp,
) -> Outcome<Erased> {
    const ERASE: Statement = Statement {
        head: "INSERT INTO erased_pseudonym (connection, pseudonym, erased_at) VALUES",
        columns: 3,
        tail: "ON CONFLICT DO NOTHING",
    };
    const CUSTOMERS: Statement =
        Statement { head: "DELETE FROM customers WHERE connection = ? AND id IN (VALUES", columns: 1, tail: ")" };
    const PERSONS: Statement = Statement {
        head: "DELETE FROM order_person WHERE connection = ? AND order_id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let key = key_of_existing(tx, connection).await?;
    let ms = now.as_unix_ms();
    ERASE
        .execute(tx, &erasure.pseudonyms, |q| q, |q, pseudonym| q.bind(key).bind(pseudonym.0.clone()).bind(ms))
        .await?;
    let customers = CUSTOMERS.execute(tx, &erasure.customers, |q| q.bind(key), |q, id| q.bind(id.clone())).await?;
    PERSONS.execute(tx, &erasure.orders, |q| q.bind(key), |q, row| q.bind(row.id.clone())).await?;
    let mut erased = Erased { customers, ..Erased::default() };
    for row in &erasure.orders {
        erased.orders += replace(tx, "orders", key, &row.id, &row.body, ms).await?;
    }
    for row in &erasure.shipments {
        erased.shipments += replace(tx, "shipments", key, &row.id, &row.body, ms).await?;
    }
    for row in &erasure.returns {
        erased.returns += replace(tx, "returns", key, &row.id, &row.body, ms).await?;
    }
    record::add(tx, event, None).await?;
    Ok(erased)
}

async fn replace(
    tx: &mut db::Connection,
    table: &str,
    key: i64,
    id: &str,
    body: &SealedBody,
    now: i64,
) -> Outcome<u64> {
    let pseudonym = if table == "orders" { ", erased = TRUE" } else { "" };
    let sql = format!(
        "UPDATE {table} SET digest = $1, body = $2, changed_at = $3{pseudonym} WHERE connection = $4 AND id = $5"
    );
    let done = db::query(AssertSqlSafe(sql))
        .bind(body.digest.as_slice())
        .bind(body.blob.as_slice())
        .bind(now)
        .bind(key)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(done.rows_affected())
}
