//! Commits whose answer was lost.
//!
//! A connection can break after a commit was sent and before its answer came: then nobody knows whether the transaction holds, and
//! doing it again could apply it twice. So each transaction that writes also writes down its number in a row that belongs to its
//! session, as its last statement. Who has lost the answer reads that row: with this number the transaction holds, otherwise it was
//! undone. The row is closed first, so that a commit which is still on its way fails.
//!
//! The number of the transaction that the server itself knows would not do: after a crash or a fail-over it may be given to another.

use std::time::{Duration, Instant};

use deadpool::managed::Object;
use sqlx::{AssertSqlSafe, Connection, query, query_scalar, raw_sql};
use tokio::time::{sleep, timeout};

use crate::store::db::server::{
    failure::Trouble,
    pool::{Link, Maker, acquire},
};

/// How long an answer is looked for: as long as a standby takes to take over, and as an abandoned session keeps its locks.
const RESOLVE_WITHIN: Duration = Duration::from_mins(1);
/// How long one look may take: longer than a lock is waited for.
const ASK_WITHIN: Duration = Duration::from_secs(35);
const PAUSE: Duration = Duration::from_millis(200);

/// Commits the transaction of a session, with its number: one round trip for both.
pub(crate) async fn send(link: &mut Link) -> sqlx::Result<()> {
    link.commits += 1;
    let Link { connection, marker, commits } = link;
    // Both are made here. Without values, both statements are one message.
    let sql = format!(
        "INSERT INTO commit_marker (session, number) VALUES ('{}', {commits}) \
         ON CONFLICT (session) DO UPDATE SET number = excluded.number; COMMIT",
        marker.simple()
    );
    raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// Whether the last commit of a session holds whose answer was lost: `Undone` when it does not and may be done again, `Unknown` when
/// that cannot be found out.
pub(crate) async fn resolve(lost: Object<Maker>) -> sqlx::Result<()> {
    let pool = Object::pool(&lost);
    let Link { marker, commits, connection } = Object::take(lost);
    // The server sees its end, and undoes what it has not committed.
    drop(connection);
    let Some(pool) = pool else { return Err(Trouble::Unknown.into()) };
    let marker = marker.simple().to_string();
    let began = Instant::now();
    loop {
        let resolved = timeout(ASK_WITHIN, async { last_number(acquire(&pool).await?, &marker).await }).await;
        match resolved.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(number) if number == commits => return Ok(()),
            Ok(_) => return Err(Trouble::Undone.into()),
            Err(error) => {
                tracing::warn!(%error, "whether a transaction was committed cannot be found out yet");
                if began.elapsed() > RESOLVE_WITHIN {
                    return Err(Trouble::Unknown.into());
                }
            }
        }
        sleep(PAUSE).await;
    }
}

/// Closes the row of a session and gives its number. Whoever else writes the row is waited for.
async fn last_number(session: Object<Maker>, marker: &str) -> sqlx::Result<i64> {
    // It is for this question only: if it is cut off, nobody goes on with it.
    let mut link = Object::take(session);
    // As a commit that is on its way would: that one then waits, and finds the row closed.
    let there = "INSERT INTO commit_marker (session, number) VALUES ($1, 0) ON CONFLICT (session) DO NOTHING";
    query(there).bind(marker).execute(&mut link.connection).await?;
    let close = "UPDATE commit_marker SET closed = number WHERE session = $1 RETURNING number";
    let number = query_scalar(close).bind(marker).fetch_one(&mut link.connection).await?;
    link.connection.close().await?;
    Ok(number)
}
