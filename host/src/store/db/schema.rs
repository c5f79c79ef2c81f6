//! The schema and its versions.

use sqlx::{PgConnection, SqlitePool, migrate::Migrator};

use crate::store::db::{
    dialect::Dialect,
    failure::{Failure, Outcome},
};

/// Every version of the schema on a server, oldest first.
static ON_SERVER: Migrator = sqlx::migrate!("migrations/postgres");

/// Every version of the schema in a file, oldest first.
pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("migrations/sqlite");

/// Brings a database up to date.
pub(crate) async fn migrate(writer: &SqlitePool) -> Outcome<()> {
    let known = known_version(Dialect::Sqlite);
    MIGRATOR.run(writer).await.map_err(|error| Failure::of_migration(error, known))
}

/// Brings a database on a server up to date.
pub(crate) async fn migrate_server(server: &mut PgConnection) -> Outcome<()> {
    let known = known_version(Dialect::Postgres);
    ON_SERVER.run(server).await.map_err(|error| Failure::of_migration(error, known))
}

/// What changes with the schema of a server.
#[cfg(test)]
pub(crate) fn fingerprint() -> String {
    let checksums = ON_SERVER.iter().flat_map(|migration| migration.checksum.iter());
    hex::encode(checksums.copied().collect::<Vec<u8>>()).chars().rev().take(16).collect()
}

/// The newest schema version this program has.
pub(crate) fn known_version(dialect: Dialect) -> i64 {
    let migrator = match dialect {
        Dialect::Sqlite => &MIGRATOR,
        Dialect::Postgres => &ON_SERVER,
    };
    migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
}
