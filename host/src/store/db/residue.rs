//! What is left of deleted rows on the disk.

use crate::store::db::{
    connection::{Connection, Pool},
    dialect::Dialect,
    query::query,
};

/// Whether what this connection deletes or replaces from now on is overwritten on the disk. PostgreSQL keeps old rows until its
/// vacuum has removed them; what lies on its disk is for who runs it.
pub(crate) async fn overwrite(db: &mut Connection, overwrite: bool) -> sqlx::Result<()> {
    match (db.dialect(), overwrite) {
        (Dialect::Sqlite, true) => query("PRAGMA secure_delete = ON").execute(db).await.map(drop),
        (Dialect::Sqlite, false) => query("PRAGMA secure_delete = FAST").execute(db).await.map(drop),
        (Dialect::Postgres, _) => Ok(()),
    }
}

/// Empties the log of what was written.
pub(crate) async fn empty_log(writer: &Pool) -> sqlx::Result<()> {
    match writer.dialect() {
        Dialect::Sqlite => query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await.map(drop),
        Dialect::Postgres => Ok(()),
    }
}
