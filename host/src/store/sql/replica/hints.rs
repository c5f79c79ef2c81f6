//! Hints among replicas.

use crate::store::{
    Store,
    db::{self, listen::Listener},
    error::Result,
    hint::Topic,
};

/// The name under which replicas listen.
const CHANNEL: &str = "connector_host";

impl Store {
    /// Work of this kind may have become due: whoever waits for it is woken, here and in other replicas.
    pub fn hint(&self, topic: Topic) {
        self.hints.give(topic);
    }

    /// Waits for a hint. One that came since the last wait ends the next at once.
    pub async fn hinted(&self, topic: Topic) {
        self.hints.given(topic).await;
    }

    /// Says whether other replicas live: nobody else needs hints.
    pub fn hint_others(&self, others: bool) {
        self.hints.set_others(others);
    }

    /// Sends hints to other replicas, until it is dropped or cannot.
    pub async fn send_hints(&self) -> Result<()> {
        loop {
            let topics = self.hints.unsent().await;
            self.explained(|| async {
                db::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(topics.as_str()).execute(&self.writer).await?;
                Ok(())
            })
            .await?;
        }
    }

    /// Takes hints of other replicas by a connection of its own, until it is dropped or the connection is lost. What was hinted
    /// while nobody listened is looked for first.
    pub async fn take_hints(&self) -> Result<()> {
        let explain = |error: sqlx::Error| self.place.explain(error.into());
        let mut listener = Listener::connect(&self.readers, CHANNEL).await.map_err(explain)?;
        self.hints.take_all();
        while let Some(topics) = listener.next().await.map_err(explain)? {
            self.hints.take(&topics);
        }
        Ok(())
    }
}
