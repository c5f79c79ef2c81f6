//! `cargo xtask test`: every check and test there is, in the order in which they fail fastest.

use std::{process::Command, time::Instant};

use anyhow::bail;
use clap::Args;

use crate::{
    artifacts::{BUILD_ALL, cargo, shown, succeed},
    demo, page, schemas, steps, tidy,
};

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Only what needs no process besides the tests' own: no end-to-end tests, documentation or demonstration.
    #[arg(long)]
    fast: bool,
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
    report.cargo("formatting", &["fmt", "--all", "--check"], &[]);
    report.step("tidy", tidy::run);
    report.cargo("clippy", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]);
    report.cargo("programs and plugins", &BUILD_ALL, &[]);
    if !args.fast {
        for profile in ["release", "panic-abort"] {
            let arguments = ["build", "--quiet", "--package", "plugin-template", "--profile", profile];
            report.cargo(&format!("the template plugin, profile {profile}"), &arguments, &[]);
        }
        report.step("schemas", || schemas::run(&schemas::SchemaArgs::checking()));
    }
    run_tests(&mut report, args.fast);
    if !args.fast {
        report.cargo("documentation tests", &["test", "--quiet", "--workspace", "--doc"], &[]);
        let documentation = ["doc", "--quiet", "--workspace", "--no-deps"];
        report.cargo("documentation", &documentation, &[("RUSTDOCFLAGS", "-D warnings")]);
        report.step("demonstration", || demo::run(&demo::DemoArgs::once()));
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
    let environment = [("E2E_BUILT", "1"), ("INSTA_UPDATE", "no")];
    let mut arguments = vec!["nextest", "run", "--workspace", "--profile", "ci"];
    if !is_there(&mut cargo(&["nextest", "--version"])) {
        report.not_run.push(
            "time limits of single tests: cargo-nextest is not installed, `cargo test` ran the same tests".into(),
        );
        arguments = vec!["test", "--quiet", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"];
    }
    if fast {
        arguments.extend(["--exclude", "e2e"]);
    }
    report.cargo("tests", &arguments, &environment);
    if is_there(&mut cargo(&["deny", "--version"])) {
        report.cargo("dependencies", &["deny", "--all-features", "check", "bans", "licenses", "sources"], &[]);
    } else {
        report.not_run.push("licences and sources of dependencies: cargo-deny is not installed".into());
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
    report.step("browser tests", || tools.script("test"));
}

fn is_there(command: &mut Command) -> bool {
    let found = command.output().is_ok_and(|output| output.status.success());
    if !found {
        println!("`{}` is not there", shown(command));
    }
    found
}
