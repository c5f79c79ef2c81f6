//! Tokens: missing, wrong, narrow.

use centra_sim::permissions::Granted;
use centra_sim::{Seed, SimConfig};
use serde_json::json;

use crate::support::{Sim, unlimited};

#[tokio::test]
async fn a_missing_permission_is_named_in_centras_words() {
    let query = "query {\n  orderConnection(first: 1) { edges { node { id } } }\n}";
    for permission_status in [200, 403] {
        let permissions = Granted::parse("-Order:read");
        let sim = Sim::start(SimConfig { permissions, permission_status, ..unlimited(Seed::Small) }).await;
        let answer = sim.query(query).await;
        assert_eq!(answer.status, permission_status);
        assert_eq!(
            answer.body["errors"],
            json!([{
                "message": "You need Order:read permission to access orderConnection.",
                "extensions": { "category": "authorization" },
                "locations": [{ "line": 2, "column": 3 }],
                "path": ["orderConnection"],
            }])
        );
        assert_eq!(answer.body.get("data"), None);
        assert_eq!(answer.body["extensions"]["permissionsUsed"], json!(["Order:read"]));
    }
}

#[tokio::test]
async fn nested_fields_need_permissions_of_their_own() {
    let cases = [
        ("-Product.countryOfOrigin:read", "{ products { countryOfOrigin { code } } }", "countryOfOrigin"),
        ("-Translation:read", "{ displays { translations { fields { field } } } }", "translations"),
        ("-ProductSize.stock:read", "{ productSizes { stock { freeToAllocateQuantity } } }", "stock"),
        ("-Warehouse.stock:read", "{ warehouses { stock { freeToAllocateQuantity } } }", "stock"),
        ("-Order.shippingAddress:read", "{ orders { shippingAddress { city } } }", "shippingAddress"),
        ("-Customer:read", "{ customers { id } }", "customers"),
        ("-Country:read", "{ pricelists(where: { assignedToCountryId: 1 }) { id } }", "pricelists"),
        ("-StorePlugin:read", "{ orders { paymentMethod { uri } } }", "paymentMethod"),
    ];
    for (list, query, field) in cases {
        let sim = Sim::start(SimConfig { permissions: Granted::parse(list), ..unlimited(Seed::Small) }).await;
        let answer = sim.query(query).await;
        let name = list.trim_start_matches('-');
        assert_eq!(
            answer.body["errors"][0]["message"],
            format!("You need {name} permission to access {field}."),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_needs_no_permission_is_answered_to_any_token() {
    let sim = Sim::start(SimConfig { permissions: Granted::parse("Event:read"), ..unlimited(Seed::Small) }).await;
    let data = sim
        .data(
            "{ rateLimits { type } currencies(where: { isBase: true }) { code } __schema { queryType { name } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["currencies"], json!([{ "code": "SEK" }]));
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn only_the_token_opens_the_door() {
    for auth_status in [403, 401] {
        let sim = Sim::start(SimConfig { auth_status, token: "right".to_owned(), ..unlimited(Seed::Small) }).await;
        let url = format!("{}/graphql", sim.handle.base_url);
        let body = json!({ "query": "{ stores { id } }" });
        let request = || sim.client.post(&url).json(&body);
        assert_eq!(request().send().await.unwrap().status(), auth_status);
        assert_eq!(request().bearer_auth("wrong").send().await.unwrap().status(), auth_status);
        assert_eq!(request().bearer_auth("right").send().await.unwrap().status(), 200);
        assert_eq!(request().header("Cookie", "a=b; graphql-access=right").send().await.unwrap().status(), 200);
        assert_eq!(sim.stats().await["by_refusal"][auth_status.to_string()], 2);
    }
}
