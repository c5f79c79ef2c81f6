//! Traces: one over a channel's request, the plugin, the store and the event that comes of it; and nothing but them.

use std::{
    fs,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use e2e::{World, api::Server, planted::Planted, quote_desk::QuoteDesk, receiver::Receiver, wait::wait_until};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value as Attribute, trace::v1::Span,
};
use prost::Message;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::events::endpoint;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// A collector as small as one can be.
struct Collector {
    address: String,
    spans: Arc<Mutex<Vec<Span>>>,
    _runtime: Runtime,
}

async fn take(State(spans): State<Arc<Mutex<Vec<Span>>>>, headers: HeaderMap, body: Bytes) {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
}

impl Collector {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let spans = Arc::<Mutex<Vec<Span>>>::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&spans));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { address, spans, _runtime: runtime }
    }

    fn find(&self, is_wanted: impl Fn(&Span) -> bool) -> Option<Span> {
        self.spans.lock().unwrap().iter().find(|span| is_wanted(span)).cloned()
    }

    /// The span of a trace whose name begins so.
    fn span(&self, trace: &str, name: &str) -> Span {
        wait_until(&format!("a span {name}"), || {
            self.find(|span| span.name.starts_with(name) && hex::encode(&span.trace_id) == trace)
        })
    }
}

fn attribute(span: &Span, key: &str) -> String {
    let value = span.attributes.iter().find(|attribute| attribute.key == key).and_then(|found| found.value.clone());
    match value.and_then(|value| value.value) {
        Some(Attribute::StringValue(text)) => text,
        Some(Attribute::IntValue(number)) => number.to_string(),
        other => panic!("{key} is {other:?} in {span:#?}"),
    }
}

