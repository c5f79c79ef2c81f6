//! The host as a service, for the demonstration: starts it, and asks it for a merchant's link as a channel does.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::plain_http::request;

/// How long the first sync may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A host that serves; ended when dropped.
pub(crate) struct Served {
    /// Its address, without the scheme.
    authority: String,
    /// Where operators look after connections.
    pub(crate) dashboard: String,
    /// The key they log in with.
    pub(crate) operator_key: String,
    child: Child,
}

/// A channel with a key.
pub(crate) struct Channel {
    /// Its id.
    pub(crate) id: String,
    /// Its key.
    pub(crate) key: String,
}

/// The secret of a merchant's link.
pub(crate) fn token_of(link: &str) -> anyhow::Result<&str> {
    Ok(link.split_once('#').context("the link has no token")?.1)
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Served {
    /// Starts `connector-host serve` on a free port.
    pub(crate) fn start(mut host: Command) -> anyhow::Result<Self> {
        host.args(["serve", "--listen", "127.0.0.1:0", "--json", "--log-level", "error"]).stdout(Stdio::piped());
        let mut child = host.spawn().context("cannot start connector-host")?;
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().context("no output")?).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("the host did not say where it listens")?;
        let text =
            |name: &str| said[name].as_str().map(str::to_owned).with_context(|| format!("no `{name}` in {said}"));
        let address = text("address")?;
        Ok(Self {
            authority: address.trim_start_matches("http://").to_owned(),
            dashboard: format!("{address}/dashboard/"),
            operator_key: text("operator_key")?,
            child,
        })
    }

    /// A merchant's link: a channel is made, gets a key, and asks for it. The merchant returns to `back_to`.
    pub(crate) fn merchants_link(&self, connector: &str, back_to: &str) -> anyhow::Result<String> {
        let link = self.link(&self.channel(back_to)?, connector, back_to)?;
        self.opens(&link)?;
        Ok(link)
    }

    /// A channel with a key.
    pub(crate) fn channel(&self, back_to: &str) -> anyhow::Result<Channel> {
        let channel = json!({ "name": "Northshore Market", "accent_color": "#1f6f5c",
            "redirect_urls": [back_to] });
        let channel = self.post("/v1/channels", &self.operator_key, &channel)?;
        let id = channel["id"].as_str().context("no id of the channel")?.to_owned();
        let issued = self.post(&format!("/v1/channels/{id}/keys"), &self.operator_key, &json!({}))?;
        Ok(Channel { id, key: issued["key"].as_str().context("no key of the channel")?.to_owned() })
    }

    /// What a channel's back end does for one of its merchants.
    pub(crate) fn link(&self, channel: &Channel, connector: &str, back_to: &str) -> anyhow::Result<String> {
        let session = json!({ "connector": connector, "redirect_url": back_to,
            "state": "demo", "merchant_id": "demo-merchant", "environment": "test" });
        let session = self.post("/v1/connect-sessions", &channel.key, &session)?;
        Ok(session["url"].as_str().context("no link in the session")?.to_owned())
    }

    /// What the merchant's page does with a link and right credentials; gives the connection's id.
    pub(crate) fn connect(&self, link: &str, credentials: &Value, settings: &Value) -> anyhow::Result<String> {
        let caller = format!("Connect {}", token_of(link)?);
        let given = json!({ "credentials": credentials, "settings": settings }).to_string();
        let checked = self.request("POST", "/connect/v1/check", &caller, Some(&given))?;
        ensure!(checked.contains("event: result"), "the checks did not end: {checked}");
        let confirmed = self.request("POST", "/connect/v1/confirm", &caller, Some("{}"))?;
        let confirmed: Value = serde_json::from_str(&confirmed)?;
        let back = confirmed["redirect_url"].as_str().context("no way back")?;
        let id = back.split(['?', '&']).find_map(|pair| pair.strip_prefix("connection_id="));
        Ok(id.context("no connection in the way back")?.to_owned())
    }

    /// Waits until the first sync of a connection has ended.
    pub(crate) fn synced(&self, connection: &str) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let runs = self.get(&format!("/v1/connections/{connection}/runs"))?;
            if runs["data"][0]["result"].is_string() {
                return Ok(());
            }
            ensure!(start.elapsed() < PATIENCE, "the first sync does not end: {runs}");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    /// Reads something with the operator's key.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.request("GET", path, &format!("Bearer {}", self.operator_key), None)?;
        serde_json::from_str(&answer).with_context(|| format!("{path}: {answer}"))
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// Whether the link's page is there and its session is open.
    fn opens(&self, link: &str) -> anyhow::Result<()> {
        let token = token_of(link)?;
        let page = self.request("GET", "/connect/", "", None)?;
        ensure!(page.contains("<div id=\"page\">"), "the merchant's page is not there");
        let session = self.request("GET", "/connect/v1/session", &format!("Connect {token}"), None)?;
        let session: Value = serde_json::from_str(&session)?;
        ensure!(session["state"] == "open", "the session is `{}`", session["state"]);
        Ok(())
    }

    /// Where the platform sends the webhooks of a connection.
    pub(crate) fn webhook_address(&self, connection: &str) -> String {
        format!("http://{}/webhooks/{connection}", self.authority)
    }

    fn post(&self, path: &str, key: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.request("POST", path, &format!("Bearer {key}"), Some(&body.to_string()))?;
        serde_json::from_str(&answer).with_context(|| format!("{path}: {answer}"))
    }

    fn request(&self, method: &str, path: &str, authorization: &str, body: Option<&str>) -> anyhow::Result<String> {
        request(&self.authority, method, path, authorization, body)
    }
}
