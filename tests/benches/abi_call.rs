//! What one call of a plugin costs: as a direct call of its trait, through the ABI, through the host's runtime with its
//! deadline, and as the same message to a child process over pipes.
//!
//! The call asks nothing of the host, so that only the way there and back is measured: `pull` with a checkpoint that is
//! not the connector's own, which it must refuse.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]
#![expect(clippy::print_stdout, reason = "rows go to standard output")]

use std::{
    hint::black_box,
    io::{self, Read, Write},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::{
    Connector,
    abi::read_reply,
    export::dispatch,
    testing::{ScriptedHost, block_on},
    wire::{
        Op,
        credentials::OpenConnection,
        envelope::{Call, Envelope},
        pull::{Checkpoint, PullRequest, Stream},
    },
};
use connector_host::plugin::{
    LoadOptions,
    install::install,
    loader,
    registry::load_one,
    services::{ScriptedServices, bare_host_object},
};
use e2e::Plugin;
use plugin_template::connector::Template;
use serde_json::{Value, json};

const AS_CHILD: &str = "--as-child";

fn request() -> PullRequest {
    PullRequest { checkpoint: Some(Checkpoint("foreign".into())), ..PullRequest::new(Stream::Offers, 200) }
}

/// The message as the host writes it.
fn message() -> Vec<u8> {
    let envelope = Envelope {
        op: "pull".to_owned(),
        trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
        deadline_ms: 30_000,
        idempotency_key: None,
        request: request(),
    };
    serde_json::to_vec(&envelope).unwrap()
}

fn template() -> Template {
    Template::open(ScriptedHost::offline().host(), OpenConnection::default()).unwrap()
}

/// Nanoseconds per call: the best of five rounds, each as long as it takes to be exact.
fn measure(mut call: impl FnMut()) -> f64 {
    let round = |calls: u32, call: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed()
    };
    let mut calls = 1;
    while round(calls, &mut call) < Duration::from_millis(200) {
        calls *= 2;
    }
    let best = (0..5).map(|_| round(calls, &mut call)).min().unwrap();
    best.as_secs_f64() * 1e9 / f64::from(calls)
}

fn direct() -> f64 {
    let (connector, call) = (template(), Call::named(&Op::Pull));
    measure(|| {
        black_box(block_on(connector.pull(&call, black_box(request()))).unwrap_err());
    })
}

fn through_the_abi(runtime: &tokio::runtime::Runtime) -> f64 {
    let vault = tempfile::tempdir().unwrap();
    let installed = install(&Plugin::Template.path(), vault.path(), None).unwrap();
    let (library, _) = loader::load(&installed).unwrap();
    let services = Arc::new(ScriptedServices(ScriptedHost::offline().host()));
    let host = bare_host_object(services, runtime.handle().clone());
    let connection = serde_json::to_vec(&OpenConnection::default()).unwrap();
    let connector = library.root().open()(host, connection.into()).into_result().map_err(drop).unwrap();
    let message = message();
    measure(|| {
        let reply = block_on(connector.call("pull".into(), black_box(message.clone()).into(), vec![].into()));
        black_box(read_reply(reply).unwrap_err());
    })
}

fn through_the_host(runtime: &tokio::runtime::Runtime) -> f64 {
    let vault = tempfile::tempdir().unwrap();
    let options = LoadOptions { vault: vault.path().to_owned(), ..LoadOptions::default() };
    let plugin = load_one(&Plugin::Template.path(), &options).unwrap();
    let services = Arc::new(ScriptedServices(ScriptedHost::offline().host()));
    let connector = runtime.block_on(plugin.open(services, &OpenConnection::default())).unwrap();
    let message = message();
    measure(|| {
        let sent = connector.send("pull", black_box(message.clone()), vec![], Duration::from_secs(30));
        black_box(runtime.block_on(sent).unwrap_err());
    })
}

fn through_pipes() -> f64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut child = command.arg(AS_CHILD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, mut from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let message = message();
    let result = measure(|| {
        write_frame(&mut to, black_box(&message)).unwrap();
        let answer = read_frame(&mut from).unwrap().unwrap();
        let error: connector_api::ConnectorError = serde_json::from_slice(&answer).unwrap();
        black_box(error);
    });
    drop(to);
    child.wait().unwrap();
    result
}

/// The other end of the pipes: the same connector behind the same messages.
fn be_the_child() {
    let connector = Arc::new(template());
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Some(message) = read_frame(&mut input).unwrap() {
        let error = block_on(dispatch(Arc::clone(&connector), message, vec![])).unwrap_err();
        write_frame(&mut output, &serde_json::to_vec(&error).unwrap()).unwrap();
    }
}

fn write_frame(to: &mut impl Write, content: &[u8]) -> io::Result<()> {
    let length = u32::try_from(content.len()).map_err(io::Error::other)?;
    to.write_all(&[&length.to_le_bytes(), content].concat())?;
    to.flush()
}

fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut content = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut content)?;
    Ok(Some(content))
}

fn row(name: &str, value: f64, baseline: Option<f64>, goal: Option<(&str, bool)>) -> Value {
    json!({
        "name": name, "value": value, "unit": "ns/call", "baseline": baseline,
        "ratio": baseline.map(|baseline| value / baseline),
        "goal": goal.map(|(text, _)| text), "holds": goal.map(|(_, holds)| holds),
    })
}

fn main() {
    if std::env::args().any(|argument| argument == AS_CHILD) {
        return be_the_child();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (direct, abi) = (direct(), through_the_abi(&runtime));
    let (host, pipes) = (through_the_host(&runtime), through_pipes());
    let rows = [
        row("direct trait call", direct, None, None),
        row("abi call (baseline: direct)", abi, Some(direct), None),
        row("abi call (baseline: child process)", abi, Some(pipes), Some(("ratio < 1", abi < pipes))),
        row("through the host (baseline: child)", host, Some(pipes), None),
    ];
    println!("{}", json!(rows));
}
