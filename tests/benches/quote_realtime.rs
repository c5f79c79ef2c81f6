//! What a quote of the platform costs beyond the platform: the host's answer over HTTP beside the same upstream requests by a
//! bare client, one after the other, cart by cart.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]
#![expect(clippy::print_stdout, reason = "rows go to standard output")]

mod proxy;

use std::time::{Duration, Instant};

use e2e::{
    Host, Plugin, Sim,
    api::{Channel, Server},
    order_desk::CHECKOUT_SECRET,
    world::{export, variant_prices},
};
use serde_json::{Value, json};

/// How long the store takes for one answer, in milliseconds. Centra reports about 100; less makes the host's share larger.
const ANSWERS_AFTER: u32 = 30;
/// Quotes of one measurement.
const QUOTES: u32 = 300;
/// Who asks for quotes at the same time.
const SHOPPERS: u32 = 16;
/// Quotes before it.
const WARM_UP: u32 = 30;
/// Most pieces of a line.
const MOST_UNITS: u32 = 5;
/// Most milliseconds that the host may add to a quote that takes one upstream request …
const MOST_ADDED_MS: f64 = 2.0;
/// … and most that it may add to any, as a share.
const MOST_ADDED: f64 = 0.05;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let name = arguments.next().unwrap_or_default();
    assert_eq!(name, "quote_realtime", "there is no measurement {name:?}");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let sim = Sim::start(&[
        "--seed",
        "small",
        "--checkout-secret",
        CHECKOUT_SECRET,
        "--checkout-delay",
        &ANSWERS_AFTER.to_string(),
    ]);
    let proxy = runtime.block_on(proxy::start(&sim.address));
    let desk = Desk::open(&sim, &proxy.address);
    let quotes =
        [("one shipping method", "", Some(MOST_ADDED_MS)), ("every shipping method", "&every_method=true", None)];
    let rows: Vec<Value> = quotes
        .into_iter()
        .flat_map(|(name, query, most_ms)| runtime.block_on(measure(name, query, most_ms, &desk, &proxy)))
        .collect();
    let rows: Vec<Value> = rows.into_iter().chain([runtime.block_on(at_once(&desk))]).collect();
    println!("{}", json!(rows));
}

/// Quotes in a second when so many shoppers ask at the same time, beside what the store gives to as many at once.
async fn at_once(desk: &Desk) -> Value {
    let url = format!("{}{}", desk.server.address, quotes_of(&desk.id));
    let shoppers = |quotes: u32, first: u32| {
        let url = url.clone();
        (0..SHOPPERS).map(move |shopper| {
            let (client, url) = (proxy::client(), url.clone());
            async move {
                for number in 0..quotes {
                    let cart = desk.cart(first + shopper * quotes + number);
                    let answer = client.post(&url).bearer_auth(&desk.channel.key).json(&cart).send().await.unwrap();
                    assert!(answer.status().is_success(), "{}", answer.status());
                    answer.bytes().await.unwrap();
                }
            }
        })
    };
    futures_util::future::join_all(shoppers(WARM_UP, 10_000)).await;
    let begun = Instant::now();
    futures_util::future::join_all(shoppers(QUOTES / 5, 100_000)).await;
    let quotes = f64::from(SHOPPERS * (QUOTES / 5)) / begun.elapsed().as_secs_f64();
    let most = f64::from(SHOPPERS) * 1_000.0 / f64::from(ANSWERS_AFTER);
    let name = format!("quote_realtime of {SHOPPERS} shoppers (baseline: one call each, all at once)");
    row(&name, quotes, "quotes/s", Some(most), None)
}

/// A host connected to the store through the proxy.
struct Desk {
    server: Server,
    channel: Channel,
    id: String,
    /// Three variants that are sold in kronor.
    variants: Vec<String>,
    // Its folders live as long as it is asked.
    _host: Host,
}

