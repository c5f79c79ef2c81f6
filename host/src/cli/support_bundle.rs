//! `support-bundle`: one JSON document with what helps to find out why a connection does not work.
//!
//! Everything in it passes the scrubber that logs and recordings pass: no secret in any spelling, no address, no field of a
//! person. Bodies of webhooks, orders and customers are not even read.

use std::path::PathBuf;

use clap::Args;
use connector_api::{domain::ConnectionId, wire::pull::Stream};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    connection::connectors,
    doctor,
    exit::{Exit, Failure},
    health,
    output::{Output, Text},
    private_file,
};
use crate::{
    app::App,
    config::Config,
    core::{
        audit::AuditLog,
        connection::{Connection, Connectors},
    },
    model::{
        PageQuery, audit::AuditFilter, connection::ConnectionStatus, outbox::OutboxFilter, webhook_view::DeliveryFilter,
    },
    net::Scrubber,
    store::Store,
};

/// Version of the document.
const FORMAT: u32 = 1;
const RUNS: u32 = 10;
const EVENTS: u32 = 100;
const DELIVERIES: u32 = 50;

#[derive(Debug, Args)]
pub(super) struct BundleArgs {
    /// Id of the connection.
    #[arg(long, value_name = "ID")]
    connection: String,
    /// Write it to this file, which must not exist (default: print it).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) async fn run(args: BundleArgs, config: Config, output: Output) -> Result<Exit, Failure> {
    // It opens the database by itself.
    let doctor = doctor::diagnoses(config.clone()).await;
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let bundle = bundle(&app, &args.connection.into(), shown(&doctor)).await;
    app.store.close().await;
    let bundle = bundle?;
    match args.out {
        None => output.result(&bundle, Text::json)?,
        Some(file) => {
            private_file::write(&file, &serde_json::to_vec_pretty(&bundle).map_err(Failure::unexpected)?)?;
            output.result(&json!({ "file": file }), |_| {
                format!("{}: look through it before you share it", file.display())
            })?;
        }
    }
    Ok(Exit::Ok)
}

async fn bundle(app: &App, id: &ConnectionId, doctor: Value) -> Result<Value, Failure> {
    let missing = || Failure::not_found(format!("there is no connection `{id}`; `connection list` shows them"));
    let connection = app.store.connection(id).await?.ok_or_else(missing)?;
    let connectors = connectors(app)?;
    let of_host = json!({
        "format": FORMAT,
        "made_at": app.clock.now(),
        "host": {
            "version": env!("CARGO_PKG_VERSION"),
            "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "database": if app.config.database_file().is_some() { "sqlite" } else { "postgresql" },
            "schema_version": app.store.schema_version().await?,
        },
        "config": app.config.redacted(),
        "doctor": doctor,
        "plugin": plugin(&connectors, &connection),
        "standing": standing(app).await?,
        "metrics": metrics(&app.config).await,
    });
    let of_host = host_scrubber(&app.config).masked(of_host);
    // Without its secrets nobody can tell where they stand: then nothing is shown that somebody wrote.
    let is_over = connection.health.status == ConnectionStatus::Disconnected;
    let scrubber = if is_over {
        Err("they were destroyed when it was disconnected".to_owned())
    } else {
        connectors.scrubber(&connection).await.map_err(|error| error.to_string())
    };
    let of_connection = match scrubber {
        Ok(scrubber) => {
            let known = scrubber.masked(of_connection(app, &connection).await?);
            (scrubber.masked(of_host), host_scrubber(&app.config).masked(known))
        }
        Err(error) => (
            json!({ "format": FORMAT, "made_at": app.clock.now(), "host": of_host["host"], "doctor": of_host["doctor"] }),
            json!({
                "id": id, "connector_id": connection.connector_id, "status": connection.health.status,
                "left_out": format!("everything else, because its secrets cannot be recognised: {error}"),
            }),
        ),
    };
    let (mut bundle, connection) = of_connection;
    bundle["connection"] = connection;
    Ok(bundle)
}

