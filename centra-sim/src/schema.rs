//! The schema that is served: parsed from the reference SDL, then turned into one of the variants.

use std::collections::BTreeMap;

use apollo_compiler::ast::Document;
use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

use crate::variant::{self, Renames, Variant};

/// The reference SDL, with its provenance marks.
pub const REFERENCE_SDL: &str = include_str!("../schema/integration-api.graphql");

/// Our subset of the Storefront API's schema.
pub const STOREFRONT_SDL: &str = include_str!("../schema/storefront-api.graphql");

/// Why a schema could not be served. Only a mistake in the SDL or in a variant's rules leads here.
#[derive(Debug, thiserror::Error)]
#[error("the {variant} schema is not valid GraphQL: {reason}")]
pub struct SchemaError {
    variant: String,
    reason: String,
}

/// A validated schema with what is needed to execute operations against it.
#[derive(Debug)]
pub struct ServedSchema {
    /// The schema.
    pub schema: Valid<Schema>,
    /// The object types behind each interface.
    pub implementers: HashMap<Name, Implementers>,
    /// The names that differ from the reference.
    pub renames: Renames,
    /// Sub-object types in the order of their names, per abstract type.
    possible: BTreeMap<String, Vec<Name>>,
    sdl: String,
}

impl ServedSchema {
    /// Builds the schema of a variant.
    pub fn build(variant: Variant) -> Result<Self, SchemaError> {
        Self::build_with(variant, false)
    }

    /// Builds the schema of a variant, with the root `lowestPrices` or without: no page was seen to name it.
    pub fn build_with(variant: Variant, lowest_prices: bool) -> Result<Self, SchemaError> {
        let fail = |reason: String| SchemaError { variant: variant.to_string(), reason };
        let mut document =
            Document::parse(REFERENCE_SDL, "integration-api.graphql").map_err(|error| fail(error.to_string()))?;
        let renames = match variant {
            Variant::Reference => Renames::default(),
            Variant::Certain => {
                variant::keep_certain(&mut document, REFERENCE_SDL);
                Renames::default()
            }
            Variant::Renamed => variant::rename_guesses(&mut document),
            Variant::Limited => {
                variant::limit_nested_lists(&mut document);
                Renames::default()
            }
        };
        if !lowest_prices {
            variant::remove_root(&mut document, "lowestPrices");
        }
        Self::of_sdl(document.to_string(), renames).map_err(fail)
    }

    /// The schema of the Storefront API.
    pub fn storefront() -> Result<Self, SchemaError> {
        let fail = |reason: String| SchemaError { variant: "storefront".to_owned(), reason };
        Self::of_sdl(STOREFRONT_SDL.to_owned(), Renames::default()).map_err(fail)
    }

    fn of_sdl(sdl: String, renames: Renames) -> Result<Self, String> {
        let schema = Schema::parse_and_validate(&sdl, "served.graphql").map_err(|error| error.errors.to_string())?;
        let implementers = schema.implementers_map();
        let possible = schema
            .types
            .iter()
            .filter_map(|(name, definition)| {
                let mut names: Vec<Name> = if definition.is_interface() {
                    implementers.get(name)?.objects.iter().cloned().collect()
                } else {
                    definition.as_union()?.members.iter().map(|member| member.name.clone()).collect()
                };
                names.sort();
                Some((name.to_string(), names))
            })
            .collect();
        Ok(Self { schema, implementers, renames, possible, sdl })
    }

    /// The SDL that is served.
    pub fn sdl(&self) -> &str {
        &self.sdl
    }

    /// The object types a value of this type can have: the type itself, or those behind an interface or union.
    pub fn possible_types(&self, type_name: &Name) -> Vec<Name> {
        self.possible.get(type_name.as_str()).cloned().unwrap_or_else(|| vec![type_name.clone()])
    }
}
