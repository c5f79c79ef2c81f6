//! A statement with its values, run on either driver.

use std::marker::PhantomData;

use futures_util::{Stream, StreamExt};
use sqlx::{
    ColumnIndex, Decode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::store::db::{
    bind::{Bind, Kind, Value},
    connection::{Connection, Target},
};

/// What can be read from a row of either driver.
pub(crate) trait Readable: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Readable for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement that returns nothing, or what the caller says.
pub(crate) fn query(sql: impl SqlSafeStr) -> Query {
    Query { sql: sql.into_sql_str(), values: Vec::new(), lists: Vec::new() }
}

/// A statement that returns rows of a type.
pub(crate) fn query_as<T>(sql: impl SqlSafeStr) -> QueryAs<T> {
    QueryAs { query: query(sql), row: PhantomData }
}

/// A statement that returns rows of one column.
pub(crate) fn query_scalar<T>(sql: impl SqlSafeStr) -> QueryScalar<T> {
    QueryScalar(query_as(sql))
}

/// A statement and the values that are bound to it so far.
#[must_use]
#[derive(Debug)]
pub(crate) struct Query {
    sql: SqlStr,
    values: Vec<Value>,
    /// What follows them: the values of a column each. For PostgreSQL only.
    lists: Vec<List>,
}

/// The values of a column.
#[derive(Debug)]
enum List {
    Numbers(Vec<Option<i64>>),
    Truths(Vec<Option<bool>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl List {
    /// An empty one for values as this one is.
    fn of_kind(value: &Value) -> Self {
        match value {
            Value::Number(_) => Self::Numbers(vec![]),
            Value::Truth(_) => Self::Truths(vec![]),
            Value::Text(_) => Self::Texts(vec![]),
            Value::Bytes(_) => Self::Bytes(vec![]),
        }
    }

    /// Adds a value. One of another kind would be a mistake of the statement, which the server then refuses.
    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Numbers(list), Value::Number(value)) => list.push(value),
            (Self::Truths(list), Value::Truth(value)) => list.push(value),
            (Self::Texts(list), Value::Text(value)) => list.push(value.map(without_nul)),
            (Self::Bytes(list), Value::Bytes(value)) => list.push(value),
            (list, _) => *list = Self::Numbers(vec![]),
        }
    }
}

/// What a statement did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    rows: u64,
}

impl Done {
    /// Rows that it inserted, changed or deleted.
    pub(crate) fn rows_affected(self) -> u64 {
        self.rows
    }
}

enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    fn read<T: Readable>(&self) -> sqlx::Result<T> {
        match self {
            Self::Sqlite(row) => T::from_row(row),
            Self::Postgres(row) => T::from_row(row),
        }
    }
}

impl Query {
    /// Binds the next value.
    pub(crate) fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(Bind::value(Some(value)));
        self
    }

    /// How many values are bound.
    pub(crate) fn bound(&self) -> usize {
        self.values.len()
    }

    /// Makes one list of each column from the values of rows that were bound after the first ones.
    pub(crate) fn in_columns(mut self, first: usize, columns: usize) -> Self {
        let values = self.values.split_off(first.min(self.values.len()));
        self.lists = values.iter().take(columns).map(List::of_kind).collect();
        for (place, value) in values.into_iter().enumerate() {
            if let Some(list) = self.lists.get_mut(place % columns.max(1)) {
                list.push(value);
            }
        }
        self
    }

    /// Binds the next value, whatever its kind.
    pub(crate) fn bind_value(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }

    /// All rows, as values of these kinds.
    pub(crate) async fn read_values(
        self,
        target: impl Into<Target<'_>>,
        kinds: &[Kind],
    ) -> sqlx::Result<Vec<Vec<Value>>> {
        let mut connected = target.into().connect().await?;
        let rows = match connected.get() {
            Connection::Sqlite(db) => {
                let rows = self.sqlite().fetch_all(&mut **db).await?;
                rows.iter().map(|row| values(row, kinds)).collect::<sqlx::Result<_>>()?
            }
            Connection::Postgres(session) => {
                let rows = session.fetch_all(self.postgres()).await?;
                rows.iter().map(|row| values(row, kinds)).collect::<sqlx::Result<_>>()?
            }
        };
        connected.finish().await?;
        Ok(rows)
    }

    /// Runs the statement; gives how many rows it changed.
    pub(crate) async fn execute(self, target: impl Into<Target<'_>>) -> sqlx::Result<Done> {
        let mut connected = target.into().connect().await?;
        let rows = match connected.get() {
            Connection::Sqlite(db) => self.sqlite().execute(&mut **db).await?.rows_affected(),
            Connection::Postgres(session) => session.execute(self.postgres()).await?,
        };
        connected.finish().await?;
        Ok(Done { rows })
    }

    /// Rows as they come, of a type.
    pub(crate) fn fetch<T: Readable>(self, db: &mut Connection) -> impl Stream<Item = sqlx::Result<T>> + Send {
        match db {
            Connection::Sqlite(db) => self.sqlite().fetch(&mut **db).map(|row| T::from_row(&row?)).left_stream(),
            Connection::Postgres(session) => {
                session.fetch(self.postgres()).map(|row| T::from_row(&row?)).right_stream()
            }
        }
    }

    /// All rows, of a type.
    pub(crate) async fn read_all<T: Readable>(self, target: impl Into<Target<'_>>) -> sqlx::Result<Vec<T>> {
        let mut connected = target.into().connect().await?;
        let rows = match connected.get() {
            Connection::Sqlite(db) => {
                self.sqlite().fetch_all(&mut **db).await?.iter().map(T::from_row).collect::<sqlx::Result<_>>()?
            }
            Connection::Postgres(session) => {
                session.fetch_all(self.postgres()).await?.iter().map(T::from_row).collect::<sqlx::Result<_>>()?
            }
        };
        connected.finish().await?;
        Ok(rows)
    }

    async fn row(self, target: Target<'_>) -> sqlx::Result<Option<Row>> {
        let mut connected = target.connect().await?;
        let row = match connected.get() {
            Connection::Sqlite(db) => self.sqlite().fetch_optional(&mut **db).await?.map(Row::Sqlite),
            Connection::Postgres(session) => session.fetch_optional(self.postgres()).await?.map(Row::Postgres),
        };
        connected.finish().await?;
        Ok(row)
    }

    fn sqlite(self) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
        self.values.into_iter().fold(sqlx::query(self.sql), |query, value| match value {
            Value::Number(number) => query.bind(number),
            Value::Truth(truth) => query.bind(truth),
            Value::Text(text) => query.bind(text),
            Value::Bytes(bytes) => query.bind(bytes),
        })
    }

    fn postgres(self) -> sqlx::query::Query<'static, Postgres, PgArguments> {
        let query = self.values.into_iter().fold(sqlx::query(self.sql), |query, value| match value {
            Value::Number(number) => query.bind(number),
            Value::Truth(truth) => query.bind(truth),
            Value::Text(text) => query.bind(text.map(without_nul)),
            Value::Bytes(bytes) => query.bind(bytes),
        });
        self.lists.into_iter().fold(query, |query, list| match list {
            List::Numbers(numbers) => query.bind(numbers),
            List::Truths(truths) => query.bind(truths),
            List::Texts(texts) => query.bind(texts),
            List::Bytes(bytes) => query.bind(bytes),
        })
    }
}

