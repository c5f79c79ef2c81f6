//! `webhook verify|list|show|replay|allow-unsigned`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use connector_api::{
    domain::{ConnectionId, ExternalId, Timestamp},
    wire::{
        credentials::Secret,
        pull::{EntityRef, Stream},
    },
};
use serde_json::json;

use super::{
    exit::{Exit, Failure},
    input::read_line,
    output::{Output, Text, table},
    plugin,
};
use crate::{
    app::App,
    bounded,
    clock::{Clock, SystemClock},
    config::Config,
    core::{
        connection::{Ctx, PageQuery},
        webhook::{
            DeliveryFilter, DeliveryView, ReplayRange, WebhookService,
            verify::{Question, verify},
            webhooks::DeliveryShown,
        },
    },
};

/// Largest secret and largest body, in bytes.
const LARGEST_SECRET: u64 = 16 * 1024;
const LARGEST_BODY: u64 = 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum WebhookCommand {
    /// Verify the signature of a delivery with a plugin. Exits with 0 if authentic, with 3 if not.
    Verify(VerifyArgs),
    /// List a connection's webhook deliveries, newest first, with counters.
    List {
        /// Id of the connection.
        id: String,
        /// Maximum deliveries to return.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show a delivery: its events, their outcome, its body without personal data.
    Show {
        /// Id of the connection.
        id: String,
        /// Number of the delivery.
        delivery: i64,
    },
    /// Replay webhook deliveries.
    Replay(ReplayArgs),
    /// Allow or forbid unsigned webhooks. They are used only as hints to refetch entities.
    AllowUnsigned {
        /// Id of the connection.
        id: String,
        /// Forbid unsigned webhooks.
        #[arg(long)]
        off: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Plugin file or connector id.
    #[arg(long, value_name = "FILE")]
    plugin: String,
    /// File with the secret; one trailing line end is ignored.
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// Value of the signature header.
    #[arg(long, value_name = "HEADER")]
    signature: String,
    /// File with the raw body, byte for byte.
    #[arg(long, value_name = "FILE")]
    body_file: PathBuf,
    /// Time of the delivery in Unix seconds (default: now).
    #[arg(long, value_name = "UNIX", conflicts_with = "no_age_check")]
    now: Option<i64>,
    /// Verify the signature only, not its age.
    #[arg(long)]
    no_age_check: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// Id of the connection.
    id: String,
    /// Only this delivery.
    #[arg(conflicts_with_all = ["from", "to"])]
    delivery: Option<i64>,
    /// From this delivery number.
    #[arg(long)]
    from: Option<i64>,
    /// Up to this delivery number.
    #[arg(long)]
    to: Option<i64>,
    /// Only deliveries received at or after this time, such as `2026-05-01T00:00:00Z`.
    #[arg(long)]
    since: Option<Timestamp>,
    /// Only deliveries received before this time.
    #[arg(long)]
    until: Option<Timestamp>,
    /// Only dead-lettered deliveries and entities.
    #[arg(long = "dead-lettered")]
    dead_lettered: bool,
    /// Only refetch this dead-lettered entity, such as `offers/1001`; no deliveries.
    #[arg(long, value_name = "STREAM/ID", value_parser = entity_named)]
    #[arg(conflicts_with_all = ["delivery", "from", "to", "since", "until", "dead_lettered"])]
    entity: Option<EntityRef>,
}

pub(super) async fn run(command: WebhookCommand, config: Config, output: Output) -> Result<Exit, Failure> {
    let command = match command {
        WebhookCommand::Verify(args) => return judge(args, &config, output).await,
        command => command,
    };
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = run_open(command, &app, output).await;
    app.store.close().await;
    outcome
}

async fn run_open(command: WebhookCommand, app: &App, output: Output) -> Result<Exit, Failure> {
    let webhooks = WebhookService::new(app.store.clone(), app.vault.clone(), app.connections());
    let ctx = app.ctx();
    match command {
        WebhookCommand::Verify(_) => Ok(Exit::Ok),
        WebhookCommand::List { id, limit } => list(&webhooks, &ctx, &id.into(), limit, output).await,
        WebhookCommand::Show { id, delivery } => {
            let shown = webhooks.delivery(&ctx, &id.into(), delivery).await?;
            output.result(&shown, describe)?;
            Ok(Exit::Ok)
        }
        WebhookCommand::Replay(args) => {
            let range = ReplayRange {
                from: args.from.or(args.delivery),
                to: args.to.or(args.delivery),
                since: args.since,
                until: args.until,
                dead_lettered: args.dead_lettered,
            };
            let id = args.id.into();
            let replayed = match &args.entity {
                Some(entity) => webhooks.revive(&ctx, &id, entity).await?,
                None => webhooks.replay(&ctx, &id, &range).await?,
            };
            output.result(&replayed, |replayed| {
                let (deliveries, entities) = (replayed.deliveries, replayed.entities);
                format!("{deliveries} deliveries and {entities} entities scheduled for the running host")
            })?;
            Ok(Exit::Ok)
        }
        WebhookCommand::AllowUnsigned { id, off } => {
            let id = ConnectionId(id);
            webhooks.allow_unsigned(&ctx, &id, !off).await?;
            output.result(&json!({ "connection_id": id, "allow_unsigned": !off }), |_| {
                let state = if off { "refused" } else { "allowed as hints" };
                format!("unsigned webhooks of {id} are {state}")
            })?;
            Ok(Exit::Ok)
        }
    }
}

/// An entity as its stream and the platform's id, which may hold slashes itself.
fn entity_named(text: &str) -> Result<EntityRef, String> {
    let named = text.split_once('/').filter(|(stream, id)| !stream.is_empty() && !id.is_empty());
    let (stream, id) = named.ok_or("expected STREAM/ID, such as `offers/1001`")?;
    match Stream::from(stream) {
        Stream::Unknown(_) => Err(format!("unknown stream `{stream}`; expected one of {}", Stream::KNOWN.join(", "))),
        stream => Ok(EntityRef { stream, id: ExternalId(id.to_owned()) }),
    }
}

async fn judge(args: VerifyArgs, config: &Config, output: Output) -> Result<Exit, Failure> {
    let secret = read_line(&args.secret_file, LARGEST_SECRET)?;
    let received_at = match args.now {
        None => SystemClock.now(),
        Some(seconds) => seconds
            .checked_mul(1_000)
            .and_then(Timestamp::from_unix_ms)
            .ok_or_else(|| Failure::configuration("`--now` is out of range"))?,
    };
    let question = Question {
        secret: Secret::new(secret.as_str()),
        signature: args.signature,
        body: bounded::input(&args.body_file, LARGEST_BODY)?.to_vec(),
        received_at,
        any_age: args.no_age_check,
    };
    let judgement = verify(&plugin::find(&args.plugin, config)?, question).await?;
    output.result(&judgement, Text::json)?;
    Ok(if judgement.authentic { Exit::Ok } else { Exit::Refused })
}

async fn list(
    webhooks: &WebhookService,
    ctx: &Ctx,
    id: &ConnectionId,
    limit: u32,
    output: Output,
) -> Result<Exit, Failure> {
    let overview = webhooks.overview(ctx, id).await?;
    let page = PageQuery::first(limit);
    let listing = webhooks.deliveries(ctx, id, &DeliveryFilter::default(), &page).await?;
    output.result(&json!({ "overview": overview, "deliveries": listing.data }), |_| {
        let endpoint = &overview.endpoint;
        let mut text = Text::from(format!(
            "accepted {}, duplicates {}, refused {}, polled {}; waiting: {} deliveries, {} entities; dead-lettered: {} deliveries, {} entities",
            endpoint.accepted,
            endpoint.duplicates,
            endpoint.refused,
            endpoint.polled,
            endpoint.waiting_deliveries,
            endpoint.waiting_entities,
            endpoint.dead_lettered_deliveries,
            endpoint.dead_lettered_entities,
        ));
        if let Some(since) = endpoint.silent_since {
            text.line(format!("silent since {since}"));
        }
        text.append(table(&listing.data.iter().map(row).collect::<Vec<_>>()));
        for refusal in &overview.refusals {
            let cause = refusal.likely_cause.as_deref().unwrap_or_default();
            text.line(format!("refused  {}  {}  {cause}", refusal.at, refusal.verdict));
        }
        text
    })?;
    Ok(Exit::Ok)
}

fn row(delivery: &DeliveryView) -> Vec<String> {
    vec![
        delivery.id.to_string(),
        delivery.received_at.to_string(),
        delivery.source.as_str().to_owned(),
        delivery.proof.as_str().to_owned(),
        delivery.state.as_str().to_owned(),
        format!("{} events", delivery.events),
        delivery.error.clone().unwrap_or_default(),
    ]
}

fn describe(shown: &DeliveryShown) -> Text {
    let mut text = table(&[row(&shown.delivery)]);
    for event in &shown.events {
        let action = event.action.as_deref().unwrap_or_default();
        let reason = event.reason.as_deref().unwrap_or_default();
        text.line(format!("  {} {action}  {}  {reason}", event.topic, event.decision));
        for at in &event.entities {
            text.line(format!("    {} {}  {}", at.entity.stream, at.entity.id, at.state));
        }
    }
    if let Some(content) = &shown.content {
        text.append(Text::json(content));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_a_known_stream_and_an_id() {
        let named = entity_named("offers/a/b").unwrap();
        assert_eq!((named.stream, named.id.0.as_str()), (Stream::Offers, "a/b"));
        for wrong in ["offers", "offers/", "/1"] {
            assert_eq!(entity_named(wrong).unwrap_err(), "expected STREAM/ID, such as `offers/1001`");
        }
        assert!(entity_named("offer/1").unwrap_err().starts_with("unknown stream `offer`; expected one of "));
    }
}
