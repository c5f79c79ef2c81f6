//! What operators watch: metrics that dashboards, alerts and guides name exist with that type, every metric is explained, and
//! every alert names its runbook.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Violation, deployment,
    sources::{Source, Sources},
};

const DECLARED_IN: &str = "host/src/metrics.rs";
const EXPLAINED_IN: &str = "docs/operations.md";
const GUIDES: [&str; 2] = [EXPLAINED_IN, "docs/runbooks.md"];
const PREFIX: &str = "connector_host_";
/// Guides shorten the prefix so, after a name in full.
const SHORTENED: &str = "…_";
/// What Prometheus appends to the name of a histogram.
const OF_A_HISTOGRAM: [&str; 3] = ["_bucket", "_count", "_sum"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A metric as the host declares it.
struct Metric {
    line: usize,
    kind: Option<Kind>,
}

pub(super) fn named_metrics_exist(sources: &Sources) -> Vec<Violation> {
    let Some(metrics) = sources.get(DECLARED_IN).map(declared) else { return vec![] };
    let guides = GUIDES.into_iter().filter_map(|guide| sources.get(guide));
    let mut violations = vec![];
    for source in sources.below("deploy/").chain(guides) {
        for (index, line) in source.text.lines().enumerate() {
            for (at, name) in names(line) {
                if let Some(problem) = fault(&metrics, source, &line[..at], &name) {
                    let remedy = "Use a metric of host/src/metrics.rs, as Prometheus shows its type.";
                    violations.push(source.violation(index + 1, problem, remedy));
                }
            }
        }
    }
    violations
}

pub(super) fn metrics_are_explained(sources: &Sources) -> Vec<Violation> {
    let (Some(code), Some(guide)) = (sources.get(DECLARED_IN), sources.get(EXPLAINED_IN)) else { return vec![] };
    let explained: Vec<_> = guide.text.lines().flat_map(names).map(|(_, name)| name).collect();
    let mut violations = vec![];
    for (name, metric) in declared(code) {
        let suffix = metric.kind.map(|kind| if kind == Kind::Counter { "_total" } else { "" });
        if !suffix.is_some_and(|suffix| name.ends_with(suffix)) {
            let remedy = "Describe it with its type; the name of a counter, and only that, ends in `_total`.";
            violations.push(code.violation(metric.line, format!("`{name}` has no type, or another one"), remedy));
        }
        if !explained.contains(&name) {
            let remedy = "Say there what its labels are and when to alert on it.";
            violations.push(code.violation(metric.line, format!("`{name}` is not in {EXPLAINED_IN}"), remedy));
        }
    }
    violations
}

pub(super) fn alerts_have_runbooks(sources: &Sources) -> Vec<Violation> {
    let mut violations = vec![];
    for source in sources.below("deploy/prometheus/") {
        let rules = deployment::documents(source).unwrap_or_default();
        for (alert, rule) in rules.iter().flat_map(alerts) {
            let runbook = rule["annotations"]["runbook"].as_str().unwrap_or_default();
            let is_there = runbook.split_once('#').is_some_and(|(guide, anchor)| {
                sources.get(guide).is_some_and(|guide| headings(guide).any(|heading| heading == anchor))
            });
            if !is_there {
                let line = source.text.lines().position(|line| line.ends_with(&format!("alert: {alert}")));
                let problem = format!("the alert {alert} has no runbook: `{runbook}` is no heading");
                let remedy = "Name it in `annotations.runbook`: docs/runbooks.md#HEADING.";
                violations.push(source.violation(line.unwrap_or(0) + 1, problem, remedy));
            }
        }
    }
    violations
}

/// What is wrong with a name at its place, after `before`.
fn fault(metrics: &BTreeMap<String, Metric>, source: &Source, before: &str, name: &str) -> Option<String> {
    let is_guide = GUIDES.contains(&source.path.as_str());
    let part_of = OF_A_HISTOGRAM.iter().find_map(|suffix| name.strip_suffix(suffix));
    let kind_of = |name: &str| metrics.get(name).and_then(|metric| metric.kind);
    if part_of.and_then(kind_of) == Some(Kind::Histogram) {
        return None;
    }
    match kind_of(name) {
        None => Some(format!("there is no metric `{name}`")),
        Some(Kind::Histogram) if !is_guide => Some(format!("`{name}` is a histogram: add _bucket, _count or _sum")),
        Some(Kind::Gauge) if ["rate(", "increase("].iter().any(|call| before.ends_with(call)) => {
            Some(format!("`{name}` is a gauge, which has no rate"))
        }
        Some(_) => None,
    }
}

/// The metrics by their names. Constants hold the names, and macros the types.
fn declared(code: &Source) -> BTreeMap<String, Metric> {
    let kinds = [("counter", Kind::Counter), ("gauge", Kind::Gauge), ("histogram", Kind::Histogram)];
    let kinds: BTreeMap<_, _> = kinds
        .into_iter()
        .flat_map(|(macro_name, kind)| {
            let call = format!("describe_{macro_name}!(");
            let ends: Vec<_> = code.text.match_indices(&call).map(|(at, _)| at + call.len()).collect();
            ends.into_iter().map(move |at| (word(code.text[at..].trim_start()), kind))
        })
        .collect();
    let constants = code.text.lines().enumerate().filter_map(|(index, line)| {
        let (constant, name) = line.strip_prefix("const ")?.split_once(": &str = \"")?;
        let name = name.strip_suffix("\";").filter(|name| name.starts_with(PREFIX))?;
        Some((name.to_owned(), Metric { line: index + 1, kind: kinds.get(constant).copied() }))
    });
    constants.collect()
}

/// Names of metrics in a line, in full, each with its place.
fn names(line: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let starts = [PREFIX, SHORTENED].into_iter().flat_map(|start| line.match_indices(start));
    starts.filter_map(|(at, start)| {
        let is_inside = line[..at].chars().next_back().is_some_and(is_of_a_word);
        let name = word(&line[at + start.len()..]);
        (!is_inside && !name.is_empty()).then(|| (at, format!("{PREFIX}{name}")))
    })
}

fn word(text: &str) -> &str {
    &text[..text.find(|letter| !is_of_a_word(letter)).unwrap_or(text.len())]
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The alerts of a file with rules, by their names.
fn alerts(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let groups = document["groups"].as_array().into_iter().flatten();
    let rules = groups.flat_map(|group| group["rules"].as_array().into_iter().flatten());
    rules.filter_map(|rule| Some((rule["alert"].as_str()?, rule)))
}

/// The headings of a guide, as links name them.
fn headings(guide: &Source) -> impl Iterator<Item = String> + '_ {
    let titles =
        guide.text.lines().filter_map(|line| line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' '));
    titles.map(|title| {
        let kept = title.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect::<String>().to_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "const JOBS: &str = \"connector_host_jobs_total\";\nconst FREE: &str = \"connector_host_free_bytes\";\n\
                        const TOOK: &str = \"connector_host_took_seconds\";\nfn describe() {\n    describe_counter!(\n        JOBS, \"a\");\n\
                        describe_gauge!(FREE, \"b\");\n    describe_histogram!(TOOK, \"c\");\n}\n";

    fn problems(rule: fn(&Sources) -> Vec<Violation>, files: &[(&str, &str)]) -> Vec<(usize, String)> {
        let files = [&[(DECLARED_IN, CODE)], files].concat();
        rule(&Sources::of(&files)).into_iter().map(|violation| (violation.line, violation.problem)).collect()
    }

    #[test]
    fn a_metric_that_is_not_there_or_of_another_type_is_found() {
        let rules = "rate(connector_host_jobs_total[5m])\nrate(connector_host_free_bytes[5m])\nconnector_host_took_seconds > 1\n\
                     connector_host_took_seconds_count\nconnector_host_jobs_total_count\nother_connector_host_x\n";
        let guide = "`connector_host_took_seconds`, `…_free_bytes`\n`connector_host_gone`, `…_lost_total`\n";
        let expected = [
            (2, "`connector_host_free_bytes` is a gauge, which has no rate"),
            (3, "`connector_host_took_seconds` is a histogram: add _bucket, _count or _sum"),
            (5, "there is no metric `connector_host_jobs_total_count`"),
            (2, "there is no metric `connector_host_gone`"),
            (2, "there is no metric `connector_host_lost_total`"),
        ];
        let files = [("deploy/prometheus/a.yaml", rules), ("docs/operations.md", guide)];
        assert_eq!(problems(named_metrics_exist, &files), expected.map(|(line, problem)| (line, problem.to_owned())));
    }

    #[test]
    fn a_metric_that_no_guide_explains_is_found() {
        let guide = "`connector_host_took_seconds`, `…_jobs_total`\n";
        let expected = [(2, "`connector_host_free_bytes` is not in docs/operations.md".to_owned())];
        assert_eq!(problems(metrics_are_explained, &[("docs/operations.md", guide)]), expected);
    }

    #[test]
    fn an_alert_without_a_runbook_is_found() {
        let rules = "groups:\n  - name: a\n    rules:\n      - alert: Full\n        annotations: { runbook: docs/runbooks.md#a-full-disk }\n\
                     \x20     - alert: Gone\n        annotations: { runbook: docs/runbooks.md#gone }\n      - alert: Bare\n        expr: up\n";
        let files = [("deploy/prometheus/alerts.yaml", rules), ("docs/runbooks.md", "# Runbooks\n\n## A full disk\n")];
        let expected = [
            (6, "the alert Gone has no runbook: `docs/runbooks.md#gone` is no heading"),
            (8, "the alert Bare has no runbook: `` is no heading"),
        ];
        assert_eq!(problems(alerts_have_runbooks, &files), expected.map(|(line, problem)| (line, problem.to_owned())));
    }
}