/// What is known of the connection, without the data of its store.
async fn of_connection(app: &App, connection: &Connection) -> Result<Value, Failure> {
    let (id, store) = (&connection.id, &app.store);
    let filter = OutboxFilter { connection: Some(id.0.clone()), ..OutboxFilter::default() };
    let emitted = store.outbox_before(&filter, i64::MAX, EVENTS).await?.events;
    let emitted: Vec<_> = emitted
        .into_iter()
        // Of orders and customers the ids stay out.
        .map(|event| json!({ "id": event.id, "type": event.kind, "at": event.at }))
        .collect();
    let dead_lettered = store.dead_lettered_entities(id, &PageQuery::first(DELIVERIES)).await?.data;
    let dead_lettered: Vec<_> = dead_lettered
        .into_iter()
        .map(|of| {
            let is_of_people = matches!(of.entity.stream, Stream::Customers | Stream::Orders);
            let entity = if is_of_people { None } else { Some(of.entity.id.clone()) };
            json!({ "stream": of.entity.stream, "id": entity, "since": of.since, "attempts": of.attempts, "error": of.error })
        })
        .collect();
    let audit = AuditFilter { connection: Some(id.0.clone()), ..AuditFilter::default() };
    let deliveries = store.deliveries(id, &DeliveryFilter::default(), &PageQuery::first(DELIVERIES)).await?;
    Ok(json!({
        "state": connection,
        "next_sync": store.next_sync(id).await?.map(|job| job.due_at),
        "held_deletions": store.held_deletions(id).await?,
        "runs": store.runs(id, &PageQuery::first(RUNS)).await?.data,
        "events": store.events(id, &PageQuery::first(EVENTS)).await?.data,
        "emitted": emitted,
        "webhooks": {
            "endpoint": store.webhook_endpoint(id).await?,
            "refusals": store.refusals(id).await?,
            "deliveries": deliveries.data,
            "dead_lettered": dead_lettered,
        },
        "audit": AuditLog::new(store.clone()).entries(&audit, &PageQuery::first(EVENTS)).await?.data,
    }))
}

fn plugin(connectors: &Connectors, connection: &Connection) -> Value {
    let id = &connection.connector_id;
    match (connectors.manifest(id), connectors.behaviour(id)) {
        (Ok(manifest), Ok(behaviour)) => json!({ "manifest": manifest, "behaviour": behaviour }),
        (Err(error), _) | (_, Err(error)) => json!({ "problem": error.to_string() }),
    }
}

/// How the host stands, as the database says it: also while no host runs.
async fn standing(app: &App) -> Result<Value, Failure> {
    let standing = app.store.standing(app.clock.now()).await?;
    let connections: Vec<_> =
        standing.connections.iter().map(|(state, count)| json!({ "state": state, "count": count })).collect();
    let queues = &standing.queues;
    Ok(json!({
        "connections": connections,
        "overdue_s": {
            "sync": standing.sync_overdue.as_secs(),
            "webhook": standing.webhooks_overdue.as_secs(),
            "order": standing.orders_overdue.as_secs(),
            "event": standing.events_overdue.as_secs(),
        },
        "oldest_good_sync_s": standing.good_sync_age.as_secs(),
        "awaiting_resolution": standing.intents_needing_a_person,
        "dead_lettered": {
            "webhook_delivery": queues.dead_lettered_deliveries,
            "webhook_entity": queues.dead_lettered_entities,
            "event": queues.dead_lettered_events,
        },
    }))
}

/// The metrics of the running host, where operators have a port of their own.
async fn metrics(config: &Config) -> Value {
    let Some(address) = config.server.admin_listen.filter(|address| address.port() != 0) else {
        return json!({ "left_out": "`server.admin_listen` is not set" });
    };
    let url = health::configured(config).and_then(|url| url.join("/metrics").map_err(Failure::unexpected));
    match url {
        Ok(url) => match health::ask(&url).await {
            Ok((200, text)) => text.lines().filter(|line| !line.starts_with('#')).collect(),
            Ok((status, _)) => json!({ "left_out": format!("{address} answered {status}") }),
            Err(problem) => json!({ "left_out": format!("{address}: {problem}") }),
        },
        Err(failure) => json!({ "left_out": failure.message }),
    }
}

/// Knows the secrets of the configuration: passwords of addresses, and keys.
fn host_scrubber(config: &Config) -> Scrubber {
    let keys = config.secrets.keys.split(',').filter_map(|key| Some(key.split_once(':')?.1.to_owned()));
    let secrets: Vec<_> = keys
        .chain(Store::passwords_of(&config.database.url))
        .chain([config.database.url.clone()])
        .map(Into::into)
        .collect();
    Scrubber::new(&secrets)
}

fn shown(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
