//! The fault plan over HTTP.

use centra_sim::faults::FaultPlan;
use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

async fn start(plan: &str) -> Sim {
    Sim::start(SimConfig { faults: FaultPlan::parse(plan).unwrap(), ..unlimited(Seed::Small) }).await
}

const QUERY: &str = "query Offers { displays(limit: 10) { id product { brand { name } collection { name } weight { value } } canonicalCategory { name } } }";

#[tokio::test]
async fn each_kind_of_fault_looks_as_planned() {
    let sim = start(
        r#"[{"at":[1],"kind":"429"},{"at":[2],"kind":"500"},{"at":[3],"kind":"truncated_json"},
            {"at":[4],"kind":"disconnect"},{"at":[5],"kind":"partial_errors"},{"at":[6],"kind":"slow","ms":1}]"#,
    )
    .await;
    let body = json!({ "query": QUERY });
    let limited = sim.query(QUERY).await;
    assert_eq!((limited.status, limited.headers["retry-after"].to_str().unwrap()), (429, "1"));
    assert_eq!(sim.query(QUERY).await.status, 500);
    let truncated = sim.post(&body).await.unwrap();
    assert_eq!(truncated.status(), 200);
    assert!(serde_json::from_str::<Value>(&truncated.text().await.unwrap()).is_err());
    let broken = sim.post(&body).await;
    assert!(match broken {
        Err(_) => true,
        Ok(response) => response.text().await.is_err(),
    });
    let partial = sim.query(QUERY).await;
    let slow = sim.query(QUERY).await;
    assert_eq!((slow.status, slow.body.get("errors")), (200, None));
    let errors = partial.body["errors"].as_array().unwrap();
    assert_eq!((partial.status, errors.len()), (200, 3));
    for error in errors {
        let (mut lost, mut whole) = (&partial.body["data"], &slow.body["data"]);
        for segment in error["path"].as_array().unwrap() {
            (lost, whole) = match segment {
                Value::String(key) => (&lost[key], &whole[key]),
                index => {
                    let index = usize::try_from(index.as_u64().unwrap()).unwrap();
                    (&lost[index], &whole[index])
                }
            };
        }
        assert!(lost.is_null() && !whole.is_null(), "{error}");
    }
    let stats = sim.stats().await;
    assert_eq!((&stats["requests"], &stats["faults"], &stats["refused"]), (&json!(6), &json!(6), &json!(0)));
    assert_eq!(stats["by_operation"]["Offers"], 6);
    assert_eq!(stats["by_fault"]["disconnect"], 1);
}

