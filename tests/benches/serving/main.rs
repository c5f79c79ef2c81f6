//! What a host that serves costs: acknowledging webhooks, verifying them, claiming their work, how long a change takes to its channel,
//! what replicas add, what a host at rest needs, and how fair it is when many connections are due.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]
#![expect(clippy::print_stdout, reason = "rows go to standard output")]

mod acknowledge;
mod claim;
mod delivery;
mod due;
mod generator;
mod idle;
mod latency;
mod replicas;
mod search;
mod verify;

use serde_json::{Value, json};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let name = arguments.next().unwrap_or_default();
    let rows = match name.as_str() {
        "webhook_ack" => acknowledge::rows(),
        "webhook_verify" => verify::rows(),
        "webhook_claim" => claim::rows(),
        "event_latency" => latency::rows(),
        "replicas" => replicas::rows(),
        "idle" => idle::rows(),
        "due" => due::rows(),
        "offer_search" => search::rows(),
        other => panic!("there is no measurement {other:?}"),
    };
    println!("{}", json!(rows));
}

/// One result; `goal` says what the ratio or value is to be, and whether it is.
fn row(name: &str, (value, unit): (f64, &str), baseline: Option<f64>, goal: Option<(&str, bool)>) -> Value {
    json!({
        "name": name, "value": value, "unit": unit, "baseline": baseline,
        "ratio": baseline.map(|baseline| value / baseline),
        "goal": goal.map(|(text, _)| text), "holds": goal.map(|(_, holds)| holds),
    })
}

/// The value below which this share of them lies, in per mille. Sorts them.
fn quantile(values: &mut [f64], per_mille: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * per_mille / 1_000).min(values.len() - 1)]
}

fn median(values: &mut [f64]) -> f64 {
    quantile(values, 500)
}
