//! `cargo xtask public-api [--check]`: the public Rust interface of `connector-api`, one line for each item, as authors of
//! plugins compile against it. A reviewer sees in the file's change what breaks them.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, bail};
use clap::Args;

use crate::artifacts::{cargo, succeed, workspace};

/// Where the interface is recorded.
const RECORD: &str = "connector-api/public-api.txt";
/// What macros make of the ABI, which is held by the checksum of its file.
const FROZEN: &str = "connector_api::abi::";

#[derive(Debug, Args)]
pub(crate) struct PublicApiArgs {
    /// Compare with what is committed instead of writing it.
    #[arg(long)]
    check: bool,
}

impl PublicApiArgs {
    /// `--check`.
    pub(crate) fn checking() -> Self {
        Self { check: true }
    }
}

/// Writes or compares the record.
pub(crate) fn run(args: &PublicApiArgs) -> anyhow::Result<()> {
    let interface = interface()?;
    let record = workspace().join(RECORD);
    if !args.check {
        fs::write(&record, interface).with_context(|| record.display().to_string())?;
        println!("the interface is written to {}", record.display());
        return Ok(());
    }
    let recorded = fs::read_to_string(&record).with_context(|| record.display().to_string())?;
    let changes = changes(&recorded, &interface);
    if changes.is_empty() {
        println!("the interface is as recorded");
        return Ok(());
    }
    bail!(
        "the public interface of connector-api is not as recorded:\n{}\nRun `cargo xtask public-api` and review the change: a \
         line that is gone or different breaks plugins that compile today, which only a new major version may.",
        changes.join("\n")
    )
}

/// rustdoc's JSON is not stable yet, so that the compiler must be asked as if it were a nightly one; the version of
/// rust-toolchain.toml and the locked version of the reader belong together. The folder of its own keeps what it builds
/// from being mixed with all else.
fn interface() -> anyhow::Result<String> {
    let folder = workspace().join("target/public-api");
    let mut rustdoc =
        cargo(&["rustdoc", "--quiet", "--locked", "--package", "connector-api", "--lib", "--all-features"]);
    rustdoc.arg("--target-dir").arg(&folder).args(["--", "-Zunstable-options", "--output-format=json"]);
    succeed(rustdoc.env("RUSTC_BOOTSTRAP", "1"))?;
    let builder = public_api::Builder::from_rustdoc_json(folder.join("doc/connector_api.json"));
    let builder = builder.omit_blanket_impls(true).omit_auto_trait_impls(true).omit_auto_derived_impls(true);
    let interface = builder.build().context("rustdoc's JSON has another version than `public-api` reads")?;
    let lines = interface.items().map(ToString::to_string).filter(|line| !line.contains(FROZEN));
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

/// Lines that are gone, then lines that are new.
fn changes(recorded: &str, interface: &str) -> Vec<String> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (recorded.lines().collect(), interface.lines().collect());
    let gone = old.difference(&new).map(|line| format!("- {line}"));
    gone.chain(new.difference(&old).map(|line| format!("+ {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_gone_stand_before_new_ones() {
        let (recorded, interface) = ("pub fn a()\npub fn b(u8)\n", "pub fn a()\npub fn b(u16)\npub fn c()\n");
        assert_eq!(changes(recorded, interface), ["- pub fn b(u8)", "+ pub fn b(u16)", "+ pub fn c()"]);
        assert_eq!(changes(recorded, recorded), Vec::<String>::new());
    }
}
