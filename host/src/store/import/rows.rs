//! Rows of any table, page by page in the order of its key, with a checksum of what they hold.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use crate::store::db::{
    bind::{Kind, Value},
    bulk::BulkStatement,
    connection::Connection,
    dialect::Dialect,
    failure::Outcome,
    query::{Query, query},
    tables::{Column, Table},
};

/// Rows of a page: as many as one statement writes.
const PAGE: usize = 128;

/// Values of a row, in the order of the columns.
pub(super) type Row = Vec<Value>;

/// How many rows, and what they hold.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) rows: u64,
    hash: Sha256,
}

impl Sum {
    /// Adds a row.
    pub(super) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        for value in row {
            match value {
                Value::Number(Some(number)) => self.part(1, &number.to_be_bytes()),
                // As the database says it that has no truth values.
                Value::Truth(Some(truth)) => self.part(1, &i64::from(*truth).to_be_bytes()),
                Value::Text(Some(text)) => self.part(2, text.as_bytes()),
                Value::Bytes(Some(bytes)) => self.part(3, bytes),
                Value::Number(None) | Value::Truth(None) | Value::Text(None) | Value::Bytes(None) => self.part(0, &[]),
            }
        }
    }

    fn part(&mut self, kind: u8, bytes: &[u8]) {
        self.hash.update([kind]);
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    /// The beginning of the checksum, in hexadecimal.
    pub(super) fn checksum(self) -> String {
        let mut text = hex::encode(self.hash.finalize());
        text.truncate(16);
        text
    }
}

/// Reads the rows of a table.
pub(super) struct Reader<'t> {
    table: &'t Table,
    columns: Vec<&'t Column>,
    /// The key of the last row that was read.
    after: Option<Row>,
}

impl<'t> Reader<'t> {
    /// Begins with the first row.
    pub(super) fn new(table: &'t Table, columns: Vec<&'t Column>) -> Self {
        Self { table, columns, after: None }
    }

    /// The next rows; none at the end.
    pub(super) async fn next(&mut self, db: &mut Connection) -> Outcome<Vec<Row>> {
        let name = &self.table.name;
        let (all, key) = (quoted(self.columns.iter().map(|column| &column.name)), quoted(&self.table.key));
        let mut after = String::new();
        if let Some(values) = &self.after {
            let places = (1..=values.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
            // Writing to a text cannot fail.
            _ = write!(after, "WHERE ({key}) > ({places})");
        }
        let sql = format!("SELECT {all} FROM \"{name}\" {after} ORDER BY {key} LIMIT {PAGE}");
        let select = query(AssertSqlSafe(sql));
        let select = self.after.iter().flatten().cloned().fold(select, Query::bind_value);
        let kinds: Vec<Kind> = self.columns.iter().map(|column| column.kind).collect();
        let rows = select.read_values(db, &kinds).await?;
        if let Some(last) = rows.last() {
            let of_key = |name: &String| {
                let place = self.columns.iter().position(|column| column.name == *name)?;
                last.get(place).cloned()
            };
            self.after = Some(self.table.key.iter().filter_map(of_key).collect());
        }
        Ok(rows)
    }
}

/// Writes rows into a table, as they are.
pub(super) async fn write(db: &mut Connection, table: &Table, columns: &[&Column], rows: &[Row]) -> Outcome<()> {
    let names = quoted(columns.iter().map(|column| &column.name));
    let head = format!("INSERT INTO \"{}\" ({names}) VALUES", table.name);
    let insert = BulkStatement { head: &head, columns: columns.len(), tail: "" };
    let bind = |query: Query, row: &Row| row.iter().cloned().fold(query, Query::bind_value);
    insert.execute(db, rows, |query| query, bind).await?;
    Ok(())
}

/// Gives values the kind that the target has for them, and takes out what it cannot keep; whether a text was changed.
pub(super) fn convert(row: &mut Row, columns: &[&Column], dialect: Dialect) -> bool {
    let mut changed = false;
    for (value, column) in row.iter_mut().zip(columns) {
        match value {
            Value::Number(number) if column.kind == Kind::Truth => {
                *value = Value::Truth(number.map(|number| number != 0));
            }
            Value::Text(Some(text)) if dialect == Dialect::Postgres && text.contains('\0') => {
                *text = text.replace('\0', "\u{fffd}");
                changed = true;
            }
            _ => {}
        }
    }
    changed
}

fn quoted(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    names.into_iter().map(|name| format!("\"{}\"", name.as_ref())).collect::<Vec<_>>().join(", ")
}
