//! Offset pages, keyset cursors, filters and their limits.

use std::collections::BTreeSet;

use centra_sim::Seed;
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

const CONNECTION: &str = "query Page($after: String, $first: Int) { displayConnection(first: $first, after: $after, where: { storeId: 1, marketId: 1, status: ACTIVE }) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id } } } }";

async fn all_by_cursor(sim: &Sim, first: i64) -> (Vec<i64>, usize) {
    let (mut ids, mut pages, mut after) = (Vec::new(), 0, Value::Null);
    loop {
        let data = sim.data(CONNECTION, json!({ "after": after, "first": first })).await;
        let connection = &data["displayConnection"];
        ids.extend(connection["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_i64().unwrap()));
        pages += 1;
        if connection["pageInfo"]["hasNextPage"] == false {
            assert_eq!(connection["totalCount"], ids.len());
            return (ids, pages);
        }
        after = connection["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn cursors_visit_every_display_exactly_once() {
    for (seed, first, expected, pages) in
        [(Seed::Small, 4, 11, 3), (Seed::Demo, 7, 40, 6), (Seed::Large(1_000), 200, 1_000, 5)]
    {
        let sim = Sim::start(unlimited(seed)).await;
        let (ids, seen) = all_by_cursor(&sim, first).await;
        assert_eq!((ids.len(), seen), (expected, pages), "{seed:?}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), expected, "{seed:?}: a display came twice");
        assert_eq!(sim.stats().await["pages"]["displayConnection"], pages);
    }
}

#[tokio::test]
async fn offset_pages_of_prices_and_stock_cover_every_row_once() {
    let sim = Sim::start(unlimited(Seed::Large(450))).await;
    let (mut variants, mut sizes) = (Vec::new(), Vec::new());
    for page in 1..=12 {
        let data = sim
            .data(
                "query Rows($page: Int) { pricelists(where: { id: 1 }) { prices(limit: 200, page: $page) { productVariant { id } } }
                   warehouses(where: { id: 1 }) { stock(limit: 200, page: $page) { productSize { id } } } }",
                json!({ "page": page }),
            )
            .await;
        let ids = |rows: &Value, of: &str| -> Vec<i64> {
            rows.as_array().unwrap().iter().map(|row| row[of]["id"].as_i64().unwrap()).collect()
        };
        variants.extend(ids(&data["pricelists"][0]["prices"], "productVariant"));
        sizes.extend(ids(&data["warehouses"][0]["stock"], "productSize"));
    }
    assert_eq!(variants, (1..=450).collect::<Vec<_>>());
    assert_eq!(sizes, (1..=2_250).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_root_list_without_a_limit_silently_ends_after_twenty() {
    let sim = Sim::start(unlimited(Seed::Demo)).await;
    let data = sim.data("{ displays { id } counters { products } }", json!({})).await;
    assert_eq!((data["displays"].as_array().unwrap().len(), &data["counters"]["products"]), (20, &json!(40)));
}

#[tokio::test]
async fn a_limit_outside_its_range_is_an_error() {
    let sim = Sim::start(unlimited(Seed::Demo)).await;
    for query in [
        "{ products(limit: 201) { id } }",
        "{ products(limit: 0) { id } }",
        "{ displayConnection(first: 500) { totalCount } }",
        "{ pricelists { prices(limit: 1000) { id } } }",
    ] {
        let answer = sim.query(query).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.body["errors"][0]["message"], "Limit must be in range 1 - 200.", "{query}");
        assert_eq!(answer.body.get("data"), None, "{query}");
    }
    let answer = sim.query("{ markets { displays(limit: 101) { id } } }").await;
    assert_eq!(answer.body["errors"][0]["message"], "Limit must be in range 1 - 100.");
}

#[tokio::test]
async fn updated_at_finds_what_was_touched_and_nothing_else() {
    for seed in [Seed::Small, Seed::Large(100_000)] {
        let sim = Sim::start(unlimited(seed)).await;
        let changed = "{ displayConnection(first: 50, where: { updatedAt: { from: \"2026-01-01T00:00:00Z\" } }) { totalCount edges { node { id name } } } }";
        assert_eq!(sim.data(changed, json!({})).await["displayConnection"]["totalCount"], 0, "{seed:?}");
        assert_eq!(sim.control("touch", &json!({ "display": 5 })).await, 200);
        let connection = sim.data(changed, json!({})).await["displayConnection"].clone();
        assert_eq!(connection["totalCount"], 1, "{seed:?}");
        assert_eq!(connection["edges"][0]["node"]["id"], 5, "{seed:?}");
        assert!(connection["edges"][0]["node"]["name"].as_str().unwrap().ends_with("(touched 1)"), "{seed:?}");
    }
}

#[tokio::test]
async fn updated_at_bounds_orders_on_their_own_times() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let since = "query Since($from: DateTimeTz!) { orderConnection(where: { updatedAt: { from: $from } }) { edges { node { number } } } }";
    let after = |from: &'static str| {
        let sim = &sim;
        async move { sim.data(since, json!({ "from": from })).await["orderConnection"]["edges"].as_array().unwrap().len() }
    };
    assert_eq!(after("2025-03-05 00:00:00").await, 3);
    assert_eq!(after("2025-03-07T23:05:00Z").await, 1);
    assert_eq!(after("2025-03-09T00:00:00Z").await, 0);
}

#[tokio::test]
async fn filters_and_sorts_choose_rows() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let data = sim
        .data(
            "{ text: displays(where: { name: { contains: \"OFFSET\" } }) { id }
               inactive: displays(where: { status: [INACTIVE] }) { id }
               others: displays(where: { status: [ACTIVE], negate: [\"status\"] }) { id }
               newest: displays(sort: [updatedAt_DESC], limit: 2) { id }
               sku: productSizes(where: { SKU: { equals: \"P1001WHIM\" } }) { id }
               codes: productSizes(where: { notNull: [\"SKU\"], isActive: false }) { id }
               stocked: warehouses(where: { id: 1 }) { stock(where: { productSizeId: [101] }) { productSize { id } physicalQuantity } }
               sweden: pricelists(where: { assignedToCountryId: [1] }) { id }
               top: categories(where: { isTopCategory: true }) { id childCategories { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["text"], json!([{ "id": 6 }]));
    assert_eq!(data["inactive"], json!([{ "id": 10 }]));
    assert_eq!(data["others"], data["inactive"]);
    assert_eq!(data["newest"], json!([{ "id": 12 }, { "id": 11 }]));
    assert_eq!(data["sku"], json!([{ "id": 101 }]));
    assert_eq!(data["codes"], json!([{ "id": 501 }]));
    assert_eq!(
        data["stocked"][0]["stock"],
        json!([{ "productSize": { "id": 101 }, "physicalQuantity": (101 * 7 + 3) % 23 }])
    );
    assert_eq!(data["sweden"], json!([{ "id": 1 }]));
    assert_eq!(data["top"], json!([{ "id": 1, "childCategories": [{ "id": 2 }] }]));
}

#[tokio::test]
async fn pages_can_be_walked_backwards() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let page = "query Back($before: String) { displayConnection(last: 5, before: $before) { pageInfo { hasPreviousPage hasNextPage startCursor } edges { node { id } } } }";
    let last = sim.data(page, json!({})).await["displayConnection"].clone();
    assert_eq!(last["edges"].as_array().unwrap().first().unwrap()["node"]["id"], 8);
    assert_eq!(last["pageInfo"]["hasPreviousPage"], true);
    let before =
        sim.data(page, json!({ "before": last["pageInfo"]["startCursor"] })).await["displayConnection"].clone();
    let ids: Vec<i64> =
        before["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [3, 4, 5, 6, 7]);
}
