//! What may stand in one place only, and what in none.

use super::{
    Violation,
    sources::{Source, Sources, has_word},
};

const LOADER: &str = "host/src/plugin/loader.rs";

pub(super) fn only_the_loader_opens_libraries(sources: &Sources) -> Vec<Violation> {
    let opens = [
        "lib_header_from_path",
        "lib_header_from_raw_library",
        "RawLibrary",
        "libloading",
        "dlopen",
        "load_from_file",
        "load_from_directory",
    ];
    let others = sources.rust().filter(|source| source.path != LOADER);
    others
        .flat_map(|source| {
            let is_bad = |line: &str| opens.iter().any(|word| has_word(line, word));
            source.lines_that(
                is_bad,
                "opens a library",
                "Only host/src/plugin/loader.rs may; call `plugin::registry::load_one`.",
            )
        })
        .collect()
}

pub(super) fn unsafe_stays_in_the_abi(sources: &Sources) -> Vec<Violation> {
    let others = sources.rust().filter(|source| !source.path.starts_with("connector-api/src/abi/"));
    others
        .flat_map(|source| {
            // The one attribute that `export_connector!` must put into a plugin.
            let is_export =
                |line: &str| source.path == "connector-api/src/export/mod.rs" && line.contains("#[unsafe(export_name");
            let is_bad = |line: &str| has_word(line, "unsafe") && !is_export(line);
            source.lines_that(
                is_bad,
                "`unsafe` outside of connector-api/src/abi",
                "Use a safe interface, or put one into connector-api/src/abi.",
            )
        })
        .collect()
}

pub(super) fn the_host_names_no_platform(sources: &Sources) -> Vec<Violation> {
    let mut violations = vec![];
    for source in sources.below("host/src/") {
        for (index, line) in source.text.lines().enumerate() {
            if line.to_lowercase().contains("centra") && !line.to_lowercase().contains("central") {
                let remedy = "The host knows no platform: say it for any connector, or move it into the plugin.";
                violations.push(source.violation(index + 1, "names a platform", remedy));
            }
        }
    }
    violations
}

pub(super) fn tests_do_not_sleep(sources: &Sources) -> Vec<Violation> {
    let with_tests = sources.rust().filter_map(|source| Some((source, first_line_of_tests(source)?)));
    with_tests
        .filter(|(source, _)| !["start_paused", "time::pause("].iter().any(|paused| source.code.contains(paused)))
        .flat_map(|(source, first)| {
            let sleeps = source.lines_that(
                |line| has_word(line, "sleep") && line.contains("sleep("),
                "a test sleeps",
                "Wait for the event, or pause tokio's time.",
            );
            sleeps.into_iter().filter(move |violation| violation.line >= first).collect::<Vec<_>>()
        })
        .collect()
}

pub(super) fn no_test_is_ignored(sources: &Sources) -> Vec<Violation> {
    let is_bad = |line: &str| line.contains("#[ignore") || line.contains(", ignore)]") && line.contains("cfg_attr");
    sources
        .rust()
        .flat_map(|source| source.lines_that(is_bad, "an ignored test", "Make it pass, or delete it."))
        .collect()
}

/// From where on a file is tests: the whole of it below a folder of tests, else from its `mod tests {` on.
fn first_line_of_tests(source: &Source) -> Option<usize> {
    let is_test_file = source.path.split('/').any(|part| matches!(part, "tests" | "suite" | "tests.rs"));
    if is_test_file {
        return Some(1);
    }
    source.code.lines().position(|line| line.trim_start().starts_with("mod tests {")).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rule: fn(&Sources) -> Vec<Violation>, files: &[(&str, &str)]) -> Vec<(String, usize)> {
        rule(&Sources::of(files)).into_iter().map(|violation| (violation.path, violation.line)).collect()
    }

    #[test]
    fn a_library_opened_elsewhere_is_found() {
        let text = "fn f() {\n    lib_header_from_path(path);\n}";
        let files = [(LOADER, text), ("host/src/cli/plugin.rs", text)];
        assert_eq!(lines(only_the_loader_opens_libraries, &files), [("host/src/cli/plugin.rs".to_owned(), 2)]);
    }

    #[test]
    fn unsafe_code_is_found_but_not_the_lint_of_that_name() {
        let files = [
            ("connector-api/src/abi/mod.rs", "unsafe { f() }"),
            ("host/src/lib.rs", "#![forbid(unsafe_code)]\n// unsafe\nfn f() { unsafe { g() } }"),
            ("connector-api/src/export/mod.rs", "#[unsafe(export_name = \"x\")]\nunsafe fn g() {}"),
        ];
        let expected = [("host/src/lib.rs".to_owned(), 3), ("connector-api/src/export/mod.rs".to_owned(), 2)];
        assert_eq!(lines(unsafe_stays_in_the_abi, &files), expected);
    }

    #[test]
    fn a_platform_in_the_host_is_found_even_in_comments_and_strings() {
        let platform = ["Cen", "tra"].concat();
        let text = format!("//! As {platform} does.\nconst CENTRAL: u8 = 0;\nlet s = \"{}\";", platform.to_uppercase());
        let files = [("host/src/core/sync/run.rs", text.as_str()), ("xtask/src/demo.rs", text.as_str())];
        assert_eq!(lines(the_host_names_no_platform, &files).len(), 2);
    }

    #[test]
    fn a_test_that_sleeps_is_found_unless_time_is_paused() {
        let sleeping =
            "fn f() {\n    sleep(ONE_SECOND);\n}\n#[cfg(test)]\nmod tests {\n    fn g() { thread::sleep(X) }\n}";
        let files = [
            ("host/src/core/sync/run.rs", sleeping),
            ("tests/it/sync.rs", "fn f() { sleep(X) }"),
            ("host/src/net/retry.rs", "mod tests {\n#[tokio::test(start_paused = true)]\nfn g() { sleep(X) }\n}"),
        ];
        let expected = [("host/src/core/sync/run.rs".to_owned(), 6), ("tests/it/sync.rs".to_owned(), 1)];
        assert_eq!(lines(tests_do_not_sleep, &files), expected);
    }

    #[test]
    fn an_ignored_test_is_found() {
        let files = [("tests/it/sync.rs", "#[test]\n#[ignore = \"flaky\"]\nfn f() {}")];
        assert_eq!(lines(no_test_is_ignored, &files), [("tests/it/sync.rs".to_owned(), 2)]);
    }
}
