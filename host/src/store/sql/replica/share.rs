//! Which replicas send requests for a connection: as many share the quota of its platform.

use connector_api::domain::Timestamp;

use crate::store::{
    Store,
    db::{self, bulk::Statement, value::small},
    error::Result,
};

const USE: Statement = Statement {
    head: "INSERT INTO budget_share (connection, owner, until_ms) VALUES",
    columns: 3,
    tail: "ON CONFLICT (connection, owner) DO UPDATE SET until_ms = excluded.until_ms",
};

impl Store {
    /// Notes that a replica sends requests for these connections until `until`; each with how many replicas do.
    pub async fn share_budgets(
        &self,
        owner: &str,
        connections: &[String],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, u32)>> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            db::query("DELETE FROM budget_share WHERE until_ms <= $1 AND owner = $2")
                .bind(now.as_unix_ms())
                .bind(owner)
                .execute(&mut *tx)
                .await?;
            let until = until.as_unix_ms();
            let bind = |query: db::Query, connection: &String| query.bind(connection).bind(owner).bind(until);
            USE.execute(&mut tx, connections, |query| query, bind).await?;
            let rows: Vec<(String, i64)> = db::query_as(
                "SELECT connection, count(*) FROM budget_share WHERE until_ms > $1 \
                 AND connection IN (SELECT connection FROM budget_share WHERE owner = $2) GROUP BY connection",
            )
            .bind(now.as_unix_ms())
            .bind(owner)
            .fetch_all(&mut *tx)
            .await?;
            tx.commit().await?;
            rows.into_iter().map(|(connection, sharers)| Ok((connection, small("replicas", sharers)?))).collect()
        })
        .await
    }
}
