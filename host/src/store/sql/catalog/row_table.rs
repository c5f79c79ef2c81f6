//! Tables of synced rows, and the two statements that write a page into any of them.
//!
//! First an upsert that touches only rows that are new, different or deleted. What it does not touch, a second statement marks
//! as seen by this pass. A row that a later reading has written stays as it is, whatever an earlier one brings.

use crate::store::db::{bulk::BulkStatement, dialect::Dialect};

/// What every table of synced rows begins with: the page's [`super::stamp::Stamp`].
const STAMP: &str = "connection, generation, changed_at, read_at, page_key";
const STAMP_COLUMNS: usize = 5;

/// A table of synced rows. The key is unique within a connection.
pub(crate) struct RowTable {
    pub(crate) name: &'static str,
    /// Columns that name a row.
    pub(crate) key: &'static [&'static str],
    /// Columns that a later reading replaces.
    pub(crate) own: &'static [&'static str],
    /// Those of them that make a row a changed one.
    pub(crate) compared: &'static [&'static str],
}

/// A statement with one group of placeholders per row, made from a table.
pub(crate) struct RowStatement {
    head: String,
    columns: usize,
    tail: String,
}

impl RowStatement {
    /// The statement to run.
    pub(crate) fn statement(&self) -> BulkStatement<'_> {
        BulkStatement { head: &self.head, columns: self.columns, tail: &self.tail }
    }
}

impl RowTable {
    /// The key as a list of columns.
    pub(crate) fn keys(&self) -> String {
        self.key.join(", ")
    }

    /// The key as it is compared with a list of values.
    fn compared_key(&self) -> String {
        match self.key {
            [one] => format!("{}.{one}", self.name),
            several => {
                let columns = several.iter().map(|column| format!("{}.{column}", self.name));
                format!("({})", columns.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Whether a row differs from what a page brings, as further alternatives.
    fn differs(&self, stored: &str, brought: &str) -> String {
        each(self.compared, |column| format!(" OR {stored}.{column} IS DISTINCT FROM {brought}.{column}"))
    }

    /// Inserts rows, or changes those that differ; returns the keys of both. Binds stamp, key and own columns of each row.
    pub(crate) fn upsert(&self) -> RowStatement {
        let name = self.name;
        let (keys, own) = (self.keys(), self.own.join(", "));
        let differs = self.differs(name, "excluded");
        let replaced = each(self.own, |column| format!(", {column} = excluded.{column}"));
        RowStatement {
            head: format!("INSERT INTO {name} ({STAMP}, {keys}, {own}) VALUES"),
            columns: STAMP_COLUMNS + self.key.len() + self.own.len(),
            tail: format!(
                "ON CONFLICT (connection, {keys}) DO UPDATE SET generation = excluded.generation, \
                 changed_at = excluded.changed_at, read_at = excluded.read_at, \
                 page_key = coalesce(excluded.page_key, {name}.page_key), deleted_at = NULL{replaced} \
                 WHERE ({name}.read_at <= excluded.read_at OR {name}.read_at > excluded.changed_at + 3600000) \
                 AND NOT EXISTS (SELECT 1 FROM known_page k WHERE k.key = {name}.page_key \
                 AND k.read_at > excluded.read_at AND k.read_at <= excluded.changed_at + 3600000) AND ({name}.deleted_at IS NOT NULL{differs}) RETURNING {keys}"
            ),
        }
    }

    /// Marks rows as seen. Binds the stamp's part before the keys ([`super::stamp::Stamp::bind_seen`]).
    pub(crate) fn seen(&self, dialect: Dialect) -> RowStatement {
        let (name, key, greatest) = (self.name, self.compared_key(), dialect.greatest());
        RowStatement {
            head: format!(
                "UPDATE {name} SET generation = {greatest}(generation, ?), read_at = {greatest}(read_at, ?), \
                 page_key = coalesce(?, page_key) WHERE connection = ? AND (generation < ? OR read_at < ? \
                 OR page_key IS DISTINCT FROM coalesce(?, page_key)) AND {key} IN (VALUES"
            ),
            columns: self.key.len(),
            tail: ")".to_owned(),
        }
    }

    /// Reads the pages that wrote rows last, and whether the row was read, or seen with its page, after a time. Binds twice the time,
    /// and the connection, before the keys.
    pub(crate) fn pages_of(&self) -> RowStatement {
        let (name, key) = (self.name, self.compared_key());
        RowStatement {
            head: format!(
                "SELECT DISTINCT page_key, {name}.read_at > ? OR coalesce(k.read_at > ?, FALSE) FROM {name} \
                 LEFT JOIN known_page k ON k.key = page_key WHERE {name}.connection = ? AND {key} IN (VALUES"
            ),
            columns: self.key.len(),
            tail: ")".to_owned(),
        }
    }

    /// Reads columns of rows by their keys. Binds the connection before the keys.
    pub(crate) fn by_key(&self, columns: &str) -> RowStatement {
        let (name, key) = (self.name, self.compared_key());
        RowStatement {
            head: format!("SELECT {columns} FROM {name} WHERE connection = ? AND {key} IN (VALUES"),
            columns: self.key.len(),
            tail: ")".to_owned(),
        }
    }

    /// Reads, of the rows of a page that are new, different or deleted, the key and columns of what is there (`t`).
    /// Binds the connection, then of each row the key and the compared columns.
    pub(crate) fn differing(&self, columns: &str) -> RowStatement {
        let names: Vec<&str> = self.key.iter().chain(self.compared).copied().collect();
        let list =
            |of: &str, columns: &[&str]| columns.iter().map(|column| format!("{of}.{column}")).collect::<Vec<_>>();
        let join = each(self.key, |column| format!(" AND t.{column} = page.{column}"));
        let differs = self.differs("t", "page");
        RowStatement {
            head: format!("WITH own (connection) AS (SELECT ?), page ({}) AS (VALUES", names.join(", ")),
            columns: names.len(),
            tail: format!(
                ") SELECT {}, t.connection IS NOT NULL AS is_known, \
                 t.connection IS NOT NULL AND t.deleted_at IS NULL AS was_there, {columns} FROM page \
                 LEFT JOIN {} t ON t.connection = (SELECT connection FROM own){join} \
                 WHERE t.connection IS NULL OR t.deleted_at IS NOT NULL{differs}",
                list("page", self.key).join(", "),
                self.name,
            ),
        }
    }
}

/// A clause of each column, one after the other.
fn each(columns: &[&str], clause: impl Fn(&str) -> String) -> String {
    columns.iter().map(|column| clause(column)).collect::<Vec<_>>().concat()
}
