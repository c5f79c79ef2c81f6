//! `sync`.

use clap::{Args, Subcommand};
use connector_api::{
    domain::ConnectionId,
    wire::pull::{LeftOut, Stream},
};
use serde_json::json;

use super::{
    connection::connectors,
    exit::{Exit, Failure},
    output::{Output, Text, table},
    sync_progress::{Bars, Lines},
};
use crate::{
    app::App,
    config::Config,
    core::{
        connection::HeldDeletions,
        sync::{Error, Outcome, Progress, Silent, Stop, SyncOptions},
    },
    model::{
        connection::ConnectionStatus,
        run::{RunResult, RunView},
    },
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct SyncArgs {
    #[command(subcommand)]
    command: Option<SyncCommand>,
    /// Id of the connection.
    #[arg(required = true)]
    connection: Option<String>,
    /// Run full passes, even for streams with increments.
    #[arg(long)]
    full: bool,
    /// Sync only this stream; repeatable.
    #[arg(long = "stream", value_name = "NAME")]
    streams: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum SyncCommand {
    /// Show held deletions: rows that the last full pass did not see, and why they are kept.
    HeldDeletions {
        /// Id of the connection.
        connection: String,
    },
    /// Accept held deletions without waiting for a pass that confirms them.
    AcceptDeletions {
        /// Id of the connection.
        connection: String,
        /// Only rows of this stream; repeatable.
        #[arg(long = "stream", value_name = "NAME")]
        streams: Vec<String>,
    },
}

pub(super) async fn run(args: SyncArgs, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = match args.command {
        Some(SyncCommand::HeldDeletions { connection }) => held(ConnectionId(connection), &app, output).await,
        Some(SyncCommand::AcceptDeletions { connection, streams }) => {
            accept(ConnectionId(connection), &streams, &app, output).await
        }
        None => sync(args, &app, output).await,
    };
    app.store.close().await;
    outcome
}

async fn held(id: ConnectionId, app: &App, output: Output) -> Result<Exit, Failure> {
    let held = app.connections().held_deletions(&app.ctx(), &id).await?;
    output.result(&held, |held| {
        let lines: Text = held.iter().flat_map(|of| held_lines(of, &id)).collect();
        if held.is_empty() { "no held deletions".into() } else { lines }
    })?;
    Ok(Exit::Ok)
}

fn held_lines(held: &HeldDeletions, id: &ConnectionId) -> [String; 3] {
    let reasons: Vec<_> = held.doubts.iter().map(|doubt| doubt.message.as_str()).collect();
    let HeldDeletions { stream, rows, since, examples, .. } = held;
    [
        format!("{stream}: {rows} deletions held since {since}: {}", reasons.join(" ")),
        format!("  for example {}", examples.join(", ")),
        format!("  to delete them: connector-host sync accept-deletions {id} --stream {stream}"),
    ]
}

async fn accept(id: ConnectionId, streams: &[String], app: &App, output: Output) -> Result<Exit, Failure> {
    let streams: Vec<Stream> = streams.iter().map(|name| Stream::from(name.as_str())).collect();
    let accepted = app.connections().accept_deletions(&app.ctx(), &id, &streams).await?;
    output.result(&accepted, |accepted| {
        let lines: Text = accepted.iter().map(|of| format!("{}: {} rows deleted", of.stream, of.rows)).collect();
        if accepted.is_empty() { "no held deletions; nothing was deleted".into() } else { lines }
    })?;
    Ok(Exit::Ok)
}

async fn sync(args: SyncArgs, app: &App, output: Output) -> Result<Exit, Failure> {
    let id = ConnectionId(args.connection.unwrap_or_default());
    let connectors = connectors(app)?;
    let opened = connectors.open(&id).await?;
    if matches!(opened.connection.health.status, ConnectionStatus::ReauthRequired | ConnectionStatus::Disconnected) {
        let health = &opened.connection.health;
        let cause = format!("it is `{}`: {}", health.status.as_str(), health.explanation());
        return Err(Error::NotReady { connection: id.to_string(), cause }.into());
    }
    let streams = args.streams.iter().map(|name| Stream::from(name.as_str())).collect();
    let options = SyncOptions { full: args.full, streams, trigger: None };
    let progress = progress(output);
    let stop = Stop::default();
    let on_signal = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_signal.cancel();
        }
    });
    let outcome = app.sync_engine().sync(&id, &opened.connector, &options, progress.as_ref(), &stop).await;
    let run = outcome.as_ref().map(|outcome| &outcome.run);
    app.outcomes(&connectors).note_run(&app.ctx(), &id, run).await?;
    let Outcome { run: view, timings } = outcome?;
    let traffic = opened.services.network.traffic();
    let timings = timings.report(opened.services.waited());
    let report = json!({ "run": view, "requests": traffic.requests, "retries": traffic.retries, "timings": timings });
    output.result(&report, |_| summary(&view, traffic.requests))?;
    Ok(match view.result {
        Some(RunResult::Ok) => Exit::Ok,
        _ => Exit::Partial,
    })
}

fn progress(output: Output) -> Box<dyn Progress> {
    if output.json {
        Box::new(Silent)
    } else if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        Box::new(Bars::default())
    } else {
        Box::new(Lines)
    }
}

fn summary(run: &RunView, requests: u64) -> Text {
    let head =
        ["stream", "mode", "read", "changed", "unchanged", "deleted", "skipped", "took"].map(str::to_owned).to_vec();
    // A stream's clock starts where the one before it ended: its first page is fetched before anything is stored.
    let mut begun = run.started_at;
    let rows = run.streams.iter().map(|stream| {
        let took = stream.ended_at.map(|ended| ended.as_unix_ms() - begun.as_unix_ms());
        begun = stream.ended_at.unwrap_or(begun);
        let seconds = took.map(|ms| format!("{}.{:03} s", ms / 1_000, ms % 1_000)).unwrap_or_default();
        let numbers = [stream.seen, stream.upserted, stream.unchanged, stream.deleted, stream.skipped];
        [stream.stream.to_string(), stream.mode.as_str().to_owned()]
            .into_iter()
            .chain(numbers.map(|number| number.to_string()))
            .chain([seconds])
            .collect()
    });
    let mut text = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    for stream in &run.streams {
        if stream.held > 0 || stream.doubts.iter().any(|doubt| doubt.is_incomplete()) {
            let reasons: Vec<_> = stream.doubts.iter().map(|doubt| doubt.message()).collect();
            text.line(format!("held    {}: {} deletions: {}", stream.stream, stream.held, reasons.join(" ")));
        }
        for left_out in &stream.left_out {
            let LeftOut { count, reason, message } = left_out;
            text.line(format!("left    {}: {count} left out ({reason}): {message}", stream.stream));
        }
        for notice in &stream.notices {
            text.line(format!("note    {}: {}", stream.stream, notice.message));
        }
        if let Some(error) = &stream.error {
            text.line(format!("failed  {}: {}", stream.stream, error["message"].as_str().unwrap_or_default()));
        }
    }
    let took = run.ended_at.unwrap_or(run.started_at).as_unix_ms() - run.started_at.as_unix_ms();
    if run.streams.iter().any(|stream| stream.held > 0) {
        text.line(format!("to review held deletions: connector-host sync held-deletions {}", run.connection));
    }
    let result = run.result.map_or("unfinished", RunResult::as_str);
    text.line(format!("{result}: run {}, {requests} requests, {}.{:03} s", run.id, took / 1_000, took % 1_000));
    text
}
