//! Where things are, and how they are built.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A cargo command in the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace());
    command
}

/// Runs a command to its end; an error when it fails.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot run `{shown}`"))?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().map(|argument| match argument.to_string_lossy() {
        text if text.contains(' ') => format!("'{text}'").into(),
        text => text,
    });
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Arguments that build every program and plugin, with the features of the test builds so that they share everything.
pub(crate) const BUILD_ALL: [&str; 5] = ["build", "--quiet", "--workspace", "--exclude", "xtask"];

/// The files of one profile.
#[derive(Debug, Clone)]
pub(crate) struct Artifacts {
    directory: PathBuf,
}

impl Artifacts {
    /// Those of a profile, built or not: `debug` or `release`.
    pub(crate) fn of(profile: &str) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
        Self { directory: workspace().join(target).join(profile) }
    }

    /// Those of a folder, for tests.
    #[cfg(test)]
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { directory: folder.to_owned() }
    }

    /// Where they are.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension(std::env::consts::EXE_EXTENSION)
    }

    /// A plugin file.
    pub(crate) fn plugin(&self, crate_name: &str) -> PathBuf {
        let prefix = std::env::consts::DLL_PREFIX;
        self.directory.join(format!("{prefix}{crate_name}{}", std::env::consts::DLL_SUFFIX))
    }
}
