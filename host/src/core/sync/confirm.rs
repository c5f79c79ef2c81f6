//! Doubtful deletions are confirmed: the connector is asked for each row that a pass did not see.

use std::collections::HashSet;

use connector_api::wire::{
    Op,
    pull::{EntityRef, FetchRequest, Stream},
};

use super::{Error, apply::RawFetch, paging::ids_of, pull::Called, stream_run::StreamRun};
use crate::model::{held::Confirmed, rows::Rows, run::StreamView};

/// Entities in one question: with the witnesses, as many as the contract allows.
const BATCH: u32 = 100 - WITNESSES;
/// Rows that the pass saw, asked for in each question.
const WITNESSES: u32 = 5;
/// Most questions about one stream in one run; what is left stays held and is asked for by the next run.
const MOST_QUESTIONS: u32 = 100;
/// After so many questions in a row of which nothing is gone, the pass has missed what is there: no use in asking on.
const ALL_THERE: u32 = 3;

impl StreamRun<'_> {
    /// Asks for what a full pass would delete and has reason to doubt, where the connector can tell. Only what is answered as
    /// gone is deleted, and only if every request of that answer went well; the rest stays missed.
    pub(super) async fn confirm(&mut self, stream: &StreamView) -> Result<(), Error> {
        let (store, rule) = (&self.engine.store, self.engine.settings.deletions);
        let lease = self.caller.lease;
        let missed = store.doubt_pass(lease, &self.run.id, &stream.stream, rule, self.engine.clock.now()).await?;
        let can_check = self.caller.connector.plugin().manifest().operations.contains(&Op::Fetch);
        let by_second_pass = missed.doubts.iter().any(|doubt| doubt.needs_second_pass());
        if missed.rows == 0 || missed.doubts.is_empty() || by_second_pass || !can_check {
            return Ok(());
        }
        // A list that is empty for once may answer single questions emptily as well: rows that are known to be there are asked
        // for beside the others, and where there are none, nothing is confirmed.
        let connection = &self.run.connection;
        let witnesses = store.witness_ids(connection, &stream.stream, Some(&self.run.id), WITNESSES).await?;
        if witnesses.is_empty() {
            return Ok(());
        }
        // When a whole page failed, addresses that lead nowhere are the store's trouble and no word about records.
        let believes_404 = !missed.doubts.iter().any(|doubt| doubt.is_incomplete());
        let (mut after, mut all_there) = (String::new(), 0);
        for _ in 0..MOST_QUESTIONS {
            let ids = store.missed_ids(&self.run.id, &stream.stream, &after, BATCH, self.engine.clock.now()).await?;
            let Some(last) = ids.last() else { break };
            after.clone_from(last);
            match self.ask(&stream.stream, ids, &witnesses, believes_404).await? {
                Ok(Some(0)) if all_there >= ALL_THERE => break,
                Ok(Some(0)) => all_there += 1,
                Ok(Some(_)) => all_there = 0,
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(stream = stream.stream.as_str(), %error, "cannot fetch the rows that a pass missed");
                    break;
                }
            }
        }
        Ok(())
    }

    /// Asks for some rows and writes what was found. Gives how many are gone; `None` when the answer proves nothing.
    async fn ask(
        &self,
        stream: &Stream,
        ids: Vec<String>,
        witnesses: &[String],
        believes_404: bool,
    ) -> Called<Option<usize>> {
        let entity = |id: &String| EntityRef { stream: stream.clone(), id: id.as_str().into() };
        let asked_for: HashSet<EntityRef> = ids.iter().map(entity).collect();
        let refs = ids.iter().chain(witnesses).map(entity).collect();
        let read_at = self.engine.clock.now();
        let answered = match self.caller.patiently(stream, &Op::Fetch, &FetchRequest { refs }).await? {
            Ok(answered) => answered,
            Err(error) => return Ok(Err(error)),
        };
        let asked = answered.asked;
        if !(asked.proves() || believes_404 && asked.proves_absence()) {
            return Ok(Ok(None));
        }
        let fetched = RawFetch::read(&answered.text)
            .and_then(|fetched| Ok((fetched.rows_of(stream, self.personal)?, fetched.gone)));
        let (rows, gone): (Option<Rows>, Vec<EntityRef>) = match fetched {
            Ok(fetched) => fetched,
            Err(problem) => return Ok(Err(self.caller.connector.broken(&Op::Fetch, &problem))),
        };
        let found = rows.as_ref().map(ids_of).unwrap_or_default();
        // One of them may have left since the pass saw it.
        let present = witnesses.iter().filter(|witness| found.contains(witness.as_str())).count();
        if present * 2 < witnesses.len() {
            return Ok(Ok(None));
        }
        let gone: Vec<EntityRef> = gone.into_iter().filter(|entity| asked_for.contains(entity)).collect();
        let confirmed = Confirmed {
            lease: self.caller.lease,
            run: &self.run.id,
            stream,
            rows: rows.as_ref(),
            gone: &gone,
            read_at,
            now: self.engine.clock.now(),
        };
        self.engine.store.confirm_missed(confirmed).await?;
        Ok(Ok(Some(gone.len())))
    }
}
