//! Reads the configuration from its four sources and checks it.

use std::path::{Path, PathBuf};

use figment::{Figment, providers::Serialized};

use super::{Config, rules, source};

/// Read when no file is named, if it is there.
const DEFAULT_FILE: &str = "connector-host.toml";

/// Most characters of an unknown name that are repeated: a longer one may be a key that stands in the wrong place.
const LONGEST_NAME: usize = 64;

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
#[error("configuration: {}", mistakes.join("; "))]
pub struct ConfigError {
    /// Everything that is wrong.
    pub mistakes: Vec<String>,
}

impl ConfigError {
    pub(super) fn one(mistake: String) -> Self {
        Self { mistakes: vec![mistake] }
    }
}

/// Reads and checks the configuration.
pub fn load(overrides: &Overrides) -> Result<Config, ConfigError> {
    let mut sources = Figment::from(Serialized::defaults(Config::default()));
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
    let mut config: Config = sources.extract().map_err(|error| ConfigError::one(describe(&error)))?;
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
    if let Some(listen) = overrides.listen {
        config.server.listen = listen;
    }
    if let Some(url) = &overrides.public_url {
        config.server.public_url = Some(url.clone());
    }
}

/// figment's errors, with the value's name first and without the value itself: it may be a secret.
fn describe(error: &figment::Error) -> String {
    let hidden = match &error.kind {
        figment::error::Kind::UnknownField(name, _) => may_be_a_key(name, &error.path).then_some(name),
        _ => None,
    };
    let path: Vec<_> = error.path.iter().filter(|part| Some(*part) != hidden).map(String::as_str).collect();
    let path = path.join(".");
    let source = error.metadata.as_ref().map(|metadata| match &metadata.source {
        Some(figment::Source::File(file)) => file.display().to_string(),
        _ => metadata.name.to_string(),
    });
    let source = source.unwrap_or_default();
    let problem = match &error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            let name = match hidden {
                Some(name) => format!("of the name that begins with `{}`", name.chars().take(4).collect::<String>()),
                None => format!("`{name}`"),
            };
            format!("there is no value {name}; known here: {}", known.join(", "))
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

/// Whether an unknown name may be a key that stands in the wrong place.
fn may_be_a_key(name: &str, path: &[String]) -> bool {
    path.first().is_some_and(|section| section == "secrets") || name.chars().count() > LONGEST_NAME
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
        let key = "c2VjcmV0".repeat(9);
        for text in
            ["[secrets]\n\"k1:c2VjcmV0\" = 1\n".to_owned(), format!("{key} = 1\n"), format!("[sync]\n{key} = 1\n")]
        {
            let refusal = from_text(&text).unwrap_err().to_string();
            assert!(!refusal.contains("cmV0") && refusal.contains("known here"), "{refusal}");
        }
    }
}
