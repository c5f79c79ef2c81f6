//! Group commit: what waits goes to disk together, and only then each is answered. Nobody waits for a timer: a batch is
//! what came in while the one before was written. The writer has a thread of its own: among the tasks of requests it would
//! stand in line behind those that wait for it, a dozen times for each commit.

use std::{io, panic::AssertUnwindSafe, sync::Arc, thread};

use futures_util::FutureExt;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
};

use super::Error;
use crate::{
    metrics,
    model::webhook::{MAX_BATCH, NewDelivery, NewRefusal},
    store::{Store, Topic},
};

/// Bytes that may wait per place of the queue, on average.
const BYTES_PER_PLACE: usize = 16 * 1024;

enum Item {
    Delivery(NewDelivery, oneshot::Sender<bool>, OwnedSemaphorePermit),
    Refusal(NewRefusal),
}

/// Where deliveries are handed in to be kept. Cheap to clone; the batcher ends when all clones are gone.
#[derive(Clone)]
pub struct Batcher {
    queue: mpsc::Sender<Item>,
    capacity: Arc<Semaphore>,
}

impl Batcher {
    /// Starts one; `places` deliveries may wait. The task ends with the writer.
    pub fn start(store: Store, places: u32) -> io::Result<(Self, JoinHandle<()>)> {
        let places = (places as usize).max(1);
        let (queue, mut waiting) = mpsc::channel(places);
        let capacity = Arc::new(Semaphore::new(places.saturating_mul(BYTES_PER_PLACE).min(Semaphore::MAX_PERMITS)));
        // Sessions that it opens with a database server are the pool's, so they must not end with a runtime of its own.
        let runtime = Handle::current();
        let (ends, ended) = oneshot::channel::<()>();
        thread::Builder::new().name("webhook-inbox".to_owned()).spawn(move || {
            // Whatever ends the writer, the next delivery must find one.
            while runtime.block_on(AssertUnwindSafe(write(&store, &mut waiting)).catch_unwind()).is_err() {
                tracing::error!("the webhook writer panicked; restarting it");
                metrics::worker_ended("webhook_inbox");
            }
            drop(ends);
        })?;
        let writer = tokio::spawn(async move {
            ended.await.ok();
        });
        Ok((Self { queue, capacity }, writer))
    }

    /// Keeps a delivery: when it returns well, it is on disk. `Overloaded` at once when no more may wait.
    pub async fn keep(&self, delivery: NewDelivery) -> Result<(), Error> {
        let bytes = u32::try_from(delivery.content.len()).unwrap_or(u32::MAX);
        let capacity = Arc::clone(&self.capacity).try_acquire_many_owned(bytes).map_err(|_| Error::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Item::Delivery(delivery, reply, capacity)).map_err(|_| Error::Overloaded)?;
        match answer.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Error::Failed),
        }
    }

    /// Notes a refusal, if there is room for it: nobody may fill the queue with what is not accepted.
    pub fn note(&self, refusal: NewRefusal) {
        if self.queue.capacity() > self.queue.max_capacity() / 2 {
            self.queue.try_send(Item::Refusal(refusal)).ok();
        }
    }
}

async fn write(store: &Store, waiting: &mut mpsc::Receiver<Item>) {
    let mut items = Vec::with_capacity(MAX_BATCH);
    while waiting.recv_many(&mut items, MAX_BATCH).await > 0 {
        let (mut deliveries, mut refusals, mut replies) = (vec![], vec![], vec![]);
        for item in items.drain(..) {
            match item {
                Item::Delivery(delivery, reply, capacity) => {
                    deliveries.push(delivery);
                    replies.push((reply, capacity));
                }
                Item::Refusal(refusal) => refusals.push(refusal),
            }
        }
        let kept = store.keep_deliveries(&deliveries, &refusals).await;
        if let Err(error) = &kept {
            tracing::error!(%error, deliveries = deliveries.len(), "cannot store webhooks");
        }
        for (reply, _capacity) in replies {
            reply.send(kept.is_ok()).ok();
        }
        if kept.is_ok_and(|kept| kept.new + kept.again > 0) {
            store.hint(Topic::Webhook);
        }
    }
}
