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
    config::Config,
    core::channel::{ChannelProfile, ChannelService, IssuedKey, LocalQuotes},
    model::{Ctx, paging::PageQuery},
};

#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    /// Issue the first operator key, shown once. `serve` does the same at its first start.
    Bootstrap,
    /// Create a channel and print its id.
    Add(AddArgs),
    /// List channels.
    List,
    /// Issue a key, shown once. A channel has at most two active keys.
    Key {
        /// Id of the channel (default: issue an operator key).
        id: Option<String>,
        /// Display name.
        #[arg(long, default_value = "", hide_default_value = true)]
        label: String,
        /// `test` issues a key that sees test connections only.
        #[arg(long, value_enum, default_value_t = EnvironmentArg::Live)]
        environment: EnvironmentArg,
    },
    /// Revoke a key immediately.
    Revoke {
        /// Id of the key: the part between the second and the third `_` of `cck_live_ID_SECRET`.
        key: String,
        /// Id of its channel (default: an operator key).
        #[arg(long)]
        channel: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Name shown to merchants.
    #[arg(long)]
    name: String,
    /// Allowed redirect URL; repeatable.
    #[arg(long = "redirect-url", value_name = "URL")]
    redirect_urls: Vec<String>,
    /// URL of a square logo (https).
    #[arg(long, value_name = "URL")]
    logo_url: Option<String>,
    /// Button colour, `#rrggbb`.
    #[arg(long, value_name = "COLOUR")]
    accent_color: Option<String>,
    /// Connector that its merchants may use; repeatable (default: all).
    #[arg(long = "connector", value_name = "ID")]
    allowed_connectors: Vec<String>,
    /// Origin that may embed the connect page in a frame; repeatable.
    #[arg(long = "frame-ancestor", value_name = "ORIGIN")]
    frame_ancestors: Vec<String>,
    /// How to treat quotes with parts computed from synced data: allow, flag or block.
    #[arg(long, value_name = "POLICY", default_value = "flag", value_parser = local_quotes)]
    local_quotes: LocalQuotes,
}

pub(super) async fn run(command: ChannelCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let channels = ChannelService { store: app.store.clone(), clock: Arc::clone(&app.clock) };
    let outcome = run_open(command, &app.ctx(), &channels, output).await;
    app.store.close().await;
    outcome
}

async fn run_open(
    command: ChannelCommand,
    ctx: &Ctx,
    channels: &ChannelService,
    output: Output,
) -> Result<Exit, Failure> {
    match command {
        ChannelCommand::Bootstrap => {
            let issued = channels.bootstrap(ctx).await?;
            let key = issued.as_ref().map(|issued| issued.key.clone());
            let said = serde_json::json!({ "operator_key": key });
            let shown = match &key {
                Some(key) => output.once(&said, |_| key),
                None => output.result(&said, |_| "an operator key exists already; `channel key` issues another"),
            };
            unless_shown(ctx, shown, issued.as_ref(), channels).await?;
        }
        ChannelCommand::Add(args) => {
            let channel = channels.add(ctx, args.into()).await?;
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
            let issued = channels.issue_key(ctx, id.as_deref(), environment.into(), &label).await?;
            let shown = output.once(&issued, |issued| issued.key.clone());
            unless_shown(ctx, shown, Some(&issued), channels).await?;
        }
        ChannelCommand::Revoke { key, channel } => {
            channels.revoke_key(ctx, channel.as_deref(), &key).await?;
            output.result(&serde_json::json!({ "revoked": key }), |_| format!("key {key} is revoked"))?;
        }
    }
    Ok(Exit::Ok)
}

/// A key that nobody could read is not counted as issued.
pub(super) async fn unless_shown(
    ctx: &Ctx,
    shown: Result<(), Failure>,
    issued: Option<&IssuedKey>,
    channels: &ChannelService,
) -> Result<(), Failure> {
    match (shown, issued) {
        (Err(failure), Some(issued)) => {
            channels.revoke_key(ctx, issued.kept.channel_id.as_deref(), &issued.kept.id).await?;
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
