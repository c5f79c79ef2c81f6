//! `cargo xtask bench`: release builds, the measuring programs of `tests/benches`, and one table of what they found.

use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{
    artifacts::{cargo, succeed},
    steps::step,
};

/// Measurement and the program that makes it.
const MEASUREMENTS: [(&str, &str); 16] = [
    ("abi_call", "abi_call"),
    ("quote_local", "quote"),
    ("quote_realtime", "quote_realtime"),
    ("sync_throughput", "sync"),
    ("sync_memory", "sync"),
    ("sync_requests", "sync"),
    ("sync_unchanged", "sync"),
    ("price_routes", "price_routes"),
    ("webhook_ack", "serving"),
    ("webhook_verify", "serving"),
    ("webhook_claim", "serving"),
    ("event_latency", "serving"),
    ("replicas", "serving"),
    ("idle", "serving"),
    ("due", "serving"),
    ("offer_search", "serving"),
];

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only this measurement: `abi_call`, `quote_local`, `quote_realtime`, `sync_throughput`, `sync_memory`, `sync_requests`,
    /// `sync_unchanged`, `price_routes`, `webhook_ack`, `webhook_verify`, `webhook_claim`, `event_latency`, `replicas`, `idle`,
    /// `due`, `offer_search`.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Print the rows as JSON.
    #[arg(long)]
    json: bool,
    /// Products of a sync; memory is measured at ten times as many, local quotes at twenty times as many, of five SKUs each.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    products: u32,
}

/// One result.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    name: String,
    value: f64,
    unit: String,
    baseline: Option<f64>,
    ratio: Option<f64>,
    goal: Option<String>,
    holds: Option<bool>,
}

/// Builds, measures, prints; an error when a goal is missed.
pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let wanted: Vec<_> =
        MEASUREMENTS.iter().filter(|(name, _)| args.only.as_deref().is_none_or(|only| only == *name)).collect();
    if wanted.is_empty() {
        bail!("there is no such measurement; there are {}", MEASUREMENTS.map(|(name, _)| name).join(", "));
    }
    let build = || {
        let packages = ["connector-host", "centra-sim", "centra-plugin", "plugin-template"];
        let mut command = cargo(&["build", "--quiet", "--release"]);
        succeed(command.args(packages.iter().flat_map(|package| ["--package", *package])))
    };
    if args.json { build() } else { step("release builds", build) }?;
    let mut rows = vec![];
    for (name, program) in wanted {
        rows.extend(measure(name, program, args.products)?);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print(&rows);
    }
    let missed: Vec<_> = rows.iter().filter(|row| row.holds == Some(false)).map(|row| row.name.as_str()).collect();
    ensure!(missed.is_empty(), "goals missed: {}", missed.join(", "));
    Ok(())
}

fn measure(name: &str, program: &str, products: u32) -> anyhow::Result<Vec<Row>> {
    let products = products.to_string();
    let mut command = cargo(&["bench", "--quiet", "--package", "e2e", "--bench", program, "--", name, &products]);
    let output = command.env("E2E_BUILT", "1").stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the measurement `{name}` failed");
    serde_json::from_slice(&output.stdout).with_context(|| format!("`{name}` printed no rows"))
}

fn print(rows: &[Row]) {
    println!("\n{:60} {:>14} {:14} {:>14} {:>8}  {:16} goal met", "name", "value", "unit", "baseline", "ratio", "goal");
    for row in rows {
        let number =
            |value: Option<f64>, digits: usize| value.map(|value| format!("{value:.digits$}")).unwrap_or_default();
        let holds = row.holds.map_or("", |holds| if holds { "yes" } else { "NO" });
        println!(
            "{:60} {:>14.1} {:14} {:>14} {:>8}  {:16} {holds}",
            row.name,
            row.value,
            row.unit,
            number(row.baseline, 1),
            number(row.ratio, 3),
            row.goal.as_deref().unwrap_or_default(),
        );
    }
}
