//! The three schemas.

use centra_sim::schema::{REFERENCE_SDL, ServedSchema};
use centra_sim::variant::Variant;
use centra_sim::{Seed, SimConfig};
use serde_json::json;

use crate::support::{Sim, unlimited};

async fn start(variant: Variant) -> Sim {
    Sim::start(SimConfig { variant, ..unlimited(Seed::Small) }).await
}

const INTROSPECTION: &str = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } types { ...Full } directives { name args { ...Input } } } }
fragment Full on __Type { kind name description fields(includeDeprecated: true) { name args { ...Input } type { ...Ref } isDeprecated deprecationReason }
  inputFields { ...Input } interfaces { ...Ref } enumValues(includeDeprecated: true) { name isDeprecated } possibleTypes { ...Ref } }
fragment Input on __InputValue { name type { ...Ref } defaultValue }
fragment Ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

#[tokio::test]
async fn introspection_reports_the_whole_schema() {
    for variant in [Variant::Reference, Variant::Certain, Variant::Renamed, Variant::Limited] {
        let sim = start(variant).await;
        let data = sim.data(INTROSPECTION, json!({})).await;
        let types = data["__schema"]["types"].as_array().unwrap();
        let served = ServedSchema::build(variant).unwrap();
        assert_eq!(types.len(), served.schema.types.len(), "{variant}");
        let find = |name: &str| types.iter().find(|found| found["name"] == name).unwrap().clone();
        assert_eq!(find("ShippingPriceRange")["possibleTypes"].as_array().unwrap().len(), 3, "{variant}");
        assert!(
            find("StoreType")["enumValues"]
                .as_array()
                .unwrap()
                .contains(&json!({ "name": "WHOLESALE", "isDeprecated": false }))
        );
        let displays =
            find("Query")["fields"].as_array().unwrap().iter().find(|field| field["name"] == "displays").cloned();
        let arguments = displays.unwrap()["args"].as_array().unwrap().clone();
        assert!(
            arguments.iter().any(|argument| argument["name"] == "limit" && argument["defaultValue"] == "20"),
            "{variant}"
        );
    }
}

#[tokio::test]
async fn guessed_names_are_gone_from_certain() {
    let sim = start(Variant::Certain).await;
    for query in [
        "{ taxGroups { id } }",
        "{ productSizes { id } }",
        "{ displays { prices { price { valueInCents } } } }",
        "{ warehouses { allocationRules { id } } }",
        "{ warehouses(limit: 5) { id } }",
        "{ markets { updatedAt } }",
    ] {
        let answer = sim.query(query).await;
        assert_eq!((answer.status, answer.body.get("data")), (400, None), "{query}");
    }
    let data = sim.data("{ displays(limit: 1) { name prices { price { value } } } }", json!({})).await;
    assert_eq!(data["displays"][0]["prices"][0]["price"]["value"], 299.0);
}

#[tokio::test]
async fn renamed_names_hold_the_same_data() {
    let reference = start(Variant::Reference).await;
    let renamed = start(Variant::Renamed).await;
    let old = reference
        .data(
            "{ displays(limit: 2) { prices { price { n: valueInCents } } } t: taxGroups { rules { applyTaxType } }
               s: shippingOptions { g: shippingPriceGroups { id } } w: warehouses(limit: 2) { r: allocationRules { id } }
               m: markets(sort: [updatedAt_DESC]) { u: updatedAt } }",
            json!({}),
        )
        .await;
    let new = renamed
        .data(
            "{ displays(limit: 2) { prices { price { n: valueInSubunits } } } t: taxGroupList { rules { applyTaxType } }
               s: shippingOptions { g: priceGroups { id } } w: warehouses(pageSize: 2) { r: assignedAllocationRules { id } }
               m: markets(sort: [modifiedAt_DESC]) { u: modifiedAt } }",
            json!({}),
        )
        .await;
    for part in ["displays", "s", "w", "m"] {
        assert_eq!(old[part], new[part], "{part}");
    }
    assert_eq!(old["t"][0]["rules"][0]["applyTaxType"], "VALUES_NOT_READ");
    assert_eq!(new["t"][0]["rules"][0]["applyTaxType"], "INCLUDED");
    assert_eq!(renamed.query("{ taxGroups { id } }").await.status, 400);
    let range = "{ warehouses(pageSize: 1) { stock(where: { physicalQuantity: { min: 22 } }) { physicalQuantity } } }";
    let stock = renamed.data(range, json!({})).await["warehouses"][0]["stock"].clone();
    assert!(stock.as_array().unwrap().iter().all(|row| row["physicalQuantity"] == 22) && stock != json!([]), "{stock}");
}

#[tokio::test]
async fn limited_cuts_lists_below_records_where_no_limit_is_given() {
    let sim = start(Variant::Limited).await;
    let data = sim.data("{ displays(limit: 1) { few: media { id } many: media(limit: 200) { id } } taxGroups { rules { id } all: rules(limit: 200) { id } } }", json!({})).await;
    let count = |list: &serde_json::Value| list.as_array().unwrap().len();
    let group = &data["taxGroups"][0];
    assert_eq!(count(&group["rules"]), 3);
    assert!(count(&group["all"]) > 3, "{group}");
    assert!(count(&data["displays"][0]["few"]) <= count(&data["displays"][0]["many"]));
}

#[tokio::test]
async fn deprecated_fields_are_reported_when_used() {
    let sim = start(Variant::Renamed).await;
    let answer = sim.query("{ displays { metaKeywords } }").await;
    assert_eq!(
        answer.body["extensions"]["deprecatedFieldsUsed"],
        json!(["Field: Display.metaKeywords, reason: Search engines ignore keywords, date of removal: 2027-06-01"])
    );
}

#[tokio::test]
async fn invalid_queries_are_refused_whole() {
    let sim = start(Variant::Reference).await;
    for query in [
        "{ stores { id nonsense } }",
        "{ stores(limit: 3) { id } }",
        "{ displays(where: { colour: 1 }) { id } }",
        "{ stores { id }",
        "{ market { id } }",
        "query ($id: String) { products(where: { id: [$id] }) { id } }",
        "{ stores }",
        "mutation { confirmOrder(input: {}) { userErrors { message } } }",
    ] {
        let answer = sim.query(query).await;
        assert_eq!((answer.status, answer.body.get("data")), (400, None), "{query}");
        assert!(answer.body["errors"][0]["message"].is_string(), "{query}");
    }
    let wrong = sim.query_with("query ($n: Int!) { market(id: $n) { id } }", json!({ "n": "one" })).await;
    assert_eq!(wrong.status, 400);
}

#[test]
fn the_reference_keeps_its_provenance_marks() {
    assert!(REFERENCE_SDL.contains("RECONSTRUCTED"));
    assert!(REFERENCE_SDL.matches("[S").count() > 200);
}
