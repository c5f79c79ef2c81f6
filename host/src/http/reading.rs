//! Bodies on their way in: read to their end within a pace, before anything else is done for the request.
//!
//! A seat is held only while bytes come. When all are taken, the reader that has been at it longest gives way: whoever
//! sends slowly can keep nobody out who sends a whole body at once.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use futures_util::FutureExt;
use tokio::{
    sync::Notify,
    time::{Instant, timeout, timeout_at},
};

use super::{pace::Pace, problem::Problem};
use crate::model::Code;

/// How long a reader is not asked to give way: an honest body is there by then.
const UNDISTURBED: Duration = Duration::from_millis(500);
/// How long the rest of a body is taken in whose sender is refused, and how much of it.
const LINGER: Duration = Duration::from_millis(250);
const MOST_DRAINED: usize = 2 * 1024 * 1024;

/// Seats for bodies that are being read. Cheap to clone.
#[derive(Clone)]
pub(super) struct BodySlots(Arc<Room>);

struct Room {
    most: usize,
    /// Seats for one address.
    by_address: usize,
    /// Seats for bodies that go to one connection.
    by_target: usize,
    pace: Pace,
    readers: Mutex<Readers>,
}

#[derive(Default)]
struct Readers {
    next: u64,
    /// By the order in which they came.
    at_it: BTreeMap<u64, Reader>,
}

struct Reader {
    address: IpAddr,
    target: Option<String>,
    since: Instant,
    /// Told to give way.
    leaves: bool,
    leave: Arc<Notify>,
}

struct Seat {
    slots: Arc<Room>,
    number: u64,
    leave: Arc<Notify>,
}

impl BodySlots {
    /// A room with seats in all, for one address, and for one connection.
    pub(super) fn new(most: usize, by_address: usize, by_target: usize, pace: Pace) -> Self {
        let (by_address, by_target) = (by_address.max(1), by_target.max(1));
        Self(Arc::new(Room { most: most.max(1), by_address, by_target, pace, readers: Mutex::default() }))
    }

    /// Reads a body to its end.
    pub(super) async fn read(
        &self,
        body: Body,
        limit: usize,
        address: IpAddr,
        target: Option<String>,
    ) -> Result<Bytes, Problem> {
        let busy = || {
            Problem::new(Code::Overloaded, "too many request bodies are being received; retry shortly").retry_after(1)
        };
        let mut whole = pin!(to_end(body, limit, self.0.pace));
        // A body that is there already waits for nobody, and nobody for it.
        if let Some(read) = whole.as_mut().now_or_never() {
            return read;
        }
        let seat = self.enter(address, target).ok_or_else(busy)?;
        tokio::select! {
            biased;
            read = whole => read,
            () = seat.leave.notified() => Err(busy()),
        }
    }

    fn enter(&self, address: IpAddr, target: Option<String>) -> Option<Seat> {
        let now = Instant::now();
        let mut readers = self.0.readers();
        let same_address = |reader: &Reader| reader.address == address;
        let same_target = |reader: &Reader| target.is_some() && reader.target == target;
        readers.displace(self.0.by_address, same_address, now)?;
        readers.displace(self.0.by_target, same_target, now)?;
        readers.displace(self.0.most, |_| true, now)?;
        let (number, leave) = (readers.next, Arc::new(Notify::new()));
        readers.next += 1;
        let reader = Reader { address, target, since: now, leaves: false, leave: Arc::clone(&leave) };
        readers.at_it.insert(number, reader);
        drop(readers);
        Some(Seat { slots: Arc::clone(&self.0), number, leave })
    }
}

impl Readers {
    /// Leaves a seat free among those of a kind; `None` when nobody can be asked to give way.
    fn displace(&mut self, most: usize, is_one: impl Fn(&Reader) -> bool, now: Instant) -> Option<()> {
        let mut at_it = self.at_it.values_mut().filter(|reader| !reader.leaves && is_one(reader));
        let Some(oldest) = at_it.next() else { return Some(()) };
        if at_it.count() + 1 < most {
            return Some(());
        }
        if oldest.since + UNDISTURBED > now {
            return None;
        }
        oldest.leaves = true;
        oldest.leave.notify_one();
        Some(())
    }
}

