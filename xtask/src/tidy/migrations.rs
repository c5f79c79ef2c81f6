//! A migration runs while the version before it still works on the same database: it may add, and takes away only what an earlier
//! one has replaced.

use std::collections::BTreeSet;

use super::{
    Violation,
    sources::{Source, Sources},
};

/// The folders of migrations, and the last of each that was written before there was more than one process per database.
const FOLDERS: [(&str, u32); 2] = [("host/migrations/sqlite/", 20), ("host/migrations/postgres/", 1)];
/// How a migration says what it finishes: `-- contract of 0023: why nobody needs it any more`.
const DECLARATION: &str = "-- contract of ";
const REMEDY: &str = "Add the new beside the old (expand), move the data and the program over (migrate), and take the old away in a \
     later release, in a migration that begins with `-- contract of NNNN: why`, the number of the one that added the new.";

pub(super) fn nothing_is_taken_away_too_early(sources: &Sources) -> Vec<Violation> {
    FOLDERS.iter().flat_map(|(folder, last)| of_folder(sources, folder, *last)).collect()
}

fn of_folder(sources: &Sources, folder: &str, last: u32) -> Vec<Violation> {
    let numbered = |source: &Source| source.path.strip_prefix(folder)?.get(..4)?.parse::<u32>().ok();
    let numbers: BTreeSet<u32> = sources.below(folder).filter_map(numbered).collect();
    let mut violations = vec![];
    for source in sources.below(folder) {
        let Some(number) = numbered(source).filter(|number| *number > last) else { continue };
        let finishes = source.text.lines().next().and_then(declared);
        let is_declared = finishes.is_some_and(|earlier| earlier < number && numbers.contains(&earlier));
        if is_declared {
            continue;
        }
        for (line, statement) in statements(&source.text) {
            if let Some(what) = destroys(&statement) {
                violations.push(source.violation(line, format!("`{what}` breaks the version before it"), REMEDY));
            }
        }
    }
    violations
}

fn declared(line: &str) -> Option<u32> {
    let (number, why) = line.strip_prefix(DECLARATION)?.split_once(':')?;
    if why.trim().is_empty() { None } else { number.trim().parse().ok() }
}

/// Statements in capital letters, with single spaces and without comments, and the line that each begins on.
fn statements(text: &str) -> Vec<(usize, String)> {
    let (mut statements, mut words, mut begins) = (vec![], vec![], 1);
    for (index, line) in text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default().to_uppercase();
        for (place, part) in code.split(';').enumerate() {
            if place > 0 {
                statements.push((begins, words.join(" ")));
                words.clear();
            }
            if words.is_empty() {
                begins = index + 1;
            }
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    statements.push((begins, words.join(" ")));
    statements
}

/// What of a statement the version before it does not survive.
fn destroys(statement: &str) -> Option<&'static str> {
    let alters = statement.starts_with("ALTER TABLE");
    let has = |words: &str| statement.contains(words);
    [
        ("DROP TABLE", statement.starts_with("DROP TABLE")),
        ("DROP COLUMN", alters && has(" DROP ") && !has(" DROP CONSTRAINT ") && !has(" DROP NOT NULL")),
        ("RENAME", alters && has(" RENAME ")),
        ("ALTER COLUMN … TYPE", alters && has(" ALTER ") && has(" TYPE ")),
        ("SET NOT NULL", alters && has(" SET NOT NULL")),
        ("ADD COLUMN … NOT NULL without a default", alters && has(" ADD ") && has(" NOT NULL") && !has(" DEFAULT ")),
    ]
    .into_iter()
    .find_map(|(what, is_so)| is_so.then_some(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let found = nothing_is_taken_away_too_early(&Sources::of(files));
        found.into_iter().map(|violation| (violation.path, violation.line)).collect()
    }

    #[test]
    fn what_takes_away_is_found_unless_it_finishes_an_earlier_one() {
        const ADDS: &str = "-- drop table in a comment\nALTER TABLE a ADD COLUMN b TEXT;\nCREATE INDEX a_b ON a (b);\n\
             ALTER TABLE a ADD COLUMN c INTEGER NOT NULL DEFAULT 0;\nALTER TABLE a ALTER d DROP NOT NULL;\n";
        assert_eq!(lines(&[("host/migrations/sqlite/0021_a.sql", ADDS)]), []);
        for sql in [
            "DROP TABLE a;",
            "ALTER TABLE a\n  DROP COLUMN b;",
            "ALTER TABLE a RENAME TO b;",
            "ALTER TABLE a RENAME COLUMN b TO c;",
            "alter table a alter column b type bigint;",
            "ALTER TABLE a ALTER b SET NOT NULL;",
            "ALTER TABLE a ADD COLUMN b TEXT NOT NULL;",
        ] {
            let after = format!("CREATE TABLE x (y TEXT NOT NULL);\n{sql}\n");
            let path = "host/migrations/postgres/0002_a.sql";
            assert_eq!(lines(&[(path, &after)]), [(path.to_owned(), 2)], "{sql}");
            let declared = format!("-- contract of 0002: the release before wrote both\n{sql}\n");
            let first = (path, "ALTER TABLE a ADD COLUMN c TEXT;");
            assert_eq!(lines(&[first, ("host/migrations/postgres/0003_b.sql", &declared)]), [], "{sql}");
            // Of itself, of none, and without a reason.
            for declaration in ["-- contract of 0003: why", "-- contract of 0009: why", "-- contract of 0002:"] {
                let text = format!("{declaration}\n{sql}\n");
                assert_eq!(lines(&[first, ("host/migrations/postgres/0003_b.sql", &text)]).len(), 1, "{declaration}");
            }
        }
        assert_eq!(lines(&[("host/migrations/sqlite/0019_old.sql", "DROP TABLE a;")]), []);
    }
}