impl Desk {
    fn open(sim: &Sim, address: &str) -> Self {
        let host = Host::new(&[Plugin::Centra]);
        let server = Server::start(&host);
        let channel = server.channel("Channel");
        let credentials = json!({ "store_url": address, "integration_api_token": sim.token,
            "checkout_api_shared_secret": CHECKOUT_SECRET });
        let id = server.connect(&channel, &json!({}), &credentials);
        assert_eq!(server.synced(&channel.key, &id)["result"], "ok");
        let prices = variant_prices(&export(&host, &id));
        let in_kronor = prices.iter().filter(|price| price["pricelist_id"] == "1").take(20);
        let lines: Vec<Value> =
            in_kronor.map(|price| json!({ "variant_id": price["variant_id"], "quantity": MOST_UNITS })).collect();
        let quote = server.call(&channel.key, "POST", &quotes_of(&id), &cart(&lines)).json();
        let sold = quote["quote"]["lines"].as_array().unwrap().iter().filter(|line| line["total"].is_object());
        let variants: Vec<String> = sold.map(|line| line["variant_id"].as_str().unwrap().to_owned()).take(3).collect();
        assert_eq!(variants.len(), 3, "three of these are sold: {quote:#}");
        Self { server, channel, id, variants, _host: host }
    }

    /// Three lines whose quantities differ from one cart to the next, as while a shopper makes up their mind.
    fn cart(&self, number: u32) -> Value {
        let quantity = |place: u32| 1 + (number * (place + 1) + place) % MOST_UNITS;
        let line = |(place, variant): (u32, &String)| json!({ "variant_id": variant, "quantity": quantity(place) });
        cart(&(0..).zip(&self.variants).map(line).collect::<Vec<_>>())
    }
}

fn cart(lines: &[Value]) -> Value {
    json!({ "currency": "SEK", "market_id": "1", "pricelist_id": "1", "lines": lines,
        "ship_to": { "country": "SE", "postal_code": "113 46" } })
}

fn quotes_of(connection: &str) -> String {
    format!("/v1/connections/{connection}/quotes?source=realtime")
}

fn row(name: &str, value: f64, unit: &str, baseline: Option<f64>, goal: Option<(&str, bool)>) -> Value {
    json!({
        "name": name, "value": value, "unit": unit, "baseline": baseline,
        "ratio": baseline.map(|baseline| value / baseline),
        "goal": goal.map(|(text, _)| text), "holds": goal.map(|(_, holds)| holds),
    })
}

async fn measure(name: &str, query: &str, most_ms: Option<f64>, desk: &Desk, proxy: &proxy::Proxy) -> Vec<Value> {
    let (host, bare) = (proxy::client(), proxy::client());
    let url = format!("{}{}{query}", desk.server.address, quotes_of(&desk.id));
    let (mut hosts, mut bares, mut added, mut calls_made) = (vec![], vec![], vec![], 0_u32);
    for number in 0..WARM_UP + QUOTES {
        let request = host.post(&url).bearer_auth(&desk.channel.key).json(&desk.cart(number));
        proxy.take();
        let begun = Instant::now();
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        let bytes = answer.bytes().await.unwrap();
        let with_host = milliseconds(begun.elapsed());
        let quote: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(quote["quote"]["source"], "realtime", "{quote:#}");
        assert!(quote["quote"]["lines"].as_array().unwrap().iter().all(|line| line["total"].is_object()), "{quote:#}");
        let calls = proxy.take();
        assert!(!calls.is_empty());
        if number < WARM_UP {
            // A cart that is filled for the first time cannot be filled again: its session knows what is in it.
            continue;
        }
        let count = u32::try_from(calls.len()).unwrap();
        let begun = Instant::now();
        proxy::replay(&bare, &proxy.address, calls).await;
        let without = milliseconds(begun.elapsed());
        hosts.push(with_host);
        bares.push(without);
        added.push(with_host - without);
        calls_made += count;
    }
    let (p50, baseline, more) = (at(&mut hosts, 50), at(&mut bares, 50), at(&mut added, 50));
    let holds = most_ms.is_none_or(|most| more <= most) && p50 <= baseline * (1.0 + MOST_ADDED);
    let goal = if most_ms.is_some() { "≤ 2 ms and 5 %" } else { "≤ 5 %" };
    let per_quote = f64::from(calls_made) / f64::from(QUOTES);
    let title = format!("quote_realtime {name}");
    vec![
        row(&format!("{title}: p50"), p50, "ms", Some(baseline), Some((goal, holds))),
        row(&format!("{title}: added p50"), more, "ms", None, None),
        row(&format!("{title}: added p99"), at(&mut added, 99), "ms", None, None),
        row(&format!("{title}: calls of {ANSWERS_AFTER} ms"), per_quote, "calls/quote", None, None),
    ]
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

/// A percentile.
fn at(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent / 100).min(values.len() - 1)]
}
