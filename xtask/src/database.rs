//! The database that the demonstration leaves, looked at by another SQLite than the host's own: what operators have on their
//! machines reports nothing on a sound one.

use std::{path::Path, process::Command};

use anyhow::{Context, bail, ensure};

use crate::artifacts::workspace;

/// Checks it with the `sqlite3` of the machine.
pub(crate) fn check(sqlite: &Path) -> anyhow::Result<()> {
    let database = workspace().join("target/demo/connector.db");
    ensure!(database.is_file(), "the demonstration left no {}", database.display());
    let ask = |sql: &str| -> anyhow::Result<String> {
        let output = Command::new(sqlite).arg("-readonly").arg(&database).arg(sql).output()?;
        ensure!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout).context("an answer is no text")?.trim().to_owned())
    };
    // A check of empty tables proves nothing.
    for table in ["order_of_intent", "prices", "variants", "stream_position"] {
        ensure!(ask(&format!("SELECT count(*) FROM {table}"))? != "0", "the demonstration left `{table}` empty");
    }
    let said = ask("PRAGMA integrity_check; PRAGMA foreign_key_check;")?;
    if said != "ok" {
        bail!("SQLite {} says of {}:\n{said}", ask("SELECT sqlite_version()")?, database.display());
    }
    Ok(())
}
