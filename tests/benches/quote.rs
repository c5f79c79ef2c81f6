//! What a quote costs: carts per second from synced data of a million SKUs, and how long the slowest take.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]
#![expect(clippy::print_stdout, reason = "rows go to standard output")]

use std::time::Instant;

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::{Checkpoint, Stream},
};
use connector_host::{
    app::App,
    config::Config,
    core::{
        cart::{CartInput, QuoteOptions, Source},
        connection::{Connection, ConnectionStatus, Ctx, Environment},
    },
    model::{
        doubt::DeletionRule,
        rows::{EntityRow, InventoryRow, OfferRow, PriceRow, Rows, VariantRow},
        run::{Mode, RunId, RunPlan, StreamPlan, Trigger},
        sync::{Acquired, PageCommit, StreamEnd},
    },
    plugin::Registry,
    store::Store,
};
use serde_json::{Value, json};

/// Sizes of one product.
const SIZES: u32 = 5;
/// Products whose rows are written at once.
const PAGE: u32 = 2_000;
/// Lines of a cart.
const LINES: u32 = 3;
/// Carts of one measurement.
const CARTS: u32 = 40_000;
/// Least carts per second on one core.
const GOAL: f64 = 20_000.0;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let name = arguments.next().unwrap_or_default();
    assert_eq!(name, "quote_local", "there is no measurement {name:?}");
    // A sync of N products is the unit of the other measurements; a million SKUs is the size that counts here.
    let products = arguments.next().map_or(200_000, |number| number.parse::<u32>().unwrap().saturating_mul(20));
    keep_to_one_core();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("{}", json!(runtime.block_on(local(products))));
}

/// Keeps this process to the core it is on: threads begin where their maker may run, those of the database, too.
fn keep_to_one_core() {
    let mut one = rustix::thread::CpuSet::new();
    one.set(rustix::thread::sched_getcpu());
    rustix::thread::sched_setaffinity(None, &one).unwrap();
}

fn row(name: &str, value: f64, unit: &str, goal: Option<(&str, bool)>) -> Value {
    json!({
        "name": name, "value": value, "unit": unit, "baseline": null, "ratio": null,
        "goal": goal.map(|(text, _)| text), "holds": goal.map(|(_, holds)| holds),
    })
}

async fn local(products: u32) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(Config { data_dir: folder.path().to_path_buf(), ..Config::default() }).await.unwrap();
    let id = fill(&app.store, app.clock.now(), products).await;
    let service = app.quotes(&app.connectors(Registry::default()).unwrap());
    let variants = u64::from(products) * u64::from(SIZES);
    let mut rows = vec![];
    // Shoppers want the same things: nine lines of ten are of 20,000 variants. And the worst case: every one is new.
    for (name, popular) in [("quote_local popular", 9), ("quote_local uniform", 0)] {
        let mut random = Random(0x5eed);
        let mut carts: Vec<CartInput> = (0..CARTS).map(|_| random.cart(popular, variants)).collect();
        let warm = carts.split_off(carts.len() / 2);
        for cart in warm {
            quote(&service, &app.ctx(), &id, cart).await;
        }
        let mut took = Vec::with_capacity(carts.len());
        let begun = Instant::now();
        for cart in carts {
            let one = Instant::now();
            quote(&service, &app.ctx(), &id, cart).await;
            took.push(one.elapsed().as_secs_f64() * 1e6);
        }
        let per_second = f64::from(CARTS / 2) / begun.elapsed().as_secs_f64();
        took.sort_by(f64::total_cmp);
        let goal = (popular > 0 && variants >= 1_000_000).then_some(("≥ 20000", per_second >= GOAL));
        rows.push(row(name, per_second, "quotes/s", goal));
        rows.push(row(&format!("{name} p50"), took[took.len() / 2], "µs", None));
        rows.push(row(&format!("{name} p99"), took[took.len() * 99 / 100], "µs", None));
    }
    rows.push(row("quote_local memory", resident_mib(), "MiB", None));
    rows
}

async fn quote(service: &connector_host::core::cart::QuoteService, ctx: &Ctx, id: &ConnectionId, cart: CartInput) {
    let options = QuoteOptions { source: Source::Local, ..QuoteOptions::default() };
    let reply = service.quote(ctx, id, cart, options).await.unwrap();
    assert_eq!(reply.quote.lines.len(), LINES as usize);
    assert!(reply.quote.lines.iter().all(|line| line.total.is_some()), "every line has a price");
}

/// What this process holds in memory.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1_024.0
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }

    fn cart(&mut self, popular: u64, variants: u64) -> CartInput {
        let lines: Vec<Value> = (0..LINES)
            .map(|_| {
                let is_popular = self.below(10) < popular;
                let variant = self.below(if is_popular { variants.min(20_000) } else { variants });
                json!({ "variant_id": variant.to_string(), "quantity": 1 + self.below(3) })
            })
            .collect();
        let cart = json!({ "currency": "SEK", "lines": lines, "ship_to": { "country": "SE" } });
        serde_json::from_value(cart).unwrap()
    }
}

