//! The log: lines for people on a terminal, JSON otherwise. Always on standard error; standard output is for results.
//!
//! The log reports work and must never hold it up or end it: lines are handed to a thread of their own, and those that it
//! cannot write, because the reader is gone, stands still, or the disk is full, are dropped and counted.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogFormat, LogSection};

/// Lines that may wait to be written.
const MOST_LINES: usize = 8_192;
/// Bytes that may wait to be written.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How long the program waits at its end for what is still to be written.
const LAST_LINES: Duration = Duration::from_millis(500);

static LOST: AtomicU64 = AtomicU64::new(0);
/// Bytes that wait to be written, and who is woken when some were.
static WAITING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// Starts logging. A second call changes nothing.
pub fn start(log: &LogSection) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("`log.level` is `{}`: {error}", log.level))?;
    let lines = Lines::start(io::stderr()).map_err(|error| format!("the log cannot be started: {error}"))?;
    let builder =
        fmt().with_env_filter(filter).with_writer(move || lines.clone()).log_internal_errors(false).with_target(false);
    let people = match log.format {
        LogFormat::Auto => io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let started = if people {
        builder.with_ansi(io::stderr().is_terminal()).compact().try_init()
    } else {
        builder.json().try_init()
    };
    started.or(Ok(()))
}

/// Panics become lines of the log, which never blocks, instead of text on standard error, which may.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a task panicked")));
}

/// Lines that could not be written since the program began.
pub fn lost_lines() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Waits a moment for lines that are still to be written.
pub fn finish() {
    let written = WAITING.1.wait_timeout_while(waiting(), LAST_LINES, |bytes| *bytes > 0);
    drop(written.unwrap_or_else(PoisonError::into_inner));
}

fn waiting() -> MutexGuard<'static, usize> {
    WAITING.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where lines are handed in. Cheap to clone.
#[derive(Clone)]
struct Lines(SyncSender<Vec<u8>>);

impl Lines {
    fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
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
        let before = lost_lines();
        let mut gone = Lines::start(Broken::Gone).unwrap();
        gone.write_all(b"a line\n").unwrap();
        finish();
        assert_eq!(lost_lines() - before, 1);

        let held = Arc::new(Mutex::new(()));
        let stands_still = held.lock().unwrap();
        let mut still = Lines::start(Broken::Still(Arc::clone(&held))).unwrap();
        for _ in 0..MOST_LINES + 10 {
            still.write_all(b"a line\n").unwrap();
        }
        assert!((9..=10).contains(&(lost_lines() - before - 1)), "{}", lost_lines() - before);
        drop(stands_still);
    }
}
