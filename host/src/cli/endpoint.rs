//! `endpoint add|list|attempts|test|replay|remove`.

use clap::{Args, Subcommand};
use connector_api::domain::Timestamp;
use serde_json::json;

use super::{
    exit::{Exit, Failure},
    output::{Output, Text, table},
};
use crate::{
    app::App,
    config::Config,
    core::outbox::{Attempt, Endpoint, EndpointProfile, EventService, PageQuery, events::Replay},
    model::Ctx,
};

#[derive(Debug, Subcommand)]
pub(super) enum EndpointCommand {
    /// Add an endpoint that events are sent to. Prints its signing secret, once.
    Add(AddArgs),
    /// List endpoints.
    List {
        /// Only endpoints of this channel.
        #[arg(long, value_name = "ID")]
        channel: Option<String>,
    },
    /// List delivery attempts to an endpoint, newest first.
    Attempts {
        /// Id of the endpoint.
        id: String,
        /// Maximum attempts to return.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=250))]
        limit: u32,
    },
    /// Send a test event to an endpoint now.
    Test {
        /// Id of the endpoint.
        id: String,
    },
    /// Schedule events to be sent again by the running host.
    Replay(ReplayArgs),
    /// Remove an endpoint and its pending deliveries.
    Remove {
        /// Id of the endpoint.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// URL that events are sent to.
    #[arg(long)]
    url: String,
    /// Channel whose events it receives (default: all events of the host).
    #[arg(long, value_name = "ID")]
    channel: Option<String>,
    /// Event type or group, such as offer.updated or `offer.*`; repeatable (default: all).
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Description of the endpoint, for people.
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
}

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct ReplayArgs {
    /// Id of the endpoint.
    id: String,
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// Id of one event.
    #[arg(long, value_name = "ID")]
    event: Option<String>,
    /// All events after this time, such as 2026-01-09T14:18:33Z, in order.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// All dead-lettered deliveries.
    #[arg(long = "dead-lettered")]
    dead_lettered: bool,
}

pub(super) async fn run(command: EndpointCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = run_open(command, &app.ctx(), &app.events()?, output).await;
    app.store.close().await;
    outcome
}

async fn run_open(command: EndpointCommand, ctx: &Ctx, events: &EventService, output: Output) -> Result<Exit, Failure> {
    match command {
        EndpointCommand::Add(args) => {
            let profile = EndpointProfile { url: args.url, types: args.types, description: args.description };
            let issued = events.add(ctx, args.channel.as_deref(), profile).await?;
            let mut shown = view(&issued.endpoint);
            shown["secret"] = issued.secret.as_str().into();
            let text = |_: &serde_json::Value| Text::from_iter([issued.endpoint.id.clone(), issued.secret.to_string()]);
            if let Err(failure) = output.once(&shown, text) {
                events.remove(ctx, &issued.endpoint).await?;
                return Err(failure.taken_back("the endpoint"));
            }
        }
        EndpointCommand::List { channel } => {
            let endpoints = all(events, channel.as_deref()).await?;
            output.result(&endpoints.iter().map(view).collect::<Vec<_>>(), |_| {
                table(&endpoints.iter().map(row).collect::<Vec<_>>())
            })?;
        }
        EndpointCommand::Attempts { id, limit } => {
            let endpoint = events.get(None, &id).await?;
            let attempts = events.attempts(&endpoint, &PageQuery::first(limit)).await?.data;
            output.result(&attempts, |attempts| table(&attempts.iter().map(attempt_row).collect::<Vec<_>>()))?;
        }
        EndpointCommand::Test { id } => {
            let attempt = events.test(&events.get(None, &id).await?).await?;
            output.result(&attempt, |attempt| attempt_row(attempt).join("  "))?;
            let arrived = attempt.outcome == "delivered";
            return Ok(if arrived { Exit::Ok } else { Exit::Unavailable });
        }
        EndpointCommand::Replay(ReplayArgs { id, what }) => {
            let endpoint = events.get(None, &id).await?;
            let what = match what {
                What { event: Some(event), .. } => Replay::Event(event),
                What { since: Some(at), .. } => Replay::Since(at),
                What { .. } => Replay::DeadLettered,
            };
            let replayed = events.replay(ctx, &endpoint, &what).await?;
            output.result(&replayed, |replayed| match replayed.events {
                Some(events) => format!("{events} events scheduled to be sent again"),
                None => "events after this time are scheduled to be sent again".to_owned(),
            })?;
        }
        EndpointCommand::Remove { id } => {
            events.remove(ctx, &events.get(None, &id).await?).await?;
            output.result(&json!({ "removed": id }), |_| format!("endpoint {id} removed"))?;
        }
    }
    Ok(Exit::Ok)
}

async fn all(events: &EventService, channel: Option<&str>) -> Result<Vec<Endpoint>, Failure> {
    let mut all = vec![];
    let mut page = PageQuery::first(250);
    loop {
        let listing = events.list(channel, &page).await?;
        all.extend(listing.data);
        match listing.next_cursor {
            Some(cursor) => page = PageQuery::after(250, Some(cursor)),
            None => return Ok(all),
        }
    }
}

/// The endpoint without its secrets.
fn view(endpoint: &Endpoint) -> serde_json::Value {
    json!({
        "id": endpoint.id,
        "channel_id": endpoint.channel,
        "url": endpoint.url,
        "types": endpoint.types,
        "description": endpoint.description,
        "enabled": endpoint.disabled_at.is_none(),
        "disabled_reason": endpoint.disabled_reason,
        "failures": endpoint.failures,
        "cooldown_until": endpoint.cooldown_until,
        "last_success_at": endpoint.last_success_at,
        "last_failure_at": endpoint.last_failure_at,
    })
}

fn row(endpoint: &Endpoint) -> Vec<String> {
    let state = match (&endpoint.disabled_reason, endpoint.cooldown_until) {
        (Some(reason), _) => reason.clone(),
        (None, Some(_)) => format!("fails, {} times in a row", endpoint.failures),
        (None, None) => "enabled".to_owned(),
    };
    let channel = endpoint.channel.clone().unwrap_or_else(|| "operator".to_owned());
    vec![endpoint.id.clone(), channel, endpoint.url.clone(), endpoint.types.join(","), state]
}

fn attempt_row(attempt: &Attempt) -> Vec<String> {
    let status = attempt.status.map(|status| status.to_string()).unwrap_or_default();
    vec![
        attempt.at.to_string(),
        attempt.event_id.clone(),
        attempt.kind.clone(),
        format!("{}.", attempt.number),
        attempt.outcome.clone(),
        status,
        format!("{} ms", attempt.duration_ms),
        attempt.error.clone().unwrap_or_default(),
    ]
}
