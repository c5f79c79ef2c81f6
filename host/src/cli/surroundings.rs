//! Whether what the configuration names can be used on this machine: folders, files, keys, the address of the database and the
//! address to listen on.

use std::{
    fs::{self, OpenOptions},
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
};

use crate::{
    config::Config,
    secret::{Keyring, key_file},
    store::Store,
};

/// Everything that `serve` would stumble over, each by the name of its key.
pub(super) fn mistakes(config: &Config) -> Vec<String> {
    let mut mistakes = vec![];
    let mut note = |key: &str, outcome: Result<(), String>| {
        mistakes.extend(outcome.err().map(|problem| format!("`{key}`: {problem}")));
    };
    note("data_dir", writable(&config.data_dir));
    for directory in &config.plugins.directories {
        let readable = fs::read_dir(directory).map(drop);
        note("plugins.directories", readable.map_err(|error| format!("{}: {error}", directory.display())));
    }
    note("database.url", database(config));
    note("secrets.keys", keys(config));
    note("server.listen", listens(config.server.listen));
    note("server.admin_listen", config.server.admin_listen.map_or(Ok(()), listens));
    mistakes
}

fn database(config: &Config) -> Result<(), String> {
    if config.database.url.is_empty() {
        return Ok(());
    }
    Store::check_url(&config.database.url).map_err(|error| error.to_string())
}

fn keys(config: &Config) -> Result<(), String> {
    let file = config.keyring_file();
    let read = if !config.secrets.keys.is_empty() {
        Keyring::parse(&config.secrets.keys)
    } else if file.try_exists().unwrap_or(true) {
        key_file::load(&file)
    } else {
        return Ok(());
    };
    read.map(drop).map_err(|error| error.to_string())
}

/// Whether a folder, or the nearest one above that there is, takes a file.
fn writable(folder: &Path) -> Result<(), String> {
    let problem = |folder: &Path, error: &io::Error| format!("{}: {error}", folder.display());
    let mut nearest = folder;
    while !nearest.as_os_str().is_empty() && !nearest.try_exists().map_err(|error| problem(nearest, &error))? {
        nearest = nearest.parent().unwrap_or(Path::new(""));
    }
    let nearest = if nearest.as_os_str().is_empty() { Path::new(".") } else { nearest };
    let probe = nearest.join(format!(".connector-host-check.{}.new", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&probe).map_err(|error| problem(nearest, &error))?;
    fs::remove_file(&probe).map_err(|error| problem(nearest, &error))
}

/// Whether the address is one of this machine's. That something listens there already, such as this host, is fine.
fn listens(address: SocketAddr) -> Result<(), String> {
    match TcpListener::bind(address) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            Err(format!("{address} cannot be listened on: {error}"))
        }
        _ => Ok(()),
    }
}
