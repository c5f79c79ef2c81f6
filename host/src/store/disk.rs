//! Free space of the disk that the data folder lies on: syncs stop before it is full.

use std::{io, path::PathBuf, sync::Arc};

/// Says how much is free.
pub trait DiskProbe: Send + Sync {
    /// Bytes that this program may still write.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// The disk of a folder.
#[derive(Debug, Clone)]
pub struct DiskOf(pub PathBuf);

impl DiskProbe for DiskOf {
    fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.0)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

/// Less is free than must stay free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the disk of the data folder has {} MiB free and storage.min_free_bytes keeps {} MiB; make room, or lower the setting",
    free >> 20, min_free >> 20
)]
pub struct LowDisk {
    /// What is free.
    pub free: u64,
    /// What must stay free.
    pub min_free: u64,
}

/// Keeps some of a disk free. Cheap to clone.
#[derive(Clone)]
pub struct DiskGuard {
    probe: Arc<dyn DiskProbe>,
    min_free: u64,
}

impl DiskGuard {
    /// A guard that keeps so many bytes free; 0 for none.
    pub fn new(probe: Arc<dyn DiskProbe>, min_free: u64) -> Self {
        Self { probe, min_free }
    }

    /// Free bytes; `None` when the system does not say.
    pub fn free(&self) -> Option<u64> {
        self.probe.free_bytes().inspect_err(|error| tracing::debug!(%error, "the disk cannot be looked at")).ok()
    }

    /// Whether more may be written. A disk that cannot be looked at is no reason to stop.
    pub fn check(&self) -> Result<(), LowDisk> {
        match self.free() {
            Some(free) if free < self.min_free => Err(LowDisk { free, min_free: self.min_free }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Free(io::Result<u64>);

    impl DiskProbe for Free {
        fn free_bytes(&self) -> io::Result<u64> {
            self.0.as_ref().copied().map_err(|error| error.kind().into())
        }
    }

    #[test]
    fn a_disk_is_low_below_what_must_stay_free_and_never_when_it_cannot_be_looked_at() {
        let guard = |free, min| DiskGuard::new(Arc::new(Free(free)), min);
        assert_eq!(guard(Ok(99), 100).check(), Err(LowDisk { free: 99, min_free: 100 }));
        assert_eq!(guard(Ok(100), 100).check(), Ok(()));
        assert_eq!(guard(Ok(0), 0).check(), Ok(()));
        assert_eq!(guard(Err(io::ErrorKind::NotFound.into()), 100).check(), Ok(()));
    }

    #[test]
    fn the_disk_of_a_folder_has_something_free() {
        assert!(DiskOf(std::env::temp_dir()).free_bytes().unwrap() > 0);
    }
}
