//! The Checkout API's shared secret.

use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

#[tokio::test]
async fn only_the_checkout_secret_is_accepted() {
    let sim = Sim::start(SimConfig { checkout_secret: Some("checkout".to_owned()), ..unlimited(Seed::Small) }).await;
    let url = format!("{}/api/checkout/markets", sim.handle.base_url);
    let get = || sim.client.get(&url);
    for refused in [get(), get().bearer_auth("storefront"), get().header("API-Authorization", "storefront")] {
        let response = refused.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.json::<Value>().await.unwrap()["error"].is_string());
    }
    for accepted in [get().bearer_auth("checkout"), get().header("API-Authorization", "checkout")] {
        let response = accepted.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["markets"][0], json!({ "market": 1, "name": "Sweden", "default": true }));
        assert_eq!(body["markets"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn without_a_configured_secret_everyone_is_refused() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let url = format!("{}/api/checkout/markets", sim.handle.base_url);
    assert_eq!(sim.client.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(sim.client.get(&url).bearer_auth("").send().await.unwrap().status(), 401);
}
