//! Where log lines go: a thread of their own writes them.
//!
//! The log reports work and must never hold it up or end it: lines are handed to that thread, and those that it cannot write,
//! because the reader is gone, stands still, or the disk is full, are dropped and counted.

use std::{
    io::{self, Write},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// Lines that may wait to be written.
const MOST_LINES: usize = 8_192;
/// Bytes that may wait to be written.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How long the program waits at its end for what is still to be written.
const LAST_LINES: Duration = Duration::from_millis(500);

static LOST: AtomicU64 = AtomicU64::new(0);
/// Bytes that wait to be written, and who is woken when some were.
static WAITING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Lines that could not be written since the program began.
pub fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Waits a moment for lines that are still to be written.
pub(super) fn finish() {
    let written = WAITING.1.wait_timeout_while(waiting(), LAST_LINES, |bytes| *bytes > 0);
    drop(written.unwrap_or_else(PoisonError::into_inner));
}

fn waiting() -> MutexGuard<'static, usize> {
    WAITING.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where lines are handed in. Cheap to clone.
#[derive(Clone)]
pub(super) struct Lines(SyncSender<Vec<u8>>);

impl Lines {
    pub(super) fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, waiting) = sync_channel(MOST_LINES);
        thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&waiting, to))?;
        Ok(Self(lines))
    }
}

impl Write for Lines {
    /// Takes a whole line: the formatter writes each at once. It is never an error, or the formatter would tell it on
    /// standard error.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut bytes = waiting();
        if *bytes + line.len() <= MOST_BYTES && self.0.try_send(line.to_vec()).is_ok() {
            *bytes += line.len();
        } else {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_all(lines: &Receiver<Vec<u8>>, mut to: impl Write) {
    for line in lines {
        if to.write_all(&line).is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
        *waiting() -= line.len();
        WAITING.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A reader that is gone, or one that takes nothing.
    enum Broken {
        Gone,
        Still(Arc<Mutex<()>>),
    }

    impl Write for Broken {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            match self {
                Self::Gone => Err(io::ErrorKind::BrokenPipe.into()),
                Self::Still(held) => held.lock().map(|_| line.len()).map_err(|_| io::ErrorKind::Other.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_nobody_takes_are_counted_and_hold_nobody_up() {
        let before = lost();
        let mut gone = Lines::start(Broken::Gone).unwrap();
        gone.write_all(b"a line\n").unwrap();
        finish();
        assert_eq!(lost() - before, 1);

        let held = Arc::new(Mutex::new(()));
        let stands_still = held.lock().unwrap();
        let mut still = Lines::start(Broken::Still(Arc::clone(&held))).unwrap();
        for _ in 0..MOST_LINES + 10 {
            still.write_all(b"a line\n").unwrap();
        }
        assert!((9..=10).contains(&(lost() - before - 1)), "{}", lost() - before);
        drop(stands_still);
    }
}
