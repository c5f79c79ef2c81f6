//! The throw-away PostgreSQL server of the tests, with databases of this schema.

use std::ops::Deref;

use e2e::postgres;
pub(crate) use e2e::postgres::run;

use crate::store::{Store, db::schema};

/// A database of a test, dropped with it.
pub(crate) struct Database(postgres::Database);

impl Database {
    /// A fresh one with the schema.
    pub(crate) async fn fresh() -> Self {
        let template = format!("store_{}", schema::fingerprint());
        let fill = async |url: &str| Store::open_url(url).await.unwrap().close().await;
        Self(postgres::Database::copy_of(&template, fill).await)
    }

    /// Opens it, as each host does.
    pub(crate) async fn open(&self) -> Store {
        Store::open_url(&self.url()).await.unwrap()
    }
}

impl Deref for Database {
    type Target = postgres::Database;

    fn deref(&self) -> &postgres::Database {
        &self.0
    }
}
