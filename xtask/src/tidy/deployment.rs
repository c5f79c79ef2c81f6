//! Deployment files and runbooks name what exists: they parse, and the settings, routes and ports in them are the host's.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Violation,
    sources::{Source, Sources},
};

const SETTINGS: &str = "schemas/config.json";
const ROUTES: &str = "schemas/openapi.json";
const GUIDES: [&str; 2] = ["docs/operations.md", "docs/runbooks.md"];
const VARIABLE: &str = "CONNECTOR__";
/// A variable may name a file that holds its value.
const FILE_SUFFIX: &str = "_FILE";
/// What stands before a route of the host in deployment files and runbooks.
const BEFORE_A_ROUTE: [&str; 8] =
    [" path: /", "metrics_path: /", "route=\"/", "$url/", "GET /", "POST /", "PATCH /", "DELETE /"];
/// What stands before the port on which the host listens in its container.
const BEFORE_A_PORT: [&str; 2] = ["EXPOSE ", "containerPort: "];

/// The documents of a YAML, JSON or TOML file; none of any other file.
pub(super) fn documents(source: &Source) -> Result<Vec<Value>, String> {
    let text = source.text.as_str();
    match ending(source) {
        Some("yaml" | "yml") => serde_saphyr::from_multiple(text).map_err(|error| error.to_string()),
        Some("json") => serde_json::from_str(text).map(|value| vec![value]).map_err(|error| error.to_string()),
        Some("toml") => toml::from_str(text).map(|value| vec![value]).map_err(|error| error.to_string()),
        _ => Ok(vec![]),
    }
}

pub(super) fn files_parse(sources: &Sources) -> Vec<Violation> {
    let files = sources.below("deploy/").chain(sources.below(".github/"));
    let broken = files.filter_map(|source| Some((source, documents(source).err()?)));
    broken
        .map(|(source, error)| {
            let problem = format!("does not parse: {}", error.lines().next().unwrap_or_default());
            source.violation(1, problem, "Correct the file; the message names the line.")
        })
        .collect()
}

pub(super) fn settings_exist(sources: &Sources) -> Vec<Violation> {
    let Some(known) = sources.get(SETTINGS).map(settings) else { return vec![] };
    let mut violations = vec![];
    for source in named_in(sources) {
        for (index, line) in source.text.lines().enumerate() {
            for key in variables(line) {
                let from_file = key.strip_suffix(&FILE_SUFFIX.to_lowercase());
                if !known.contains(&key) && !from_file.is_some_and(|key| known.contains(key)) {
                    violations.push(unknown_setting(source, index + 1, &key));
                }
            }
        }
        if source.path.starts_with("deploy/") && ending(source) == Some("toml") {
            let mut keys = BTreeSet::new();
            documents(source).unwrap_or_default().iter().for_each(|document| leaves(document, "", &mut keys));
            for key in keys.iter().filter(|key| !known.contains(*key)) {
                let last = key.rsplit('.').next().unwrap_or(key);
                let line = source.text.lines().position(|line| line.trim_start().starts_with(last));
                violations.push(unknown_setting(source, line.unwrap_or(0) + 1, key));
            }
        }
    }
    violations
}

pub(super) fn routes_exist(sources: &Sources) -> Vec<Violation> {
    let document = sources.get(ROUTES).and_then(|source| serde_json::from_str::<Value>(&source.text).ok());
    let Some(Value::Object(known)) = document.map(|mut document| document["paths"].take()) else { return vec![] };
    let named = sources.below("deploy/").chain(sources.get("docs/runbooks.md"));
    let mut violations = vec![];
    for source in named {
        for (index, line) in source.text.lines().enumerate() {
            for route in routes(line).filter(|route| !known.keys().any(|template| matches(template, route))) {
                let remedy = "Name a path of schemas/openapi.json.";
                violations.push(source.violation(index + 1, format!("there is no route `{route}`"), remedy));
            }
        }
    }
    violations
}

pub(super) fn ports_agree(sources: &Sources) -> Vec<Violation> {
    let listen = sources.below("deploy/").find_map(|source| after(&source.text, "CONNECTOR__SERVER__LISTEN=").next());
    let Some(listen) = listen else { return vec![] };
    let admin = sources.below("deploy/").flat_map(|source| after(&source.text, "\nadmin_listen = \""));
    let ports: Vec<_> =
        std::iter::once(listen).chain(admin).filter_map(|address| Some(digits(address.split_once(':')?.1))).collect();
    let mut violations = vec![];
    for source in sources.below("deploy/") {
        for (index, line) in source.text.lines().enumerate() {
            // `ports: ["127.0.0.1:8080:8080"]`: the last is the container's.
            let published = line.trim_start().strip_prefix("ports: [\"").and_then(|rest| rest.split('"').next());
            let published = published.and_then(|ports| ports.rsplit(':').next());
            let named = BEFORE_A_PORT.iter().flat_map(|before| after(line, before)).chain(published);
            for other in named.filter(|other| !ports.contains(&digits(other))) {
                let problem = format!("the port {} is none of the host's, {}", digits(other), ports.join(" and "));
                let remedy =
                    "Use the port of CONNECTOR__SERVER__LISTEN in the container file, or of an `admin_listen`.";
                violations.push(source.violation(index + 1, problem, remedy));
            }
        }
    }
    violations
}

fn ending(source: &Source) -> Option<&str> {
    source.path.rsplit_once('.').map(|(_, ending)| ending)
}

fn named_in(sources: &Sources) -> impl Iterator<Item = &Source> {
    sources.below("deploy/").chain(GUIDES.into_iter().filter_map(|guide| sources.get(guide)))
}

