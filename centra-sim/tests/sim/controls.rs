//! Changing the store while it runs.

use centra_sim::Seed;
use serde_json::json;

use crate::support::{Sim, unlimited};

#[tokio::test]
async fn a_removed_display_disappears_everywhere() {
    for seed in [Seed::Small, Seed::Large(500)] {
        let sim = Sim::start(unlimited(seed)).await;
        let query = "{ display(id: 2) { id } products(where: { id: 2 }) { displays { id } } displays(limit: 3) { id }
            displayConnection(first: 3) { totalCount edges { node { id } } } }";
        let before = sim.data(query, json!({})).await;
        assert_eq!(sim.control("remove", &json!({ "display": 2 })).await, 200);
        let after = sim.data(query, json!({})).await;
        assert_eq!(after["display"], json!(null), "{seed:?}");
        assert_eq!(after["products"][0]["displays"], json!([]), "{seed:?}");
        assert_eq!(after["displays"], json!([{ "id": 1 }, { "id": 3 }, { "id": 4 }]), "{seed:?}");
        let counts = [&before, &after].map(|data| data["displayConnection"]["totalCount"].as_i64().unwrap());
        assert_eq!(counts[0] - 1, counts[1], "{seed:?}");
        assert_eq!(sim.control("remove", &json!({ "display": 2 })).await, 404, "it is gone already");
    }
}

#[tokio::test]
async fn unknown_rows_and_plans_are_refused() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    assert_eq!(sim.control("touch", &json!({ "display": 9_999 })).await, 404);
    assert_eq!(sim.control("touch", &json!({})).await, 404);
    assert_eq!(sim.control("faults", &json!([{ "kind": "500" }])).await, 400);
    assert_eq!(sim.control("faults", &json!([{ "every": 1, "kind": "500" }])).await, 204);
    assert_eq!(sim.query("{ stores { id } }").await.status, 500);
}

#[tokio::test]
async fn an_unused_port_is_chosen_and_a_taken_one_is_explained() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let port = sim.handle.base_url.rsplit(':').next().unwrap().parse().unwrap();
    let error = centra_sim::start(centra_sim::SimConfig { port, ..unlimited(Seed::Small) }).await.unwrap_err();
    assert!(error.to_string().contains("--port"), "{error}");
}
