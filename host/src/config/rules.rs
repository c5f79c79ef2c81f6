//! What values must be: numbers inside of the ranges that stand beside the fields, and what the types cannot say.

use std::net::SocketAddr;

use connector_api::wire::schemas::schema_of;
use serde_json::Value;

use super::{Config, PluginSection, Role};

/// A number of the configuration.
#[derive(Debug, PartialEq, Eq)]
struct Number {
    /// Its key, such as `sync.page_limit`.
    key: String,
    /// What it may be at least and at most.
    range: (Option<i64>, Option<i64>),
}

/// Everything that is wrong, each by the name of its key.
pub(super) fn mistakes(config: &Config) -> Vec<String> {
    let mut mistakes = out_of_range(config);
    mistakes.extend(config.log.mistake());
    if config.data_dir.to_str().is_none() {
        let folder = config.data_dir.display();
        mistakes.push(format!("`data_dir` is `{folder}`; its name must be UTF-8, because SQLite needs it"));
    }
    if let Some(url) = config.server.public_url.as_ref().filter(|url| !is_base(url)) {
        // A password in it must not be repeated.
        let mut shown = url.clone();
        let _ = shown.set_username("").and_then(|()| shown.set_password(None));
        mistakes.push(format!(
            "`server.public_url` is `{shown}`; it must be http:// or https:// and a host, without path, query or user"
        ));
    }
    let stray = config.plugins.allow.iter().find(|hash| !is_sha256(hash));
    mistakes
        .extend(stray.map(|hash| {
            format!("`plugins.allow` contains `{hash}`, which is not a SHA-256 in lower-case hexadecimal")
        }));
    if let Some(url) = config.telemetry.otlp_endpoint.as_ref().filter(|url| !is_collector(url)) {
        // A password in it must not be repeated.
        mistakes.push(format!(
            "`telemetry.otlp_endpoint` has the scheme `{}`; it must be http:// or https://, without user and query; \
             credentials of a collector go into OTEL_EXPORTER_OTLP_HEADERS",
            url.scheme()
        ));
    }
    let listen = config.server.listen;
    if let Some(admin) = config.server.admin_listen.filter(|admin| overlap(*admin, listen)) {
        mistakes.push(format!("`server.admin_listen` is {admin}, and `server.listen` is {listen}; use another port"));
    }
    mistakes.extend(at_odds(config));
    let role = config.server.role;
    if role != Role::All && config.database.url.is_empty() {
        mistakes.push(format!(
            "`server.role` is `{}`, and the database is a file, which one process serves alone; set `database.url` to a PostgreSQL \
             database, or `server.role` to `all`",
            role.as_str()
        ));
    }
    mistakes
}

/// Whether a process cannot listen at both.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let is_any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && (is_any || one.ip() == other.ip())
}

pub(super) fn is_collector(url: &url::Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// Values that contradict each other.
fn at_odds(config: &Config) -> Vec<String> {
    let Config { server, quotes, advanced, .. } = config;
    let request_ms = server.request_timeout_s.saturating_mul(1_000);
    let pairs = [
        (
            "advanced.order_answer_within_s",
            advanced.order_answer_within_s.into(),
            "server.request_timeout_s",
            server.request_timeout_s,
        ),
        ("quotes.deadline_ms", quotes.deadline_ms, "server.request_timeout_s, in milliseconds", request_ms),
    ];
    let wrong = pairs.into_iter().filter(|(_, shorter, _, longer)| shorter > longer);
    wrong
        .map(|(key, shorter, other, longer)| {
            format!("`{key}` is {shorter}; it must not be more than `{other}`, which is {longer}")
        })
        .collect()
}

fn out_of_range(config: &Config) -> Vec<String> {
    // Folders stand for themselves: their names need not be text, and JSON's must be.
    let (data_dir, plugins) = (std::path::PathBuf::new(), PluginSection::default());
    let values = serde_json::to_value(Config { data_dir, plugins, ..config.redacted() }).unwrap_or_default();
    let wrong = numbers().into_iter().filter_map(|Number { key, range }| {
        let (Some(low), Some(high)) = range else { return None };
        let value = values.pointer(&format!("/{}", key.replace('.', "/")))?.as_i64().unwrap_or(i64::MAX);
        (!(low..=high).contains(&value)).then(|| format!("`{key}` is {value}; it must be between {low} and {high}"))
    });
    wrong.collect()
}

/// Every number there is, by the schema that is exported.
fn numbers() -> Vec<Number> {
    let schema = schema_of::<Config>().to_value();
    let mut numbers = vec![];
    collect(&schema, &schema, "", &mut numbers);
    numbers
}

fn collect(root: &Value, schema: &Value, key: &str, numbers: &mut Vec<Number>) {
    let target = schema["$ref"].as_str().and_then(|target| root.pointer(target.trim_start_matches('#')));
    let schema = target.unwrap_or(schema);
    let is_number = ["integer", "number"].iter().any(|name| {
        let kind = &schema["type"];
        kind == name || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == name))
    });
    if is_number {
        let range = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
        numbers.push(Number { key: key.to_owned(), range });
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
        collect(root, field, &key, numbers);
    }
}