impl Room {
    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.slots.readers().at_it.remove(&self.number);
    }
}

/// Takes in what is on its way already, and forgets it: closed with bytes unread, a connection is reset, and an answer that
/// was sent before may be lost.
pub(super) async fn drain(body: Body) {
    let mut body = pin!(body);
    let mut bytes = 0;
    let frames = async {
        while let Some(Ok(frame)) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > MOST_DRAINED {
                return;
            }
        }
    };
    timeout(LINGER, frames).await.ok();
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(Code::BodyTooLarge, format!("the body is larger than the limit of {limit} bytes for this route"))
}

async fn to_end(body: Body, limit: usize, pace: Pace) -> Result<Bytes, Problem> {
    let begun = Instant::now();
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    loop {
        let frame = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx));
        match timeout_at(begun + pace.allowed(bytes.len() as u64), frame).await {
            Err(_) => {
                let text = "the body arrived too slowly; send it again, faster or smaller";
                return Err(Problem::new(Code::BodyTooSlow, text));
            }
            Ok(None) => return Ok(bytes.into()),
            Ok(Some(Err(_))) => {
                let text = "the connection ended before the whole body was received; send the request again";
                return Err(Problem::new(Code::BodyIncomplete, text));
            }
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                if bytes.len() + data.len() > limit {
                    return Err(too_large(limit));
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    fn endless() -> Body {
        Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())
    }

    async fn seated(slots: &BodySlots, readers: usize) {
        while slots.0.readers().at_it.len() < readers {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stands_still_is_dead_lettered_after_its_seconds() {
        let slots = BodySlots::new(4, 4, 4, Pace::new(10));
        let begun = Instant::now();
        let refused = slots.read(endless(), 1_000, HERE, None).await.unwrap_err();
        assert!(refused.is(Code::BodyTooSlow) && begun.elapsed() < Duration::from_secs(11));
        assert!(slots.0.readers().at_it.is_empty(), "its seat is free");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_readers_of_one_address_keep_nobody_out_not_even_their_own() {
        let slots = BodySlots::new(8, 4, 8, Pace::new(10));
        let slow = |address| {
            let slots = slots.clone();
            tokio::spawn(
                async move { slots.read(endless(), 1_000, address, None).await.unwrap_err().is(Code::Overloaded) },
            )
        };
        let held: Vec<_> = (0..4).map(|_| slow(HERE)).collect();
        seated(&slots, 4).await;
        let at_once = slots.read(Body::from("x"), 1_000, HERE, None).await;
        assert!(at_once.is_ok_and(|body| body == "x"), "a body that is there needs no seat for long");
        assert!(
            slots.read(endless(), 1_000, HERE, None).await.unwrap_err().is(Code::Overloaded),
            "the address has its share"
        );
        assert_eq!(slots.read(Body::from("x"), 1_000, THERE, None).await.unwrap(), "x");
        tokio::time::advance(Duration::from_secs(1)).await;
        let _later = slow(HERE);
        let mut held = held.into_iter();
        assert!(held.next().unwrap().await.unwrap(), "the one that was slowest gave way");
        assert!(held.all(|reader| !reader.is_finished()));
    }

    #[tokio::test(start_paused = true)]
    async fn one_slot_takes_one_body() {
        let slots = BodySlots::new(1, 1, 1, Pace::new(10));
        let refused = slots.read(endless(), 1_000, HERE, Some("a".into())).await.unwrap_err();
        assert!(refused.is(Code::BodyTooSlow), "it was read for as long as it may take: {refused:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_for_one_connection_leave_seats_for_the_others() {
        let slots = BodySlots::new(8, 8, 2, Pace::new(10));
        for _ in 0..2 {
            let slots = slots.clone();
            tokio::spawn(async move { slots.read(endless(), 1_000, HERE, Some("a".into())).await });
        }
        seated(&slots, 2).await;
        assert!(slots.read(endless(), 1_000, HERE, Some("a".into())).await.unwrap_err().is(Code::Overloaded));
        let other = endless();
        let waits = timeout(Duration::from_millis(50), slots.read(other, 1_000, HERE, Some("b".into())));
        assert!(waits.await.is_err(), "another connection's body is read");
    }
}
