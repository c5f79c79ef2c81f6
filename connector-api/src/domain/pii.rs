//! Personal data, marked by type.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// A value about a person. Travels as the value itself, but `Debug` and `Display` never show it.
///
/// ```
/// use connector_api::domain::{Address, Pii};
///
/// let address = Address { city: Some(Pii("Malmö".to_owned())), country: "SE".to_owned(), ..Address::default() };
/// assert!(!format!("{address:?}").contains("Malmö"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(pub T);

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<T: JsonSchema> JsonSchema for Pii<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Pii_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.insert("x-personal".to_owned(), true.into());
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_display_hide_the_value() {
        let email = Pii("ada@example.com".to_owned());
        assert_eq!(format!("{email:?} {email}"), "[personal] [personal]");
        assert_eq!(serde_json::to_string(&email).unwrap(), "\"ada@example.com\"");
    }
}
