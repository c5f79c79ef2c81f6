//! What the merchant is asked: two Rust structs, exported as JSON Schema. The host draws the form from it.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::Value;

// The doc comments below are the form's words: merchants read them. Values arrive as text by field name, not as this
// struct.

/// Connect a shop whose catalog is published as one JSON document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-schema-version" = 1))]
pub struct Credentials {
    /// Address of the shop's JSON document.
    #[schemars(
        title = "Shop address",
        length(min = 8, max = 300),
        example = "https://shop.example/catalog.json",
        extend("format" = "uri", "x-order" = 1, "x-normalize" = ["trim"],
            "x-help" = { "markdown": "Ask whoever publishes the shop for the address of its `catalog.json`." })
    )]
    pub shop_url: String,
    /// The word the shop answers to; sent as a bearer token.
    #[schemars(
        title = "Access word",
        length(min = 1, max = 200),
        extend("x-order" = 2, "x-secret" = true, "writeOnly" = true, "format" = "password",
            "x-help" = { "markdown": "It stands beside the address in the shop's settings." })
    )]
    pub access_word: String,
}

/// Choices made after validation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Offers with any other tag are left out; empty for all.
    #[serde(default)]
    #[schemars(title = "Only this tag", length(max = 100), extend("default" = ""))]
    pub only_tag: String,
}

/// A struct as a form within the credential profile.
pub fn schema_of<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.remove("$defs");
    schema.to_value()
}
