//! One connection of a client: what it is at, and how long it may go on with it.
//!
//! The host closes a connection on which nothing is asked any more, a head or an answer that stands still, and one that
//! asks again and again without waiting for answers. What a handler works on is never cut off here.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use hyper::body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::Instant,
};

use super::{frames::Frames, pace::Pace};

/// What HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// Requests that may be abandoned before they are answered, beside as many as were answered.
const MOST_ABANDONED: u32 = 64;

/// How long what may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The head of a request, from its first byte.
    pub(super) head: Duration,
    /// Nothing at all, between requests.
    pub(super) idle: Duration,
    /// An answer to be read.
    pub(super) unread: Pace,
}

/// One connection of a client.
pub(super) struct Socket {
    /// Who shares the limits of this connection.
    pub(super) sharer: IpAddr,
    /// The peer itself.
    pub(super) peer: IpAddr,
    /// Whether it was accepted beyond the limit, to ask whether the host lives and nothing else.
    pub(super) is_spare: bool,
    limits: Limits,
    state: Mutex<State>,
    close: Notify,
    is_closing: AtomicBool,
}

struct State {
    is_h2: bool,
    /// Where an HTTP/2 client stands in what it sends.
    frames: Frames,
    /// Since when nothing is asked; meaningless while something is.
    idle_since: Instant,
    /// When the first byte of the next head came.
    head_since: Option<Instant>,
    /// Whether anything was ever asked.
    has_asked: bool,
    /// Requests whose answer is not handed over.
    requests: u32,
    /// Those of them that a handler works on.
    at_work: u32,
    answered: u32,
    abandoned: u32,
    /// Answers that wait for the client, each with its end.
    waiting: Vec<Arc<Mutex<Option<Instant>>>>,
}

/// What a connection is at, for those who must choose which to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Nothing was ever asked.
    Fresh,
    /// Nothing is asked at the moment.
    Idle,
    /// A body comes, or an answer goes.
    Moving,
    /// A handler is running.
    AtWork,
}

impl Socket {
    pub(super) fn new(peer: IpAddr, sharer: IpAddr, is_spare: bool, limits: Limits) -> Arc<Self> {
        let state = State {
            is_h2: false,
            frames: Frames::new(),
            idle_since: Instant::now(),
            head_since: None,
            has_asked: false,
            requests: 0,
            at_work: 0,
            answered: 0,
            abandoned: 0,
            waiting: vec![],
        };
        let (state, close, is_closing) = (Mutex::new(state), Notify::new(), AtomicBool::new(false));
        Arc::new(Self { sharer, peer, is_spare, limits, state, close, is_closing })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// A request begins; it ends when what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Asked {
        let mut state = self.state();
        state.requests += 1;
        state.has_asked = true;
        // Over HTTP/2 the head of the next request may have begun already.
        if !state.is_h2 {
            state.head_since = None;
        }
        drop(state);
        Asked { socket: Arc::clone(self), is_answered: false }
    }

    /// A handler is running, until what is returned is dropped.
    pub(super) fn work(self: &Arc<Self>) -> AtWork {
        self.state().at_work += 1;
        AtWork(Arc::clone(self))
    }

    pub(super) fn stage(&self) -> Stage {
        let state = self.state();
        match (state.has_asked, state.requests, state.at_work) {
            (false, ..) => Stage::Fresh,
            (true, 0, _) => Stage::Idle,
            (true, _, 0) => Stage::Moving,
            (true, ..) => Stage::AtWork,
        }
    }

    /// Closes it as soon as its task runs.
    pub(super) fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.close.notify_one();
    }

    /// Whether it was reported to close.
    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// Ends when it is to be closed.
    pub(super) async fn closed(&self) {
        self.close.notified().await;
    }

    /// When it is closed unless something happens; never while a handler is running or a body comes, which have limits of
    /// their own.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        let head = state.head_since.map(|first_byte| first_byte + self.limits.head);
        if state.requests == 0 {
            let since = state.idle_since;
            return Some(match head {
                Some(end) => end,
                None if state.has_asked => since + self.limits.idle,
                None => since + self.limits.head,
            });
        }
        let ends = state.waiting.iter().filter_map(|end| *end.lock().unwrap_or_else(PoisonError::into_inner));
        ends.chain(head.filter(|_| state.is_h2)).min()
    }

    fn note_read(&self, bytes: &[u8]) {
        let mut state = self.state();
        if !state.has_asked && !state.is_h2 {
            state.is_h2 = bytes.len() >= 3 && PREFACE.starts_with(&bytes[..bytes.len().min(PREFACE.len())]);
        }
        if state.is_h2 {
            let is_open = state.frames.read(bytes);
            let since = state.head_since.take().unwrap_or_else(Instant::now);
            state.head_since = is_open.then_some(since);
        } else if state.requests == 0 && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }
}

/// A request on its way.
pub(super) struct Asked {
    socket: Arc<Socket>,
    is_answered: bool,
}

impl Asked {
    /// Watches how the client takes the answer.
    pub(super) fn answered(mut self, body: Body) -> Answered {
        self.is_answered = true;
        let unread = self.socket.limits.unread;
        let waits = Arc::new(Mutex::new(Some(Instant::now() + unread.allowed(0))));
        let mut state = self.socket.state();
        state.answered = state.answered.saturating_add(1);
        state.waiting.push(Arc::clone(&waits));
        drop(state);
        let since = Some(Instant::now());
        Answered { body, asked: self, waits, since, waited: Duration::ZERO, bytes: 0 }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let mut state = self.socket.state();
        state.requests = state.requests.saturating_sub(1);
        state.idle_since = Instant::now();
        if !self.is_answered {
            state.abandoned = state.abandoned.saturating_add(1);
        }
        let is_abuse = state.abandoned > MOST_ABANDONED.saturating_add(state.answered);
        drop(state);
        if is_abuse {
            self.socket.close();
        }
    }
}

/// A running handler.
pub(super) struct AtWork(Arc<Socket>);

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.at_work = state.at_work.saturating_sub(1);
    }
}

/// An answer's body, which knows whether it waits for the host or for the client.
pub(super) struct Answered {
    body: Body,
    asked: Asked,
    waits: Arc<Mutex<Option<Instant>>>,
    /// Since when the client has what it was given last.
    since: Option<Instant>,
    /// How long the client has been waited for in all.
    waited: Duration,
    bytes: u64,
}

impl Answered {
    fn wait_until(&self, end: Option<Instant>) {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let answered = self.get_mut();
        if let Some(since) = answered.since.take() {
            answered.waited += since.elapsed();
            answered.wait_until(None);
        }
        let frame = ready!(Pin::new(&mut answered.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            answered.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            let now = Instant::now();
            answered.since = Some(now);
            let left = answered.asked.socket.limits.unread.allowed(answered.bytes).saturating_sub(answered.waited);
            answered.wait_until(Some(now + left));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        let waits = &self.waits;
        self.asked.socket.state().waiting.retain(|other| !Arc::ptr_eq(other, waits));
    }
}

/// The bytes of a connection.
pub(super) struct Bytestream<I> {
    pub(super) io: I,
    pub(super) socket: Arc<Socket>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Bytestream<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        if let Some(read) = buf.filled().get(before..).filter(|read| !read.is_empty()) {
            self.socket.note_read(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Bytestream<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
