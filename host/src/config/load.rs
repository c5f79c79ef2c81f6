//! Reads the configuration from its four sources and checks it.

use std::path::{Path, PathBuf};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};

use super::Config;

/// Read when no file is named, if it is there.
const DEFAULT_FILE: &str = "connector-host.toml";
/// Prefix of environment variables.
const PREFIX: &str = "CONNECTOR__";
/// Ending of environment variables that name a file to read the value from.
const FILE_SUFFIX: &str = "_FILE";
/// Largest value read from a file, in bytes.
const LARGEST_FILE: u64 = 64 * 1024;

/// What the command line overrides.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Configuration file; must exist when given.
    pub file: Option<PathBuf>,
    /// Replaces `data_dir`.
    pub data_dir: Option<PathBuf>,
    /// Replaces `plugins.directories`.
    pub plugin_directories: Vec<PathBuf>,
    /// Replaces `network.allow_private`.
    pub allow_private: Vec<ipnet::IpNet>,
    /// Replaces `log.level`.
    pub log_level: Option<String>,
    /// Replaces `server.listen`.
    pub listen: Option<std::net::SocketAddr>,
    /// Replaces `server.public_url`.
    pub public_url: Option<url::Url>,
}

/// Why there is no usable configuration. Names the value, what is wrong and where it came from.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(String);

/// Reads and checks the configuration.
pub fn load(overrides: &Overrides) -> Result<Config, ConfigError> {
    let mut sources = Figment::from(Serialized::defaults(Config::default()));
    match &overrides.file {
        Some(file) if !file.is_file() => {
            return Err(ConfigError(format!("the file {} does not exist", file.display())));
        }
        Some(file) => sources = sources.merge(Toml::file_exact(file)),
        None if Path::new(DEFAULT_FILE).is_file() => sources = sources.merge(Toml::file_exact(DEFAULT_FILE)),
        None => {}
    }
    sources = sources.merge(
        Env::prefixed(PREFIX).split("__").filter(|key| !key.as_str().to_ascii_uppercase().ends_with(FILE_SUFFIX)),
    );
    for (name, path) in file_variables() {
        sources = sources.merge((name, read_value(Path::new(&path))?));
    }
    let mut config: Config = sources.extract().map_err(|error| ConfigError(describe(&error)))?;
    apply(overrides, &mut config);
    check(&config)?;
    Ok(config)
}

fn apply(overrides: &Overrides, config: &mut Config) {
    if let Some(directory) = &overrides.data_dir {
        config.data_dir.clone_from(directory);
    }
    if !overrides.plugin_directories.is_empty() {
        config.plugins.directories.clone_from(&overrides.plugin_directories);
    }
    if !overrides.allow_private.is_empty() {
        config.network.allow_private.clone_from(&overrides.allow_private);
    }
    if let Some(level) = &overrides.log_level {
        config.log.level.clone_from(level);
    }
    if let Some(listen) = overrides.listen {
        config.server.listen = listen;
    }
    if let Some(url) = &overrides.public_url {
        config.server.public_url = Some(url.clone());
    }
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let between = |name: &str, value: u64, low: u64, high: u64| {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(ConfigError(format!("`{name}` is {value}; it must be between {low} and {high}")))
    };
    between("network.connect_timeout_s", config.network.connect_timeout_s, 1, 60)?;
    between("network.timeout_s", config.network.timeout_s, 1, 300)?;
    between("network.max_body_bytes", config.network.max_body_bytes, 1024, 64 * 1024 * 1024)?;
    between("network.headroom_percent", config.network.headroom_percent.into(), 0, 90)?;
    between("sync.page_limit", config.sync.page_limit.into(), 1, 1_000)?;
    between("sync.overlap_s", config.sync.overlap_s.into(), 0, 86_400)?;
    between("sync.full_every_h", config.sync.full_every_h.into(), 1, 24 * 365)?;
    between("sync.page_timeout_s", config.sync.page_timeout_s, 1, 3_600)?;
    between("sync.lease_s", config.sync.lease_s.into(), 1, 600)?;
    between("sync.page_attempts", config.sync.page_attempts.into(), 1, 100)?;
    let orders = &config.orders;
    between("orders.timeout_s", orders.timeout_s.into(), 1, 300)?;
    between("orders.settle_s", orders.settle_s.into(), 1, 3_600)?;
    between("orders.submit_within_s", orders.submit_within_s.into(), 1, 86_400)?;
    between("orders.answer_within_s", orders.answer_within_s.into(), 1, 300)?;
    between("orders.resolvers", orders.resolvers.into(), 1, 64)?;
    let server = &config.server;
    between("server.session_minutes", server.session_minutes.into(), 1, 24 * 60)?;
    between("server.login_hours", server.login_hours.into(), 1, 24 * 30)?;
    between("server.max_requests", server.max_requests.into(), 1, 100_000)?;
    between("server.request_timeout_s", server.request_timeout_s, 1, 600)?;
    between("server.drain_s", server.drain_s, 0, 300)?;
    between("server.sync_every_min", server.sync_every_min.into(), 0, 60 * 24 * 30)?;
    between("server.sync_workers", server.sync_workers.into(), 1, 64)?;
    between("server.check_every_h", server.check_every_h.into(), 0, 24 * 30)?;
    let quotes = &config.quotes;
    between("quotes.deadline_ms", quotes.deadline_ms, 50, 30_000)?;
    between("quotes.local_valid_s", quotes.local_valid_s.into(), 1, 86_400)?;
    between("quotes.circuit_failures", quotes.circuit_failures.into(), 1, 1_000)?;
    between("quotes.circuit_open_s", quotes.circuit_open_s.into(), 1, 300)?;
    between("quotes.cache_s", quotes.cache_s.into(), 0, 3_600)?;
    between("quotes.cache_variants", u64::try_from(quotes.cache_variants).unwrap_or(u64::MAX), 1, 5_000_000)?;
    let webhooks = &config.webhooks;
    between("webhooks.queue", webhooks.queue.into(), 1, 1_000_000)?;
    between("webhooks.workers", webhooks.workers.into(), 0, 64)?;
    between("webhooks.settle_ms", webhooks.settle_ms.into(), 0, 60_000)?;
    between("webhooks.attempts", webhooks.attempts.into(), 1, 100)?;
    between("webhooks.lease_s", webhooks.lease_s.into(), 3, 600)?;
    between("webhooks.poll_s", webhooks.poll_s.into(), 0, 3_600)?;
    between("webhooks.keep_days", webhooks.keep_days.into(), 1, 366)?;
    between("webhooks.silent_after_h", webhooks.silent_after_h.into(), 0, 24 * 30)?;
    between("webhooks.previous_secret_h", webhooks.previous_secret_h.into(), 0, 24 * 30)?;
    let events = &config.events;
    between("events.retention_days", events.retention_days.into(), 1, 365)?;
    between("events.attempts_days", events.attempts_days.into(), 1, 365)?;
    between("events.workers", events.workers.into(), 1, 64)?;
    between("events.timeout_s", events.timeout_s, 1, 60)?;
    between("events.lease_s", events.lease_s.into(), 1, 600)?;
    if let Some(url) = server.public_url.as_ref().filter(|url| !is_base(url)) {
        return Err(ConfigError(format!(
            "`server.public_url` is `{url}`; it must be http:// or https:// and a host, without path, query or user"
        )));
    }
    let is_sha256 = |hash: &str| {
        hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase())
    };
    match config.plugins.allow.iter().find(|hash| !is_sha256(hash)) {
        Some(stray) => {
            Err(ConfigError(format!("`plugins.allow` holds `{stray}`, which is no SHA-256 in lower-case hexadecimal")))
        }
        None => Ok(()),
    }
}

