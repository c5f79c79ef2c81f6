//! Recording what happened to a connection beside changes of its state.

use crate::{
    model::event::ConnectionEvent,
    store::{
        Store,
        db::{self, failure::Outcome},
        error::Result,
        sql::{
            connection::{event, row},
            outbox::emit,
        },
    },
};

/// Records an event and emits it; `false` when one of this key was recorded before.
pub(crate) async fn add(tx: &mut db::Connection, record: &ConnectionEvent, once: Option<&str>) -> Outcome<bool> {
    let is_new = event::insert(tx, record, once).await?;
    if is_new {
        let connection = row::one(tx, &record.connection_id).await?;
        emit::health::emit_record(tx, connection.as_ref(), record, once).await?;
    }
    Ok(is_new)
}

impl Store {
    /// Records an event; its `seq` is not used. With `once`, `false` when an event of that key was recorded before.
    pub async fn record_event(&self, event: &ConnectionEvent, once: Option<&str>) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let is_new = add(&mut tx, event, once).await?;
            tx.commit().await?;
            Ok(is_new)
        })
        .await
    }
}
