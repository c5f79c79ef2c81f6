//! Where a database is: a file on this machine, or a server.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::store::{
    db::{failure::Failure, file::Opened, server},
    error::{Error, Result},
};

/// Where a database is.
#[derive(Debug)]
pub(crate) enum Place {
    File {
        path: PathBuf,
        /// The files that were opened, whatever their names lead to later.
        opened: Mutex<Opened>,
    },
    /// The server's address, without user and password.
    Server(String),
}

impl Place {
    /// A database file that is open.
    pub(crate) fn file(path: &Path) -> std::io::Result<Self> {
        Ok(Self::File { path: path.to_path_buf(), opened: Mutex::new(Opened::look(path)?) })
    }

    /// As people call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File { path, .. } => path.display().to_string(),
            Self::Server(address) => address.clone(),
        }
    }

    /// `Replaced` when the file that was opened is not there any more.
    pub(crate) fn check(&self) -> Result<()> {
        let Self::File { opened, .. } = self else { return Ok(()) };
        let opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.missing().map_or(Ok(()), |path| Err(Error::Replaced { path }))
    }

    /// Takes the log for the one it is now.
    pub(crate) fn look_again(&self) {
        if let Self::File { opened, .. } = self {
            opened.lock().unwrap_or_else(PoisonError::into_inner).look_again();
        }
    }

    /// What happened here, and what to do.
    pub(crate) fn explain(&self, failure: Failure) -> Error {
        match self {
            Self::File { path, .. } => failure.explain(path),
            Self::Server(address) => server::failure::explain(failure, address),
        }
    }
}