/// A connection with so many products, as a sync would have written it.
async fn fill(store: &Store, now: Timestamp, products: u32) -> ConnectionId {
    let mut connection = Connection::new("bench", "1.0.0", "Bench", Environment::Test, now);
    connection.health.status = ConnectionStatus::Active;
    store.insert_connection(&mut connection).await.unwrap();
    let id = connection.id;
    let until = now.plus_seconds(86_400);
    let Acquired::Lease(lease) = store.acquire_lease(&id, "bench", now, until).await.unwrap() else {
        panic!("nobody else syncs");
    };
    let streams = [Stream::TaxRules, Stream::ShippingOptions, Stream::Offers, Stream::Prices, Stream::Inventory];
    let plan = |stream: &Stream| StreamPlan { stream: stream.clone(), mode: Mode::Full, since: None, watermark: now };
    let plan = RunPlan { trigger: Trigger::Manual, streams: streams.iter().map(plan).collect() };
    let run = store.begin_or_resume_run(&lease, &plan, RunId::new(now), now).await.unwrap();
    for stream in streams {
        let pages: Vec<u32> = (0..products).step_by(PAGE as usize).collect();
        let pages = if matches!(stream, Stream::TaxRules | Stream::ShippingOptions) { vec![0] } else { pages };
        for (index, first) in pages.iter().enumerate() {
            let rows = rows(&stream, *first, products.min(first + PAGE));
            let next = Checkpoint(json!(index));
            let commit = PageCommit {
                lease: &lease,
                run: &run.id,
                stream: &stream,
                rows: &rows,
                digest: None,
                next: (index + 1 < pages.len()).then_some(&next),
                seen: rows.len() as u64,
                skipped: 0,
                total: None,
                notices: &[],
                left_out: &[],
                doubts: &[],
                rule: DeletionRule::default(),
                requests: 1,
                bytes: 0,
                now,
                read_at: now,
            };
            store.commit_page(commit).await.unwrap();
        }
        store
            .finish_stream(
                &lease,
                &run.id,
                &stream,
                &StreamEnd::Complete { delete: true, rule: DeletionRule::default() },
                now,
            )
            .await
            .unwrap();
    }
    id
}

fn rows(stream: &Stream, from: u32, to: u32) -> Rows {
    let variants = || (from * SIZES)..(to * SIZES);
    let entity = |body: Value| {
        let id = body["id"].as_str().unwrap().to_owned();
        Rows::Entities(vec![EntityRow { id, title: None, parent_id: None, body: body.to_string() }])
    };
    match stream {
        Stream::TaxRules => entity(json!({ "id": "1", "name": "Moms", "country": "SE", "rate_percent": "25",
            "target": "goods", "application": "included" })),
        Stream::ShippingOptions => {
            let bands = [(0, 4_900), (500, 0)].map(|(from, minor)| {
                json!({ "kind": "order_total", "from": from.to_string(),
                    "price": { "amount_minor": minor, "currency": "SEK" } })
            });
            entity(json!({ "id": "1", "name": { "default": "Home" }, "active": true,
                "rates": [{ "countries": ["SE"], "bands": bands }] }))
        }
        Stream::Offers => Rows::Offers((from..to).map(offer).collect()),
        Stream::Prices => Rows::Prices(
            variants()
                .map(|variant| PriceRow {
                    priced_id: variant.to_string(),
                    min_quantity: 1,
                    currency: "SEK".into(),
                    amount_minor: 9_900 + i64::from(variant % 1_000) * 10,
                    tax: "included".into(),
                    ..PriceRow::default()
                })
                .collect(),
        ),
        _ => Rows::Inventory(
            variants()
                .map(|variant| InventoryRow {
                    variant_id: variant.to_string(),
                    location_id: "1".into(),
                    available: 5 + i64::from(variant % 50),
                    policy: "deny".into(),
                    as_of: None,
                })
                .collect(),
        ),
    }
}

fn offer(product: u32) -> OfferRow {
    let first = product * SIZES;
    let variants: Vec<Value> = (first..first + SIZES)
        .map(|variant| {
            json!({ "id": variant.to_string(), "sku": format!("SKU-{variant}"), "active": true,
            "weight": { "value": "0.4", "unit": "kg" } })
        })
        .collect();
    let text = "A shirt of organic cotton with a straight fit. ".repeat(12);
    let body = json!({ "id": product.to_string(), "title": { "default": format!("Shirt {product}") },
        "description": { "default": text }, "status": "active", "variants": variants });
    OfferRow {
        id: product.to_string(),
        title: Some(format!("Shirt {product}")),
        status: "active".into(),
        body: body.to_string(),
        variants: (first..first + SIZES)
            .map(|variant| VariantRow {
                id: variant.to_string(),
                sku: Some(format!("SKU-{variant}")),
                active: true,
                ..VariantRow::default()
            })
            .collect(),
        ..OfferRow::default()
    }
}
