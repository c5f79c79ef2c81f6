//! A session of the server while somebody uses it, in a transaction or not.

use std::{io::ErrorKind, time::Duration};

use deadpool::managed::Object;
use futures_util::{Stream, StreamExt, stream};
use sqlx::{
    Postgres,
    postgres::{PgArguments, PgRow},
    query::Query,
    raw_sql,
};
use tokio::{runtime::Handle, time::timeout};

use crate::store::db::{
    dialect::Purpose,
    failure::Class,
    server::{
        commit, failure,
        pool::{Link, Maker, close_kept},
    },
};

/// How long a server's answer is waited for: longer than the server lets a statement run, and shorter than a network that was cut
/// goes unnoticed.
const ANSWER_WITHIN: Duration = Duration::from_secs(70);

/// A statement with its values.
pub(crate) type Statement = Query<'static, Postgres, PgArguments>;

/// An answer of a server, if it comes in time.
async fn in_time<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(ANSWER_WITHIN, answer).await.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())))
}

/// A session that goes back to its pool when it is dropped. What it has not committed is undone.
#[derive(Debug)]
pub(crate) struct Session {
    /// Nothing only while it is dropped.
    object: Option<Object<Maker>>,
    transaction: Option<Purpose>,
    /// Whether an answer is awaited: who stops waiting leaves the session where nobody can go on with it.
    awaits: bool,
    is_lost: bool,
}

impl Session {
    /// One that was taken from the pool.
    pub(crate) fn new(object: Object<Maker>) -> Self {
        Self { object: Some(object), transaction: None, awaits: false, is_lost: false }
    }

    /// Whether it is in a transaction that writes.
    pub(crate) fn writes(&self) -> bool {
        self.transaction == Some(Purpose::Write)
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&mut self, statement: &'static str, purpose: Purpose) -> sqlx::Result<()> {
        let answer = in_time(raw_sql(statement).execute(&mut self.asks()?.connection)).await;
        self.answered(answer)?;
        self.transaction = Some(purpose);
        Ok(())
    }

    /// Makes what was written hold. When the answer is lost, whether it holds is found out.
    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        let answer = match self.transaction {
            None => return Ok(()),
            Some(Purpose::Read) => in_time(raw_sql("COMMIT").execute(&mut self.asks()?.connection)).await.map(drop),
            Some(Purpose::Write) => in_time(commit::send(self.asks()?)).await,
        };
        match self.answered(answer) {
            Ok(()) => {
                self.transaction = None;
                Ok(())
            }
            Err(error) if self.is_lost && self.writes() => {
                tracing::warn!(%error, "the connection to the database was lost in a commit");
                let Some(lost) = self.object.take() else { return Err(error) };
                commit::resolve(lost).await
            }
            Err(error) => Err(error),
        }
    }

    /// Runs a statement; gives how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> sqlx::Result<u64> {
        let answer = in_time(statement.execute(&mut self.asks()?.connection)).await;
        Ok(self.answered(answer)?.rows_affected())
    }

    /// All rows.
    pub(crate) async fn fetch_all(&mut self, statement: Statement) -> sqlx::Result<Vec<PgRow>> {
        let answer = in_time(statement.fetch_all(&mut self.asks()?.connection)).await;
        self.answered(answer)
    }

    /// The first row, if there is one.
    pub(crate) async fn fetch_optional(&mut self, statement: Statement) -> sqlx::Result<Option<PgRow>> {
        let answer = in_time(statement.fetch_optional(&mut self.asks()?.connection)).await;
        self.answered(answer)
    }

    /// Rows as they come. The session is not used again after it.
    pub(crate) fn fetch(&mut self, statement: Statement) -> impl Stream<Item = sqlx::Result<PgRow>> + Send {
        self.awaits = true;
        let rows = self.object.as_deref_mut().map(|link| statement.fetch(&mut link.connection));
        stream::iter(rows).flatten()
    }

    fn asks(&mut self) -> sqlx::Result<&mut Link> {
        self.awaits = true;
        self.object.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    fn answered<T>(&mut self, answer: sqlx::Result<T>) -> sqlx::Result<T> {
        self.awaits = false;
        if let Err(error) = &answer
            && failure::class(error) == Class::Lost
        {
            self.is_lost = true;
            self.object.as_ref().map(close_kept);
        }
        answer
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        if self.awaits || self.is_lost {
            drop(Object::take(object));
        } else if self.transaction.is_some() {
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(undo(object))),
                Err(_) => drop(Object::take(object)),
            }
        }
    }
}

/// Undoes what a transaction has written, so that nobody waits for it.
async fn undo(mut object: Object<Maker>) {
    if in_time(raw_sql("ROLLBACK").execute(&mut object.connection)).await.is_err() {
        drop(Object::take(object));
    }
}
