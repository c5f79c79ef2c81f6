//! Records of people who were erased.

use std::collections::HashSet;

use crate::{
    model::rows::Pseudonym,
    store::{
        db::{self, bulk::Statement, failure::Outcome},
        sql::catalog::stamp::Stamp,
    },
};

/// Leaves out rows with data of people who were erased after the rows were made. `pseudonyms` are those a row must not have.
pub(crate) async fn not_erased<'r, R>(
    tx: &mut db::Connection,
    stamp: Stamp,
    rows: Vec<&'r R>,
    pseudonyms: impl Fn(&'r R) -> Vec<&'r Pseudonym>,
) -> Outcome<Vec<&'r R>> {
    const FIND: Statement = Statement {
        head: "SELECT pseudonym FROM erased_pseudonym WHERE connection = ? AND pseudonym IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let any: bool = db::query_scalar("SELECT EXISTS (SELECT 1 FROM erased_pseudonym WHERE connection = $1)")
        .bind(stamp.connection)
        .fetch_one(&mut *tx)
        .await?;
    if !any {
        return Ok(rows);
    }
    let asked: Vec<&Pseudonym> = rows.iter().flat_map(|row| pseudonyms(row)).collect();
    let erased: Vec<(Vec<u8>,)> = FIND
        .fetch(tx, &asked, |query| query.bind(stamp.connection), |query, pseudonym| query.bind(pseudonym.0.clone()))
        .await?;
    let erased: HashSet<Vec<u8>> = erased.into_iter().map(|(pseudonym,)| pseudonym).collect();
    Ok(rows.into_iter().filter(|row| !pseudonyms(row).iter().any(|pseudonym| erased.contains(&pseudonym.0))).collect())
}
