//! What the databases spell differently. Everything else is one text for all.

use std::fmt::Display;

/// A database, as far as its spelling goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Everything it reads is of one moment.
    Read,
    /// What it reads under a lock stays true until it writes.
    Write,
}

use Dialect::{Postgres, Sqlite};

impl Dialect {
    /// Begins a transaction. One that writes takes SQLite's lock at once, so that what it reads stays true until it writes; on
    /// PostgreSQL the rows are locked that it depends on. The statements of one that reads see one moment; SQLite's always do.
    pub(crate) const fn begin(self, purpose: Purpose) -> &'static str {
        match (self, purpose) {
            (Sqlite, Purpose::Write) => "BEGIN IMMEDIATE",
            (Sqlite, Purpose::Read) => "BEGIN",
            (Postgres, Purpose::Write) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            (Postgres, Purpose::Read) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// The larger of two values of which neither is NULL. SQLite: `max` with several arguments; PostgreSQL has no such `max`.
    pub(crate) const fn greatest(self) -> &'static str {
        match self {
            Sqlite => "max",
            Postgres => "greatest",
        }
    }

    /// The smaller of two values of which neither is NULL. SQLite: `min` with several arguments; PostgreSQL has no such `min`.
    pub(crate) const fn least(self) -> &'static str {
        match self {
            Sqlite => "min",
            Postgres => "least",
        }
    }

    /// The rows of a list of texts that is bound as one JSON value, as `value`: one prepared statement for any number of them.
    pub(crate) fn texts_of_json(self, placeholder: &str) -> String {
        match self {
            Sqlite => format!("json_each({placeholder})"),
            Postgres => format!("json_array_elements_text(CAST({placeholder} AS json))"),
        }
    }

    /// Names the index that a join must use: without statistics SQLite would go through all rows of a connection. PostgreSQL has
    /// statistics and no such clause.
    pub(crate) fn indexed_by(self, index: &str) -> String {
        match self {
            Sqlite => format!("INDEXED BY {index}"),
            Postgres => String::new(),
        }
    }

    /// Joins what follows to each row of what stands before, in this order: without statistics SQLite may turn it round, but not
    /// where it says `CROSS JOIN`. PostgreSQL has no condition with that.
    pub(crate) const fn join_in_order(self) -> &'static str {
        match self {
            Sqlite => "CROSS JOIN",
            Postgres => "JOIN",
        }
    }

    /// Inserts rows of a transaction that is rolled back as a whole when one of them fails. SQLite would otherwise copy each page that
    /// it changes to a file of its own first, to be able to undo this statement alone.
    pub(crate) const fn insert_or_fail(self) -> &'static str {
        match self {
            Sqlite => "INSERT OR FAIL",
            Postgres => "INSERT",
        }
    }

    /// Changes rows, as [`Self::insert_or_fail`] inserts them.
    pub(crate) const fn update_or_fail(self) -> &'static str {
        match self {
            Sqlite => "UPDATE OR FAIL",
            Postgres => "UPDATE",
        }
    }

    /// Whether a text has another in it, letter for letter. The functions have different names, and `LIKE` ignores the case of letters
    /// in SQLite only.
    pub(crate) fn contains(self, text: &str, part: &str) -> String {
        match self {
            Sqlite => format!("instr({text}, {part}) > 0"),
            Postgres => format!("strpos({text}, {part}) > 0"),
        }
    }

    /// Whether a text of an index has a part in it, which is bound as [`Self::part`] writes it: PostgreSQL uses an index of trigrams
    /// for `LIKE` only, SQLite is three times as fast without it.
    pub(crate) fn has_part(self, text: &str, part: &str) -> String {
        match self {
            Sqlite => self.contains(text, part),
            Postgres => format!("{text} LIKE {part} ESCAPE '\\'"),
        }
    }

    /// The part of a text that is looked for, as it is bound.
    pub(crate) fn part(self, part: &str) -> String {
        match self {
            Sqlite => part.to_owned(),
            Postgres => anywhere(part),
        }
    }

    /// A text inside a JSON document. SQLite keeps no promise that it is one; in PostgreSQL the column is only ever written by
    /// this program, and `pg_input_is_valid` came with version 16.
    pub(crate) fn text_in_json(self, document: &str, path: [&str; 2]) -> String {
        let [first, second] = path;
        match self {
            Sqlite => {
                format!("CASE WHEN json_valid({document}) THEN json_extract({document}, '$.{first}.{second}') END")
            }
            Postgres => format!("CAST({document} AS json) #>> '{{{first},{second}}}'"),
        }
    }

    /// Rows as one JSON list of lists, in an order.
    pub(crate) fn json_rows(self, columns: impl Display, order: &str) -> String {
        match self {
            Sqlite => format!("json_group_array(json_array({columns}) ORDER BY {order})"),
            Postgres => {
                format!("coalesce(CAST(json_agg(json_build_array({columns}) ORDER BY {order}) AS TEXT), '[]')")
            }
        }
    }

    /// After `INSERT … ON CONFLICT`: leaves a row that is there as it is. PostgreSQL locks it by writing what it holds, so that who
    /// is about to delete it looks again first.
    pub(crate) fn hold_what_is_there(self, key: &str, column: &str) -> String {
        match self {
            Sqlite => "DO NOTHING".to_owned(),
            Postgres => {
                let name = column.rsplit('.').next().unwrap_or(column);
                format!("({key}) DO UPDATE SET {name} = {column}")
            }
        }
    }

    /// Ends a `SELECT` whose rows of these tables are claimed: what another claims at the moment is passed over. Without it
    /// claimers wait for each other and then take nothing. SQLite has one writer at a time.
    pub(crate) fn skip_locked(self, tables: &str) -> String {
        match self {
            Sqlite => String::new(),
            Postgres => format!("FOR NO KEY UPDATE OF {tables} SKIP LOCKED"),
        }
    }
}

/// A LIKE pattern that finds a text anywhere.
fn anywhere(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
