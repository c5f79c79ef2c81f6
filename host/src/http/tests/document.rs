//! The OpenAPI document: complete enough for people to read and for generators of clients to work.

use serde_json::{Value, json};

use super::{World, operations};

#[tokio::test]
async fn the_document_is_served_and_every_reference_leads_somewhere() {
    let world = World::new().await;
    let answer = world.send("GET", "/openapi.json", &[], "").await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
    assert!(!text.contains("/components/inputs/"), "a reference was not put right");
}

#[test]
fn each_operation_says_what_it_is_and_how_it_fails() {
    let (mut ids, document) = (vec![], crate::http::openapi_document());
    let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone()).collect();
    for (method, path, operation) in operations() {
        let text = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
        let id = text("operationId");
        assert!(id.starts_with(char::is_lowercase) && id.chars().all(char::is_alphanumeric), "{method} {path}: {id}");
        assert!(!text("summary").ends_with('.') && text("description").ends_with('.'), "{id}");
        assert!(tags.contains(&operation["tags"][0]), "{id}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].as_str().is_some_and(|text| text.ends_with('.')), "{id}: {parameter}");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')) && responses.contains_key("500"), "{id}");
        // Whether the host is alive and ready is answered without reading anything of the request.
        let may_refuse = !["/livez", "/readyz"].contains(&path.as_str());
        assert_eq!(responses.keys().any(|status| status.starts_with('4')), may_refuse, "{id}");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(problem, "#/components/schemas/Problem", "{id} {status}");
        }
        ids.push(id);
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "an operation id is used twice");
}

#[test]
fn bodies_have_names_and_no_schema_is_a_boolean() {
    for (method, path, operation) in operations() {
        let request = operation.pointer("/requestBody/content/application~1json/schema");
        let responses = operation["responses"].as_object().unwrap().values();
        let answers = responses.filter_map(|response| response.pointer("/content/application~1json/schema"));
        for schema in request.into_iter().chain(answers).filter(|_| path != "/openapi.json") {
            assert!(schema["$ref"].is_string(), "{method} {path}: {schema}");
        }
    }
    let document = crate::http::openapi_document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let mut found = vec![];
        booleans(schema, &mut found);
        assert_eq!(found, Vec::<String>::new(), "{name}");
    }
}

fn booleans(schema: &Value, found: &mut Vec<String>) {
    let properties = schema["properties"].as_object().into_iter().flatten().map(|(name, one)| (name.clone(), one));
    let inner = ["items", "additionalProperties"].into_iter().map(|key| (key.to_owned(), &schema[key]));
    let choices = ["anyOf", "oneOf", "allOf"].into_iter();
    let choices = choices.flat_map(|key| schema[key].as_array().into_iter().flatten().map(|one| (key.to_owned(), one)));
    for (name, one) in properties.chain(inner).chain(choices) {
        // What has no further fields says so with `false`.
        if *one == json!(true) {
            found.push(name);
        } else if one.is_object() {
            booleans(one, found);
        }
    }
}

#[tokio::test]
async fn the_reference_page_may_do_nothing_but_read_the_document() {
    let world = World::new().await;
    let moved = world.send("GET", "/docs", &[], "").await;
    assert_eq!((moved.status, moved.header("location")), (308, "/docs/"));
    let page = world.send("GET", "/docs/", &[], "").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    for rule in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe") && policy.contains("require-trusted-types-for 'script'"), "{policy}");
    let files: Vec<_> = page.text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert!(files.iter().any(|file| file.ends_with("docs.js")), "{}", page.text);
    assert!(!page.text.contains("https://") && !page.text.contains("<style"), "{}", page.text);
    for file in files {
        let asset = world.send("GET", file, &[], "").await;
        let kind = if std::path::Path::new(file).extension().is_some_and(|kind| kind == "css") {
            "text/css; charset=utf-8"
        } else {
            "text/javascript; charset=utf-8"
        };
        assert_eq!((asset.status, asset.header("content-type")), (200, kind), "{file}");
    }
}
