//! What the platform says in words, fit for an operator's eyes: one line, short, without what may be a secret or a person.

/// Most characters of the platform's words that are repeated.
const MOST: usize = 200;
/// A run of so many digits may be a telephone number, so many letters and digits a token.
const LONG_NUMBER: usize = 7;
const LONG_WORD: usize = 24;

/// The platform's words, scrubbed and cut. `None` when nothing is left to say.
pub(crate) fn reported(text: &str) -> Option<String> {
    // Twice as much as is kept: the rest could not come to be seen.
    let visible: String = text.chars().take(4 * MOST).map(|own| if is_hidden(own) { ' ' } else { own }).collect();
    let words: Vec<String> = visible.split_whitespace().map(scrubbed).collect();
    let line = words.join(" ");
    let line = line.trim_end_matches(['.', ' ']);
    if line.is_empty() {
        return None;
    }
    let short: String = line.chars().take(MOST).collect();
    Some(if short.len() < line.len() { format!("{short}…") } else { short })
}

fn scrubbed(word: &str) -> String {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let longest = word.split(|own: char| !own.is_ascii_alphanumeric()).map(str::len).max().unwrap_or(0);
    let has_digit_and_letter = digits > 0 && word.chars().any(|own| own.is_ascii_alphabetic());
    if word.contains('@') {
        "[e-mail]".to_owned()
    } else if longest >= LONG_WORD || (longest >= 16 && has_digit_and_letter) {
        "[…]".to_owned()
    } else if digits >= LONG_NUMBER {
        "[number]".to_owned()
    } else {
        word.to_owned()
    }
}

/// Control characters, and those that turn or hide what stands beside them.
fn is_hidden(own: char) -> bool {
    own.is_control()
        || matches!(own, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_what_may_be_a_secret_or_a_person_is_not() {
        let text = "Could not read\n price of display 5: SQLSTATE[HY000] for ada@example.com +46701234567 Bearer 0123456789abcdef0123456789abcdef.";
        assert_eq!(
            reported(text).as_deref(),
            Some("Could not read price of display 5: SQLSTATE[HY000] for [e-mail] [number] Bearer […]")
        );
        assert_eq!(reported(" \u{202e}\n "), None);
        assert!(
            reported(&"word ".repeat(500)).is_some_and(|own| own.chars().count() == MOST + 1 && own.ends_with('…'))
        );
    }
}
