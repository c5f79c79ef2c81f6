//! `keys rotate`.

use clap::Subcommand;

use super::{
    exit::{Exit, Failure},
    output::{Output, Text},
};
use crate::{
    app::App,
    config::Config,
    model::audit::AuditAction,
    secret::{RotationReport, key_file},
};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Rewrap all data keys with the current key of the keyring. Safe to interrupt and repeat.
    Rotate {
        /// Add a new random key to the key file first. With keys from the configuration, add it there yourself.
        #[arg(long)]
        new_key: bool,
    },
}

pub(super) async fn run(command: KeysCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let KeysCommand::Rotate { new_key } = command;
    // Opened first: a keyring that is not this database's gets no new key.
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let report = rotate(&app, new_key).await;
    app.store.close().await;
    let report = report?;
    output.result(&report, |report| {
        let mut text =
            Text::from(format!("{} data keys rewrapped with key `{}`", report.rewrapped, report.current_kid));
        for failure in &report.failed {
            text.line(format!("failed  {}: {}", failure.connection, failure.reason));
        }
        for (kid, count) in &report.in_use {
            text.line(format!("key `{kid}` wraps {count}"));
        }
        text
    })?;
    Ok(if report.failed.is_empty() { Exit::Ok } else { Exit::Store })
}

async fn rotate(app: &App, new_key: bool) -> Result<RotationReport, Failure> {
    let audit = app.ctx().audit(AuditAction::KeyringRotated);
    let audit = if new_key { audit.detailed("with a new key") } else { audit };
    if new_key {
        // Before the file is changed: a keyring with a wrong key gets no new one.
        app.vault.check_rotation().await?;
    }
    // The file and many transactions follow, each safe by itself: the record comes first.
    app.store.record_audit(&audit).await?;
    if new_key {
        add_key(&app.config)?;
    }
    Ok(app.vault.rotate().await?)
}

fn add_key(config: &Config) -> Result<(), Failure> {
    if !config.secrets.keys.is_empty() {
        let message =
            "the keys come from the configuration; add a new key there in the first place, then run `keys rotate`";
        return Err(Failure::configuration(message));
    }
    key_file::add_current_key(&config.keyring_file())?;
    Ok(())
}
