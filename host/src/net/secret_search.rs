//! Finds the secrets of a connection in a text, whatever their spelling.
//!
//! A text is searched as it is and, with its escapes undone (`%2B`, `\u002b`, `&amp;`), up to three times over: platforms and
//! libraries quote each other. What is found is known by its beginning and reaches as far as the text follows the secret.

use std::{collections::BTreeMap, ops::Range};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::{
    escapes::Unescaped,
    secret_forms::{Form, forms_of},
};

/// How often escapes are undone.
const LAYERS: usize = 3;
/// Secrets at least this long are also taken out of data, where a shorter one may be a word of the merchant's own.
const SHORTEST_IN_DATA: usize = 16;
/// How a JSON text may hold a plain character otherwise than serialisers write it.
const ODD_ESCAPES: [&str; 7] = [r"\u002", r"\u003", r"\u004", r"\u005", r"\u006", r"\u007", r"\/"];

/// How much of a secret counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// In what is said to people: its beginning is enough.
    Words,
    /// In data, which must stay as it is: only the whole of a long one.
    Data,
}

/// The spellings of all secrets, ready to be searched for.
pub(super) struct SecretSearch {
    beginnings: Option<AhoCorasick>,
    /// The forms that begin so, by the number of the beginning.
    forms: Vec<Vec<Form>>,
    /// Set when the search could not be made: then every text counts as a secret.
    is_blind: bool,
}

impl SecretSearch {
    /// Knows these secrets and nothing else, by no beginning that stands in `public`. Spellings that stand in one of
    /// `harmless` are left out.
    pub(super) fn new(secrets: &[&str], public: &str, harmless: &[&str]) -> Self {
        let mut by_beginning: BTreeMap<String, Vec<Form>> = BTreeMap::new();
        for form in secrets.iter().flat_map(|secret| forms_of(secret, public)) {
            if let Some(beginning) = form.text.get(..form.shortest).filter(|text| is_distinctive(text, harmless)) {
                by_beginning.entry(beginning.to_owned()).or_default().push(form);
            }
        }
        if by_beginning.is_empty() {
            return Self { beginnings: None, forms: vec![], is_blind: false };
        }
        let beginnings = by_beginning.keys().map(String::as_str).chain(ODD_ESCAPES);
        // Small: a host keeps thousands of connections open.
        let built = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(beginnings);
        let is_blind = built.is_err();
        Self { beginnings: built.ok(), forms: by_beginning.into_values().collect(), is_blind }
    }

    /// Whether a JSON text may hold a secret; false is sure as far as the usual spellings go. Fast: for whole pages.
    pub(super) fn may_be_in(&self, json: &[u8]) -> bool {
        self.is_blind || self.beginnings.as_ref().is_some_and(|search| search.is_match(json))
    }

    /// Where secrets stand in a text, in order, not touching each other.
    pub(super) fn find(&self, text: &str, strictness: Strictness) -> Vec<Range<usize>> {
        if self.is_blind && !text.is_empty() {
            return std::iter::once(0..text.len()).collect();
        }
        let Some(search) = &self.beginnings else { return vec![] };
        let mut found = vec![];
        self.find_in(search, text.as_bytes(), strictness, &mut |range| found.push(range));
        let mut layer = Unescaped::of(text);
        for _ in 0..LAYERS {
            let Some(unescaped) = layer else { break };
            self.find_in(search, &unescaped.bytes, strictness, &mut |range| found.push(unescaped.original(range)));
            layer = unescaped.again();
        }
        for range in &mut found {
            widen_to_characters(text, range);
        }
        merged(found)
    }

    fn find_in(&self, search: &AhoCorasick, text: &[u8], strictness: Strictness, found: &mut dyn FnMut(Range<usize>)) {
        for begin in search.find_overlapping_iter(text) {
            let forms = self.forms.get(begin.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
            for form in forms {
                let same = text[begin.start()..].iter().zip(form.text.bytes()).take_while(|(a, b)| **a == *b).count();
                let counts = match strictness {
                    Strictness::Words => same >= form.shortest,
                    Strictness::Data => same == form.text.len() && form.secret_bytes >= SHORTEST_IN_DATA,
                };
                if counts {
                    let mut range = begin.start()..begin.start() + same;
                    if form.base64 {
                        widen_in_base64(text, &mut range);
                    }
                    found(range);
                }
            }
        }
    }
}

/// Whether a beginning says anything: one that stands in the words put in place of secrets would be found there for ever.
fn is_distinctive(beginning: &str, harmless: &[&str]) -> bool {
    !beginning.is_empty() && !harmless.iter().any(|text| text.contains(beginning))
}

/// The characters at either end hold bits of the secret as well.
fn widen_in_base64(text: &[u8], range: &mut Range<usize>) {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    if range.start > 0 && text.get(range.start - 1).is_some_and(is_base64) {
        range.start -= 1;
    }
    if text.get(range.end).is_some_and(is_base64) {
        range.end += 1;
    }
    while text.get(range.end) == Some(&b'=') {
        range.end += 1;
    }
}

fn widen_to_characters(text: &str, range: &mut Range<usize>) {
    while !text.is_char_boundary(range.start) {
        range.start -= 1;
    }
    while !text.is_char_boundary(range.end) {
        range.end += 1;
    }
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut out: Vec<Range<usize>> = vec![];
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
    };
    use proptest::prelude::*;

