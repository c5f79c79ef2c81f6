//! The example operations, every field of the schema, and single values of the seeds.

use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::{ExecutableDocument, Name, Schema};
use centra_sim::Seed;
use centra_sim::schema::ServedSchema;
use centra_sim::variant::Variant;
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

const OPERATIONS: &str = include_str!("example-operations.graphql");
const SEEDS: [Seed; 3] = [Seed::Small, Seed::Demo, Seed::Large(120)];

fn variables(operation: &str) -> Value {
    match operation {
        "StoreSetup" => json!({ "store": [1] }),
        "CatalogPage" => json!({ "store": 1, "market": [1], "since": "2025-01-01T00:00:00Z" }),
        "PricePage" => json!({ "pricelist": "Sweden SEK", "page": 1 }),
        "StockPage" => json!({ "page": 1 }),
        "OrdersChanged" => json!({ "since": "2025-01-01 00:00:00" }),
        "OrderByExternalId" => json!({ "ext": ["none"] }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn every_example_operation_is_answered_by_every_seed() {
    let served = ServedSchema::build(Variant::Reference).unwrap();
    let document = ExecutableDocument::parse_and_validate(&served.schema, OPERATIONS, "examples").unwrap();
    let names: Vec<String> = document.operations.named.keys().map(ToString::to_string).collect();
    assert!(names.len() >= 8, "{names:?}");
    for seed in SEEDS {
        let sim = Sim::start(unlimited(seed)).await;
        for name in &names {
            let body = json!({ "query": OPERATIONS, "operationName": name, "variables": variables(name) });
            let answer: Value = sim.post(&body).await.unwrap().json().await.unwrap();
            assert_eq!(answer.get("errors"), None, "{seed:?} {name}");
            assert!(answer["data"].is_object(), "{seed:?} {name}");
            assert!(answer["extensions"]["complexity"].as_i64().unwrap() > 0, "{seed:?} {name}");
            let has_rows = match name.as_str() {
                "CatalogPage" => answer["data"]["displayConnection"]["edges"][0]["node"]["name"].is_string(),
                "PricePage" => answer["data"]["pricelists"][0]["prices"][0]["price"]["valueInCents"].is_i64(),
                "StockPage" => answer["data"]["warehouses"][0]["stock"][0]["freeToAllocateQuantity"].is_i64(),
                "OrdersChanged" => answer["data"]["orderConnection"]["totalCount"] == 3,
                _ => true,
            };
            assert!(has_rows, "{seed:?} {name}: {answer}");
        }
    }
}

/// A query for all fields that need no argument, this deep.
fn everything(schema: &Schema, type_name: &Name, depth: usize) -> String {
    let fields: Vec<(&Name, &FieldDefinition)> = match schema.types.get(type_name) {
        Some(ExtendedType::Object(object)) => object.fields.iter().map(|(name, field)| (name, &***field)).collect(),
        Some(ExtendedType::Interface(interface)) => {
            interface.fields.iter().map(|(name, field)| (name, &***field)).collect()
        }
        _ => return "__typename".to_owned(),
    };
    let mut text = String::from("__typename");
    for (name, field) in fields {
        if field.arguments.iter().any(|argument| argument.is_required()) {
            continue;
        }
        let named = field.ty.inner_named_type();
        if is_leaf(schema, &field.ty) {
            text.extend([" ", name.as_str()]);
        } else if depth > 0 {
            text.extend([" ", name.as_str(), " { ", &everything(schema, named, depth - 1), " }"]);
        }
    }
    text
}

fn is_leaf(schema: &Schema, ty: &Type) -> bool {
    schema.types.get(ty.inner_named_type()).is_some_and(ExtendedType::is_leaf)
}

#[tokio::test]
async fn every_field_of_every_variant_can_be_read_from_every_seed() {
    for variant in [Variant::Reference, Variant::Certain, Variant::Renamed] {
        let served = ServedSchema::build(variant).unwrap();
        let query = format!("{{ {} }}", everything(&served.schema, &Name::new_static_unchecked("Query"), 3));
        for seed in SEEDS {
            let sim = Sim::start(centra_sim::SimConfig { variant, ..unlimited(seed) }).await;
            let answer = sim.query(&query).await;
            assert_eq!(answer.body.get("errors"), None, "{variant} {seed:?}");
            let products = answer.body["data"]["products"].as_array().unwrap();
            assert!(!products.is_empty() && products.len() <= 20, "{variant} {seed:?}: {}", products.len());
        }
    }
}

#[tokio::test]
async fn the_small_seed_holds_its_edge_cases() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let data = sim
        .data(
            "{ noPrice: display(id: 2) { prices { pricelist { id currency { code } } price { value valueInCents formattedValue } } }
               noMedia: display(id: 3) { media { id } }
               noSku: productVariant(id: 40) { productSizes { SKU description } }
               inactive: productVariant(id: 50) { productSizes { isActive } }
               offset: productVariant(id: 60) { stockOffset }
               empty: display(id: 7) { displayItems { id } productVariants { id } product { id } }
               unknown: productVariant(id: 90) { status }
               gaps: display(id: 12) { translations { language { languageCode } fields { field value } }
                                       all: translations { fields(where: { skipEmpty: false }) { field value } } }
               deep: categories(where: { id: 3 }) { parentCategory { parentCategory { name isTopCategory } } }
               warehouses { id threshold allocationRules { id } }
               wholesale: markets(where: { storeId: 2 }) { name store { type } } }",
            json!({}),
        )
        .await;
    let price = |index: usize| &data["noPrice"]["prices"][index]["price"];
    assert_eq!(price(0), &json!({ "value": 299.0, "valueInCents": 29900, "formattedValue": "299.00 SEK" }));
    assert_eq!(price(1), &Value::Null, "the euro price");
    assert_eq!(price(3), &json!({ "value": 4100.0, "valueInCents": 4100, "formattedValue": "4100 JPY" }));
    assert_eq!(data["noMedia"]["media"], json!([]));
    assert_eq!(data["noSku"]["productSizes"], json!([{ "SKU": null, "description": null }]));
    let active: Vec<bool> = data["inactive"]["productSizes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|size| size["isActive"].as_bool().unwrap())
        .collect();
    assert_eq!(active, [true, false, true, true]);
    assert_eq!(data["offset"]["stockOffset"], 3);
    assert_eq!(data["empty"], json!({ "displayItems": [], "productVariants": [], "product": { "id": 7 } }));
    assert_eq!(data["unknown"]["status"], "UPCOMING");
    assert_eq!(data["gaps"]["translations"][0]["fields"], json!([{ "field": "name", "value": "Sko \"Öresund\"" }]));
    assert_eq!(data["gaps"]["all"][0]["fields"][1], json!({ "field": "description", "value": null }));
    assert_eq!(
        data["deep"][0]["parentCategory"]["parentCategory"],
        json!({ "name": "Clothing", "isTopCategory": true })
    );
    assert_eq!(data["warehouses"][1]["threshold"], 2);
    assert_eq!(data["warehouses"][2]["allocationRules"], json!([{ "id": 2 }]));
    assert_eq!(data["wholesale"], json!([{ "name": "Wholesale partners", "store": { "type": "WHOLESALE" } }]));
}

#[tokio::test]
async fn pictures_are_served_under_their_urls() {
    let sim = Sim::start(unlimited(Seed::Demo)).await;
    let data = sim
        .data(
            "{ display(id: 1) { media { source(sizeName: \"thumb\") { url mimeType mediaSize { name } } } } }",
            json!({}),
        )
        .await;
    let source = &data["display"]["media"][0]["source"];
    assert_eq!(source["mediaSize"]["name"], "thumb");
    let picture = sim.client.get(source["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"].to_str().unwrap(), source["mimeType"].as_str().unwrap());
    assert!(picture.text().await.unwrap().starts_with("<svg"));
}

#[tokio::test]
async fn int64_can_be_a_string() {
    let config = centra_sim::SimConfig { int64: centra_sim::config::Int64Form::String, ..unlimited(Seed::Small) };
    let sim = Sim::start(config).await;
    let data = sim.data("{ display(id: 1) { prices { price { valueInCents } } } }", json!({})).await;
    assert_eq!(data["display"]["prices"][0]["price"]["valueInCents"], "29900");
}
