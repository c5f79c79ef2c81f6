//! `sync`.

use clap::Args;
use connector_api::{domain::ConnectionId, wire::pull::Stream};
use serde_json::json;

use super::{
    connection::service,
    exit::{Exit, Failure},
    output::{Output, Text, table},
    sync_progress::{Bars, Lines},
};
use crate::{
    app::App,
    config::Config,
    store::{
        connection::ConnectionStatus,
        run::{RunResult, RunView},
    },
    sync::{Error, Outcome, Progress, Silent, Stop, Wish},
};

#[derive(Debug, Args)]
pub(super) struct SyncArgs {
    /// Id of the connection.
    connection: String,
    /// Read everything, even where changes could be read.
    #[arg(long)]
    full: bool,
    /// Read only this stream; may be repeated.
    #[arg(long = "stream", value_name = "NAME")]
    streams: Vec<String>,
}

pub(super) async fn run(args: SyncArgs, config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = sync(args, &app, output).await;
    app.stores.close().await;
    outcome
}

async fn sync(args: SyncArgs, app: &App, output: Output) -> Result<Exit, Failure> {
    let id = ConnectionId(args.connection);
    let connections = service(app)?;
    let opened = connections.open(&id).await?;
    if matches!(opened.connection.health.status, ConnectionStatus::ReauthRequired | ConnectionStatus::Disconnected) {
        let health = &opened.connection.health;
        let cause = format!("it is `{}`: {}", health.status.as_str(), health.explanation());
        return Err(Error::NotReady { connection: id.to_string(), cause }.into());
    }
    let streams = args.streams.iter().map(|name| Stream::from(name.as_str())).collect();
    let wish = Wish { full: args.full, streams, trigger: None };
    let progress = progress(output);
    let stop = Stop::default();
    let on_signal = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_signal.call_off();
        }
    });
    let outcome = app.sync_engine().sync(&id, &opened.connector, &wish, progress.as_ref(), &stop).await;
    if let Err(Error::Auth(error)) = &outcome {
        connections.note_refusal(&id, error).await?;
    }
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
    let head = ["stream", "mode", "read", "changed", "same", "retired", "skipped", "took"].map(str::to_owned).to_vec();
    // A stream's clock starts where the one before it ended: its first page is fetched before anything is stored.
    let mut begun = run.started_at;
    let rows = run.streams.iter().map(|stream| {
        let took = stream.ended_at.map(|ended| ended.as_unix_ms() - begun.as_unix_ms());
        begun = stream.ended_at.unwrap_or(begun);
        let seconds = took.map(|ms| format!("{}.{:03} s", ms / 1_000, ms % 1_000)).unwrap_or_default();
        let numbers = [stream.seen, stream.upserted, stream.unchanged, stream.retired, stream.skipped];
        [stream.stream.to_string(), stream.mode.as_str().to_owned()]
            .into_iter()
            .chain(numbers.map(|number| number.to_string()))
            .chain([seconds])
            .collect()
    });
    let mut text = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    for stream in &run.streams {
        for notice in &stream.notices {
            text.line(format!("note    {}: {}", stream.stream, notice.message));
        }
        if let Some(error) = &stream.error {
            text.line(format!("failed  {}: {}", stream.stream, error["message"].as_str().unwrap_or_default()));
        }
    }
    let took = run.ended_at.unwrap_or(run.started_at).as_unix_ms() - run.started_at.as_unix_ms();
    let result = run.result.map_or("unfinished", RunResult::as_str);
    text.line(format!("{result}: run {}, {requests} requests, {}.{:03} s", run.id, took / 1_000, took % 1_000));
    text
}