/// Whether an address is an origin and nothing else.
fn is_base(url: &url::Url) -> bool {
    let is_web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    is_web && is_bare && url.username().is_empty() && url.password().is_none()
}

/// `CONNECTOR__SECRETS__KEYS_FILE=/run/secrets/keys` gives (`secrets.keys`, path).
fn file_variables() -> Vec<(String, String)> {
    std::env::vars()
        .filter_map(|(name, path)| {
            let key = name.strip_prefix(PREFIX)?.strip_suffix(FILE_SUFFIX)?.to_ascii_lowercase().replace("__", ".");
            Some((key, path))
        })
        .collect()
}

fn read_value(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |problem: String| ConfigError(format!("the file {} cannot be read: {problem}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(unreadable(format!("it has {size} bytes, {LARGEST_FILE} are allowed")));
    }
    std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|error| unreadable(error.to_string()))
}

/// figment's errors, with the value's name first and without the value itself: it may be a secret.
fn describe(error: &figment::Error) -> String {
    let path = error.path.join(".");
    let source = error.metadata.as_ref().map(|metadata| match &metadata.source {
        Some(figment::Source::File(file)) => file.display().to_string(),
        _ => metadata.name.to_string(),
    });
    let source = source.unwrap_or_default();
    let problem = match &error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            format!("there is no value `{name}`; known here: {}", known.join(", "))
        }
        figment::error::Kind::InvalidType(_, expected) | figment::error::Kind::InvalidValue(_, expected) => {
            format!("must be {expected}")
        }
        kind => kind.to_string(),
    };
    [
        (!path.is_empty()).then(|| format!("`{path}`")),
        Some(problem),
        (!source.is_empty()).then(|| format!("(from {source})")),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_text(text: &str) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        load(&Overrides { file: Some(file.path().to_owned()), ..Overrides::default() })
    }

    #[test]
    fn a_file_replaces_defaults_and_the_command_line_replaces_both() {
        let config = from_text("data_dir = '/srv/data'\n[sync]\npage_limit = 50\n").unwrap();
        assert_eq!(
            (config.data_dir.to_str(), config.sync.page_limit, config.sync.overlap_s),
            (Some("/srv/data"), 50, 300)
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "data_dir = '/srv/data'").unwrap();
        let overrides =
            Overrides { file: Some(file.path().to_owned()), data_dir: Some("/tmp/x".into()), ..Overrides::default() };
        assert_eq!(load(&overrides).unwrap().database().to_str(), Some("/tmp/x/connector.db"));
    }

    #[test]
    fn each_mistake_is_named() {
        let cases = [
            ("[sync]\npage_limt = 3\n", "there is no value `page_limt`"),
            ("[sync]\npage_limit = 'many'\n", "`sync.page_limit` must be"),
            ("[sync]\npage_limit = 0\n", "`sync.page_limit` is 0; it must be between 1 and 1000"),
            ("[plugins]\nallow = ['abc']\n", "`plugins.allow` holds `abc`"),
            ("[network]\nallow_private = ['everything']\n", "network.allow_private"),
            ("[sync\n", "configuration: "),
        ];
        for (text, expected) in cases {
            let error = from_text(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?} gave {error}");
        }
    }

    #[test]
    fn keys_are_never_shown() {
        let config = from_text("[secrets]\nkeys = 'k1:c2VjcmV0'\n").unwrap();
        let shown = format!("{config:?} {}", toml::to_string(&config.redacted()).unwrap());
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }
}
