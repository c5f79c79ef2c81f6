//! The project's own commands: `cargo xtask demo | provision | test | tidy | structure | schemas | fuzz | soak | bench | dist`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command line speaks to its user")]

mod advisories;
mod alerts;
mod api_check;
mod artifacts;
mod bench;
mod clients;
mod code_pages;
mod database;
mod demo;
mod dist;
mod fuzz;
mod page;
mod plain_http;
mod provision;
mod public_api;
mod python;
mod schemas;
mod served;
mod soak;
mod sources;
mod steps;
mod structure;
mod suite;
mod tidy;
mod webhook_demo;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Connect, sync and use a simulated store, from nothing; stays up until Ctrl-C.
    Demo(demo::DemoArgs),
    /// Install what the tests need and is missing, as root on Debian.
    Provision,
    /// Run every check and test there is.
    Test(suite::TestArgs),
    /// Check dependencies against known weaknesses, or write the copy of their list anew.
    Advisories(advisories::AdvisoryArgs),
    /// Ask a running host everything its OpenAPI document describes.
    ApiCheck,
    /// Generate clients from the OpenAPI document and use them against a running host.
    Clients,
    /// Check the invariants of the design on the text of the sources.
    Tidy,
    /// Count files, lines, interfaces, worker loops and import circles.
    Structure(structure::StructureArgs),
    /// Load and test the alert rules and the dashboard.
    Alerts,
    /// Write the public Rust interface of the contract.
    PublicApi(public_api::PublicApiArgs),
    /// Write the exported JSON schemas.
    Schemas(schemas::SchemaArgs),
    /// Run the fuzz targets.
    Fuzz(fuzz::FuzzArgs),
    /// Run the soak tests: lost and duplicate messages and killed hosts, at full size.
    Soak(soak::SoakArgs),
    /// Build and assemble a release.
    Dist(dist::DistArgs),
    /// Run the benchmarks.
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Provision => provision::install_missing(),
        Command::Test(args) => suite::run(&args),
        Command::Advisories(args) => advisories::run(&args),
        Command::ApiCheck => api_check::run(),
        Command::Clients => clients::run(),
        Command::Tidy => tidy::run(),
        Command::Structure(args) => structure::run(&args),
        Command::Alerts => alerts::run(),
        Command::PublicApi(args) => public_api::run(&args),
        Command::Schemas(args) => schemas::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Dist(args) => dist::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
