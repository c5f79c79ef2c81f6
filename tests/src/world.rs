//! A simulated store and a host, ready to be connected.

use serde_json::{Value, json};

use crate::{Host, Outcome, Plugin, Sim};

/// A store and a host that has both plugins.
pub struct World {
    /// The store.
    pub sim: Sim,
    /// The host.
    pub host: Host,
}

impl World {
    /// A store with these options of `centra-sim serve`, and a fresh host.
    pub fn start(options: &[&str]) -> Self {
        Self { sim: Sim::start(options), host: fresh_host() }
    }

    /// The small store.
    pub fn small() -> Self {
        Self::start(&["--seed", "small"])
    }

    /// The same store before an empty host whose database is a file, whatever the other tests run on.
    #[must_use]
    pub fn in_file(self) -> Self {
        Self { sim: self.sim, host: Host::in_file(&PLUGINS) }
    }

    /// The same store before another, empty host.
    #[must_use]
    pub fn with_fresh_host(self) -> Self {
        Self { sim: self.sim, host: fresh_host() }
    }

    /// Credentials that the store accepts.
    pub fn credentials(&self) -> Value {
        json!({ "store_url": self.sim.address, "integration_api_token": self.sim.token })
    }

    /// Runs `connection add` with these credentials.
    pub fn add(&self, credentials: &Value) -> Outcome {
        add(&self.host, "centra", credentials)
    }

    /// Connects the store; gives the connection's id.
    pub fn connect(&self) -> String {
        let outcome = self.add(&self.credentials());
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        outcome.json()["id"].as_str().unwrap().to_owned()
    }

    /// Syncs, which must be complete; gives the run.
    pub fn sync(&self, connection: &str, options: &[&str]) -> Value {
        let printed = self.host.json(&[&["sync", connection], options].concat());
        assert_eq!(printed["run"]["result"], "ok", "{printed:#}");
        printed["run"].clone()
    }

    /// The whole catalog as JSON lines. The store's address, which is another every time, is replaced by a word.
    pub fn export(&self, connection: &str) -> String {
        export(&self.host, connection).replace(&self.sim.address, "http://store")
    }
}

const PLUGINS: [Plugin; 2] = [Plugin::Centra, Plugin::Template];

/// A host with both plugins and an empty database.
pub fn fresh_host() -> Host {
    Host::new(&PLUGINS)
}

/// Runs `connection add` for any connector.
pub fn add(host: &Host, connector: &str, credentials: &Value) -> Outcome {
    let file = host.write("credentials.json", &credentials.to_string());
    host.run(&["connection", "add", "--connector", connector, "--credentials-file", &file, "--json"])
}

/// The whole catalog of a connection as JSON lines.
pub fn export(host: &Host, connection: &str) -> String {
    let outcome = host.run(&["catalog", "export", connection]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    outcome.stdout
}

/// The records of one stream in an export.
pub fn records(export: &str, stream: &str) -> Vec<Value> {
    let lines = export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["stream"] == stream).map(|line| line["data"].clone()).collect()
}

/// The prices of an export as the variants have them: each with its `variant_id`.
pub fn variant_prices(export: &str) -> Vec<Value> {
    let offers = records(export, "offers");
    let mut variants: Vec<(&Value, &Value)> = vec![];
    for variant in offers.iter().filter_map(|offer| offer["variants"].as_array()).flatten() {
        let own = (variant.get("price_group_id").unwrap_or(&variant["id"]), &variant["id"]);
        // A variant may stand in several offers.
        if !variants.contains(&own) {
            variants.push(own);
        }
    }
    let mut prices = vec![];
    for price in records(export, "prices") {
        for (_, variant) in variants.iter().filter(|(priced, _)| **priced == price["priced_id"]) {
            let mut own = price.clone();
            own["variant_id"] = (*variant).clone();
            prices.push(own);
        }
    }
    prices
}

/// One stream of a run.
pub fn stream<'a>(run: &'a Value, name: &str) -> &'a Value {
    let streams = run["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["stream"] == name).unwrap_or_else(|| panic!("no stream {name} in {run:#}"))
}
