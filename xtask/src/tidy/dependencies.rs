//! Which crates may depend on what, and that no file names a package registry.

use super::{
    Violation,
    sources::{Source, Sources},
};

/// All that the contract may need: every plugin carries it.
const CONTRACT: [&str; 10] = [
    "abi_stable",
    "async-ffi",
    "iso_currency",
    "jiff",
    "rust_decimal",
    "schemars",
    "serde",
    "serde_json",
    "thiserror",
    "zeroize",
];

pub(super) fn of_the_contract(sources: &Sources) -> Vec<Violation> {
    let Some(manifest) = sources.get("connector-api/Cargo.toml") else { return vec![] };
    let stray = section(manifest, "[dependencies]").filter(|(_, name)| !CONTRACT.contains(&name.as_str()));
    stray
        .map(|(line, name)| {
            let remedy = "Every plugin carries what the contract needs: do without, or argue for it in xtask/src/tidy/dependencies.rs.";
            manifest.violation(line, format!("the contract depends on `{name}`"), remedy)
        })
        .collect()
}

pub(super) fn of_the_host(sources: &Sources) -> Vec<Violation> {
    let Some(manifest) = sources.get("host/Cargo.toml") else { return vec![] };
    let plugins: Vec<String> = sources
        .all()
        .filter(|source| source.path.ends_with("/Cargo.toml") && source.text.contains("\"cdylib\""))
        .filter_map(|source| source.text.lines().find_map(|line| line.strip_prefix("name = ")))
        .map(|name| name.trim_matches('"').to_owned())
        .collect();
    let lines = manifest.text.lines().enumerate();
    lines
        .filter(|(_, line)| plugins.iter().any(|plugin| name_of(line) == *plugin))
        .map(|(index, line)| {
            let problem = format!("the host depends on the plugin `{}`", name_of(line));
            manifest.violation(index + 1, problem, "The host loads plugin files; it never links one.")
        })
        .collect()
}

/// The lock file aside, which cargo writes.
pub(super) fn no_registry_is_named(sources: &Sources) -> Vec<Violation> {
    // Put together here, so that this file does not name them either.
    let registries = [
        ["crates", ".io"],
        ["registry.npmjs", ".org"],
        ["registry.yarnpkg", ".com"],
        ["pypi", ".org"],
        ["pythonhosted", ".org"],
        ["proxy.golang", ".org"],
        ["sparse+", "http"],
    ]
    .map(|parts| parts.concat());
    let mut violations = vec![];
    for source in sources.all().filter(|source| !source.path.ends_with("Cargo.lock")) {
        for (index, line) in source.text.lines().enumerate() {
            if let Some(registry) = registries.iter().find(|registry| line.contains(*registry)) {
                let remedy = "Leave the registry to the user's own configuration.";
                violations.push(source.violation(index + 1, format!("names the registry `{registry}`"), remedy));
            }
        }
    }
    violations
}

/// Names in one section of a manifest, with their lines.
fn section<'a>(manifest: &'a Source, header: &'a str) -> impl Iterator<Item = (usize, String)> + 'a {
    let lines = manifest.text.lines().enumerate().skip_while(move |(_, line)| line.trim() != header).skip(1);
    let own = lines.take_while(|(_, line)| !line.starts_with('['));
    own.map(|(index, line)| (index + 1, name_of(line))).filter(|(_, name)| !name.is_empty())
}

fn name_of(line: &str) -> String {
    let end = line.find(['.', '=', ' ', '#']).unwrap_or(line.len());
    line[..end].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stray_dependency_of_the_contract_is_found() {
        let manifest = "[package]\nname = \"connector-api\"\n\n[dependencies]\n# why\nserde.workspace = true\ntokio = \"1\"\n\n[dev-dependencies]\ninsta.workspace = true\n";
        let found = of_the_contract(&Sources::of(&[("connector-api/Cargo.toml", manifest)]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].problem.as_str()), (7, "the contract depends on `tokio`"));
    }

    #[test]
    fn a_plugin_linked_into_the_host_is_found() {
        let plugin = "[package]\nname = \"acme-plugin\"\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n";
        let host = "[dependencies]\nserde = \"1\"\n[dev-dependencies]\nacme-plugin = { path = \"../acme\" }\n";
        let found = of_the_host(&Sources::of(&[("acme/Cargo.toml", plugin), ("host/Cargo.toml", host)]));
        assert_eq!(found.iter().map(|violation| violation.line).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn a_registry_is_found_anywhere_but_in_the_lock_file() {
        let text = ["see https://crates", ".io/crates/serde"].concat();
        let files = [("README.md", text.as_str()), ("Cargo.lock", text.as_str())];
        let found = no_registry_is_named(&Sources::of(&files));
        assert_eq!(found.iter().map(|violation| violation.path.as_str()).collect::<Vec<_>>(), ["README.md"]);
    }
}
