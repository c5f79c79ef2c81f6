//! Whether the host shuts down.

use tokio::sync::watch;

/// Tells whether the host shuts down. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// One that follows a signal.
    pub fn new(signal: watch::Receiver<bool>) -> Self {
        Self(signal)
    }

    /// One that never begins: for work that is done once.
    pub fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for it to begin; for ever when it cannot any more.
    pub async fn begun(&mut self) {
        if self.0.wait_for(|begun| *begun).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
