//! Programs that extend cargo: found, or built where everything has to be run.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, ensure};

use crate::{
    artifacts::{Artifacts, cargo, succeed},
    page::on_path,
};

/// A program that extends cargo, such as `nextest`.
pub(crate) struct CargoTool(PathBuf);

impl CargoTool {
    /// Finds it. Where `CI` is set it is built if it is not there; elsewhere the error says how to get it.
    pub(crate) fn find(name: &str) -> anyhow::Result<Self> {
        let package = format!("cargo-{name}");
        let tools = Artifacts::of("tools").directory().to_owned();
        let own = tools.join("bin").join(&package);
        if let Some(found) = on_path(&package).or_else(|| own.is_file().then(|| own.clone())) {
            return Ok(Self(found));
        }
        ensure!(std::env::var_os("CI").is_some(), "{package} is not installed (cargo install --locked {package})");
        println!("{package} is not there: it is built");
        succeed(cargo(&["install", "--quiet", "--locked", &package, "--root"]).arg(&tools))
            .with_context(|| format!("{package} cannot be built"))?;
        Ok(Self(own))
    }

    /// The program, started as cargo would.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.args(arguments).current_dir(crate::artifacts::workspace());
        if let Some(cargo) = std::env::var_os("CARGO") {
            command.env("CARGO", cargo);
        }
        command
    }
}
