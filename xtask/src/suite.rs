//! `cargo xtask test`: every check and test there is, in the order in which they fail fastest.

use std::{process::Command, time::Instant};

use anyhow::bail;
use clap::Args;

use crate::{
    advisories, alerts, api_check,
    artifacts::{BUILD_ALL, cargo, succeed, workspace},
    clients, database, demo, fuzz, page, provision, public_api, schemas, steps, tidy,
};

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Only what needs no process besides the tests' own: no end-to-end tests, documentation or demonstration.
    #[arg(long)]
    fast: bool,
    /// How long to run each fuzz target; 0 leaves them out
    #[arg(long, default_value_t = 30)]
    fuzz_seconds: u32,
    /// Install what is missing, as root on Debian; done by itself where `CI` is set.
    #[arg(long)]
    install: bool,
}

/// How the steps went.
#[derive(Default)]
struct Report {
    failed: Vec<String>,
    not_run: Vec<String>,
}

impl Report {
    fn step(&mut self, name: &str, work: impl FnOnce() -> anyhow::Result<()>) {
        println!("\n── {name}");
        if let Err(error) = steps::step(name, work) {
            println!("{error:#}");
            self.failed.push(name.to_owned());
        }
    }

    fn cargo(&mut self, name: &str, arguments: &[&str], environment: &[(&str, &str)]) {
        self.step(name, || succeed(cargo(arguments).envs(environment.iter().copied())));
    }
}

/// Runs them all, and fails when any failed. What a missing tool kept from being run is said at the end, and fails where
/// `CI` is set.
pub(crate) fn run(args: &TestArgs) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut report = Report::default();
    if args.install || std::env::var_os("CI").is_some() {
        report.step("what the suite needs", provision::install_missing);
    }
    report.cargo("formatting", &["fmt", "--all", "--check"], &[]);
    report.step("tidy", tidy::run);
    report.cargo("clippy", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]);
    report.cargo("programs and plugins", &BUILD_ALL, &[]);
    if !args.fast {
        for profile in ["release", "panic-abort"] {
            let arguments = ["build", "--quiet", "--package", "plugin-template", "--profile", profile];
            report.cargo(&format!("the template plugin, profile {profile}"), &arguments, &[]);
        }
        report.step("the public interface of the contract", || public_api::run(&public_api::PublicApiArgs::checking()));
        report.step("schemas", || schemas::run(&schemas::SchemaArgs::checking()));
    }
    run_tests(&mut report, args.fast);
    if !args.fast {
        // nextest leaves them out. Those of `connector-api` need its feature `testing`.
        report.cargo("documentation tests", &["test", "--quiet", "--workspace", "--all-features", "--doc"], &[]);
        let documentation = ["doc", "--quiet", "--workspace", "--all-features", "--no-deps"];
        report.cargo("documentation", &documentation, &[("RUSTDOCFLAGS", "-D warnings")]);
        fuzz_targets(&mut report, args.fuzz_seconds);
        report.step("demonstration", || demo::run(&demo::DemoArgs::once()));
        match provision::require("sqlite3") {
            Ok(sqlite) => report.step("its database against another SQLite", || database::check(&sqlite)),
            Err(missing) => report.not_run.push(format!("the database against another SQLite: {missing:#}")),
        }
        match alerts::find() {
            Ok(_) => report.step("alert rules and dashboard", alerts::run),
            Err(missing) => report.not_run.push(format!("alert rules and dashboard: {missing:#}")),
        }
        match api_check::find() {
            Ok(_) => report.step("the interface against its document", api_check::run),
            Err(missing) => report.not_run.push(format!("the interface against its document: {missing:#}")),
        }
        match clients::find() {
            Ok(_) => report.step("generated clients", clients::run),
            Err(missing) => report.not_run.push(format!("generated clients: {missing:#}")),
        }
        test_page(&mut report);
    }
    println!("\n── {}", steps::shown(start.elapsed()));
    for not_run in &report.not_run {
        println!("not run: {not_run}");
    }
    if report.failed.is_empty() && !report.not_run.is_empty() && std::env::var_os("CI").is_some() {
        bail!("CI runs everything, and something was not run");
    }
    if report.failed.is_empty() {
        println!("everything that was run passed");
        return Ok(());
    }
    bail!("failed: {}", report.failed.join(", "))
}

fn run_tests(report: &mut Report, fast: bool) {
    let leave_out: &[&str] = if fast { &["--exclude", "e2e"] } else { &[] };
    let environment = [("E2E_BUILT", "1"), ("INSTA_UPDATE", "no")];
    // They wait more than they compute: with a thread for each processor, those stand idle half of the time.
    let threads = (std::thread::available_parallelism().map_or(1, usize::from) * 2).to_string();
    let all = ["--workspace", "--profile", "ci", "--test-threads", &threads];
    let mut tests = match provision::nextest(&all) {
        Ok(command) => command,
        Err(missing) => {
            report.not_run.push(format!("time limits of single tests, `cargo test` ran them: {missing:#}"));
            cargo(&["test", "--quiet", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"])
        }
    };
    report.step("tests", || succeed(tests.args(leave_out).envs(environment)));
    if !fast {
        match provision::nextest(&[&all[..], &["-E", "package(e2e)"]].concat()) {
            Ok(mut command) => report.step("end-to-end tests on PostgreSQL", || {
                succeed(command.envs(environment).env("E2E_DATABASE", "postgres"))
            }),
            Err(missing) => report.not_run.push(format!("end-to-end tests on PostgreSQL: {missing:#}")),
        }
    }
    match provision::require("cargo-deny") {
        Ok(deny) => {
            let check = ["--all-features", "check", "-A", "duplicate", "bans", "licenses", "sources"];
            report.step("dependencies", || succeed(Command::new(deny).args(check).current_dir(workspace())));
        }
        Err(missing) => report.not_run.push(format!("licences and sources of dependencies: {missing:#}")),
    }
    match advisories::find() {
        Ok(()) => report.step("advisories on dependencies", advisories::check),
        Err(missing) => report.not_run.push(format!("advisories on dependencies: {missing:#}")),
    }
}

/// The page: as built as committed, and walked through in a browser, against the scripted host and the real one.
fn test_page(report: &mut Report) {
    let tools = match page::find() {
        Ok(tools) => tools,
        Err(missing) => return report.not_run.push(format!("the page's build and browser tests: {missing:#}")),
    };
    report.step("packages of the page", || tools.packages());
    report.step("the page is built from its source", || tools.dist_is_built());
    report.step("browser tests, scripted host", || tools.script("test"));
    report.step("browser tests, real host", || tools.script("test:real"));
    report.step("sizes of the page", || tools.script("sizes"));
}

fn fuzz_targets(report: &mut Report, seconds: u32) {
    if seconds == 0 {
        report.not_run.push("fuzz targets: left out by --fuzz-seconds 0".to_owned());
    } else if fuzz::can_build() {
        report.step("fuzz targets", || fuzz::run(&fuzz::FuzzArgs::all_for(seconds)));
    } else {
        report.not_run.push("fuzz targets: there is no C++ compiler named `c++`".to_owned());
    }
}
