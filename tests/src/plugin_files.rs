//! The plugin files and programs under test, built once per test run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Set when everything is built already, as `cargo xtask test` does.
pub const BUILT: &str = "E2E_BUILT";

/// A plugin file of this workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugin {
    /// The Centra connector.
    Centra,
    /// The smallest honest connector.
    Template,
    /// A valid connector that misbehaves as its credential `mode` says.
    Misbehaves,
    /// A connector of a shop with lists that takes failures for empty answers.
    Careless,
    /// Places orders and prices carts otherwise than asked.
    SellsOtherwise,
    /// Answers by hand, past the contract's types.
    RawAnswers,
    /// An id that breaks the rules.
    BadId,
    /// Streams that wait for each other.
    StreamCycle,
    /// A secret that is not marked as one.
    StraySchema,
    /// Panics when asked what it is.
    PanicsAtLoad,
    /// A root module of another shape.
    WrongAbi,
    /// Ends its process when asked what it is, as `DIES_AT_LOAD` says.
    DiesAtLoad,
    /// Says the secrets it was given wherever it can.
    Blurts,
}

impl Plugin {
    fn crate_name(self) -> &'static str {
        match self {
            Self::Centra => "centra_plugin",
            Self::Template => "plugin_template",
            Self::Misbehaves => "bad_misbehaves",
            Self::Careless => "bad_careless",
            Self::SellsOtherwise => "bad_sells_otherwise",
            Self::RawAnswers => "bad_raw_answers",
            Self::BadId => "bad_id",
            Self::StreamCycle => "bad_stream_cycle",
            Self::StraySchema => "bad_stray_schema",
            Self::PanicsAtLoad => "bad_panics_at_load",
            Self::WrongAbi => "bad_wrong_abi",
            Self::DiesAtLoad => "bad_dies_at_load",
            Self::Blurts => "bad_blurts",
        }
    }

    /// Its file name.
    pub fn file_name(self) -> String {
        format!("lib{}.{}", self.crate_name(), std::env::consts::DLL_EXTENSION)
    }

    /// The built file.
    pub fn path(self) -> PathBuf {
        built().join(self.file_name())
    }
}

/// A program of this workspace.
pub fn program(name: &str) -> PathBuf {
    built().join(name)
}

/// The template plugin, built with another profile of the workspace.
pub fn template_of_profile(profile: &str) -> PathBuf {
    let arguments = ["build", "--quiet", "--package", "plugin-template", "--profile", profile];
    if std::env::var_os(BUILT).is_none() {
        build(&arguments);
    }
    let path = profile_directory().with_file_name(profile).join(Plugin::Template.file_name());
    assert!(path.is_file(), "{} is not built: cargo {}", path.display(), arguments.join(" "));
    path
}

/// A library of this machine that has nothing to do with plugins: the one every program here is linked to.
pub fn system_library() -> PathBuf {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let library = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).find(|path| path.contains("libc.so"));
    PathBuf::from(library.expect("a program that is linked to a C library"))
}

/// The folder of built files, after making sure that they are up to date.
fn built() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let directory = profile_directory();
        if std::env::var_os(BUILT).is_some() {
            return directory;
        }
        // nextest runs every test in a process of its own; the first of a run builds for all.
        let stamp = std::env::var_os("NEXTEST_RUN_ID").map(|run| directory.join(format!(".e2e-{}", run.display())));
        if !stamp.as_ref().is_some_and(|stamp| stamp.is_file()) {
            build(&["build", "--quiet", "--workspace"]);
            if let Some(stamp) = stamp {
                fs::write(stamp, "").unwrap();
            }
        }
        directory
    })
}

fn build(arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(arguments).current_dir(workspace()).status().unwrap();
    assert!(status.success(), "cargo {} failed", arguments.join(" "));
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Where cargo puts what it builds with the profile of this test: the folder above the test's own `deps`.
fn profile_directory() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let deps = program.ancestors().find(|folder| folder.ends_with("deps"));
    deps.and_then(Path::parent).expect("a test program inside of target/PROFILE/deps").to_owned()
}
