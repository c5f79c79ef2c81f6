//! `audit list|export`.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use connector_api::domain::Timestamp;
use serde_json::json;

use super::{
    exit::{Exit, Failure},
    output::{Output, table, with_cursor},
    private_file,
};
use crate::{
    app::App,
    config::Config,
    core::audit::AuditLog,
    model::{
        PageQuery,
        audit::{AuditEntry, AuditFilter, is_action},
        paging::MAX_LIMIT,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List who changed what, newest first.
    List {
        #[command(flatten)]
        which: Which,
        /// Maximum entries to return.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=250))]
        limit: u32,
        /// Cursor from the previous page.
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Write entries to a new file as JSON lines, oldest first.
    Export {
        #[command(flatten)]
        which: Which,
        /// The file; must not exist.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only entries of this connection.
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// Only entries whose actor contains this text, such as the id of a key or `merchant`.
    #[arg(long, value_name = "TEXT")]
    actor: Option<String>,
    /// Only entries of this action, such as key.issued, or of a group, such as `connection.*`.
    #[arg(long, value_parser = action)]
    action: Option<String>,
    /// Only entries at this time or later.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only entries before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

impl Which {
    fn filter(self, oldest_first: bool) -> AuditFilter {
        let Self { connection, actor, action, since, until } = self;
        AuditFilter { connection, actor, action, since, until, oldest_first }
    }
}

fn action(word: &str) -> Result<String, String> {
    if is_action(word) {
        return Ok(word.to_owned());
    }
    Err("use an action such as key.issued, or a group such as connection.*".to_owned())
}

pub(super) async fn run(command: AuditCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = run_open(command, &AuditLog::new(app.store.clone()), output).await;
    app.store.close().await;
    outcome
}

async fn run_open(command: AuditCommand, log: &AuditLog, output: Output) -> Result<Exit, Failure> {
    match command {
        AuditCommand::List { which, limit, cursor } => {
            let found = log.entries(&which.filter(false), &PageQuery::after(limit, cursor)).await?;
            output.result(&found, |found| {
                with_cursor(table(&found.data.iter().map(row).collect::<Vec<_>>()), found.next_cursor.as_deref())
            })?;
        }
        AuditCommand::Export { which, out } => {
            let entries = export(log, &which.filter(true), &out).await?;
            let shown = out.display();
            output.result(&json!({ "file": out, "entries": entries }), |_| format!("{entries} entries in {shown}"))?;
        }
    }
    Ok(Exit::Ok)
}

/// Writes page after page into a file that only its owner can read, or none.
async fn export(log: &AuditLog, filter: &AuditFilter, out: &Path) -> Result<u64, Failure> {
    let file = private_file::create(out)?;
    let written = write_all(log, filter, file, out).await;
    if written.is_err() {
        // Half of it would be taken for the whole.
        fs::remove_file(out).ok();
    }
    written
}

async fn write_all(log: &AuditLog, filter: &AuditFilter, file: File, out: &Path) -> Result<u64, Failure> {
    let unwritable = |error| private_file::unwritable(out, &error);
    let mut lines = BufWriter::new(file);
    let (mut entries, mut page) = (0, PageQuery::first(MAX_LIMIT));
    loop {
        let found = log.entries(filter, &page).await?;
        for entry in &found.data {
            let line = serde_json::to_string(entry).map_err(Failure::unexpected)?;
            writeln!(lines, "{line}").map_err(unwritable)?;
            entries += 1;
        }
        match found.next_cursor {
            Some(cursor) => page = PageQuery::after(MAX_LIMIT, Some(cursor)),
            None => break,
        }
    }
    lines.into_inner().map_err(|error| unwritable(error.into_error()))?.sync_all().map_err(unwritable)?;
    Ok(entries)
}

fn row(entry: &AuditEntry) -> Vec<String> {
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        entry.at.to_string(),
        entry.actor.clone(),
        entry.action.clone(),
        entry.connection_id.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
        of(&entry.subject),
        of(&entry.detail),
    ]
}
