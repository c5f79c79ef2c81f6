//! Verifying through the loaded plugin file: the message written, the ABI crossed, the answer read; beside the bare HMAC of
//! the same body.

use std::{
    collections::BTreeMap,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::{
    abi::read_reply,
    testing::{ScriptedHost, block_on},
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        envelope::Envelope,
        service::Header,
        webhook::{VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};
use connector_host::{
    clock::{Clock, SystemClock},
    plugin::{
        LoadOptions,
        install::install,
        loader,
        registry::load_one,
        services::{ScriptedServices, bare_host_object},
    },
};
use e2e::Plugin;
use serde_json::Value;

use super::{
    delivery::{EVENTS, SECRET, body, mac, signature, time},
    row,
};

/// How many times the bare computation may be taken, for a usual body.
const GOAL: f64 = 3.0;

pub(super) fn rows() -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let sizes = [1, EVENTS, 10 * EVENTS];
    let bodies = sizes.map(|events| (events, body(7, events)));
    let mut rows = vec![];
    for (events, body) in &bodies {
        let bare = bare(body);
        let abi = through_the_abi(&runtime, body);
        let goal = (*events == EVENTS).then_some(("ratio <= 3", abi <= GOAL * bare));
        let name = format!("verify {events} events, {} B (baseline: bare HMAC)", body.len());
        rows.push(row(&name, (abi, "ns"), Some(bare), goal));
    }
    let (_, usual) = &bodies[1];
    rows.push(row("  through the host's runtime", (through_the_host(&runtime, usual), "ns"), Some(bare(usual)), None));
    rows
}

/// Nanoseconds per call: the best of five rounds, each as long as it takes to be exact.
fn measure(mut call: impl FnMut()) -> f64 {
    let mut round = |calls: u32| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed()
    };
    let mut calls = 1;
    while round(calls) < Duration::from_millis(200) {
        calls *= 2;
    }
    let best = (0..5).map(|_| round(calls)).min().unwrap();
    best.as_secs_f64() * 1e9 / f64::from(calls)
}

fn bare(body: &[u8]) -> f64 {
    let time = time();
    let right = mac(&time, body);
    measure(|| assert_eq!(black_box(mac(black_box(&time), black_box(body))), right))
}

/// What the host hands on of a delivery: the headers of an HTTP request, one of them the signature.
fn request(body: &[u8]) -> VerifyWebhookRequest {
    let header = |name: &str, value: String| Header { name: name.to_owned(), value, secret: false };
    VerifyWebhookRequest {
        headers: vec![
            header("host", "connect.example".to_owned()),
            header("user-agent", "GuzzleHttp/7".to_owned()),
            header("accept", "*/*".to_owned()),
            header("content-type", "application/x-www-form-urlencoded".to_owned()),
            header("x-centra-signature", signature(&time(), body)),
            header("content-length", body.len().to_string()),
        ],
        received_at: SystemClock.now(),
        max_age_s: None,
        any_age: false,
    }
}

fn connection() -> OpenConnection {
    let credentials = BTreeMap::from([("webhook_endpoint_secret".to_owned(), Secret::new(SECRET))]);
    OpenConnection { credentials, ..OpenConnection::default() }
}

fn judged(answer: &[u8]) {
    let answer: VerifyWebhookResponse = serde_json::from_slice(answer).unwrap();
    assert_eq!(answer.verdict, WebhookVerdict::Authentic);
}

fn through_the_abi(runtime: &tokio::runtime::Runtime, body: &[u8]) -> f64 {
    let vault = tempfile::tempdir().unwrap();
    let installed = install(&Plugin::Centra.path(), vault.path(), None).unwrap();
    let (library, _) = loader::load(&installed).unwrap();
    let host = bare_host_object(Arc::new(ScriptedServices(ScriptedHost::offline().host())), runtime.handle().clone());
    let opened = serde_json::to_vec(&connection()).unwrap();
    let connector = library.root().open()(host, opened.into()).into_result().map_err(drop).unwrap();
    let request = request(body);
    measure(|| {
        let message = serde_json::to_vec(&Envelope {
            op: Op::VerifyWebhook.as_str().to_owned(),
            trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
            deadline_ms: 2_000,
            idempotency_key: None,
            request: &request,
        })
        .unwrap();
        let reply = connector.call(Op::VerifyWebhook.as_str().into(), message.into(), black_box(body).to_vec().into());
        judged(&read_reply(block_on(reply)).unwrap().0);
    })
}

fn through_the_host(runtime: &tokio::runtime::Runtime, body: &[u8]) -> f64 {
    let vault = tempfile::tempdir().unwrap();
    let options = LoadOptions { vault: vault.path().to_owned(), ..LoadOptions::default() };
    let plugin = load_one(&Plugin::Centra.path(), &options).unwrap();
    let services = Arc::new(ScriptedServices(ScriptedHost::offline().host()));
    let connector = runtime.block_on(plugin.open(services, &connection())).unwrap();
    let request = request(body);
    measure(|| {
        let call = connector.call_raw(&Op::VerifyWebhook, &request, black_box(body).to_vec(), Duration::from_secs(2));
        judged(&runtime.block_on(call).unwrap());
    })
}
