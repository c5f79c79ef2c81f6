//! What operators watch.

use serde_json::json;

use super::World;

#[tokio::test]
async fn an_operator_sees_counters_and_how_late_work_is_and_nobody_elses_ids() {
    let world = World::new().await;
    let (owner, key) = world.channel("Owner").await;
    let id = world.connection(&owner).await;
    world.call(&key, "GET", &format!("/v1/connections/{id}"), &json!({})).await;
    world.call(&key, "BREW", "/coffee", &json!({})).await;
    let answer = world.call(&world.operator, "GET", "/metrics", &json!({})).await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200, &"text/plain; version=0.0.4; charset=utf-8".parse().unwrap())
    );
    let has = |start: &str| answer.text.lines().any(|line| line.starts_with(start));
    let counted = r#"connector_host_http_request_seconds_count{method="GET",route="/v1/connections/{connection_id}",status="200"} "#;
    assert!(has(counted), "{}", answer.text);
    assert!(
        has(r#"connector_host_connections{state="pending"} 1"#)
            && has(r#"connector_host_connections{state="active"} 0"#)
    );
    assert!(has(r#"connector_host_work_overdue_seconds{kind="webhook"} 0"#), "{}", answer.text);
    assert!(
        has(r#"connector_host_http_request_seconds_count{method="other",route="-","#) && !answer.text.contains("BREW")
    );
    assert!(has("# HELP connector_host_http_request_seconds"), "{}", answer.text);
    assert!(!answer.text.contains(id.as_str()) && !answer.text.contains(&owner));
    let refused = world.call(&key, "GET", "/metrics", &json!({})).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "operator_required"));
}