    use super::*;

    fn is_caught(secret: &str, text: &str) -> bool {
        !SecretSearch::new(&[secret], "", &[]).find(text, Strictness::Words).is_empty()
    }

    #[test]
    fn escaped_spellings_are_caught_also_when_they_are_mixed_or_escaped_twice() {
        let secret = "pa\"ss/wörd+&= 1";
        for text in [
            "x pa\"ss/wörd+&= 1 x",
            r#"{"a":"pa\"ss/wörd+&= 1"}"#,
            r#"{"a":"pa\"ss\/w\u00F6rd+&= 1"}"#,
            r#"{"a":"{\"b\":\"pa\\\"ss/wörd+&= 1\"}"}"#,
            r"\u0070\u0061\u0022ss/wörd+&= 1",
            "?a=pa%22ss%2Fw%C3%B6rd%2B%26%3D%201",
            "?a=pa%22ss%2fw%c3%b6rd%2b%26%3d%201",
            "?a=%70%61%22%73%73%2F%77%C3%b6%72%64%2b",
            "?a=pa%2522ss%252Fw%25C3%25B6rd%252B%2526%253D%25201",
            "a=pa%22ss%2Fw%C3%B6rd%2B%26%3D+1",
            "<p>pa&quot;ss/wörd+&amp;= 1",
            "<p>pa&#34;ss/w&#xf6;rd+&#38;= 1",
        ] {
            assert!(is_caught(secret, text), "{text}");
        }
        assert!(is_caught(secret, &hex::encode(secret)) && is_caught(secret, &hex::encode_upper(secret)));
        assert!(!is_caught(secret, "pa ss word"));
    }

    #[test]
    fn a_beginning_of_eight_characters_is_caught_and_the_text_behind_it_stays() {
        let search = SecretSearch::new(&["s3cret_of_the_store"], "", &[]);
        let found = |text: &str, strictness| {
            let ranges = search.find(text, strictness);
            ranges.into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("key s3cret_o!", Strictness::Words), ["s3cret_o"]);
        assert_eq!(
            found("key s3cret_of_th… and s3cret_of_the_store.", Strictness::Words),
            ["s3cret_of_th", "s3cret_of_the_store"]
        );
        assert_eq!(found("key s3cret_", Strictness::Words), Vec::<String>::new());
        assert_eq!(found("s3cret_of_th s3cret_of_the_store", Strictness::Data), ["s3cret_of_the_store"]);
    }

    #[test]
    fn what_a_merchant_may_use_as_a_word_is_not_taken_out_of_data() {
        let search = SecretSearch::new(&["summer2024"], "", &[]);
        assert!(search.find("Collection summer2024", Strictness::Data).is_empty());
        assert_eq!(search.find("the word is summer2024", Strictness::Words).len(), 1);
    }

    #[test]
    fn a_json_text_is_passed_over_only_when_no_usual_spelling_is_in_it() {
        let search = SecretSearch::new(&["s3cret_of_the_store"], "", &[]);
        assert!(!search.may_be_in(br#"{"title":"A shirt, 25 %, \"new\" \u00e5"}"#));
        for text in [r#"{"a":"s3cret_of_the_store"}"#, r#"{"a":"\u0073\u0033cret_of_the_store"}"#] {
            assert!(search.may_be_in(text.as_bytes()), "{text}");
        }
        assert!(!SecretSearch::new(&[], "", &[]).may_be_in(br"\u0073"));
    }

    proptest! {
        #[test]
        fn base64_of_a_longer_text_is_caught(before in "\\PC{0,7}", secret in "[!-~]{8,40}", after in "\\PC{0,7}") {
            let whole = format!("{before}{secret}{after}");
            for engine in [STANDARD, URL_SAFE, STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let header = format!("Basic {}", engine.encode(&whole));
                prop_assert!(is_caught(&secret, &header));
            }
        }

        #[test]
        fn json_and_urls_are_caught(secret in "\\PC{4,30}") {
            let json = serde_json::json!({ "value": format!("<{secret}>") }).to_string();
            prop_assert!(is_caught(&secret, &json));
            let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("a", &secret).finish();
            prop_assert!(is_caught(&secret, &form));
        }

        #[test]
        fn any_text_can_be_searched(secret in "\\PC{4,20}", text in "(\\PC|%[0-9A-Fa-f]{0,2}|\\\\u?[0-9a-f]{0,4}|&#?x?[0-9a-f]{0,8};?){0,40}") {
            let search = SecretSearch::new(&[secret.as_str()], "", &[]);
            for range in search.find(&text, Strictness::Words) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
