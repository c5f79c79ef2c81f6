//! `cargo xtask api-check`: schemathesis asks a running host everything its OpenAPI document describes, as an operator, as a
//! channel and as a merchant's page: no server error, and no answer that the document does not know.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    artifacts::{Artifacts, BUILD_ALL, cargo, succeed, workspace},
    demo, provision, python,
    served::{Channel, Served, token_of},
    steps::step,
};

const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// Requests tried for each operation, at most, beside those that cover its limits.
const EXAMPLES: &str = "10";
/// What must hold for every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// What each leaves out: what is not for it, streams without an end, and what would end the session of the others.
const FOR_OPERATORS: &str = "^/connect/|/progress$";
const FOR_CHANNELS: &str = "^/(connect|dashboard)/|/progress$";
const FOR_MERCHANTS: &str = "^/(?!connect/)|/(cancel|confirm)$";

/// Whether it can run here; the error says what is missing.
pub(crate) fn find() -> anyhow::Result<PathBuf> {
    provision::require("python3")
}

/// Runs it, from nothing.
pub(crate) fn run() -> anyhow::Result<()> {
    let python = find()?;
    let folder = workspace().join("target/api-check");
    let tool =
        step("schemathesis is there", || python::tool(&python, &folder.join("venv"), SCHEMATHESIS, "schemathesis"))?;
    step("programs and plugins are built", || succeed(&mut cargo(&BUILD_ALL)))?;
    let built = Artifacts::of("debug");
    let data = folder.join("data");
    demo::prepare(&data, &built)?;
    let store = demo::start_store(&built, None)?;
    let mut host = Command::new(built.program("connector-host"));
    host.arg("--data-dir").arg(&data).args(["--allow-private-network", "127.0.0.0/8"]).current_dir(&data);
    let served = Served::start(host)?;
    let back_to = format!("{}/_sim/channel", store.address);
    let channel = served.channel(&back_to)?;
    let credentials = json!({ "store_url": store.address, "integration_api_token": store.token });
    let first = served.link(&channel, "centra", &back_to)?;
    let connection = step("a store is connected", || served.connect(&first, &credentials, &json!({})))?;
    step("its catalog is synced", || served.synced(&connection))?;
    let config = folder.join("schemathesis.toml");
    fs::write(&config, known(&served, &channel, &connection)?)?;

    // Before anything is tried: changes of the channel are tried as well, and may take its redirect address away.
    let link = served.link(&channel, "centra", &back_to)?;
    let check = Check { tool, config, address: served.address() };
    step("as an operator", || check.run(&format!("Bearer {}", served.operator_key), FOR_OPERATORS))?;
    step("as a channel", || check.run(&format!("Bearer {}", channel.key), FOR_CHANNELS))?;
    step("as a merchant's page", || check.run(&format!("Connect {}", token_of(&link)?), FOR_MERCHANTS))
}

struct Check {
    tool: PathBuf,
    config: PathBuf,
    address: String,
}

impl Check {
    fn run(&self, caller: &str, left_out: &str) -> anyhow::Result<()> {
        let mut command = Command::new(&self.tool);
        command.arg("--config-file").arg(&self.config).arg("--no-color");
        command.arg("run").arg(format!("{}/openapi.json", self.address));
        command.args(["--checks", CHECKS, "--max-examples", EXAMPLES, "--generation-deterministic"]);
        command.args(["--phases", "examples,coverage,fuzzing", "--request-timeout", "20"]);
        command.args(["--exclude-path-regex", left_out]);
        // The key goes in by a variable, so that no list of processes shows it.
        command.env("API_CHECK_CALLER", caller).current_dir(self.config.parent().unwrap_or(Path::new(".")));
        let output = command.output().context("cannot run schemathesis")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "{said}");
        let summary = said.lines().find(|line| line.contains(" generated, "));
        println!("  {}", summary.context("schemathesis tried nothing")?.trim());
        Ok(())
    }
}

/// Ids of what there is, so that operations meet more than what is not there. Whatever ends a connection, a key or a session
/// is asked with made-up ids alone.
fn known(served: &Served, channel: &Channel, connection: &str) -> anyhow::Result<String> {
    let catalog = format!("/v1/connections/{connection}/catalog");
    let text = |value: &Value| value.as_str().map(str::to_owned).context("nothing was synced");
    let offer = text(&served.get(&format!("{catalog}/offers"))?["data"][0]["id"])?;
    let run = text(&served.get(&format!("/v1/connections/{connection}/runs"))?["data"][0]["id"])?;
    // A store may have none.
    let orders = served.get(&format!("/v1/connections/{connection}/orders"))?;
    let order = orders["data"][0]["id"].as_str().unwrap_or("1").to_owned();
    let rows = [
        ("^(GET|POST|PATCH) /v1/channels/", format!("channel_id = {:?}", channel.id)),
        (
            "^(GET|POST|PATCH) /v1/connections/",
            format!(
                "connection_id = {connection:?}, offer_id = {offer:?}, order_id = {order:?}, run_id = {run:?}, stream = \"markets\""
            ),
        ),
        ("^GET /v1/plugins/", "connector_id = \"centra\"".to_owned()),
    ];
    let mut config = String::from("headers = { Authorization = \"${API_CHECK_CALLER}\" }\n");
    for (operations, parameters) in rows {
        config += &format!("\n[[operations]]\ninclude-name-regex = {operations:?}\nparameters = {{ {parameters} }}\n");
    }
    Ok(config)
}
