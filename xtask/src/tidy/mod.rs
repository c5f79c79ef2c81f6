//! `cargo xtask tidy`: the design's rules that a compiler cannot see, checked on the text of the sources.
//!
//! Every rule is a function from sources to violations, so that each is proven to fail by a test of its own.

mod arrows;
mod boundaries;
mod budget;
mod circles;
mod dependencies;
mod deployment;
mod descriptions;
mod error_docs;
mod frozen;
mod migrations;
mod monitoring;
mod walks;
mod wording;

use anyhow::bail;

use crate::{
    artifacts::workspace,
    sources::{self, Sources, Violation},
};

type Rule = fn(&Sources) -> Vec<Violation>;

const RULES: [Rule; 28] = [
    arrows::of_the_contract,
    arrows::of_the_host,
    boundaries::only_the_loader_opens_libraries,
    boundaries::unsafe_stays_in_the_abi,
    boundaries::the_host_names_no_platform,
    boundaries::tests_do_not_sleep,
    boundaries::no_test_is_ignored,
    budget::files_are_short,
    budget::the_median_file_is_short,
    budget::names_say_what_a_file_does,
    budget::modules_say_what_they_are_for,
    circles::no_file_imports_itself,
    dependencies::of_the_contract,
    dependencies::of_the_host,
    deployment::files_parse,
    deployment::settings_exist,
    deployment::routes_exist,
    deployment::ports_agree,
    descriptions::descriptions_say_something,
    error_docs::every_code_is_explained,
    frozen::the_abi_is_as_released,
    frozen::both_copies_of_the_schema_are_equal,
    migrations::nothing_is_taken_away_too_early,
    monitoring::named_metrics_exist,
    monitoring::metrics_are_explained,
    monitoring::alerts_have_runbooks,
    walks::journeys_are_short,
    wording::public_texts_use_the_fields_words,
];

/// Checks the workspace; an error when a rule is broken.
pub(crate) fn run() -> anyhow::Result<()> {
    let sources = Sources::of_checkout(workspace())?;
    let mut violations: Vec<_> = RULES.iter().flat_map(|rule| rule(&sources)).collect();
    violations.extend(dependencies::no_registry_is_named(&sources));
    violations.sort();
    for violation in &violations {
        println!("{}:{}: {}\n    → {}", violation.path, violation.line, violation.problem, violation.remedy);
    }
    match violations.len() {
        0 => {
            println!("tidy: {} files, {} rules", sources.all().count(), RULES.len() + 1);
            Ok(())
        }
        count => bail!("{count} violations"),
    }
}
