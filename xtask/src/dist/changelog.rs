//! The part of the changelog that is about one version.

use anyhow::bail;

/// What stands below the heading of a version, with that heading. What is not released yet will do where `is_draft`.
pub(super) fn part(changelog: &str, version: &str, is_draft: bool) -> anyhow::Result<String> {
    let of = |title: &str| {
        let is_own = |line: &&str| line.strip_prefix("## ").is_some_and(|rest| rest.split(' ').next() == Some(title));
        let mut lines = changelog.lines().skip_while(|line| !is_own(line));
        let heading = lines.next()?;
        let own: Vec<_> = std::iter::once(heading).chain(lines.take_while(|line| !line.starts_with("## "))).collect();
        Some(format!("{}\n", own.join("\n").trim_end()))
    };
    match of(version).or_else(|| of("Unreleased").filter(|_| is_draft)) {
        Some(part) => Ok(part),
        None => {
            bail!("CHANGELOG.md has no heading `## {version}`: name the version and its date above what is unreleased")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.1.0 (2026-05-01)\n\n### Added\n\n- Old.\n\n## 1.1\n\n- Older.\n";

    #[test]
    fn a_version_has_its_own_part_and_a_draft_what_is_unreleased() {
        assert_eq!(part(TEXT, "1.1.0", false).unwrap(), "## 1.1.0 (2026-05-01)\n\n### Added\n\n- Old.\n");
        assert_eq!(part(TEXT, "1.1", false).unwrap(), "## 1.1\n\n- Older.\n");
        assert_eq!(part(TEXT, "2.0.0", true).unwrap(), "## Unreleased\n\n- New.\n");
        assert!(part(TEXT, "2.0.0", false).is_err());
    }
}
