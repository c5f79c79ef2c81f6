//! A client for the tests.

use centra_sim::limits::Quota;
use centra_sim::{Seed, SimConfig, SimHandle};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// A running store and a client for it.
pub(crate) struct Sim {
    pub(crate) handle: SimHandle,
    pub(crate) client: reqwest::Client,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// A store without rate limits.
pub(crate) fn unlimited(seed: Seed) -> SimConfig {
    SimConfig { seed, quota: Quota::UNLIMITED, ..SimConfig::default() }
}

impl Sim {
    pub(crate) async fn start(config: SimConfig) -> Self {
        let handle = centra_sim::start(config).await.unwrap();
        Self { handle, client: reqwest::Client::builder().build().unwrap() }
    }

    pub(crate) async fn post(&self, body: &Value) -> Result<reqwest::Response, reqwest::Error> {
        let request = self.client.post(format!("{}/graphql", self.handle.base_url));
        request.bearer_auth(&self.handle.token).json(body).send().await
    }

    pub(crate) async fn query_with(&self, query: &str, variables: Value) -> Answer {
        let response = self.post(&json!({ "query": query, "variables": variables })).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.json().await.unwrap() }
    }

    pub(crate) async fn query(&self, query: &str) -> Answer {
        self.query_with(query, json!({})).await
    }

    /// The data of a query that must succeed.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let answer = self.query_with(query, variables).await;
        assert_eq!((answer.status, answer.body.get("errors")), (200, None), "{query}");
        answer.body["data"].clone()
    }

    pub(crate) async fn control(&self, path: &str, body: &Value) -> u16 {
        let request = self.client.post(format!("{}/_sim/{path}", self.handle.base_url));
        request.json(body).send().await.unwrap().status().as_u16()
    }

    /// Makes or replaces a campaign; its id.
    pub(crate) async fn campaign(&self, campaign: &Value) -> i64 {
        let request = self.client.post(format!("{}/_sim/campaigns", self.handle.base_url));
        let answer: Value = request.json(campaign).send().await.unwrap().json().await.unwrap();
        answer["id"].as_i64().unwrap_or_else(|| panic!("{answer}"))
    }

    /// What the store's ledger says of a basket.
    pub(crate) async fn ledger(&self, basket: &Value) -> Value {
        let request = self.client.post(format!("{}/_sim/price", self.handle.base_url));
        request.json(basket).send().await.unwrap().json().await.unwrap()
    }

    /// Stops the store's clock at an instant.
    pub(crate) async fn at(&self, instant: &str) {
        assert_eq!(self.control("clock", &json!({ "at": instant, "stopped": true })).await, 200, "{instant}");
    }

    /// What a variant costs in a pricelist and a market, in sub-units, as the simulator itself computes it.
    pub(crate) async fn minor(&self, variant: i64, pricelist: i64, market: i64) -> i64 {
        self.effective(variant, pricelist, market).await["minor"].as_i64().unwrap()
    }

    pub(crate) async fn effective(&self, variant: i64, pricelist: i64, market: i64) -> Value {
        let query = format!("variant={variant}&pricelist={pricelist}&market={market}");
        let url = format!("{}/_sim/effective?{query}", self.handle.base_url);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn stats(&self) -> Value {
        let url = format!("{}/_sim/stats", self.handle.base_url);
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }
}
