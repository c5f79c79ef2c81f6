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
