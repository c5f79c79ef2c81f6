//! The part of the platform's live schema that the queries touch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Types by name. A type that was asked for and does not exist is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSchema {
    /// Types.
    pub types: BTreeMap<String, LiveType>,
}

/// One type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveType {
    /// Fields of an object or interface.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, LiveField>,
    /// Fields of an input object: name and type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Values of an enum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// One field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveField {
    /// Its type, as SDL writes it: `[AllocationRule!]!`.
    #[serde(rename = "t")]
    pub ty: String,
    /// Arguments: name and type.
    #[serde(default, rename = "a", skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// What arguments are where they are not given: name and value, as SDL writes it.
    #[serde(default, rename = "d", skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: BTreeMap<String, String>,
}

impl LiveSchema {
    /// A type's field.
    pub fn field(&self, ty: &str, name: &str) -> Option<&LiveField> {
        self.types.get(ty)?.fields.get(name)
    }

    /// The only field of a type that has this shape (`[Stock]`, `Int64`), if there is exactly one.
    pub fn only_field_of_shape(&self, ty: &str, shape: &str) -> Option<&str> {
        let fields = &self.types.get(ty)?.fields;
        let mut fitting = fields.iter().filter(|(_, field)| shape_of(&field.ty) == shape);
        let (name, _) = fitting.next()?;
        fitting.next().is_none().then_some(name)
    }

    /// Forgets a field, because the platform refused it.
    pub fn hide_field(&mut self, ty: &str, name: &str) -> bool {
        self.types.get_mut(ty).is_some_and(|found| found.fields.remove(name).is_some())
    }
}

/// The innermost name of a type: `Stock` of `[Stock!]!`.
pub fn base_of(ty: &str) -> &str {
    ty.trim_matches(['[', ']', '!'])
}

/// A type without its nullability: `[Stock]` of `[Stock!]!`.
pub fn shape_of(ty: &str) -> String {
    ty.replace('!', "")
}
