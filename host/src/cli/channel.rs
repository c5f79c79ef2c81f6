//! `channel bootstrap|add|list|key|revoke`.

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::{
    connection::EnvironmentArg,
    exit::{Exit, Failure},
    output::{Output, table},
};
use crate::{
    app::App,
    channel::{ChannelProfile, ChannelService, IssuedKey, LocalQuotes},
    config::Config,
    model::paging::PageQuery,
};

#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    /// Issue the first operator key, shown once; `serve` does the same at its first start.
    Bootstrap,
    /// Make a channel; prints its id.
    Add(AddArgs),
    /// List channels.
    List,
    /// Issue a key of a channel, shown once; at most two work at the same time.
    Key {
        /// Id of the channel; an operator's key when absent.
        id: Option<String>,
        /// Name for people.
        #[arg(long, default_value = "")]
        label: String,
        /// `test` for a key that can only make test sessions.
        #[arg(long, value_enum, default_value_t = EnvironmentArg::Live)]
        environment: EnvironmentArg,
    },
    /// Revoke a key at once.
    Revoke {
        /// Id of the key: its third part.
        key: String,
        /// Id of its channel; an operator's key when absent.
        #[arg(long)]
        channel: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Name that merchants read.
    #[arg(long)]
    name: String,
    /// Where merchants may be sent back to; may be repeated.
    #[arg(long = "redirect-url", value_name = "URL")]
    redirect_urls: Vec<String>,
    /// Square picture, https.
    #[arg(long, value_name = "URL")]
    logo_url: Option<String>,
    /// Colour of its buttons, `#rrggbb`.
    #[arg(long, value_name = "COLOUR")]
    accent_color: Option<String>,
    /// Connector its merchants may use; may be repeated; all when absent.
    #[arg(long = "connector", value_name = "ID")]
    allowed_connectors: Vec<String>,
    /// Origin whose pages may show the connect page in a frame; may be repeated.
    #[arg(long = "frame-ancestor", value_name = "ORIGIN")]
    frame_ancestors: Vec<String>,
    /// What becomes of quotes with parts that the platform did not compute: allow, flag or block.
    #[arg(long, value_name = "POLICY", default_value = "flag", value_parser = local_quotes)]
    local_quotes: LocalQuotes,
}

pub(super) async fn run(command: ChannelCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let channels = ChannelService { store: app.store.clone(), clock: Arc::clone(&app.clock) };
    let outcome = run_open(command, &channels, output).await;
    app.store.close().await;
    outcome
}

async fn run_open(command: ChannelCommand, channels: &ChannelService, output: Output) -> Result<Exit, Failure> {
    match command {
        ChannelCommand::Bootstrap => {
            let issued = channels.bootstrap().await?;
            let key = issued.as_ref().map(|issued| issued.key.clone());
            let said = serde_json::json!({ "operator_key": key });
            let shown = match &key {
                Some(key) => output.once(&said, |_| key),
                None => output.result(&said, |_| "operators have a key already; `channel key` issues another"),
            };
            unless_shown(shown, issued.as_ref(), channels).await?;
        }
        ChannelCommand::Add(args) => {
            let channel = channels.add(args.into()).await?;
            output.result(&channel, |channel| channel.id.clone())?;
        }
        ChannelCommand::List => {
            let mut all = vec![];
            let mut page = PageQuery::first(250);
            loop {
                let listing = channels.list(&page).await?;
                all.extend(listing.data);
                match listing.next_cursor {
                    Some(cursor) => page = PageQuery::after(250, Some(cursor)),
                    None => break,
                }
            }
            output.result(&all, |all| {
                table(&all.iter().map(|channel| vec![channel.id.clone(), channel.name.clone()]).collect::<Vec<_>>())
            })?;
        }
        ChannelCommand::Key { id, label, environment } => {
            let issued = channels.issue_key(id.as_deref(), environment.into(), &label).await?;
            let shown = output.once(&issued, |issued| issued.key.clone());
            unless_shown(shown, Some(&issued), channels).await?;
        }
        ChannelCommand::Revoke { key, channel } => {
            channels.revoke_key(channel.as_deref(), &key).await?;
            output.result(&serde_json::json!({ "revoked": key }), |_| format!("key {key} works no more"))?;
        }
    }
    Ok(Exit::Ok)
}

/// A key that nobody could read is not counted as issued.
pub(super) async fn unless_shown(
    shown: Result<(), Failure>,
    issued: Option<&IssuedKey>,
    channels: &ChannelService,
) -> Result<(), Failure> {
    match (shown, issued) {
        (Err(failure), Some(issued)) => {
            channels.revoke_key(issued.kept.channel_id.as_deref(), &issued.kept.id).await?;
            Err(failure.taken_back("the key"))
        }
        (shown, _) => shown,
    }
}

impl From<AddArgs> for ChannelProfile {
    fn from(args: AddArgs) -> Self {
        Self {
            name: args.name,
            logo_url: args.logo_url,
            accent_color: args.accent_color,
            redirect_urls: args.redirect_urls,
            allowed_connectors: args.allowed_connectors,
            frame_ancestors: args.frame_ancestors,
            local_quotes: args.local_quotes,
        }
    }
}

fn local_quotes(word: &str) -> Result<LocalQuotes, String> {
    LocalQuotes::from_word(word).ok_or_else(|| "use allow, flag or block".to_owned())
}
