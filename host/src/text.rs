//! Texts that people read: characters a terminal would act on, amounts, and sentences one after the other.

use std::borrow::Cow;

use connector_api::domain::Money;

/// One line as a terminal may show it: characters that move the cursor, colour or reorder what stands around them, or that
/// cannot be seen, are written as escapes (`\n`, `\u{1b}`, `\u{202e}`). For every text that a store, a channel or a plugin
/// had a hand in.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_hidden(letter) {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// A JSON text that a terminal may show: the same characters as JSON escapes (`\u202e`), so that its value is the same. Line
/// ends stay: inside of its strings JSON escapes them anyway.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    let is_hidden = |letter: char| letter != '\n' && is_hidden(letter);
    if !json.contains(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        if is_hidden(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                shown += &format!("\\u{unit:04x}");
            }
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, those that set the direction of text, and those that leave no trace where they stand. Joiners stay:
/// words of several languages and many emoji are written with them.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// An amount as people write it, with as many decimals as its currency has.
pub fn amount(minor: i64, currency: &str) -> String {
    match currency.parse() {
        Ok(currency) => Money { amount_minor: minor, currency }.to_string(),
        Err(_) => format!("{minor} in the smallest unit of `{currency}`"),
    }
}

/// What happened and what to do, as sentences: each begins with a capital letter where it follows another, and ends with a stop.
pub fn sentences(parts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut text = String::new();
    for part in parts {
        let part = part.as_ref().trim();
        if part.is_empty() {
            continue;
        }
        if text.is_empty() {
            text += part;
            continue;
        }
        if !text.ends_with(['.', '!', '?', '…']) {
            text.push('.');
        }
        let mut letters = part.chars();
        text.push(' ');
        text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        text += letters.as_str();
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_written_as_an_escape() {
        let hostile = "a\u{1b}[31mb\u{7}\r\nc\u{9b}d\u{202e}e\u{200b}f\u{7f}";
        assert_eq!(visible(hostile), r"a\u{1b}[31mb\u{7}\r\nc\u{9b}d\u{202e}e\u{200b}f\u{7f}");
        for kept in ["Åsa – 漢字 🏳️‍🌈", "می‌خواهم", ""] {
            assert_eq!(visible(kept), kept);
        }
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let shown = [(449_700, "SEK"), (12_900, "JPY"), (1_234, "KWD"), (-5, "EUR"), (7, "??")];
        let shown = shown.map(|(minor, currency)| amount(minor, currency));
        assert_eq!(shown, ["4497.00 SEK", "12900 JPY", "1.234 KWD", "-0.05 EUR", "7 in the smallest unit of `??`"]);
    }

    #[test]
    fn cause_and_remedy_are_sentences() {
        assert_eq!(sentences(["try again then", "Check the address."]), "try again then. Check the address.");
        assert_eq!(sentences(["It is off.", "renew it"]), "It is off. Renew it");
        assert_eq!(sentences(["alone", " "]), "alone");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left_and_json_keeps_its_value(text in any::<String>()) {
            prop_assert!(!visible(&text).contains(is_hidden));
            let json = serde_json::to_string_pretty(&serde_json::json!({ &text: [&text] })).unwrap();
            let shown = visible_json(&json);
            prop_assert!(!shown.contains(|letter| letter != '\n' && is_hidden(letter)));
            let (before, after): (serde_json::Value, serde_json::Value) =
                (serde_json::from_str(&json).unwrap(), serde_json::from_str(&shown).unwrap());
            prop_assert_eq!(before, after);
        }
    }
}
