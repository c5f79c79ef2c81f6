//! The schema and its versions.

use sqlx::{PgConnection, SqlitePool, migrate::Migrator};

use crate::store::{
    db::{
        connection::Pool,
        dialect::Dialect,
        failure::{Failure, Outcome},
        query::{query_as, query_scalar},
    },
    error::Error,
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
    if is_up_to_date(server).await? {
        return Ok(());
    }
    let known = known_version(Dialect::Postgres);
    ON_SERVER.run(server).await.map_err(|error| Failure::of_migration(error, known))
}

/// Whether nothing is to be done: then the host needs no right to change the schema.
async fn is_up_to_date(server: &mut PgConnection) -> Outcome<bool> {
    let begun: bool =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&mut *server).await?;
    if !begun {
        return Ok(false);
    }
    let done: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(server)
            .await?;
    let known = ON_SERVER.iter().map(|migration| (migration.version, migration.checksum.to_vec()));
    Ok(known.eq(done))
}

/// Refuses a database whose schema is not the one of this program.
pub(crate) async fn check_current(pool: &Pool, name: &str) -> Outcome<()> {
    let (is_there, known) = match pool.dialect() {
        Dialect::Sqlite => ("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')", &MIGRATOR),
        Dialect::Postgres => ("SELECT to_regclass('_sqlx_migrations') IS NOT NULL", &ON_SERVER),
    };
    let is_there: bool = query_scalar(is_there).fetch_one(pool).await?;
    let mut done: Vec<(i64, Vec<u8>)> = vec![];
    if is_there {
        let sql = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
        done = query_as(sql).fetch_all(pool).await?;
    }
    let (found, newest) = (done.last().map_or(0, |(version, _)| *version), known_version(pool.dialect()));
    if found > newest {
        return Err(Error::Newer { found, known: newest }.into());
    }
    if known.iter().map(|migration| (migration.version, migration.checksum.to_vec())).eq(done) {
        return Ok(());
    }
    let refusal = format!(
        "{name} has schema version {found}, this program has {newest}; run `connector-host migrate` on it first, with a backup"
    );
    Err(Error::Refused(refusal).into())
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
