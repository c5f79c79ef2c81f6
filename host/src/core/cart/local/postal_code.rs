//! Postal codes against the ranges of a tax rule.
//!
//! Platforms write ranges as people do: entries between commas, semicolons or line ends, each a code (`90210`), a range
//! of equally long codes (`90001-90099`) or a beginning (`90*`). Upper and lower case, spaces and the extension of a
//! United States code (`90210-1234`) do not matter.

/// Whether some of the entries cover a code; `None` when an entry cannot be read and no other covers it.
pub(super) fn covers(entries: &str, code: &str) -> Option<bool> {
    let code = plain(without_extension(code));
    let mut unreadable = false;
    for entry in entries.split([',', ';', '\n']).map(plain).filter(|entry| !entry.is_empty()) {
        match covers_one(&entry, &code) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unreadable = true,
        }
    }
    (!unreadable).then_some(false)
}

fn covers_one(entry: &str, code: &str) -> Option<bool> {
    if let Some(beginning) = entry.strip_suffix('*') {
        return is_code(beginning).then(|| code.starts_with(beginning));
    }
    if let Some((from, to)) = entry.split_once('-')
        && from.len() == to.len()
    {
        let is_readable = is_code(from) && is_code(to);
        return is_readable.then(|| code.len() == from.len() && from <= code && code <= to);
    }
    is_code(without_extension(entry)).then(|| without_extension(entry) == code)
}

/// Whether a code has a form its country knows; countries not named here accept anything.
pub(super) fn is_well_formed(country: &str, code: &str) -> bool {
    let code = plain(code);
    match country {
        "US" => {
            let digits = code.replacen('-', "", 1);
            let is_split_well = !code.contains('-') || code.find('-') == Some(5);
            is_split_well && matches!(digits.len(), 5 | 9) && digits.bytes().all(|digit| digit.is_ascii_digit())
        }
        _ => !code.is_empty() && code.len() <= 12,
    }
}

fn without_extension(code: &str) -> &str {
    let code = code.trim();
    let is_digits = |text: &str, count| text.len() == count && text.bytes().all(|digit| digit.is_ascii_digit());
    match code.split_once('-') {
        Some((base, extension)) if is_digits(base, 5) && is_digits(extension, 4) => base,
        _ if is_digits(code, 9) => &code[..5],
        _ => code,
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_uppercase()
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ranges_and_beginnings_are_read() {
        for (entries, code, expected) in [
            ("90210", "90210", Some(true)),
            ("90210", "90210-1234", Some(true)),
            ("90210", "902101234", Some(true)),
            ("90001-90099", "90050", Some(true)),
            ("90001-90099", "90100", Some(false)),
            ("10000, 90*", "90999", Some(true)),
            ("SW1A 1AA", "sw1a1aa", Some(true)),
            ("90210-1234", "90210", Some(true)),
            ("90001..90099", "90050", None),
            ("90001..90099; 90050", "90050", Some(true)),
        ] {
            assert_eq!(covers(entries, code), expected, "{code} in {entries}");
        }
    }

    #[test]
    fn codes_of_the_united_states_have_three_forms() {
        for code in ["90210", "90210-1234", "902101234"] {
            assert!(is_well_formed("US", code), "{code}");
        }
        for code in ["9021", "9021-01234", "ABCDE", "90210-12", ""] {
            assert!(!is_well_formed("US", code), "{code}");
        }
        assert!(is_well_formed("SE", "113 46"));
    }
}
