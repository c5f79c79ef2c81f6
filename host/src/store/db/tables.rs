//! Which tables a database has: their columns, keys, references and numbering. Read from the database itself, so that nobody has to
//! keep a list.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use crate::store::db::{
    bind::Kind,
    connection::Connection,
    dialect::Dialect,
    query::{query, query_as, query_scalar},
};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The columns of its primary key, in their order.
    pub(crate) key: Vec<String>,
    /// The tables that its rows refer to.
    pub(crate) refers_to: BTreeSet<String>,
    /// The column whose values the database numbers by itself.
    pub(crate) numbered: Option<String>,
    /// Whether it also has a column `rowid` that is not listed.
    pub(crate) has_rowid: bool,
}

/// Left out: the database's own tables, those of this module, and which processes run at the moment.
const OWN: [&str; 5] = ["_sqlx_migrations", "commit_marker", "replica", "singleton", "budget_share"];

/// All other tables, in the order of their names.
pub(crate) async fn tables(db: &mut Connection) -> sqlx::Result<Vec<Table>> {
    let names = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        }
        Dialect::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema() \
             AND table_type = 'BASE TABLE' ORDER BY CAST(table_name AS TEXT) COLLATE \"C\""
        }
    };
    let names: Vec<String> = query_scalar(names).fetch_all(&mut *db).await?;
    let mut tables = vec![];
    for name in names.into_iter().filter(|name| !OWN.contains(&name.as_str())) {
        tables.push(match db.dialect() {
            Dialect::Sqlite => of_file(db, name).await?,
            Dialect::Postgres => of_server(db, name).await?,
        });
    }
    Ok(tables)
}

async fn of_file(db: &mut Connection, name: String) -> sqlx::Result<Table> {
    let listed: Vec<(String, String, i64)> = query_as("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid")
        .bind(&name)
        .fetch_all(&mut *db)
        .await?;
    let mut key: Vec<(i64, String)> =
        listed.iter().filter(|(.., place)| *place > 0).map(|(column, _, place)| (*place, column.clone())).collect();
    key.sort();
    let has_rowid: bool = query_scalar("SELECT wr = 0 FROM pragma_table_list WHERE schema = 'main' AND name = $1")
        .bind(&name)
        .fetch_one(&mut *db)
        .await?;
    let references = query_scalar("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)");
    let refers_to: Vec<String> = references.bind(&name).fetch_all(&mut *db).await?;
    let is_number = |column: &str| listed.iter().any(|(name, kind, _)| name == column && kind == "INTEGER");
    let key: Vec<String> = key.into_iter().map(|(_, column)| column).collect();
    // Such a column is another name of `rowid`.
    let numbered = match key.as_slice() {
        [only] if has_rowid && is_number(only) => Some(only.clone()),
        _ => None,
    };
    let kind = |kind: &str| match kind {
        "INTEGER" => Kind::Number,
        "BLOB" => Kind::Bytes,
        _ => Kind::Text,
    };
    let columns = listed.iter().map(|(name, word, _)| Column { name: name.clone(), kind: kind(word) }).collect();
    let has_rowid = has_rowid && numbered.is_none();
    Ok(Table { name, columns, key, refers_to: refers_to.into_iter().collect(), numbered, has_rowid })
}

async fn of_server(db: &mut Connection, name: String) -> sqlx::Result<Table> {
    const COLUMNS: &str = "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT), is_identity = 'YES' \
         FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
    const KEY: &str = "SELECT CAST(k.column_name AS TEXT) FROM information_schema.table_constraints c \
         JOIN information_schema.key_column_usage k ON k.constraint_schema = c.constraint_schema \
         AND k.constraint_name = c.constraint_name AND k.table_name = c.table_name \
         WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = current_schema() AND c.table_name = $1 \
         ORDER BY k.ordinal_position";
    const REFERENCES: &str = "SELECT DISTINCT CAST(p.relname AS TEXT) FROM pg_constraint c \
         JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class p ON p.oid = c.confrelid \
         JOIN pg_namespace n ON n.oid = t.relnamespace \
         WHERE c.contype = 'f' AND t.relname = $1 AND n.nspname = current_schema()";
    let listed: Vec<(String, String, bool)> = query_as(COLUMNS).bind(&name).fetch_all(&mut *db).await?;
    let key: Vec<String> = query_scalar(KEY).bind(&name).fetch_all(&mut *db).await?;
    let refers_to: Vec<String> = query_scalar(REFERENCES).bind(&name).fetch_all(&mut *db).await?;
    let kind = |kind: &str| match kind {
        "bigint" | "integer" => Kind::Number,
        "boolean" => Kind::Truth,
        "bytea" => Kind::Bytes,
        _ => Kind::Text,
    };
    let numbered = listed.iter().find(|(.., is_identity)| *is_identity).map(|(column, ..)| column.clone());
    let columns = listed.into_iter().map(|(name, word, _)| Column { kind: kind(&word), name }).collect();
    Ok(Table { name, columns, key, refers_to: refers_to.into_iter().collect(), numbered, has_rowid: false })
}

/// The last number that the database has given in a column by itself; nothing where it does not remember one.
pub(crate) async fn last_number(db: &mut Connection, table: &Table) -> sqlx::Result<Option<i64>> {
    let Some(column) = &table.numbered else { return Ok(None) };
    match db.dialect() {
        Dialect::Sqlite => {
            query_scalar("SELECT seq FROM sqlite_sequence WHERE name = $1").bind(&table.name).fetch_optional(db).await
        }
        Dialect::Postgres => {
            let sequence: String = query_scalar("SELECT pg_get_serial_sequence($1, $2)")
                .bind(&table.name)
                .bind(column)
                .fetch_one(&mut *db)
                .await?;
            // The name comes quoted where it must be.
            let sql = format!("SELECT last_value FROM {sequence} WHERE is_called");
            query_scalar(AssertSqlSafe(sql)).fetch_optional(db).await
        }
    }
}

/// Makes the numbers that the database gives go on after this one, and after all that are there.
pub(crate) async fn number_on(db: &mut Connection, table: &Table, column: &str, last: i64) -> sqlx::Result<()> {
    let name = &table.name;
    match db.dialect() {
        Dialect::Sqlite => {
            // Where a table is not numbered strictly, the next number is the largest and one.
            let update = "UPDATE sqlite_sequence SET seq = max(seq, $2) WHERE name = $1";
            if query(update).bind(name).bind(last).execute(&mut *db).await?.rows_affected() == 0 {
                let insert = "INSERT INTO sqlite_sequence (name, seq) SELECT $1, $2 FROM sqlite_schema \
                     WHERE type = 'table' AND name = $1 AND sql LIKE '%AUTOINCREMENT%'";
                query(insert).bind(name).bind(last).execute(db).await?;
            }
        }
        Dialect::Postgres => {
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence($1, $2), greatest($3, coalesce(max(\"{column}\"), 1))) FROM \"{name}\""
            );
            let _: i64 = query_scalar(AssertSqlSafe(sql)).bind(name).bind(column).bind(last).fetch_one(db).await?;
        }
    }
    Ok(())
}
