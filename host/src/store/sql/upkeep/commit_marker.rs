//! What sessions of a server have left of their commits.

use connector_api::domain::Timestamp;

use crate::store::{
    Store,
    db::{self, dialect::Dialect, value::count},
    error::Result,
};

/// How long a session lives at most, by far: then nobody asks for its last commit any more.
const KEPT_S: i64 = 2 * 86_400;

impl Store {
    /// Removes what sessions have left of their commits that ended long ago; returns how many.
    pub async fn prune_commit_markers(&self, now: Timestamp) -> Result<u64> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(0);
        }
        // Their names begin with the time at which they were made: 48 bits of milliseconds.
        let oldest = format!("{:012x}", count(now.plus_seconds(-KEPT_S).as_unix_ms()));
        self.explained(|| async {
            let done =
                db::query("DELETE FROM commit_marker WHERE session < $1").bind(&oldest).execute(&self.writer).await?;
            Ok(done.rows_affected())
        })
        .await
    }
}
