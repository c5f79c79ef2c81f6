//! The simulated store notifies the host of a change, for the demonstration: a webhook leaves the store, and the host's
//! catalog is waited for.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{plain_http::request, served::Served};

/// How long the host may take from the webhook to its catalog.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sets up the store's webhook plugin, changes an offer in the store, and waits until the host has read it again.
pub(crate) fn of_a_change(
    store: &str,
    served: &Served,
    connection: &str,
    secret: &str,
    offer: &str,
) -> anyhow::Result<()> {
    let store = store.trim_start_matches("http://");
    let tell = |path: &str, body: &Value| request(store, "POST", path, "", Some(&body.to_string()));
    let plugin = json!([{ "url": served.webhook_address(connection), "secret": secret, "version": "storefront",
        "events_per_call": 10, "timeout_s": 5, "retries": 2 }]);
    let path = format!("/v1/connections/{connection}/catalog/offers/{offer}");
    let before = served.get(&path)?;
    tell("/_sim/webhooks", &plugin)?;
    tell("/_sim/touch", &json!({ "display": offer.parse::<i64>().context("the offer's id")? }))?;
    tell("/_sim/webhooks/drain", &json!({}))?;
    let start = Instant::now();
    while served.get(&path)? == before {
        ensure!(start.elapsed() < PATIENCE, "the host did not refetch the offer");
        thread::park_timeout(Duration::from_millis(20));
    }
    Ok(())
}
