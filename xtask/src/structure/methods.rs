//! `impl` blocks: whose they are, what they define, and what they call on `self`.

use std::collections::BTreeSet;

use super::tokens::{end_of_block, is_word};

/// One `impl` block.
#[derive(Debug)]
pub(super) struct Block<'t, 'a> {
    /// The trait's path, when there is one.
    pub(super) of_trait: Option<Vec<String>>,
    /// The type's path.
    pub(super) of: Vec<String>,
    /// Its functions.
    pub(super) methods: Vec<Method<'t, 'a>>,
}

/// A function.
#[derive(Debug)]
pub(super) struct Method<'t, 'a> {
    pub(super) name: &'a str,
    /// What stands between the name and the body.
    pub(super) signature: &'t [&'a str],
    /// What stands between the braces; empty when there is none.
    pub(super) body: &'t [&'a str],
}

/// What an `impl` block without a trait defines, and which names it calls on `self` or `Self`.
#[derive(Debug)]
pub(super) struct Inherent<'a> {
    pub(super) of: Vec<String>,
    pub(super) methods: Vec<&'a str>,
    pub(super) calls: BTreeSet<&'a str>,
}

/// All `impl` blocks of a file.
pub(super) fn blocks<'t, 'a>(tokens: &'t [&'a str]) -> Vec<Block<'t, 'a>> {
    let mut blocks = vec![];
    let mut at = 0;
    while at < tokens.len() {
        let begins_an_item = at == 0 || ["}", ";", "]", "{", "unsafe"].contains(&tokens[at - 1]);
        if tokens[at] != "impl" || !begins_an_item {
            at += 1;
            continue;
        }
        let Some(open) = tokens[at..].iter().position(|token| *token == "{").map(|length| at + length) else { break };
        let end = end_of_block(tokens, open);
        let (of_trait, of) = header(&tokens[at + 1..open]);
        blocks.push(Block { of_trait, of, methods: functions(&tokens[open + 1..end - 1]) });
        at = end;
    }
    blocks
}

/// The blocks that belong to no trait.
pub(super) fn inherent<'a>(tokens: &[&'a str]) -> Vec<Inherent<'a>> {
    let own = blocks(tokens).into_iter().filter(|block| block.of_trait.is_none());
    own.map(|block| {
        let calls = block
            .methods
            .iter()
            .flat_map(|method| method.body.windows(3).filter(|three| is_called_on_itself(three)).map(|three| three[2]));
        let calls = calls.collect();
        Inherent { of: block.of, methods: block.methods.iter().map(|method| method.name).collect(), calls }
    })
    .collect()
}

/// The functions that stand directly between these tokens.
pub(super) fn functions<'t, 'a>(tokens: &'t [&'a str]) -> Vec<Method<'t, 'a>> {
    let mut found = vec![];
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "fn" && tokens.get(at + 1).is_some_and(|name| is_word(name)) {
            let (name, start) = (tokens[at + 1], at + 2);
            while at < tokens.len() && !["{", ";"].contains(&tokens[at]) {
                at = if ["(", "["].contains(&tokens[at]) { end_of_block(tokens, at) } else { at + 1 };
            }
            let end = if tokens.get(at) == Some(&"{") { end_of_block(tokens, at) } else { at + 1 };
            let body = if end > at + 1 { &tokens[at + 1..end - 1] } else { &[] };
            found.push(Method { name, signature: &tokens[start..at], body });
            at = end;
        } else if ["{", "(", "["].contains(&tokens[at]) {
            at = end_of_block(tokens, at);
        } else {
            at += 1;
        }
    }
    found
}

