//! `events list|show`.

use clap::{Args, Subcommand};

use super::{
    exit::{Exit, Failure},
    output::{Output, Text, table},
};
use crate::{
    app::App,
    config::Config,
    core::outbox::{CloudEvent, EventService, PageQuery},
};

#[derive(Debug, Subcommand)]
pub(super) enum EventsCommand {
    /// List events, oldest first.
    List(ListArgs),
    /// Show an event as it is sent.
    Show {
        /// Id of the event.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Event type or group, such as offer.updated or `offer.*`; repeatable (default: all).
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Only events of this connection.
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// Only events that this channel receives.
    #[arg(long, value_name = "ID")]
    channel: Option<String>,
    /// Maximum events to return.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=250))]
    limit: u32,
    /// Cursor from the previous page; `latest` starts at the end.
    #[arg(long)]
    cursor: Option<String>,
}

pub(super) async fn run(command: EventsCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = run_open(command, &app.events()?, output).await;
    app.store.close().await;
    outcome
}

async fn run_open(command: EventsCommand, events: &EventService, output: Output) -> Result<Exit, Failure> {
    match command {
        EventsCommand::List(args) => {
            let page = PageQuery::after(args.limit, args.cursor);
            let channel = args.channel.as_deref();
            let found = events.events(channel, &args.types, args.connection.as_deref(), &page).await?;
            output.result(&found, |found| table(&found.data.iter().map(row).collect::<Vec<_>>()))?;
            output.note(format!("next: --cursor {}", found.next_cursor));
        }
        EventsCommand::Show { id } => {
            let event = events.event(None, &id).await?;
            output.result(&event, Text::json)?;
        }
    }
    Ok(Exit::Ok)
}

fn row(event: &CloudEvent) -> Vec<String> {
    let subject = event.subject.clone().unwrap_or_default();
    vec![event.time.to_string(), event.id.clone(), event.connectionid.0.clone(), event.kind.clone(), subject]
}
