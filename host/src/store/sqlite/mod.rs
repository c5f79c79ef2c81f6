//! SQLite.
/// SQLite.
pub struct SqliteStores;
