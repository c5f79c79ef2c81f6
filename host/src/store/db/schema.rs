//! The schema and its versions.

use sqlx::{SqlitePool, migrate::Migrator};

use crate::store::db::failure::{Failure, Outcome};

/// Every version of the schema, oldest first.
pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("migrations/sqlite");

/// Brings a database up to date.
pub(crate) async fn migrate(writer: &SqlitePool) -> Outcome<()> {
    let known = known_version();
    MIGRATOR.run(writer).await.map_err(|error| Failure::of_migration(error, known))
}

/// The newest schema version this program has.
pub(crate) fn known_version() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}
