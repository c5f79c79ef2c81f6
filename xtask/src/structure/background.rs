//! What the host does by itself: claims, loops, back-offs.

use std::collections::BTreeSet;

use super::{
    counts::Count,
    modules::{Module, Modules},
    tokens::{end_of_block, is_word},
};

const CLAIM: &str = "tables of which a statement below host/src/store raises the fence (`fence + 1`): \
                     every claim does, whoever takes it; all that one function writes for any table count once";
const LOOP: &str = "files with a function that loops and watches for shutdown: `while !*….borrow()`, or `loop`/`while` \
                    with `.changed()`, `.begun()`, `.cancelled()` or `.is_cancelled()` of what it was given";
const BACK_OFF: &str = "a pause times a power: `.saturating_mul(1 << …)`, `* (1 << …)`, `saturating_pow`, or a \
                        back-off type of a library";
const SUPERVISED: &str = "first arguments of `.start(\"…\"`, `.supervise(\"…\"` and `.run(\"…\"`, and types that \
                          implement `Kind`, `Periodic` or `Work`";

/// Everything that is counted of them.
pub(super) fn counts(host: &Modules<'_>) -> Vec<Count> {
    let claims: BTreeSet<_> = host.files().iter().filter(|file| is_of_the_store(file)).flat_map(claims).collect();
    let loops = host.files().iter().filter(|file| has_a_worker_loop(&file.tokens));
    vec![
        Count::new("claim protocols", CLAIM, claims),
        Count::new("worker loops", LOOP, loops.map(|file| file.source.path.clone())),
        Count::new("supervised kinds of work", SUPERVISED, host.files().iter().flat_map(supervised)),
        Count::new("back-off formulas", BACK_OFF, host.files().iter().flat_map(back_offs)),
    ]
}

fn is_of_the_store(file: &Module<'_>) -> bool {
    file.source.path.starts_with("host/src/store/") && !file.source.path.contains("/suite/")
}

/// The table of the nearest `UPDATE` or `INSERT INTO` before each `fence + 1`.
fn claims(file: &Module<'_>) -> BTreeSet<String> {
    let raised = without_tests(file).match_indices("fence + 1").map(|(at, _)| &without_tests(file)[..at]);
    raised
        .filter_map(|before| {
            let tables =
                ["UPDATE ", "INSERT INTO ", "UPDATE OR ROLLBACK ", "UPDATE OR FAIL ", "UPDATE OR ABORT ", "{update} "]
                    .iter()
                    .flat_map(|verb| {
                        before.match_indices(verb).map(|(at, verb)| (at, table(&before[at + verb.len()..])))
                    });
            let tables = tables.filter(|(_, table)| !table.is_empty() && !["SET", "OR"].contains(table));
            tables.max_by_key(|(at, _)| *at).map(|(_, table)| table.to_owned())
        })
        .collect()
}

fn without_tests<'a>(file: &Module<'a>) -> &'a str {
    file.source.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
}

/// The table that a text begins with; one for all that are filled in.
fn table(text: &str) -> &str {
    if text.starts_with('{') { "any table" } else { word(text) }
}

/// The word that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    &text[..end]
}

fn has_a_worker_loop(tokens: &[&str]) -> bool {
    let functions = (0..tokens.len().saturating_sub(1)).filter(|at| tokens[*at] == "fn" && is_word(tokens[*at + 1]));
    functions.into_iter().any(|at| {
        let Some(open) = tokens[at..].iter().position(|token| ["{", ";"].contains(token)).map(|length| at + length)
        else {
            return false;
        };
        let body = if tokens[open] == "{" { &tokens[open..end_of_block(tokens, open)] } else { &[] };
        let while_running = body.windows(3).any(|three| three == ["while", "!", "*"]) && has_call(body, "borrow");
        let loops = body.contains(&"loop") || body.contains(&"while");
        let is_given_a_signal =
            tokens[at..open].iter().any(|token| ["watch", "CancellationToken", "Shutdown"].contains(token));
        let watches = ["changed", "begun", "cancelled", "is_cancelled"].iter().any(|name| has_call(body, name));
        while_running || loops && is_given_a_signal && watches
    })
}

fn has_call(tokens: &[&str], name: &str) -> bool {
    tokens.windows(3).any(|three| three == [".", name, "("])
}

fn supervised(file: &Module<'_>) -> Vec<String> {
    let path = &file.source.path;
    let named = [".start(\"", ".supervise(\"", ".run(\""]
        .into_iter()
        .flat_map(|call| without_tests(file).split(call).skip(1).map(|rest| format!("{path} {}", word(rest))));
    let kinds = file
        .tokens
        .windows(4)
        .filter(|four| four[0] == "impl" && ["Kind", "Periodic", "Work"].contains(&four[1]) && four[2] == "for");
    named.chain(kinds.map(|four| format!("{path} {}", four[3]))).collect()
}

fn back_offs(file: &Module<'_>) -> Vec<String> {
    let signs: [&[&str]; 5] = [
        &["saturating_mul", "(", "1", "<", "<"],
        &["*", "(", "1", "<", "<"],
        &["saturating_pow", "("],
        &["ExponentialBuilder"],
        &["ExponentialBackoff"],
    ];
    let found = (0..file.tokens.len()).filter(|at| signs.iter().any(|sign| file.tokens[*at..].starts_with(sign)));
    found.map(|_| file.source.path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    #[test]
    fn claims_loops_and_back_offs_are_counted() {
        let sources = Sources::of(&[
            (
                "host/src/store/job.rs",
                "const A: &str = \"UPDATE sync_job SET fence = fence + 1\";\n\
                 const B: &str = \"INSERT INTO lease (a) VALUES (1) ON CONFLICT DO UPDATE SET fence = lease.fence + 1\";\n\
                 const C: &str = \"UPDATE sync_job SET a = 1, fence = fence + 1\";\nconst D: &str = \"UPDATE other SET b = 1\";",
            ),
            (
                "host/src/core/job/worker.rs",
                "async fn work(self, mut ending: watch::Receiver<bool>) { while !*ending.borrow() { f() } }\n\
                 fn pause(n: u32) -> u64 { FIRST.saturating_mul(1 << n.min(9)) }\nfn start(w: W) { w.start(\"sync\", f) }",
            ),
            (
                "host/src/work/runner.rs",
                "async fn run(mut shutdown: Shutdown) { loop { shutdown.begun().await } }\nimpl Kind for Poll {}",
            ),
            ("host/src/store/claim.rs", "fn take() { format!(\"UPDATE {table} SET fence = fence + 1\") }"),
            ("host/src/net/filter.rs", "fn f(bit: u64) { loop { word |= 1 << (bit % 64); } }"),
        ]);
        let counts = counts(&Modules::of(&sources, "host/src/", "connector_host"));
        let found: Vec<_> = counts.iter().map(|count| count.places.join(", ")).collect();
        let expected = [
            "any table, lease, sync_job",
            "host/src/core/job/worker.rs, host/src/work/runner.rs",
            "host/src/core/job/worker.rs sync, host/src/work/runner.rs Poll",
            "host/src/core/job/worker.rs",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_claim_whose_verb_is_filled_in_counts() {
        let take = "fn take() { format!(\"{update} {table} SET fence = fence + 1\") }";
        let sources = Sources::of(&[("host/src/store/claim.rs", take)]);
        let counts = counts(&Modules::of(&sources, "host/src/", "connector_host"));
        assert_eq!(counts[0].places, ["any table"]);
    }
}
