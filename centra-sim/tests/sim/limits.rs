//! Complexity and rate limits.

use centra_sim::config::RetryAfter;
use centra_sim::limits::Quota;
use centra_sim::{Seed, SimConfig};
use serde_json::json;

use crate::support::{Sim, unlimited};

#[tokio::test]
async fn the_published_example_costs_what_it_costs_at_centra() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let answer = sim.query("{ stores { id name type } }").await;
    assert_eq!(answer.body["extensions"]["complexity"], 121);
    assert_eq!(answer.body["extensions"]["permissionsUsed"], json!(["Store:read"]));
    assert!(answer.body["extensions"]["appVersion"].is_string());
    assert_eq!(answer.body["extensions"].get("deprecatedFieldsUsed"), None);
}

#[tokio::test]
async fn complexity_grows_with_the_page_and_free_stock_is_free() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let mut costs = Vec::new();
    for query in [
        "{ displayConnection(first: 10) { edges { node { id } } } }",
        "{ displayConnection(first: 100) { edges { node { id } } } }",
        "{ warehouses(limit: 1) { stock(limit: 100) { freeToAllocateQuantity } } }",
        "{ warehouses(limit: 1) { stock(limit: 100) { physicalQuantity } } }",
    ] {
        costs.push(sim.query(query).await.body["extensions"]["complexity"].as_i64().unwrap());
    }
    assert_eq!(costs[1] - 1, (costs[0] - 1) * 10);
    assert_eq!(costs[3] - costs[2], 1_000);
}

#[tokio::test]
async fn too_many_requests_are_reported_when_to_come_back() {
    for retry_after in [RetryAfter::Seconds, RetryAfter::Epoch, RetryAfter::Date] {
        let quota: Quota = "2,1000,250000,30000000".parse().unwrap();
        let sim = Sim::start(SimConfig { quota, retry_after, ..unlimited(Seed::Small) }).await;
        for _ in 0..2 {
            assert_eq!(sim.query("{ rateLimits { type } }").await.status, 200);
        }
        let refused = sim.query("{ rateLimits { type } }").await;
        assert_eq!(refused.status, 429);
        let header = refused.headers["retry-after"].to_str().unwrap();
        match retry_after {
            RetryAfter::Seconds => assert!((1..=5).contains(&header.parse::<i64>().unwrap()), "{header}"),
            RetryAfter::Epoch => assert!(header.parse::<i64>().unwrap() > 1_700_000_000, "{header}"),
            RetryAfter::Date => assert!(header.ends_with(" GMT"), "{header}"),
        }
        assert_eq!(sim.stats().await["by_refusal"]["429"], 1);
    }
}

#[tokio::test]
async fn a_query_dearer_than_the_bucket_is_refused_for_good() {
    let sim = Sim::start(SimConfig { quota: "100,1000,500,1000".parse().unwrap(), ..unlimited(Seed::Small) }).await;
    let dear = "{ displayConnection(first: 200) { edges { node { id name } } } }";
    assert_eq!(sim.query(dear).await.status, 429);
    assert_eq!(sim.query("{ displayConnection(first: 20) { edges { node { id name } } } }").await.status, 200);
}

#[tokio::test]
async fn rate_limits_show_what_is_left() {
    let sim = Sim::start(SimConfig { quota: Quota::GROWTH, ..unlimited(Seed::Small) }).await;
    let data = sim.data("{ rateLimits { type intervalSeconds quota usedQuota remainingQuota } }", json!({})).await;
    let rows = data["rateLimits"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    let row = |kind: &str, interval: &str| {
        rows.iter().find(|row| row["type"] == kind && row["intervalSeconds"] == interval).unwrap().clone()
    };
    let requests = row("REQUEST_COUNT", "ONE_HOUR");
    assert_eq!((&requests["quota"], &requests["usedQuota"]), (&json!(5_000), &json!(1)));
    assert_eq!(row("QUERY_COMPLEXITY", "TEN_SECONDS")["quota"], 250_000);
    assert_eq!(row("MUTATION_COUNT", "ONE_HOUR")["remainingQuota"], 1_800);
}
