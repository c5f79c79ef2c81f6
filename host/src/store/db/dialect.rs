//! What the databases spell differently. Everything else is one text for all.

/// The larger of two values of which neither is NULL. SQLite: `max` with several arguments; PostgreSQL has no such `max`.
pub(crate) const GREATEST: &str = "max";

/// The smaller of two values of which neither is NULL. SQLite: `min` with several arguments; PostgreSQL has no such `min`.
pub(crate) const LEAST: &str = "min";

/// Begins a transaction that writes. SQLite: the lock is taken at once, so that what the transaction reads stays true until it
/// writes. PostgreSQL: a plain `BEGIN`; there the rows are locked that the transaction depends on.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// The rows of a list of texts that is bound as one JSON value, as `value`: one prepared statement for any number of them.
/// PostgreSQL: `(SELECT jsonb_array_elements_text($n::jsonb) AS value)`.
macro_rules! texts_of_json {
    ($placeholder:literal) => {
        concat!("json_each(", $placeholder, ")")
    };
}
pub(crate) use texts_of_json;

/// Names the index that a join must use: without statistics SQLite would go through all rows of a connection. PostgreSQL has
/// statistics and no such clause.
macro_rules! indexed_by {
    ($index:literal) => {
        concat!("INDEXED BY ", $index)
    };
}
pub(crate) use indexed_by;

/// Joins what follows to each row of what stands before, in this order: without statistics SQLite may turn it round, but not
/// where it says `CROSS JOIN`. PostgreSQL: `JOIN`.
macro_rules! join_in_order {
    () => {
        "CROSS JOIN"
    };
}
pub(crate) use join_in_order;

/// Inserts rows of a transaction that is given up as a whole when one of them fails. SQLite would otherwise copy each page that
/// it changes to a file of its own first, to be able to undo this statement alone. PostgreSQL: `INSERT`.
macro_rules! insert_or_fail {
    () => {
        "INSERT OR FAIL"
    };
}
pub(crate) use insert_or_fail;

/// The column that says in which order rows were inserted. SQLite numbers them itself; in PostgreSQL it is an identity column.
macro_rules! insertion_order {
    () => {
        "rowid"
    };
}
pub(crate) use insertion_order;

/// A text inside a JSON document that may be none. PostgreSQL: `(body::jsonb #>> '{excluded,code}')`, with `pg_input_is_valid`.
macro_rules! text_in_json {
    ($document:literal, $path:literal) => {
        concat!("CASE WHEN json_valid(", $document, ") THEN json_extract(", $document, ", '$.", $path, "') END")
    };
}
pub(crate) use text_in_json;

/// Rows as one JSON list of lists, in an order. PostgreSQL: `json_agg(json_build_array(…) ORDER BY …)`.
pub(crate) fn json_rows(columns: &str, order: &str) -> String {
    format!("json_group_array(json_array({columns}) ORDER BY {order})")
}