fn unknown_setting(source: &Source, line: usize, key: &str) -> Violation {
    source.violation(line, format!("there is no setting `{key}`"), "Name a key of schemas/config.json.")
}

/// The keys of the configuration, `section.name`.
fn settings(schema: &Source) -> BTreeSet<String> {
    let schema: Value = serde_json::from_str(&schema.text).unwrap_or_default();
    let mut keys = BTreeSet::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let section = property["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
        match section.and_then(|section| schema["$defs"][section]["properties"].as_object()) {
            Some(fields) => keys.extend(fields.keys().map(|field| format!("{name}.{field}"))),
            None => keys.extend([name.clone()]),
        }
    }
    keys
}

/// The keys that environment variables in a line name.
fn variables(line: &str) -> impl Iterator<Item = String> {
    let named = after(line, VARIABLE).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        rest[..end].to_lowercase().replace("__", ".")
    });
    named.filter(|key| !key.is_empty())
}

/// The keys of a TOML document.
fn leaves(value: &Value, path: &str, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(field, &path, keys);
            }
        }
        _ => drop(keys.insert(path.to_owned())),
    }
}

/// The routes that a line names, without what follows `?`.
fn routes(line: &str) -> impl Iterator<Item = String> {
    BEFORE_A_ROUTE.iter().flat_map(move |before| after(line, before)).map(|rest| {
        let is_end = |letter: char| letter.is_whitespace() || "`\"'\\,?;)".contains(letter);
        format!("/{}", &rest[..rest.find(is_end).unwrap_or(rest.len())])
    })
}

/// Whether a route is one of a template's: `/v1/connections/{connection_id}`.
fn matches(template: &str, route: &str) -> bool {
    let (template, route): (Vec<_>, Vec<_>) = (template.split('/').collect(), route.split('/').collect());
    let is_same =
        |(expected, given): (&&str, &&str)| expected == given || (expected.starts_with('{') && !given.is_empty());
    template.len() == route.len() && template.iter().zip(&route).all(is_same)
}

/// What follows each place of `before`, to the end of its line.
fn after<'t>(text: &'t str, before: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(before).map(move |(at, _)| text[at + before.len()..].lines().next().unwrap_or_default())
}

fn digits(text: &str) -> &str {
    &text[..text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(rule: fn(&Sources) -> Vec<Violation>, files: &[(&str, &str)]) -> Vec<(usize, String)> {
        rule(&Sources::of(files)).into_iter().map(|violation| (violation.line, violation.problem)).collect()
    }

    #[test]
    fn files_that_do_not_parse_are_found() {
        let files = [
            ("deploy/a.yaml", "a: 1\n---\nb: [1, 2]\n"),
            ("deploy/b.yaml", "a: [1\n"),
            ("deploy/c.json", "{\"a\": }"),
            (".github/d.yml", "a: 1\na: 2\n"),
            ("deploy/README.md", "{"),
        ];
        let found = files_parse(&Sources::of(&files));
        let paths: Vec<_> = found.iter().map(|violation| violation.path.as_str()).collect();
        assert_eq!(paths, ["deploy/b.yaml", "deploy/c.json", ".github/d.yml"]);
    }

    #[test]
    fn settings_that_are_not_there_are_found_in_variables_and_files() {
        let schema = r##"{"properties": {"data_dir": {}, "server": {"$ref": "#/$defs/Server"}},
            "$defs": {"Server": {"properties": {"listen": {}, "keys": {}}}}}"##;
        let files = [
            (SETTINGS, schema),
            (
                "deploy/compose.yaml",
                "CONNECTOR__DATA_DIR: /x\nCONNECTOR__SERVER__KEYS_FILE: /y\nCONNECTOR__SERVER__PORT: 1\n",
            ),
            ("deploy/host.toml", "data_dir = '/x'\n[server]\nlisten = 'a'\nport = 1\n"),
            ("docs/operations.md", "begin with `CONNECTOR__`; CONNECTOR__SERVER__LISTEN=a CONNECTOR__GONE=b\n"),
        ];
        let expected = [(3, "server.port"), (4, "server.port"), (1, "gone")];
        let expected = expected.map(|(line, key)| (line, format!("there is no setting `{key}`")));
        assert_eq!(problems(settings_exist, &files), expected);
    }

    #[test]
    fn routes_that_are_not_there_are_found() {
        let files = [
            (ROUTES, r#"{"paths": {"/livez": {}, "/v1/connections/{id}/pause": {}}}"#),
            (
                "deploy/pod.yaml",
                "httpGet: { path: /livez, port: http }\nhttpGet: { path: /healthz }\nmountPath: /data\n",
            ),
            (
                "docs/runbooks.md",
                "`api -X POST $url/v1/connections/conn_…/pause`\n`curl $url/v1/gone?a=b`; GET /livez\n",
            ),
        ];
        let expected = [(2, "there is no route `/healthz`"), (2, "there is no route `/v1/gone`")];
        assert_eq!(problems(routes_exist, &files), expected.map(|(line, problem)| (line, problem.to_owned())));
    }

    #[test]
    fn a_port_that_is_not_the_hosts_is_found() {
        let files = [
            ("deploy/Containerfile", "ENV CONNECTOR__SERVER__LISTEN=0.0.0.0:8080\nEXPOSE 8081\n"),
            ("deploy/compose.yaml", "    ports: [\"127.0.0.1:80:8080\"]\n    ports: [\"8080:80\"]\n"),
            ("deploy/pod.yaml", "containerPort: 8080\n"),
        ];
        let expected = [(2, "8081"), (2, "80")];
        let expected = expected.map(|(line, port)| (line, format!("the port {port} is none of the host's, 8080")));
        assert_eq!(problems(ports_agree, &files), expected);
    }
}
