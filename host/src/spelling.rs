//! Texts that others write, in one form: what looks the same is the same, and what cannot be seen is not there.
//!
//! [`tidy`] is the form a text is kept and sent in. [`key`] is the form in which texts that distinguish things are compared.
//! [`flaw`] and [`flaw_of_name`] say what no text, and no text that distinguishes things, may hold.

use email_address::{EmailAddress, Options};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed,
    props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup},
};

/// Canonical composition: letters keep their look.
const COMPOSED: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
/// Canonical decomposition.
const DECOMPOSED: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfd();
/// Compatibility composition: full-width digits, ligatures and the like become the plain ones.
const PLAIN: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
/// What is drawn as nothing: zero-width spaces and joiners, variation selectors, fillers.
const UNSEEN: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
const CATEGORIES: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();

/// Most characters of an e-mail address.
const LONGEST_EMAIL: usize = 254;

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// More characters than this.
    TooLong(usize),
    /// Line ends or other control characters.
    Control,
    /// Characters that turn the direction of what is around them, so that people read something else than is there.
    Direction,
    /// Characters that cannot be seen inside a text that distinguishes things.
    Unseen,
    /// Nothing that can be seen.
    Nothing,
}

impl Flaw {
    /// Stable word for programs; `docs/errors.md` explains each.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::Control => "control_character",
            Self::Direction => "direction_character",
            Self::Unseen => "invisible_character",
            Self::Nothing => "required",
        }
    }

    /// For people.
    pub fn message(self) -> String {
        match self {
            Self::TooLong(most) => format!("must have at most {most} characters"),
            Self::Control => "must not have line ends or other control characters".to_owned(),
            Self::Direction => "must not have characters that turn the direction of text".to_owned(),
            Self::Unseen => "must not have invisible characters inside; type it again".to_owned(),
            Self::Nothing => "must have something that can be seen".to_owned(),
        }
    }
}

/// The form a text is kept and sent in: composed (NFC), nothing blank or unseen around it, and every run of blanks inside it is
/// one space.
pub fn tidy(text: &str) -> String {
    let is_around = |letter: char| is_blank(letter) || UNSEEN.contains(letter);
    let mut tidied = String::with_capacity(text.len());
    let mut was_blank = false;
    for letter in COMPOSED.normalize(text).trim_matches(is_around).chars() {
        let is_gap = is_blank(letter) && !letter.is_control();
        if !is_gap {
            tidied.push(letter);
        } else if !was_blank {
            tidied.push(' ');
        }
        was_blank = is_gap;
    }
    tidied
}

/// Whether a character is drawn as a gap: a blank, or the sign of Braille without dots.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{2800}'
}

/// The form in which texts that distinguish things are compared: as [`tidy`], in plain characters (NFKC), without what cannot
/// be seen. Large and small letters stay apart.
pub fn key(text: &str) -> String {
    let seen: String = text.chars().filter(|letter| !UNSEEN.contains(*letter)).collect();
    tidy(&PLAIN.normalize(&seen))
}

/// Whether two texts tell the same thing.
pub fn same(one: &str, other: &str) -> bool {
    one == other || key(one) == key(other)
}

/// The forms of Unicode in which one text may be written: as it is, and its one form composed and decomposed.
pub fn spellings(text: &str) -> Vec<String> {
    let tidied = tidy(text);
    let decomposed = DECOMPOSED.normalize(&tidied).into_owned();
    let mut forms = vec![text.to_owned(), tidied, decomposed];
    forms.dedup();
    forms
}

/// Whether anything of a text can be seen.
pub fn is_visible(text: &str) -> bool {
    let is_seen = |letter: char| {
        !is_blank(letter)
            && !letter.is_control()
            && !UNSEEN.contains(letter)
            && !GeneralCategoryGroup::Mark.contains(CATEGORIES.get(letter))
    };
    text.chars().any(is_seen)
}

/// What is wrong with a text for people, which may be empty.
pub fn flaw(text: &str, most: usize) -> Option<Flaw> {
    // What is around a text is taken off, but for what would be taken off in silence.
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().count() > most {
        return Some(Flaw::TooLong(most));
    }
    if text.trim().chars().any(char::is_control) {
        return Some(Flaw::Control);
    }
    if text.chars().any(turns) {
        return Some(Flaw::Direction);
    }
    (!text.is_empty() && !is_visible(text)).then_some(Flaw::Nothing)
}