impl Method<'_, '_> {
    /// Whether all it does is to call another function with its own parameters.
    pub(super) fn only_forwards(&self) -> bool {
        let parameters: Vec<_> = self.parameters().collect();
        let is_plain = !self.body.is_empty() && !self.body.iter().any(|token| [";", "{", "|", "!"].contains(token));
        let mut passed = BTreeSet::new();
        for (at, token) in self.body.iter().enumerate().filter(|(_, token)| is_word(token)) {
            let (before, after) = (at.checked_sub(1).map(|at| self.body[at]), self.body.get(at + 1).copied());
            let is_argument = before.is_some_and(|sign| ["(", ",", "&", "*"].contains(&sign)) && after != Some("(");
            if is_argument && parameters.contains(token) {
                passed.insert(*token);
            }
            let is_called = after == Some("(") || after == Some("::") || before == Some(".");
            if !is_called && !parameters.contains(token) {
                return false;
            }
        }
        let others = parameters.iter().filter(|name| **name != "self");
        let mut needed: Vec<_> = others.copied().collect();
        if needed.is_empty() {
            needed.push("self");
        }
        is_plain && needed.iter().all(|name| passed.contains(name))
    }

    /// The names of its parameters, `self` among them.
    fn parameters(&self) -> impl Iterator<Item = &str> {
        let open = self.signature.iter().position(|token| *token == "(").unwrap_or(self.signature.len());
        let end = end_of_block(self.signature, open);
        let inside = self.signature.get(open + 1..end.saturating_sub(1)).unwrap_or_default();
        inside.iter().enumerate().filter_map(move |(at, token)| {
            (*token == "self" || is_word(token) && inside.get(at + 1) == Some(&":")).then_some(*token)
        })
    }
}

fn is_called_on_itself(three: &[&str]) -> bool {
    matches!(three, ["self", ".", name] | ["Self", "::", name] if is_word(name))
}

/// The trait and the type of `impl<…> Trait<…> for Type<…> where …`.
fn header(tokens: &[&str]) -> (Option<Vec<String>>, Vec<String>) {
    let (mut depth, mut paths, mut path) = (0_usize, vec![], vec![]);
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "<" => depth += 1,
            ">" if at > 0 && tokens[at - 1] == "-" => {}
            ">" => depth = depth.saturating_sub(1),
            "for" if depth == 0 => paths.push(std::mem::take(&mut path)),
            "where" if depth == 0 => break,
            word if depth == 0 && is_word(word) && !["dyn", "mut", "const"].contains(&word) => {
                path.push(word.to_owned());
            }
            _ => {}
        }
    }
    (paths.pop(), path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::tokens;

    #[test]
    fn blocks_are_distinguished_by_trait_and_type() {
        let code = "impl<'a, T: Into<u8>> a::Show<T> for super::Word<'a> where T: X { fn f(&self) -> [u8; 2] { g() } } \
                    fn h(x: impl Fn()) -> impl Iterator { x() } impl Word { fn k(&self) { self.l(); Self::m(); n.o() } }";
        let tokens = tokens::of(code);
        let found = blocks(&tokens);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].of_trait.clone().unwrap().join("::"), found[0].of.join("::")),
            ("a::Show".into(), "super::Word".into())
        );
        assert_eq!(found[0].methods[0].body, ["g", "(", ")"]);
        let own = inherent(&tokens);
        assert_eq!((own.len(), own[0].calls.iter().copied().collect::<Vec<_>>()), (1, vec!["l", "m"]));
    }

    #[test]
    fn a_method_that_only_passes_its_parameters_on_is_a_forwarder() {
        let cases = [
            ("async fn a(&self, x: &X, now: T) -> R { self.explained(inbox::keep(self, x, now)).await }", true),
            ("fn a(&self, x: &X) -> R { self.inner.a(x) }", true),
            ("async fn a(&self) -> R { self.explained(all(self)).await }", true),
            ("fn a(&self) -> usize { self.inner.len() }", false),
            ("fn a(&self, x: X, y: Y) -> R { self.inner.a(x) }", false),
            ("fn a(&self, x: X) -> R { self.b(x, LIMIT) }", false),
            ("fn a(&self, x: X) -> R { let y = x; b(y) }", false),
            ("fn a(&self, x: X) -> R;", false),
        ];
        for (code, expected) in cases {
            let tokens = tokens::of(code);
            assert_eq!(functions(&tokens)[0].only_forwards(), expected, "{code}");
        }
    }
}