/// Whether an address is an origin and nothing else.
fn is_base(url: &url::Url) -> bool {
    let is_web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    is_web && is_bare && url.username().is_empty() && url.password().is_none()
}

fn is_sha256(hash: &str) -> bool {
    hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ports_must_be_free_at_the_same_time() {
        let overlaps = |one: &str, other: &str| overlap(one.parse().unwrap(), other.parse().unwrap());
        assert!(overlaps("127.0.0.1:8080", "127.0.0.1:8080") && overlaps("0.0.0.0:8080", "127.0.0.1:8080"));
        assert!(!overlaps("127.0.0.2:8080", "127.0.0.1:8080") && !overlaps("0.0.0.0:9464", "0.0.0.0:8080"));
        assert!(!overlaps("127.0.0.1:0", "127.0.0.1:0"));
    }

    #[test]
    fn every_number_has_a_range_beside_its_field() {
        let numbers = numbers();
        assert!(numbers.len() > 40, "{numbers:?}");
        let without: Vec<_> =
            numbers.iter().filter(|number| number.range.0.is_none() || number.range.1.is_none()).collect();
        assert!(without.is_empty(), "without #[schemars(range(min = …, max = …))]: {without:?}");
    }

    #[test]
    fn the_tables_of_operations_md_have_the_defaults_and_ranges_of_the_schema() {
        let defaults = serde_json::to_value(Config::default()).unwrap();
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md")).unwrap();
        for Number { key, range } in numbers() {
            let (Some(low), Some(high)) = range else { continue };
            let row = text.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
            let row = row.unwrap_or_else(|| panic!("docs/operations.md has no row for `{key}`"));
            assert!(row.contains(&format!("| {low}–{high} |")), "`{key}` is {low}–{high}: {row}");
            let default = defaults.pointer(&format!("/{}", key.replace('.', "/"))).unwrap().to_string();
            let written = row.split('|').nth(2).unwrap().split([' ', ':']).find(|word| !word.is_empty());
            assert_eq!(written, Some(&*default), "{row}");
        }
    }

    #[test]
    fn both_ends_of_every_range_are_kept() {
        let defaults = serde_json::to_value(Config::default()).unwrap();
        for Number { key, range } in numbers() {
            let (Some(low), Some(high)) = range else { continue };
            let set = |value: i64| {
                let mut changed = defaults.clone();
                *changed.pointer_mut(&format!("/{}", key.replace('.', "/"))).unwrap() = value.into();
                serde_json::from_value::<Config>(changed).map(|config| out_of_range(&config))
            };
            assert_eq!((set(low).unwrap(), set(high).unwrap()), (vec![], vec![]), "{key}");
            for outside in [low - 1, high + 1] {
                // What the type cannot hold is refused before.
                assert!(set(outside).map_or(true, |mistakes| mistakes[0].starts_with(&format!("`{key}` is"))), "{key}");
            }
        }
    }

    #[test]
    fn a_file_has_no_roles() {
        let mut config = Config::default();
        config.server.role = Role::Worker;
        let said = mistakes(&config).join("\n");
        assert!(said.contains("`server.role` is `worker`") && said.contains("`database.url`"), "{said}");
        config.database.url = "postgres://db/store".to_owned();
        assert_eq!(mistakes(&config), Vec::<String>::new());
    }

    #[test]
    fn values_that_contradict_each_other_name_both_keys() {
        let mut config = Config::default();
        assert_eq!(mistakes(&config), Vec::<String>::new());
        (config.server.request_timeout_s, config.quotes.deadline_ms) = (20, 30_000);
        config.advanced.order_answer_within_s = 300;
        let said = mistakes(&config).join("\n");
        assert!(said.contains("`quotes.deadline_ms` is 30000") && said.contains("in milliseconds"), "{said}");
        assert!(
            said.contains("`advanced.order_answer_within_s` is 300") && said.contains("`server.request_timeout_s`"),
            "{said}"
        );
    }
}
