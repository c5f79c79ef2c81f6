//! `cargo xtask alerts`: the alert rules and the dashboard, loaded by Prometheus' own tool. The rules fire when they should,
//! and every expression is one.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    artifacts::{succeed, workspace},
    provision,
};

const RULES: &str = "alerts.yaml";
const TESTS: &str = "alerts.test.yaml";
/// What Grafana replaces in an expression, with a value of the kind.
const VARIABLES: [(&str, &str); 2] = [("$__rate_interval", "5m"), ("$job", ".*")];

/// Whether it can run here; the error says what is missing.
pub(crate) fn find() -> anyhow::Result<PathBuf> {
    provision::require("promtool")
}

/// Loads and tests them.
pub(crate) fn run() -> anyhow::Result<()> {
    let promtool = find()?;
    let folder = workspace().join("deploy/prometheus");
    let run = |arguments: [&str; 3]| {
        let mut command = Command::new(&promtool);
        succeed(command.args(arguments).current_dir(&folder).stdout(Stdio::null()))
    };
    run(["check", "rules", RULES])?;
    run(["test", "rules", TESTS])?;
    let dashboard = fs::read_to_string(workspace().join("deploy/grafana/dashboard.json"))?;
    let expressions = tempfile::NamedTempFile::new()?;
    fs::write(expressions.path(), as_rules(&serde_json::from_str(&dashboard)?)?)?;
    let path = expressions.path().to_str().context("a temporary path that is not UTF-8")?;
    run(["check", "rules", path]).context("an expression of the dashboard is none")
}

/// The expressions of a dashboard as a file of rules, which is YAML as every JSON is.
fn as_rules(dashboard: &Value) -> anyhow::Result<String> {
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let expressions = targets.filter_map(|target| target["expr"].as_str());
    let filled =
        expressions.map(|text| VARIABLES.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value)));
    let rules: Vec<_> = filled
        .enumerate()
        .map(|(index, text)| json!({ "record": format!("dashboard:{index}"), "expr": text }))
        .collect();
    ensure!(!rules.is_empty(), "the dashboard shows nothing");
    Ok(json!({ "groups": [{ "name": "dashboard", "rules": rules }] }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_of_a_dashboard_becomes_a_rule() {
        let targets = json!([{ "expr": "rate(a{job=~\"$job\"}[$__rate_interval])" }, { "expr": "b" }]);
        let dashboard = json!({ "panels": [{ "type": "row" }, { "targets": targets }] });
        let rules: Value = serde_json::from_str(&as_rules(&dashboard).unwrap()).unwrap();
        let rules = &rules["groups"][0]["rules"];
        assert_eq!(rules[0], json!({ "record": "dashboard:0", "expr": "rate(a{job=~\".*\"}[5m])" }));
        assert_eq!(rules[1]["expr"], "b");
        assert!(as_rules(&json!({ "panels": [] })).is_err());
    }
}
