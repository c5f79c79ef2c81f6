//! `keys rotate`.

use clap::Subcommand;

use super::{
    exit::{Exit, Failure},
    output::Output,
};
use crate::{app::App, config::Config};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Wrap every connection's data key with the first key of the keyring. Can be interrupted and repeated.
    Rotate,
}

pub(super) async fn run(command: KeysCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let KeysCommand::Rotate = command;
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let rotated = app.sealer.rotate(app.stores.as_ref()).await?;
    app.stores.close().await;
    output.result(&rotated, |rotated| rotated.to_string());
    Ok(Exit::Ok)
}
