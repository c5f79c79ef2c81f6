//! Variants of tagged enums as schemas of their own: generated clients have a name for each, such as `RetryAfter`.

use serde_json::{Map, Value, json};

use super::schemas::reference;

/// Gives each variant of a choice by a tag its own name: that of the choice, then the variant's word.
pub(super) fn name_variants(all: &mut Map<String, Value>) {
    let named: Vec<_> = all.iter_mut().flat_map(|(name, schema)| take_variants(name, schema)).collect();
    all.extend(named);
}

fn take_variants(name: &str, schema: &mut Value) -> Vec<(String, Value)> {
    let Some(tag) = tag_of(schema) else { return vec![] };
    let (mut taken, mut mapping) = (vec![], Map::new());
    for variant in schema["oneOf"].as_array_mut().into_iter().flatten() {
        let word = variant["properties"][&tag]["const"].as_str().unwrap_or_default().to_owned();
        let own = format!("{name}{}", pascal_case(&word));
        let named = reference(&own);
        mapping.insert(word, named["$ref"].clone());
        taken.push((own, std::mem::replace(variant, named)));
    }
    schema["discriminator"] = json!({ "propertyName": tag, "mapping": mapping });
    taken
}

/// The property that has a constant of its own in every variant.
fn tag_of(schema: &Value) -> Option<String> {
    let variants = schema["oneOf"].as_array()?;
    let is_tag = |name: &&String| variants.iter().all(|variant| variant["properties"][name]["const"].is_string());
    variants.first()?["properties"].as_object()?.keys().find(is_tag).cloned()
}

/// `OfferUpdated` for `offer.updated` and for `offer_updated`.
pub(super) fn pascal_case(text: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    text.split(['.', '_']).map(capital).collect()
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Serialize;

    use super::{super::schemas::Schemas, *};

    #[derive(Serialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema counts")]
    enum Choice {
        Nothing,
        NextTime { ms: u64 },
    }

    #[test]
    fn each_variant_has_a_name_and_the_tag_decides() {
        let mut schemas = Schemas::new();
        schemas.output::<Choice>();
        let mut all = schemas.write(&mut json!({}));
        name_variants(&mut all);
        let names: Vec<_> = all.keys().map(String::as_str).collect();
        assert_eq!(names, ["Choice", "ChoiceNothing", "ChoiceNextTime"]);
        assert_eq!(all["Choice"]["oneOf"], json!([reference("ChoiceNothing"), reference("ChoiceNextTime")]));
        let (tag, to) = (&all["Choice"]["discriminator"], "#/components/schemas/ChoiceNextTime");
        assert_eq!((&tag["propertyName"], &tag["mapping"]["next_time"]), (&json!("kind"), &json!(to)));
        assert_eq!(all["ChoiceNextTime"]["required"], json!(["kind", "ms"]));
    }
}
