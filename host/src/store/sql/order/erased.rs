//! Records of people who were erased.

use std::collections::HashSet;

use sqlx::SqliteConnection;

use crate::{
    model::rows::Mark,
    store::{
        db::{bulk::Statement, failure::Outcome},
        sql::catalog::stamp::Stamp,
    },
};

/// Leaves out rows with data of people who were erased after the rows were made. `marks` are those a row must not have.
pub(crate) async fn not_erased<'r, R>(
    tx: &mut SqliteConnection,
    stamp: Stamp,
    rows: Vec<&'r R>,
    marks: impl Fn(&'r R) -> Vec<&'r Mark>,
) -> Outcome<Vec<&'r R>> {
    const FIND: Statement = Statement {
        head: "SELECT mark FROM erased_mark WHERE connection = ? AND mark IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let any: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM erased_mark WHERE connection = $1)")
        .bind(stamp.connection)
        .fetch_one(&mut *tx)
        .await?;
    if !any {
        return Ok(rows);
    }
    let asked: Vec<&Mark> = rows.iter().flat_map(|row| marks(row)).collect();
    let erased: Vec<(Vec<u8>,)> =
        FIND.fetch(tx, &asked, |query| query.bind(stamp.connection), |query, mark| query.bind(mark.0.clone())).await?;
    let erased: HashSet<Vec<u8>> = erased.into_iter().map(|(mark,)| mark).collect();
    Ok(rows.into_iter().filter(|row| !marks(row).iter().any(|mark| erased.contains(&mark.0))).collect())
}