/// The values of a row.
fn values<'r, R: sqlx::Row>(row: &'r R, kinds: &[Kind]) -> sqlx::Result<Vec<Value>>
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = |(place, kind): (usize, &Kind)| {
        Ok(match kind {
            Kind::Number => Value::Number(row.try_get(place)?),
            Kind::Truth => Value::Truth(row.try_get(place)?),
            Kind::Text => Value::Text(row.try_get(place)?),
            Kind::Bytes => Value::Bytes(row.try_get(place)?),
        })
    };
    kinds.iter().enumerate().map(value).collect()
}

/// PostgreSQL keeps every character but one: U+0000 becomes the character for what cannot be shown.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// A statement whose rows are read as a type.
#[must_use]
#[derive(Debug)]
pub(crate) struct QueryAs<T> {
    query: Query,
    row: PhantomData<fn() -> T>,
}

impl<T> QueryAs<T> {
    /// Binds the next value.
    pub(crate) fn bind(self, value: impl Bind) -> Self {
        Self { query: self.query.bind(value), ..self }
    }
}

impl<T: Readable> QueryAs<T> {
    /// All rows.
    pub(crate) async fn fetch_all(self, target: impl Into<Target<'_>>) -> sqlx::Result<Vec<T>> {
        self.query.read_all(target).await
    }

    /// The first row, if there is one.
    pub(crate) async fn fetch_optional(self, target: impl Into<Target<'_>>) -> sqlx::Result<Option<T>> {
        self.query.row(target.into()).await?.map(|row| row.read()).transpose()
    }

    /// The one row.
    pub(crate) async fn fetch_one(self, target: impl Into<Target<'_>>) -> sqlx::Result<T> {
        self.fetch_optional(target).await?.ok_or(sqlx::Error::RowNotFound)
    }
}

/// A statement whose rows have one column.
#[must_use]
#[derive(Debug)]
pub(crate) struct QueryScalar<T>(QueryAs<(T,)>);

impl<T> QueryScalar<T> {
    /// Binds the next value.
    pub(crate) fn bind(self, value: impl Bind) -> Self {
        Self(self.0.bind(value))
    }
}

impl<T> QueryScalar<T>
where
    (T,): Readable,
{
    /// All values.
    pub(crate) async fn fetch_all(self, target: impl Into<Target<'_>>) -> sqlx::Result<Vec<T>> {
        Ok(self.0.fetch_all(target).await?.into_iter().map(|(value,)| value).collect())
    }

    /// The first value, if there is a row.
    pub(crate) async fn fetch_optional(self, target: impl Into<Target<'_>>) -> sqlx::Result<Option<T>> {
        Ok(self.0.fetch_optional(target).await?.map(|(value,)| value))
    }

    /// The one value.
    pub(crate) async fn fetch_one(self, target: impl Into<Target<'_>>) -> sqlx::Result<T> {
        Ok(self.0.fetch_one(target).await?.0)
    }
}
