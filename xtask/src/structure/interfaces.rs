//! Traits of the host and what stands behind them.

use super::{
    counts::Count,
    methods::{blocks, functions},
    modules::{Module, Modules},
    tokens::{end_of_block, is_word},
};

const STORE: &str = "host/src/store/";

/// A trait with its file and the names of its functions.
struct Trait<'a> {
    path: &'a str,
    name: &'a str,
    is_public: bool,
    functions: Vec<&'a str>,
}

/// Everything that is counted of traits.
pub(super) fn counts(host: &Modules<'_>) -> Vec<Count> {
    let traits: Vec<_> = host.files().iter().flat_map(traits).collect();
    let of_the_store = |path: &str| path.starts_with(STORE);
    let public = traits.iter().filter(|one| one.is_public).map(|one| format!("{} {}", one.path, one.name));
    let methods = traits
        .iter()
        .filter(|one| one.is_public && of_the_store(one.path))
        .flat_map(|one| one.functions.iter().map(move |function| format!("{} {}::{function}", one.path, one.name)));
    let (mut of_store_traits, mut of_other_traits, mut of_types) = (vec![], vec![], vec![]);
    for module in host.files() {
        for block in blocks(&module.tokens) {
            let forwarders = block.methods.iter().filter(|method| method.only_forwards());
            let owner = block.of.last().cloned().unwrap_or_default();
            let places = forwarders.map(|method| format!("{} {owner}::{}", module.source.path, method.name));
            let implemented = block.of_trait.as_ref().and_then(|path| path.last());
            match implemented.map(|name| traits.iter().find(|one| one.name == name)) {
                Some(Some(one)) if of_the_store(one.path) => of_store_traits.extend(places),
                Some(Some(_)) => of_other_traits.extend(places),
                // A trait of another crate asks for its methods.
                Some(None) => {}
                None => of_types.extend(places),
            }
        }
    }
    vec![
        Count::new("public traits", "`pub trait`, `pub(crate)` and the like included", public),
        Count::new("methods of store traits", "functions of public traits below host/src/store", methods),
        Count::new("forwarders of store traits", FORWARDER, of_store_traits),
        Count::new("forwarders of other traits", FORWARDER, of_other_traits),
        Count::new("forwarders without a trait", FORWARDER, of_types),
        Count::new("async_trait impls", "`#[async_trait]` before an `impl`", host.files().iter().flat_map(async_impls)),
    ]
}

const FORWARDER: &str = "methods that only call another function with their own parameters";

fn traits<'a>(module: &Module<'a>) -> Vec<Trait<'a>> {
    let tokens = &module.tokens;
    let declared = (1..tokens.len()).filter(|at| tokens[*at - 1] == "trait" && is_word(tokens[*at]));
    declared
        .map(|at| {
            let open = tokens[at..].iter().position(|token| *token == "{").map_or(tokens.len(), |length| at + length);
            let body = tokens.get(open + 1..end_of_block(tokens, open) - 1).unwrap_or_default();
            let is_public = at > 1 && ["pub", ")"].contains(&tokens[at - 2]);
            let functions = functions(body).into_iter().map(|function| function.name).collect();
            Trait { path: &module.source.path, name: tokens[at], is_public, functions }
        })
        .collect()
}

fn async_impls(module: &Module<'_>) -> Vec<String> {
    let attributes =
        module.tokens.windows(3).filter(|three| three[0] == "async_trait" && three[1] == "]" && three[2] == "impl");
    attributes.map(|_| module.source.path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    #[test]
    fn traits_and_forwarders_are_counted() {
        let sources = Sources::of(&[
            (
                "host/src/store/run.rs",
                "#[async_trait]\npub trait RunStore: Send { async fn a(&self); fn b() {} }\ntrait Own {}",
            ),
            (
                "host/src/store/sqlite/run.rs",
                "#[async_trait]\nimpl RunStore for Db { async fn a(&self) { self.explained(a(self)).await } fn b() { let x = 1; } }\n\
                 impl fmt::Display for Db { fn fmt(&self, f: &mut F) -> R { f.write(f) } }",
            ),
            (
                "host/src/net/lookup.rs",
                "pub(super) trait Lookup { fn c(&self); }\nimpl X { fn d(&self, e: E) { self.f(e) } }",
            ),
        ]);
        let counts = counts(&Modules::of(&sources, "host/src/", "connector_host"));
        let counted: Vec<_> = counts.iter().map(|count| count.places.len()).collect();
        assert_eq!(counted, [2, 2, 1, 0, 1, 1], "{counts:#?}");
    }
}