#[test]
fn one_trace_leads_from_a_channels_request_to_the_store_and_into_its_events() {
    let collector = Collector::start();
    let config = format!("[telemetry]\notlp_endpoint = \"{}\"\n[log]\nlevel = \"info\"\n", collector.address);
    let desk = QuoteDesk::realtime(&[], &config);
    let (server, key) = (&desk.server, &desk.channel.key);
    let path = format!("/v1/connections/{}", desk.id);
    let (_, variant, _) = desk.sellable();
    let cart = json!({ "currency": "SEK", "market_id": "1", "pricelist_id": "1",
        "lines": [{ "variant_id": variant, "quantity": 1 }], "ship_to": { "country": "SE", "postal_code": "113 46" } });
    let caller = format!("00-{TRACE}-{CALLER}-01");
    let quoted = server.traced(key, "POST", &format!("{path}/quotes"), &caller, &cart);
    assert_eq!((quoted.status, &quoted.json()["quote"]["source"]), (200, &json!("realtime")), "{quoted:#?}");
    let request = collector.span(TRACE, "POST /v1/connections/{connection_id}/quotes");
    let plugin = collector.span(TRACE, "plugin quote");
    let platform = collector.span(TRACE, "platform ");
    assert_eq!(hex::encode(&request.parent_span_id), CALLER);
    assert_eq!(plugin.parent_span_id, request.span_id);
    assert_eq!(platform.parent_span_id, plugin.span_id);
    assert_eq!(attribute(&request, "http.response.status_code"), "200");
    assert_eq!(attribute(&plugin, "connector"), "centra");
    assert_eq!(attribute(&platform, "http.response.status_code"), "200");

    // What a request makes true carries its trace on, to whoever receives it.
    let receiver = Receiver::start();
    endpoint(server, &desk.channel, &receiver, &["connection.paused"]);
    let (trace, operator) = ("a".repeat(32), &server.operator);
    let pausing = format!("00-{trace}-{CALLER}-01");
    assert_eq!(server.traced(operator, "POST", &format!("{path}/pause"), &pausing, &json!({})).status, 200);
    let delivery = wait_until("the event", || receiver.deliveries().pop());
    let sent = collector.span(&trace, "event delivery");
    let cause = delivery.event()["traceparent"].as_str().unwrap().to_owned();
    assert_eq!(cause, format!("00-{trace}-{}-01", hex::encode(&sent.parent_span_id)));
    assert_eq!(delivery.header("traceparent"), format!("00-{trace}-{}-01", hex::encode(&sent.span_id)));
    assert_eq!(attribute(&sent, "outcome"), "delivered");
    let pause = collector.span(&trace, "POST /v1/connections/{connection_id}/pause");
    assert_eq!(sent.parent_span_id, pause.span_id);
    assert_eq!(server.call(operator, "POST", &format!("{path}/resume"), &json!({})).status, 200);

    // A sync has a trace of its own, and says which request asked for it.
    let trace = "b".repeat(32);
    let asking = format!("00-{trace}-{CALLER}-01");
    assert_eq!(server.traced(operator, "POST", &format!("{path}/sync"), &asking, &json!({})).status, 202);
    let asked = collector.span(&trace, "POST /v1/connections/{connection_id}/sync");
    let sync = wait_until("the sync that was asked for", || {
        collector.find(|span| span.name == "sync" && span.links.iter().any(|link| link.span_id == asked.span_id))
    });
    assert_ne!(sync.trace_id, asked.trace_id);
    collector.span(&hex::encode(&sync.trace_id), "plugin pull");

    // What anybody may send is a link: strangers put nothing into the traces of others.
    let trace = "d".repeat(32);
    let stray =
        server.traced("", "POST", &format!("/webhooks/{}", desk.id), &format!("00-{trace}-{CALLER}-01"), &json!({}));
    assert!(stray.status >= 400, "{stray:#?}");
    let linked = wait_until("the stranger's request", || {
        collector.find(|span| span.links.iter().any(|link| hex::encode(&link.trace_id) == trace))
    });
    assert_eq!((linked.name.as_str(), linked.parent_span_id.len()), ("POST /webhooks/{connection_id}", 0));
    assert_ne!(hex::encode(&linked.trace_id), trace);

    // Log lines and problems have the same ids.
    let trace = "c".repeat(32);
    let missing = server.traced(key, "GET", "/v1/connections/none", &format!("00-{trace}-{CALLER}-01"), &json!({}));
    let problem = missing.json();
    assert_eq!((missing.status, &problem["trace_id"]), (404, &json!(trace)), "{problem:#}");
    let line = wait_until("the line of the request", || {
        let log = fs::read_to_string(desk.world.host.folder().join("log")).unwrap();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.into_iter().find(|line| line["fields"]["trace_id"] == trace)
    });
    assert_eq!(line["fields"]["request_id"], problem["request_id"], "{line:#}");

    // Attributes hold neither secrets nor people.
    let everything = format!("{:?}", collector.spans.lock().unwrap());
    for secret in [&desk.world.sim.token, key, operator] {
        assert_eq!(Planted::new(secret).find("a span", everything.as_bytes()), Vec::<String>::new());
    }
    assert!(!everything.contains('@') && !everything.contains("113 46"), "nobody's data");
}

#[test]
fn a_collector_that_is_gone_holds_nobody_up_and_without_one_nothing_is_handed_on() {
    let world = World::small();
    let mut gone = World::small();
    gone.host.environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "http://127.0.0.1:9".to_owned()));
    for world in [&world, &gone] {
        let server = Server::start(&world.host);
        let channel = server.channel("Channel");
        let id = server.connect(&channel, &json!({}), &world.credentials());
        server.synced(&channel.key, &id);
        let receiver = Receiver::start();
        endpoint(&server, &channel, &receiver, &["connection.paused"]);
        let path = format!("/v1/connections/{id}/pause");
        let caller = format!("00-{TRACE}-{CALLER}-01");
        assert_eq!(server.traced(&server.operator, "POST", &path, &caller, &json!({})).status, 200);
        let delivery = wait_until("the event", || receiver.deliveries().pop());
        let is_on = !world.host.environment.is_empty();
        assert_eq!(delivery.event()["traceparent"].is_string(), is_on, "{delivery:#?}");
        assert_eq!(delivery.header("traceparent").is_empty(), !is_on, "{delivery:#?}");
        let began = Instant::now();
        assert!(server.terminate());
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
