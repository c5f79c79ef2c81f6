//! Every operation with the key of a channel that has nothing to do with what is asked for. Made from the document, so that
//! an operation that is added tomorrow is tried as well.

use serde_json::{Map, Value, json};

use super::{World, openapi_document, operations};

/// Operations that answer every channel alike, because what they tell belongs to none.
const FOR_ALL: [&str; 2] = ["/v1/plugins", "/v1/plugins/{connector_id}"];

/// What the owner has.
struct Owned {
    channel: String,
    connection: String,
}

impl Owned {
    /// A path with the owner's ids in it.
    fn path(&self, path: &str) -> String {
        let id = if path.starts_with("/v1/channels/") { &self.channel } else { &self.connection };
        let parts = path.split('/').map(|part| match part {
            "{channel_id}" | "{connection_id}" => id.as_str(),
            "{delivery_id}" => "1",
            other if other.starts_with('{') => "x",
            other => other,
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The smallest value that fits a schema, with the owner's ids wherever ids are asked for.
    fn value(&self, document: &Value, name: &str, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = document.pointer(reference.trim_start_matches('#')).unwrap();
            return self.value(document, name, target);
        }
        if let Some(first) = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema[word].as_array()?.first()) {
            return self.value(document, name, first);
        }
        if let Some(only) = schema.get("const").or_else(|| schema["enum"].as_array()?.first()) {
            return only.clone();
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("string");
        match kind {
            "object" => Value::Object(self.object(document, schema)),
            "array" => json!([self.value(document, name, &schema["items"])]),
            "integer" | "number" => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
            "boolean" => json!(true),
            _ if name == "connection_id" || name == "connection" => json!(self.connection),
            _ if name == "channel_id" => json!(self.channel),
            _ if name == "currency" => json!("EUR"),
            _ if name.contains("country") => json!("SE"),
            _ if name.contains("url") => json!("https://channel.example/back"),
            _ if name.contains("email") => json!("someone@example.com"),
            _ if schema["format"] == "date-time" || name.ends_with("_at") => json!("2026-01-01T00:00:00Z"),
            _ => json!("x"),
        }
    }

    fn body(&self, document: &Value, operation: &Value) -> Value {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() { Value::Null } else { self.value(document, "", schema) }
    }

    fn object(&self, document: &Value, schema: &Value) -> Map<String, Value> {
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let names_an_owner = |name: &str| name.ends_with("connection_id") || name == "channel_id";
        let wanted = properties.filter(|(name, _)| required.contains(&name.as_str()) || names_an_owner(name));
        wanted.map(|(name, schema)| (name.clone(), self.value(document, name, schema))).collect()
    }
}

/// The smallest body that an operation takes, about a connection.
pub(super) fn smallest_body(operation: &Value, connection: &str) -> Value {
    let owned = Owned { channel: "ch_x".to_owned(), connection: connection.to_owned() };
    owned.body(&openapi_document(), operation)
}

#[tokio::test]
async fn nothing_of_another_channel_is_seen_or_moved() {
    let world = World::new().await;
    let (channel, _) = world.channel("Owner").await;
    let connection = world.connection(&channel).await.to_string();
    let owned = Owned { channel, connection };
    let (_, stranger) = world.channel("Stranger").await;
    let (bearer, document) = (format!("Bearer {stranger}"), openapi_document());
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", "key-1")];
    let mut tried = 0;
    for (method, path, operation) in operations() {
        let takes_keys = operation["security"].as_array().unwrap().iter().any(|way| way.get("key").is_some());
        if !takes_keys || super::is_for_operators(&operation) || FOR_ALL.contains(&path.as_str()) {
            continue;
        }
        let body = owned.body(&document, &operation);
        let asked = owned.path(&path);
        let answer =
            world.send(&method, &asked, &headers, &if body.is_null() { String::new() } else { body.to_string() }).await;
        let what = format!("{method} {path} with {body}: {} {}", answer.status, answer.text);
        if asked != path {
            assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{what}");
        } else if method == "GET" {
            let reported = [&owned.channel, &owned.connection].iter().any(|id| answer.text.contains(id.as_str()));
            assert!(answer.status == 200 && !reported, "{what}");
        } else {
            assert!((400..500).contains(&answer.status), "{what}");
        }
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
}
