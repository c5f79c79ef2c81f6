//! Programs written in Python, each in an environment of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::artifacts::succeed;

/// A program of a package, in an environment that is made once for each version.
pub(crate) fn tool(python: &Path, environment: &Path, package: &str, program: &str) -> anyhow::Result<PathBuf> {
    let stamp = environment.join(package);
    if !stamp.is_file() {
        succeed(Command::new(python).args(["-m", "venv", "--clear"]).arg(environment))?;
        let mut install = Command::new(environment.join("bin/pip"));
        succeed(install.args(["install", "--quiet", "--disable-pip-version-check", package]))?;
        fs::write(stamp, "")?;
    }
    Ok(environment.join("bin").join(program))
}
