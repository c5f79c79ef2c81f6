//! Named schemas of bodies. A type that is sent and received in two forms has two names: `Name`, and `NameInput` as the host
//! receives it.

use std::collections::BTreeSet;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

const COMPONENTS: &str = "#/components/schemas/";
const INPUTS: &str = "#/components/inputs/";

/// Schemas of what is received and of what is sent.
pub(super) struct Schemas {
    inputs: SchemaGenerator,
    outputs: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = |path: &str| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = path.to_owned().into();
                settings.meta_schema = None;
            })
        };
        Self {
            inputs: settings("/components/inputs").into_generator(),
            outputs: settings("/components/schemas").for_serialize().into_generator(),
        }
    }

    /// Something that is sent to the host.
    pub(super) fn input<T: JsonSchema>(&mut self) -> Value {
        self.inputs.subschema_for::<T>().to_value()
    }

    /// Something that the host sends.
    pub(super) fn output<T: JsonSchema>(&mut self) -> Value {
        self.outputs.subschema_for::<T>().to_value()
    }

    /// Something that is sent to the host in parts, such as query parameters: described where it stands.
    pub(super) fn inline<T: JsonSchema>(&mut self) -> Value {
        T::json_schema(&mut self.inputs).to_value()
    }

    /// What makes schemas of what the host sends.
    pub(super) fn outputs(&mut self) -> &mut SchemaGenerator {
        &mut self.outputs
    }

    /// Every named schema; references to them in `document` are put right.
    pub(super) fn write(mut self, document: &mut Value) -> Map<String, Value> {
        let inputs = self.inputs.take_definitions(true);
        let mut all = self.outputs.take_definitions(true);
        let twofold = twofold(&inputs, &all);
        for (name, mut schema) in inputs {
            rename_references(&mut schema, &twofold);
            let name = if twofold.contains(&name) { format!("{name}Input") } else { name };
            all.entry(name).or_insert(schema);
        }
        rename_references(document, &twofold);
        for schema in all.values_mut() {
            simplified(schema);
        }
        all
    }
}

/// Names that have another form as input, by themselves or by what they refer to.
fn twofold(inputs: &Map<String, Value>, outputs: &Map<String, Value>) -> BTreeSet<String> {
    let none = BTreeSet::new();
    let plain = |schema: &Value| {
        let mut schema = schema.clone();
        rename_references(&mut schema, &none);
        schema
    };
    let differs = |(name, schema): (&String, &Value)| {
        outputs.get(name).is_some_and(|output| plain(output) != plain(schema)).then(|| name.clone())
    };
    let mut found: BTreeSet<_> = inputs.iter().filter_map(differs).collect();
    loop {
        let refers = |schema: &Value| {
            let mut renamed = schema.clone();
            rename_references(&mut renamed, &found);
            renamed != plain(schema)
        };
        let more: Vec<_> = inputs
            .iter()
            .filter(|(name, schema)| !found.contains(*name) && outputs.contains_key(*name) && refers(schema))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn rename_references(value: &mut Value, twofold: &BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get_mut("$ref")
                && let Some(name) = target.strip_prefix(INPUTS)
            {
                let suffix = if twofold.contains(name) { "Input" } else { "" };
                *target = format!("{COMPONENTS}{name}{suffix}");
            }
            object.values_mut().for_each(|inner| rename_references(inner, twofold));
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| rename_references(inner, twofold)),
        _ => {}
    }
}

/// Generators of clients stumble over `true` where a schema stands, and take a field with a default for one that is sent.
fn simplified(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    as_enum(object);
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(any_for_true);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            any_for_true(inner);
        }
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(list)) = object.get_mut(key) {
            list.iter_mut().for_each(any_for_true);
        }
    }
}

/// Writes a choice of constant words as one enum: some generators cannot read the choice. What each word means goes into
/// the description.
fn as_enum(object: &mut Map<String, Value>) {
    let Some(choices) = object.get("oneOf").and_then(Value::as_array) else { return };
    let words: Option<Vec<_>> = choices.iter().map(|choice| choice["const"].as_str().map(str::to_owned)).collect();
    let Some(words) = words else { return };
    let meaning = |(choice, word): (&Value, &String)| {
        format!("\n- `{word}`: {}", choice["description"].as_str().unwrap_or_default())
    };
    let meanings: String = choices.iter().zip(&words).map(meaning).collect();
    let description = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{description}\n{meanings}");
    object.remove("oneOf");
    object.insert("type".to_owned(), "string".into());
    object.insert("enum".to_owned(), words.into());
    object.insert("description".to_owned(), description.into());
}

fn any_for_true(schema: &mut Value) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
    simplified(schema);
}

/// A reference to a named schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{COMPONENTS}{name}") })
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Same {
        text: String,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Different {
        #[serde(default)]
        count: u32,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Around {
        same: Same,
        different: Different,
        anything: Value,
    }

    #[test]
    fn a_type_with_two_forms_has_two_names_and_so_has_what_holds_it() {
        let mut schemas = Schemas::new();
        let (input, output) = (schemas.input::<Around>(), schemas.output::<Around>());
        let mut document = json!([input, output]);
        let all = schemas.write(&mut document);
        let names: Vec<_> = all.keys().map(String::as_str).collect();
        assert_eq!(names, ["Around", "Same", "Different", "AroundInput", "DifferentInput"]);
        assert_eq!(document, json!([reference("AroundInput"), reference("Around")]));
        assert_eq!(all["AroundInput"]["properties"]["same"], reference("Same"));
        assert_eq!(all["AroundInput"]["properties"]["different"], reference("DifferentInput"));
        assert_eq!(all["Around"]["properties"]["anything"], json!({}));
    }
}
