//! The simulated store as a process of its own, and its test controls.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::plugin_files::program;

/// A running simulated store; ends when dropped.
pub struct Sim {
    /// Where it is, `http://127.0.0.1:PORT`.
    pub address: String,
    /// The token it accepts.
    pub token: String,
    child: Child,
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Sim {
    /// Starts one without rate limits. The options are those of `centra-sim serve`; later ones win.
    pub fn start(options: &[&str]) -> Self {
        let mut command = Command::new(program("centra-sim"));
        command.args(["serve", "--exit-with-parent"]).args(options);
        if !options.contains(&"--quota") {
            command.args(["--quota", "unlimited"]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).expect("one JSON line that says where the store is");
        let text = |name: &str| started[name].as_str().unwrap().to_owned();
        Self { address: text("address"), token: text("token"), child }
    }

    /// Ends it: its address answers no more.
    pub fn stop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// What was asked of it so far.
    pub fn stats(&self) -> Value {
        let (status, body) = request(&self.address, "GET", "/_sim/stats", "");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Makes a campaign.
    pub fn campaign(&self, campaign: &Value) {
        self.control("campaigns", campaign);
    }

    /// What the store charges for a product variant in a pricelist and a market now, in sub-units, and before a campaign.
    pub fn charges(&self, variant: i64, pricelist: i64, market: i64) -> (i64, i64) {
        let path = format!("/_sim/effective?variant={variant}&pricelist={pricelist}&market={market}");
        let (status, body) = request(&self.address, "GET", &path, "");
        assert_eq!(status, 200, "{body}");
        let reported: Value = serde_json::from_str(&body).unwrap();
        (reported["minor"].as_i64().unwrap(), reported["list_minor"].as_i64().unwrap())
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.stats()["requests"].as_u64().unwrap()
    }

    /// Counts from zero again, for the fault plan as well.
    pub fn reset_stats(&self) {
        self.control("stats/reset", &json!({}));
    }

    /// Changes a row, such as `display` 3.
    pub fn touch(&self, kind: &str, id: i64) {
        self.control("touch", &json!({ kind: id }));
    }

    /// Removes a row.
    pub fn remove(&self, kind: &str, id: i64) {
        self.control("remove", &json!({ kind: id }));
    }

    /// Sets the price of a product variant in a pricelist, in sub-units.
    pub fn set_price(&self, variant: i64, pricelist: i64, minor: i64) {
        self.control("prices", &json!({ "variant": variant, "pricelist": pricelist, "minor": minor }));
    }

    /// Replaces the fault plan.
    pub fn faults(&self, plan: &Value) {
        self.control("faults", plan);
    }

    /// The token accepted from now on.
    pub fn accept_token(&self, token: &str) {
        self.control("token", &json!({ "token": token }));
    }

    /// Replaces the webhook plugins.
    pub fn webhooks(&self, plugins: &Value) {
        self.control("webhooks", plugins);
    }

    /// Holds webhooks back, or lets them go.
    pub fn pause_webhooks(&self, paused: bool) {
        self.control("webhooks/pause", &json!({ "paused": paused }));
    }

    /// Waits until every webhook was sent, lost or dropped; the plugins with their counters.
    pub fn drain_webhooks(&self) -> Value {
        let (status, body) = request(&self.address, "POST", "/_sim/webhooks/drain", "");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Makes so many random changes of these kinds: `display`, `price`, `stock`, `remove`.
    pub fn change(&self, count: u32, seed: u64, kinds: &[&str]) {
        self.control("change", &json!({ "count": count, "seed": seed, "kinds": kinds }));
    }

    /// What the store itself says to a query.
    pub fn query(&self, query: &str) -> Value {
        let body = json!({ "query": query }).to_string();
        let header = format!("authorization: Bearer {}\r\n", self.token);
        let (status, answer) = request_with(&self.address, "POST", "/graphql", &header, &body);
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"].clone()
    }

    /// What a cart costs by the store's own ledger.
    pub fn price(&self, basket: &Value) -> Value {
        let (status, body) = request(&self.address, "POST", "/_sim/price", &basket.to_string());
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Orders placed while it runs: `number`, `id`, `status`, `external_id`, `internal_comment`.
    pub fn orders(&self) -> Vec<Value> {
        let (status, body) = request(&self.address, "GET", "/_sim/orders", "");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The merchant's people do something to an order: `confirm`, `ship`, `cancel`, `return`, …
    pub fn work(&self, number: i64, action: &str) {
        self.control("order", &json!({ "number": number, "action": action }));
    }

    fn control(&self, what: &str, body: &Value) {
        let (status, answer) = request(&self.address, "POST", &format!("/_sim/{what}"), &body.to_string());
        assert!(matches!(status, 200 | 204), "{what}: {status} {answer}");
    }
}

fn request(address: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    request_with(address, method, path, "", body)
}

/// One request over a connection of its own: enough for test controls, and no client under test is involved.
fn request_with(address: &str, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
    let authority = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {authority}\r\n{headers}content-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split_whitespace().nth(1).unwrap().parse().unwrap(), body.to_owned())
}
