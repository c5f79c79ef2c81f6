//! Reads the configuration from its four sources and checks it.

use std::path::{Path, PathBuf};

use figment::{Figment, providers::Serialized};

use super::{Config, error::ConfigError, moved, rules, source};

/// Read when no file is named, if it is there.
const DEFAULT_FILE: &str = "connector-host.toml";

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
    /// Replaces `server.role`.
    pub role: Option<super::Role>,
    /// Replaces `server.listen`.
    pub listen: Option<std::net::SocketAddr>,
    /// Replaces `server.public_url`.
    pub public_url: Option<url::Url>,
}

/// Reads and checks the configuration.
pub fn load(overrides: &Overrides) -> Result<Config, ConfigError> {
    let mut sources = Figment::from(Serialized::defaults(Config::default()));
    for given in source::of_standard_variables(std::env::vars_os()) {
        sources = sources.merge(given);
    }
    match &overrides.file {
        Some(file) if !file.try_exists().unwrap_or(true) => {
            return Err(ConfigError::one(format!("the file {} does not exist", file.display())));
        }
        Some(file) => sources = sources.merge(source::of_file(file)?),
        None if Path::new(DEFAULT_FILE).try_exists().unwrap_or(true) => {
            sources = sources.merge(source::of_file(Path::new(DEFAULT_FILE))?);
        }
        None => {}
    }
    for given in source::of_environment(std::env::vars_os())? {
        sources = sources.merge(given);
    }
    let mistakes = moved::mistakes(&sources);
    if !mistakes.is_empty() {
        return Err(ConfigError { mistakes });
    }
    let mut config: Config = sources.extract().map_err(|error| ConfigError::of(&error))?;
    apply(overrides, &mut config);
    let mistakes = rules::mistakes(&config);
    if mistakes.is_empty() { Ok(config) } else { Err(ConfigError { mistakes }) }
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
    if let Some(role) = overrides.role {
        config.server.role = role;
    }
    if let Some(listen) = overrides.listen {
        config.server.listen = listen;
    }
    if let Some(url) = &overrides.public_url {
        config.server.public_url = Some(url.clone());
    }
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
            (config.data_dir.to_str(), config.sync.page_limit, config.sync.full_every_h),
            (Some("/srv/data"), 50, 24)
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "data_dir = '/srv/data'").unwrap();
        let overrides =
            Overrides { file: Some(file.path().to_owned()), data_dir: Some("/tmp/x".into()), ..Overrides::default() };
        assert_eq!(load(&overrides).unwrap().database_file().unwrap().to_str(), Some("/tmp/x/connector.db"));
    }

    #[test]
    fn each_mistake_is_named() {
        let cases = [
            ("[sync]\npage_limt = 3\n", "unknown key `page_limt`"),
            ("[sync]\npage_limit = 'many'\n", "`sync.page_limit` must be"),
            ("[sync]\npage_limit = 0\n", "`sync.page_limit` is 0; it must be between 1 and 1000"),
            ("[plugins]\nallow = ['abc']\n", "`plugins.allow` contains `abc`"),
            ("[network]\nallow_private = ['everything']\n", "network.allow_private"),
            ("[sync\n", "configuration: "),
        ];
        for (text, expected) in cases {
            let error = from_text(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?} gave {error}");
        }
    }

    #[test]
    fn every_key_of_an_earlier_version_is_named_with_what_to_do() {
        let said = from_text("[sync]\nlease_s = 5\n[webhooks]\nqueue = 9\n[events]\nworkers = 2\n").unwrap_err();
        let [lease, queue] = &said.mistakes[..] else { panic!("{said}") };
        assert!(lease.starts_with("`sync.lease_s` is now `advanced.lease_s`; rename it (from /"), "{lease}");
        assert!(queue.starts_with("`webhooks.queue` is no longer a setting and always 4096"), "{queue}");
    }

    #[test]
    fn keys_are_never_shown() {
        let config = from_text("[secrets]\nkeys = 'k1:c2VjcmV0'\n").unwrap();
        let shown = format!("{config:?} {}", toml::to_string(&config.redacted()).unwrap());
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
        let config = from_text("[database]\nurl = 'postgres://host:c2VjcmV0@db/store'\n").unwrap();
        assert_eq!(config.database_file(), None);
        let shown = format!("{config:?} {}", toml::to_string(&config.redacted()).unwrap());
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
        let key = "c2VjcmV0".repeat(9);
        for text in
            ["[secrets]\n\"k1:c2VjcmV0\" = 1\n".to_owned(), format!("{key} = 1\n"), format!("[sync]\n{key} = 1\n")]
        {
            let refusal = from_text(&text).unwrap_err().to_string();
            assert!(!refusal.contains("cmV0") && refusal.contains("known keys here"), "{refusal}");
        }
    }
}
