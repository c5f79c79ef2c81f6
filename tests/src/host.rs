//! The host as a real process, with a data folder, a database and a folder of plugins of its own.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    plugin_files::{Plugin, program},
    postgres,
};

/// A host: its folders. Every command is a process of its own.
///
/// Its database is a file, or with `E2E_DATABASE=postgres` a fresh one on a PostgreSQL server; [`Host::in_file`] is always a file.
pub struct Host {
    folder: TempDir,
    server: Option<postgres::Database>,
    /// Arguments put before every command's own.
    pub arguments: Vec<String>,
    /// Environment variables of every command.
    pub environment: Vec<(String, String)>,
}

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Host {
    /// A host with these plugins and nothing in its database.
    pub fn new(plugins: &[Plugin]) -> Self {
        let on_server = match std::env::var_os("E2E_DATABASE") {
            None => false,
            Some(name) if name == "postgres" => true,
            Some(name) => panic!("E2E_DATABASE: `{}` is not `postgres`", name.display()),
        };
        Self::on(plugins, on_server.then(postgres::Database::of_hosts))
    }

    /// The same with a database file, whatever the other tests run on. For tests of the file itself.
    pub fn in_file(plugins: &[Plugin]) -> Self {
        Self::on(plugins, None)
    }

    fn on(plugins: &[Plugin], server: Option<postgres::Database>) -> Self {
        let host = Self {
            folder: tempfile::tempdir().unwrap(),
            server,
            arguments: ["--allow-private-network", "127.0.0.0/8"].map(str::to_owned).to_vec(),
            environment: vec![],
        };
        fs::create_dir(host.plugins()).unwrap();
        for plugin in plugins {
            host.put_plugin(&plugin.path(), &plugin.file_name());
        }
        host
    }

    /// Everything of this host is below it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of database, keyring and plugin copies.
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        assert!(self.server.is_none(), "a test that looks at the database file takes a host `in_file`");
        self.data().join("connector.db")
    }

    /// The folder of plugin files.
    pub fn plugins(&self) -> PathBuf {
        self.folder().join("plugins")
    }

    /// Copies a file into the folder of plugins.
    pub fn put_plugin(&self, file: &Path, name: &str) {
        let target = self.plugins().join(name);
        fs::copy(file, &target).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        fs::set_permissions(&target, PermissionsExt::from_mode(0o644)).unwrap();
    }

    /// Writes a file that only its owner can read; gives its path.
    pub fn write(&self, name: &str, content: &str) -> String {
        let path = self.folder().join(name);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
        file.write_all(content.as_bytes()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The command line, not yet started. Runs in the host's folder, so that no configuration file of the machine counts.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("connector-host"));
        command.arg("--data-dir").arg(self.data()).arg("--plugins").arg(self.plugins());
        command.args(&self.arguments).args(arguments).current_dir(self.folder());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CONNECTOR__") {
                command.env_remove(name);
            }
        }
        if let Some(server) = &self.server {
            command.env("CONNECTOR__DATABASE__URL", server.url());
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs a command with `--json` that must end 0; gives its result.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:#?}");
        outcome.json()
    }

    /// Runs a command with `--json` that must fail with this exit code; gives the error it printed.
    pub fn fails(&self, arguments: &[&str], code: i32) -> Value {
        let outcome = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(outcome.code, code, "{arguments:?}: {outcome:#?}");
        outcome.error()
    }

    /// Starts a command and leaves it running; it is killed when dropped.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running(Some(self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output in UTF-8");
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Outcome {
    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The error object on standard error; log lines before it are skipped.
    pub fn error(&self) -> Value {
        let line = self.stderr.lines().next_back().unwrap_or_default();
        let printed: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        assert!(printed["error"]["code"].is_string() && printed["error"]["message"].is_string(), "{self:#?}");
        printed["error"].clone()
    }
}

/// A command that is still running.
pub struct Running(Option<Child>);

impl Running {
    /// Ends it as `kill -9` does, at once and without a last word.
    pub fn kill(mut self) {
        if let Some(mut child) = self.0.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// Waits for its end.
    pub fn end(mut self) -> Outcome {
        self.0.take().unwrap().wait_with_output().unwrap().into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
