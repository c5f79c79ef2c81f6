//! What the trials of files showed, remembered beside the copies by hash and by the program that tried them.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use connector_api::CONTRACT_VERSION;
use serde::{Deserialize, Serialize};

use super::{
    Refusal, RefusalCode,
    install::{Installed, read_regular, write_by_rename},
};

/// Largest file of a verdict, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Verdicts of one program, in the folder of copies.
pub(super) struct Verdicts<'a> {
    folder: &'a Path,
    host: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Which program tried it: another may judge otherwise.
    host: String,
    /// Why it did not come through; absent when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Refused>,
}

#[derive(Serialize, Deserialize)]
struct Refused {
    code: RefusalCode,
    reason: String,
    remedy: String,
}

impl<'a> Verdicts<'a> {
    pub(super) fn new(folder: &'a Path, program: &Path) -> Self {
        let build =
            std::fs::metadata(program).map(|file| format!("{}-{}", file.len(), file.mtime())).unwrap_or_default();
        Self { folder, host: format!("{} {CONTRACT_VERSION} {build}", env!("CARGO_PKG_VERSION")) }
    }

    /// What was found of a file; `None` when this program never tried it, or what was kept cannot be read.
    pub(super) fn of(&self, file: &Installed) -> Option<Result<(), Refusal>> {
        let content = read_regular(&self.path(file), LARGEST).ok()?;
        let kept: Kept = serde_json::from_slice(&content).ok()?;
        if kept.host != self.host {
            return None;
        }
        Some(
            kept.refused.map_or(Ok(()), |Refused { code, reason, remedy }| {
                Err(Refusal::new(&file.source, code, reason, remedy))
            }),
        )
    }

    /// Keeps what was found. What cannot be kept is tried again the next time.
    pub(super) fn remember(&self, file: &Installed, verdict: &Result<(), Refusal>) {
        let refused = verdict.as_ref().err().map(|refusal| Refused {
            code: refusal.code,
            reason: refusal.reason.clone(),
            remedy: refusal.remedy.clone(),
        });
        let kept = serde_json::to_vec(&Kept { host: self.host.clone(), refused }).unwrap_or_default();
        if let Err(error) = write_by_rename(&self.path(file), &kept, 0o600) {
            tracing::warn!(%error, file = %file.source.display(), "the verdict on a plugin file cannot be kept");
        }
    }

    fn path(&self, file: &Installed) -> PathBuf {
        self.folder.join(format!("{}.verdict.json", file.sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_holds_for_the_program_that_found_it_and_nonsense_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a.so");
        let file = Installed { path: source.clone(), source, sha256: "ab".repeat(32), size: 1 };
        let program = std::env::current_exe().unwrap();
        let verdicts = Verdicts::new(folder.path(), &program);
        assert!(verdicts.of(&file).is_none());
        let refusal = Refusal::new(&file.source, RefusalCode::Crashed, "it ended", "Copy it again.");
        verdicts.remember(&file, &Err(refusal.clone()));
        assert_eq!(verdicts.of(&file), Some(Err(refusal)));
        verdicts.remember(&file, &Ok(()));
        assert_eq!(verdicts.of(&file), Some(Ok(())));
        assert_eq!(Verdicts::new(folder.path(), Path::new("/bin/sh")).of(&file), None);
        std::fs::write(verdicts.path(&file), "{").unwrap();
        assert_eq!(verdicts.of(&file), None);
    }
}
