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