/// What is wrong with a text that distinguishes things: an id, a number, a code.
pub fn flaw_of_name(text: &str, most: usize) -> Option<Flaw> {
    let inside = |text: &str| tidy(text).chars().any(|letter| UNSEEN.contains(letter));
    flaw(text, most)
        .or_else(|| if is_visible(text) { inside(text).then_some(Flaw::Unseen) } else { Some(Flaw::Nothing) })
}

/// Whether a text can be an e-mail address: one `@`, something before it, a domain of at least two parts, and no blanks. Whether
/// anybody reads it nobody can tell.
pub fn is_email(text: &str) -> bool {
    let rules = Options::default().with_required_tld().without_domain_literal().without_display_text();
    !text.contains(is_blank)
        && flaw_of_name(text, LONGEST_EMAIL).is_none()
        && EmailAddress::parse_with_options(text, rules).is_ok()
}

/// Whether a text can be a telephone number: at least three digits, and no other letters than those of an extension.
pub fn is_phone(text: &str) -> bool {
    let is_known = |letter: char| letter.is_ascii_digit() || " +-()./#*,;xextEXT".contains(letter);
    let plain = key(text);
    plain.chars().filter(char::is_ascii_digit).count() >= 3 && plain.chars().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_the_same_are_the_same() {
        for (one, other) in [
            ("12", "12 "),
            ("12", "\u{a0}12\u{3000}\n"),
            ("12", "１２"),
            ("12", "1\u{200b}2"),
            ("12", "\u{feff}12"),
            ("12", "12\u{2800}"),
            ("order 12", "order \u{a0} 12"),
            ("order 12", "order\u{2800}12"),
            ("Å-1", "A\u{30a}-1"),
            ("ﬁ", "fi"),
        ] {
            assert!(same(one, other), "{one:?} {other:?}");
        }
        for (one, other) in [("12", "1 2"), ("ab", "AB"), ("12", "1²2"), ("0", "O")] {
            assert!(!same(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_text_is_kept_as_it_looks() {
        assert_eq!(tidy(" Ada\u{a0} \u{2009}Lovelace\u{200b}\n"), "Ada Lovelace");
        assert_eq!(tidy("Malmo\u{308}"), "Malm\u{f6}");
        assert_eq!(tidy("№ 5²"), "№ 5²", "signs stay");
        assert_eq!(tidy("علی\u{200c}رضا"), "علی\u{200c}رضا", "a joiner inside a name is spelling");
        assert_eq!(tidy(&tidy(" a \u{301}b ")), tidy(" a \u{301}b "));
    }

    #[test]
    fn what_cannot_be_seen_is_nothing() {
        for text in ["\u{200b}", "\u{3164}", "\u{2800}\u{2800}", "\u{115f}\u{1160}", " \u{ad} ", "\u{301}", "\u{e0041}"]
        {
            assert!(!is_visible(text), "{text:?}");
            assert_eq!(flaw(text, 100), Some(Flaw::Nothing), "{text:?}");
        }
        assert!(is_visible("-") && is_visible("李") && is_visible("\u{200b}a"));
        assert_eq!(flaw("", 100), None);
        assert_eq!(flaw("a\nb", 100), Some(Flaw::Control));
        assert_eq!(flaw("evil\u{202e}gpj", 100), Some(Flaw::Direction));
        assert_eq!(flaw("\u{202e}gpj", 100), Some(Flaw::Direction));
        assert_eq!(flaw("aaa", 2), Some(Flaw::TooLong(2)));
        assert_eq!(flaw_of_name("1\u{200b}2", 9), Some(Flaw::Unseen));
        assert_eq!((flaw_of_name("", 9), flaw_of_name(" 12\u{200b}", 9)), (Some(Flaw::Nothing), None));
    }

    #[test]
    fn what_is_no_address_or_number_is_seen_to_be_none() {
        for fine in ["ada@example.com", "ada.l+x@mail.example.co.uk", "älva@exämple.se", "o'hara@example.com"] {
            assert!(is_email(fine), "{fine}");
        }
        for wrong in [
            "ada.example.com",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@@example.com",
            "ada@exa mple.com",
            "ada@example..com",
            "ada@.com",
            "Ada <ada@example.com>",
            "ada\u{200b}@example.com",
            "ada@[127.0.0.1]",
            "",
            "a@b.com,c@d.com",
        ] {
            assert!(!is_email(wrong), "{wrong}");
        }
        assert!(is_phone("+46 (0)70-123 45 67") && is_phone("112") && is_phone("０８ 123"));
        assert!(!is_phone("ring Ada") && !is_phone("+-") && !is_phone("12"));
    }
}
