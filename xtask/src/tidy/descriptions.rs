//! Descriptions in the OpenAPI document say something: at least a few words.

use serde_json::Value;

use super::{Violation, sources::Sources};

const DOCUMENT: &str = "schemas/openapi.json";
/// Words that a description has at least.
const FEWEST_WORDS: usize = 3;
/// Parts of a schema that hold data, not descriptions.
const DATA: [&str; 3] = ["example", "examples", "default"];

pub(super) fn descriptions_say_something(sources: &Sources) -> Vec<Violation> {
    let Some(source) = sources.get(DOCUMENT) else { return vec![] };
    let Ok(document) = serde_json::from_str::<Value>(&source.text) else {
        return vec![source.violation(1, "is not valid JSON", "Run `cargo xtask schemas`.")];
    };
    let mut problems = vec![];
    collect(&document, "", &mut problems);
    let remedy = "Describe it in a sentence where it is declared, then run `cargo xtask schemas`.";
    problems.into_iter().map(|problem| source.violation(1, problem, remedy)).collect()
}

/// Every description below `value` that is too short, with its place.
fn collect(value: &Value, place: &str, problems: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get("description")
                && text.split_whitespace().count() < FEWEST_WORDS
            {
                problems.push(format!("`{place}` is described as `{text}`; {FEWEST_WORDS} words are needed"));
            }
            for (name, inner) in fields.iter().filter(|(name, _)| !DATA.contains(&name.as_str())) {
                collect(inner, &format!("{place}/{name}"), problems);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{place}/{index}"), problems);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_of_one_or_two_words_is_found_and_data_is_left_alone() {
        let document = r#"{
            "schemas": {
                "A": { "properties": { "since": { "description": "Since when." }, "id": { "description": "Id of the thing." } } },
                "B": { "properties": { "description": { "type": "string" } }, "example": { "description": "Short" } }
            }
        }"#;
        let found = descriptions_say_something(&Sources::of(&[(DOCUMENT, document)]));
        let problems: Vec<_> = found.iter().map(|violation| violation.problem.as_str()).collect();
        assert_eq!(problems, ["`/schemas/A/properties/since` is described as `Since when.`; 3 words are needed"]);
        assert_eq!(descriptions_say_something(&Sources::of(&[])), []);
    }
}