#[tokio::test]
async fn a_token_can_expire_in_mid_run_and_be_replaced() {
    for kind in ["expire_token", "revoke_token"] {
        let sim = start(&format!(r#"[{{"after":2,"kind":"{kind}","times":1}}]"#)).await;
        let statuses = [sim.query(QUERY).await.status, sim.query(QUERY).await.status, sim.query(QUERY).await.status];
        assert_eq!(statuses, [200, 200, 403]);
        assert_eq!(sim.query(QUERY).await.status, 403, "it stays refused");
        assert_eq!(sim.control("token", &json!({ "token": sim.handle.token })).await, 204);
        assert_eq!(sim.query(QUERY).await.status, 200);
        assert_eq!(sim.stats().await["by_refusal"]["403"], 2);
    }
}

#[tokio::test]
async fn a_field_that_always_fails_takes_all_along_that_may_not_be_null() {
    let sim = Sim::start(SimConfig {
        broken: vec!["Display:2:name".parse().unwrap(), "Brand:2:name".parse().unwrap()],
        null_status: 400,
        ..unlimited(Seed::Small)
    })
    .await;
    let whole = sim.query("{ displays(limit: 3) { id name } }").await;
    assert_eq!((whole.status, &whole.body["data"]), (400, &Value::Null));
    assert_eq!(whole.body["errors"][0]["path"], json!(["displays", 1, "name"]));
    let beside = sim.query("{ displays(limit: 3) { id } }").await;
    assert_eq!((beside.status, beside.body["data"]["displays"].as_array().unwrap().len()), (200, 3));
    // A brand may be null, and is then all that is lost.
    let part = sim.query("{ displays(limit: 1) { id product { brand { name } } } }").await;
    assert_eq!(part.body["data"], json!({ "displays": [{ "id": 1, "product": { "brand": null } }] }));
    assert_eq!(part.body["errors"][0]["path"], json!(["displays", 0, "product", "brand", "name"]));
}

#[tokio::test]
async fn what_is_no_answer_of_centra_looks_as_planned() {
    let sim = start(
        r#"[{"at":[1],"kind":"challenge_page"},{"at":[2],"kind":"basic_challenge"},{"at":[3],"kind":"empty"},
            {"at":[4],"kind":"empty","status":401},{"at":[5],"kind":"html"},{"at":[6],"kind":"errors","message":"No!"},
            {"at":[7],"kind":"data_null","status":500,"message":"No!"},{"at":[8],"kind":"bad_bytes"}]"#,
    )
    .await;
    let mut seen = vec![];
    for _ in 0..8 {
        let response = sim.post(&json!({ "query": QUERY })).await.unwrap();
        let status = response.status().as_u16();
        let is_html =
            response.headers().get("content-type").is_some_and(|own| own.as_bytes().starts_with(b"text/html"));
        assert_eq!(response.headers().contains_key("www-authenticate"), seen.len() == 1);
        let body = response.bytes().await.unwrap();
        seen.push((status, is_html, body.is_empty()));
        if let Ok(reported) = serde_json::from_slice::<Value>(&body) {
            assert_eq!((reported["errors"][0]["message"].as_str(), &reported["data"]), (Some("No!"), &Value::Null));
        }
        assert_eq!(String::from_utf8(body.to_vec()).is_err(), seen.len() == 8);
    }
    let html = |status| (status, true, false);
    let json = |status| (status, false, false);
    assert_eq!(
        seen,
        [html(403), html(401), (200, false, true), (401, false, true), html(500), json(200), json(500), json(200)]
    );
}

#[tokio::test]
async fn a_record_or_a_large_page_can_be_what_spoils_an_answer() {
    let sim = start(r#"[{"containing":"\"id\":3,","kind":"empty"},{"limit_above":5,"kind":"status"}]"#).await;
    let ask = async |limit: i64, page: i64| {
        let query = "query Offers($limit: Int!, $page: Int!) { displays(limit: $limit, page: $page) { id name } }";
        let variables = json!({ "limit": limit, "page": page });
        let response = sim.post(&json!({ "query": query, "variables": variables })).await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().is_empty())
    };
    assert_eq!(ask(6, 2).await, (502, false));
    assert_eq!(ask(5, 1).await, (200, true));
    assert_eq!(ask(1, 3).await, (200, true));
    assert_eq!((ask(1, 2).await, ask(5, 2).await), ((200, false), (200, false)));
}

#[tokio::test]
async fn paging_can_be_stuck_in_all_forms() {
    let pages = async |kind: &str, count: usize| {
        let sim = start(&format!(r#"[{{"every":1,"kind":"{kind}"}}]"#)).await;
        let (mut after, mut seen) = (Value::Null, vec![]);
        for _ in 0..count {
            let query = "query Offers($after: String) { displayConnection(first: 5, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node { id } } } }";
            let data = sim.data(query, json!({ "after": after })).await;
            let list = &data["displayConnection"];
            let ids = list["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_i64().unwrap());
            seen.push((ids.collect::<Vec<_>>(), list["pageInfo"]["hasNextPage"] == true, list["totalCount"].clone()));
            after = list["pageInfo"]["endCursor"].clone();
        }
        seen
    };
    let first = |pages: &[(Vec<i64>, bool, Value)]| pages.iter().map(|page| page.0[0]).collect::<Vec<_>>();
    assert_eq!(first(&pages("page_ignored", 3).await), [1, 1, 1]);
    let repeated = pages("last_page_repeated", 4).await;
    assert_eq!((repeated[2].0.len(), &repeated[2].0, repeated[3].1), (5, &repeated[3].0, true));
    let two = first(&pages("two_cursors", 5).await);
    assert_eq!((two[0], two[1]), (two[2], two[3]));
    assert_ne!(two[0], two[1]);
    let endless = pages("endless_rows", 6).await;
    let all: std::collections::BTreeSet<i64> = endless.iter().flat_map(|page| page.0.iter().copied()).collect();
    assert_eq!((all.len(), endless[5].1), (30, true));
    let empty = &pages("empty_list", 1).await[0];
    assert_eq!((empty.0.len(), empty.1, &empty.2), (0, false, &json!(0)));
    let total = pages("wrong_total", 1).await[0].2.as_i64().unwrap();
    assert!(total > 100, "{total}");
}

#[tokio::test]
async fn a_row_can_disappear_between_two_pages_that_are_read_by_number() {
    let sim = start(r#"[{"at":[2],"kind":"remove_row","row":"Display:1"}]"#).await;
    let page = async |page: i64| {
        let query = format!("{{ displays(limit: 3, page: {page}) {{ id }} }}");
        sim.data(&query, json!({})).await["displays"].clone()
    };
    let seen = [page(1).await, page(2).await].map(|rows| rows[0]["id"].as_i64().unwrap());
    assert_eq!(seen[1], seen[0] + 4, "the fourth is on neither page");
}

#[tokio::test]
async fn a_stores_clock_may_be_ahead() {
    let sim = Sim::start(SimConfig { clock_skew_s: 7_200, ..unlimited(Seed::Small) }).await;
    assert_eq!(sim.control("touch", &json!({ "display": 3 })).await, 200);
    let answer = sim.query("{ displays(where: { id: [3] }) { updatedAt } }").await;
    let date = httpdate(answer.headers["date"].to_str().unwrap());
    let updated: jiff::Timestamp = answer.body["data"]["displays"][0]["updatedAt"].as_str().unwrap().parse().unwrap();
    let now = jiff::Timestamp::now().as_second();
    assert!((7_190..7_210).contains(&(date - now)) && (7_190..7_210).contains(&(updated.as_second() - now)));
}

fn httpdate(text: &str) -> i64 {
    jiff::fmt::rfc2822::parse(text).unwrap().timestamp().as_second()
}
