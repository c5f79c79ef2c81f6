//! Why a configuration cannot be used.

use figment::Metadata;

/// Most characters of an unknown name that are repeated: a longer one may be a key that stands in the wrong place.
const LONGEST_NAME: usize = 64;

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

    /// What figment refused.
    pub(super) fn of(error: &figment::Error) -> Self {
        Self::one(described(error))
    }
}

/// Where a value comes from: the name of a file or of an environment variable.
pub(super) fn origin(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(figment::Source::File(file)) => file.display().to_string(),
        _ => metadata.name.to_string(),
    }
}

/// figment's errors, with the value's name first and without the value itself: it may be a secret.
fn described(error: &figment::Error) -> String {
    let hidden = match &error.kind {
        figment::error::Kind::UnknownField(name, _) => may_be_a_key(name, &error.path).then_some(name),
        _ => None,
    };
    let path: Vec<_> = error.path.iter().filter(|part| Some(*part) != hidden).map(String::as_str).collect();
    let path = path.join(".");
    let source = error.metadata.as_ref().map(origin).unwrap_or_default();
    let problem = match &error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            let name = match hidden {
                Some(name) => format!("of the name that begins with `{}`", name.chars().take(4).collect::<String>()),
                None => format!("`{name}`"),
            };
            format!("unknown key {name}; known keys here: {}", known.join(", "))
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
    path.first().is_some_and(|section| section == "secrets" || section == "database")
        || name.chars().count() > LONGEST_NAME
}
