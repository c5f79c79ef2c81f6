//! Rust code as words and signs, without what is compiled for tests only.

/// Splits code (without comments and strings) into identifiers, numbers, `::` and single signs.
pub(super) fn of(code: &str) -> Vec<&str> {
    let mut tokens = vec![];
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if is_of_a_word(first) {
            rest.find(|letter| !is_of_a_word(letter)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            tokens.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    tokens
}

/// The tokens without items under `#[cfg(test)]`, and the names of the modules declared so.
pub(super) fn without_tests<'a>(tokens: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut test_modules) = (Vec::with_capacity(tokens.len()), vec![]);
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&MARK) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        let end = at + MARK.len() + length_of_item(&tokens[at + MARK.len()..]);
        let item = &tokens[at..end];
        let declared = item.iter().position(|token| *token == "mod").and_then(|mod_at| item.get(mod_at + 1));
        test_modules.extend(declared);
        at = end;
    }
    (kept, test_modules)
}

/// The index behind the bracket that closes the one at `open`.
pub(super) fn end_of_block(tokens: &[&str], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

pub(super) fn is_word(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Up to the `;` or the block that ends an item; of a field, a variant or an arm, up to its comma.
fn length_of_item(tokens: &[&str]) -> usize {
    const ITEMS: [&str; 13] = [
        "pub",
        "fn",
        "async",
        "use",
        "mod",
        "impl",
        "struct",
        "enum",
        "trait",
        "const",
        "static",
        "type",
        "macro_rules",
    ];
    let is_item = tokens.first().is_some_and(|first| *first == "#" || ITEMS.contains(first));
    let is_import = tokens.iter().find(|token| !["pub", "(", "crate", "super", ")"].contains(token)) == Some(&"use");
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            "}" | ")" | "]" => return at,
            "{" if !is_import => return end_of_block(tokens, at),
            "{" | "(" | "[" => at = end_of_block(tokens, at),
            _ => at += 1,
        }
    }
    at
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_split_into_words_and_signs() {
        assert_eq!(of("a::b(1 << x);"), ["a", "::", "b", "(", "1", "<", "<", "x", ")", ";"]);
    }

    #[test]
    fn what_is_for_tests_only_goes_and_the_rest_stays() {
        let code = "#[cfg(test)] mod a; #[cfg(test)] mod b { fn f() { 1; } } #[cfg(test)] use x::{y, z}; \
                    #[cfg(test)] #[path(x)] pub(crate) mod c; struct S { #[cfg(test)] t: u8, u: [u8; 2] } fn g() {}";
        let (kept, modules) = { without_tests(&of(code)) };
        assert_eq!(kept.join(" "), "struct S { u : [ u8 ; 2 ] } fn g ( ) { }");
        assert_eq!(modules, ["a", "b", "c"]);
    }
}
