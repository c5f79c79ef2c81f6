//! `cargo xtask fuzz [--seconds N]`: the fuzz targets of `fuzz/`, each for so many seconds, from the committed corpus.
//!
//! libFuzzer needs no nightly toolchain, only flags that are stable: the compiler's coverage pass, as `cargo-fuzz` sets it,
//! without sanitizers.

use std::{fs, process::Command, thread};

use anyhow::{Context, bail};
use clap::Args;

use crate::{
    artifacts::{cargo, succeed, workspace},
    steps,
};

/// The targets: binaries of `fuzz/`, each with a corpus of the same name.
const TARGETS: [&str; 3] = ["webhook_header", "webhook_body", "webhook_payload"];

/// Where libFuzzer looks for new ways through the code.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table --cfg fuzzing";

#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// How long to run each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Only these targets
    targets: Vec<String>,
}

impl FuzzArgs {
    /// All targets, each for so long.
    pub(crate) fn all_for(seconds: u32) -> Self {
        Self { seconds, targets: vec![] }
    }
}

/// Whether there is what libFuzzer is built with.
pub(crate) fn can_build() -> bool {
    Command::new("c++").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Builds and runs them; fails at the first input that breaks what must hold.
pub(crate) fn run(args: &FuzzArgs) -> anyhow::Result<()> {
    if let Some(unknown) = args.targets.iter().find(|target| !TARGETS.contains(&target.as_str())) {
        bail!("there is no target `{unknown}`; the targets are {}", TARGETS.join(", "));
    }
    if !can_build() {
        bail!("libFuzzer needs a C++ compiler named `c++`: install one, such as Debian's package g++");
    }
    let (folder, built) = (workspace().join("fuzz"), workspace().join("target/fuzz"));
    let host = host()?;
    // With a target named, build scripts and procedural macros are built without the flags.
    let mut compile = cargo(&["build", "--quiet", "--bins", "--target", &host, "--target-dir"]);
    compile.arg(&built).arg("--manifest-path").arg(folder.join("Cargo.toml")).env("RUSTFLAGS", COVERAGE);
    steps::step("fuzz targets are built", || succeed(&mut compile))?;
    let artifacts = built.join("artifacts");
    fs::create_dir_all(&artifacts)?;
    let wanted =
        TARGETS.iter().filter(|target| args.targets.is_empty() || args.targets.iter().any(|own| own == *target));
    let mut runs = vec![];
    for target in wanted {
        let found = built.join("corpus").join(target);
        fs::create_dir_all(&found)?;
        let mut fuzz = Command::new(built.join(&host).join("debug").join(target));
        fuzz.arg(format!("-max_total_time={}", args.seconds))
            .args(["-max_len=8192", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0"])
            .arg(format!("-artifact_prefix={}/{target}-", artifacts.display()))
            .args([&found, &folder.join("corpus").join(target)]);
        runs.push((target, fuzz));
    }
    // All at once: each is one process that computes.
    let outcomes: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> =
            runs.iter_mut().map(|(target, fuzz)| scope.spawn(move || steps::step(target, || watch(fuzz)))).collect();
        started.into_iter().map(|run| run.join().unwrap_or_else(|_| bail!("the run of a target panicked"))).collect()
    });
    outcomes.into_iter().collect::<anyhow::Result<Vec<()>>>()?;
    Ok(())
}

/// Runs one target; prints how much it tried, or everything it said when an input failed.
fn watch(fuzz: &mut Command) -> anyhow::Result<()> {
    let output = fuzz.output().context("the target does not start")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{said}");
    }
    for line in said.lines().filter_map(|line| line.strip_prefix("stat::number_of_executed_units: ")) {
        println!("  {} inputs tried", line.trim());
    }
    Ok(())
}

fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc")?;
    let reported = String::from_utf8(output.stdout)?;
    let host = reported
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc does not say what it builds for")?;
    Ok(host.to_owned())
}
