//! `cargo xtask demo`: a simulated store is connected, synced and used, from nothing, with the commands a user would type.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    artifacts::{Artifacts, BUILD_ALL, cargo, shown, succeed, workspace},
    served::Served,
    steps::step,
    webhook_demo,
};

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// End when everything was shown.
    #[arg(long)]
    once: bool,
    /// A generated catalog of so many products instead of the fashion store.
    #[arg(long, value_name = "N")]
    products: Option<u32>,
}

impl DemoArgs {
    /// `--once`.
    pub(crate) fn once() -> Self {
        Self { once: true, products: None }
    }
}

/// Secrets the simulated store takes; it is made anew for each demonstration and reached on this machine only.
pub(crate) const CHECKOUT_SECRET: &str = "checkout-secret-of-the-demonstration";
const WEBHOOK_SECRET: &str = "webhook-secret-of-the-demonstration";
pub(crate) const ORDER_SECRET: &str = "order-secret-of-the-demonstration";

/// A simulated store; ends when dropped.
pub(crate) struct Store {
    child: Child,
    /// Where it is.
    pub(crate) address: String,
    /// The token it accepts.
    pub(crate) token: String,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Shows the whole way; an error when any step of it fails.
pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<()> {
    let built = Artifacts::of("debug");
    step("programs and plugins are built", || succeed(&mut cargo(&BUILD_ALL)))?;
    let folder = workspace().join("target/demo");
    step("a fresh data folder is created", || prepare(&folder, &built))?;
    let mut store = step("a simulated store is started", || start_store(&built, args.products))?;
    println!("  it serves {}", store.address);
    let demo = Demo { host: built.program("connector-host"), folder };
    let credentials = demo.write_credentials(&store)?;

    step("plugin files were loaded", || demo.run(&["plugin", "list"]))?;
    let settings =
        demo.write("settings.json", &json!({ "order_route": "order_api", "order_route_secret": ORDER_SECRET }))?;
    let mut added = vec!["connection", "add", "--connector", "centra", "--label", "Demo"];
    added.extend(["--credentials-file", &credentials, "--settings-file", &settings]);
    let connection = step("the store was checked and connected", || demo.capture(&added))?;
    step("its catalog was synced", || demo.run(&["sync", &connection]))?;
    step("the synced catalog", || demo.run(&["catalog", "list", &connection]))?;
    let offers = ["catalog", "list", &connection, "--stream", "offers", "--limit", "1", "--json"];
    let listed: Value = serde_json::from_str(&demo.capture(&offers)?)?;
    let offer = listed["data"][0]["id"].as_str().context("no offer was synced")?.to_owned();
    step("one offer", || demo.run(&["catalog", "show", &connection, &offer]))?;
    let shown = ["catalog", "show", &connection, &offer, "--json"];
    let shown: Value = serde_json::from_str(&demo.capture(&shown)?)?;
    let variant = shown["offer"]["variants"][0]["id"].as_str().context("the offer has no variants")?;
    let cart = demo.write_cart(variant)?;
    let cart_priced = ["quote", "--connection", &connection, "--file", &cart, "--every-method", "--source", "realtime"];
    step("a cart was priced by the store", || demo.run(&cart_priced))?;
    let alone = ["quote", "--connection", &connection, "--file", &cart, "--source", "local"];
    step("the same cart was priced from synced data", || demo.run(&alone))?;
    let quoted: Value = serde_json::from_str(&demo.capture(&[&cart_priced[..], &["--json"]].concat())?)?;
    let order = demo.write_order(variant, &quoted["quote"])?;
    let placed = ["order", "submit", "--connection", &connection, "--file", &order, "--key", "demo-1"];
    step("an order was placed", || demo.run(&placed))?;
    step("the same key returned the same order", || demo.run(&placed))?;

    let served = step("the host serves", || Served::start(demo.command(&[])))?;
    step("the store sent a webhook, and the offer was refetched", || {
        webhook_demo::of_a_change(&store.address, &served, &connection, WEBHOOK_SECRET, &offer)
    })?;
    step("a webhook was received", || demo.run(&["webhook", "list", &connection]))?;
    let back_to = format!("{}/_sim/channel", store.address);
    let link = step("a channel created a merchant's link", || served.merchants_link("centra", &back_to))?;
    println!("\nthe merchant's link  {link}");
    println!("the dashboard        {}", served.dashboard);

    if args.once {
        return Ok(());
    }
    println!("\nIn the merchant's page, connect the simulated store with the values of {credentials}.");
    println!("The dashboard asks for the operator's key: {}", served.operator_key);
    println!("\nHost and store stay up until Ctrl-C. To go on, in another terminal:\n");
    for next in [
        vec!["sync", &connection],
        vec!["catalog", "export", &connection, "--out", "catalog.jsonl"],
        vec!["connection", "show", &connection],
        vec!["connection", "probe", &connection, "--record", "recordings"],
        vec!["doctor"],
    ] {
        println!("  {}", demo.typed(&next));
    }
    println!("\nTo see an increment, change a product of the store and sync again:\n");
    println!("  curl -s {}/_sim/touch -H 'content-type: application/json' -d '{{\"display\": 3}}'", store.address);
    wait(&mut store.child)?;
    Ok(())
}

/// Waits until a program ends by itself. `Child::wait` would close its input, and a store ends with its input.
fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let _input = child.stdin.take();
    child.wait()
}

/// Makes a fresh data folder with the plugins in it.
pub(crate) fn prepare(folder: &Path, built: &Artifacts) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let plugins = folder.join("plugins");
    fs::create_dir_all(&plugins)?;
    for plugin in ["centra_plugin", "plugin_template"] {
        let file = built.plugin(plugin);
        fs::copy(&file, plugins.join(file.file_name().unwrap_or_default()))
            .with_context(|| file.display().to_string())?;
    }
    Ok(())
}

/// Starts a simulated store.
pub(crate) fn start_store(built: &Artifacts, products: Option<u32>) -> anyhow::Result<Store> {
    let mut command = Command::new(built.program("centra-sim"));
    command.args(["serve", "--port", "0", "--exit-with-parent"]);
    command.args(["--checkout-secret", CHECKOUT_SECRET, "--order-api-secret", ORDER_SECRET]);
    match products {
        None => command.args(["--seed", "demo", "--quota", "600,50000,5000000,300000000"]),
        Some(products) => {
            command.args(["--seed", "large", "--quota", "unlimited", "--products", &products.to_string()])
        }
    };
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start centra-sim")?;
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().context("no output")?).read_line(&mut line)?;
    let started: Value = serde_json::from_str(&line).context("the simulated store did not say where it is")?;
    let text = |name: &str| started[name].as_str().unwrap_or_default().to_owned();
    Ok(Store { address: text("address"), token: text("token"), child })
}

/// The host of the demonstration.
struct Demo {
    host: PathBuf,
    folder: PathBuf,
}

impl Demo {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.host);
        command.arg("--data-dir").arg(&self.folder).args(["--allow-private-network", "127.0.0.0/8"]);
        command.args(arguments).current_dir(&self.folder);
        command
    }

    /// Runs a command whose output is shown.
    fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        println!("\n$ connector-host {}", arguments.join(" "));
        succeed(&mut self.command(arguments))
    }

    /// Runs a command and gives what it printed.
    fn capture(&self, arguments: &[&str]) -> anyhow::Result<String> {
        if !arguments.contains(&"--json") {
            println!("\n$ connector-host {}", arguments.join(" "));
        }
        let output = self.command(arguments).stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "`connector-host {}` ended with {}", arguments.join(" "), output.status);
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// A command as one would type it anywhere.
    fn typed(&self, arguments: &[&str]) -> String {
        let typed = shown(&self.command(arguments));
        typed.replacen("connector-host", &self.host.display().to_string(), 1)
    }

    fn write_credentials(&self, store: &Store) -> anyhow::Result<String> {
        let credentials = json!({ "store_url": store.address, "integration_api_token": store.token,
            "checkout_api_shared_secret": CHECKOUT_SECRET, "webhook_endpoint_secret": WEBHOOK_SECRET });
        self.write("credentials.json", &credentials)
    }

    /// Two pieces of a variant, to be sent to Stockholm.
    fn write_cart(&self, variant: &str) -> anyhow::Result<String> {
        let address = json!({ "country": "SE", "postal_code": "111 20", "city": "Stockholm" });
        let cart =
            json!({ "currency": "SEK", "lines": [{ "variant_id": variant, "quantity": 2 }], "ship_to": address });
        self.write("cart.json", &cart)
    }

    /// What was quoted, in the first way of sending it, for what was quoted.
    fn write_order(&self, variant: &str, quote: &Value) -> anyhow::Result<String> {
        let address = json!({ "name": "Demo Shopper", "line1": "Drottninggatan 1", "postal_code": "111 20",
            "city": "Stockholm", "country": "SE", "email": "shopper@example.com" });
        let (priced, method) = (&quote["lines"][0], &quote["shipping_methods"][0]);
        let line = json!({ "id": "1", "variant_id": variant, "quantity": 2, "unit_price": priced["unit_price"] });
        let order = json!({ "channel_reference": "DEMO-1", "shipping_price": method["price"],
            "cart": { "id": "cart", "market_id": "1", "pricelist_id": "1", "currency": "SEK", "lines": [line],
                "ship_to": address, "shipping_method_id": method["id"] } });
        self.write("order.json", &order)
    }

    fn write(&self, name: &str, content: &Value) -> anyhow::Result<String> {
        let path = self.folder.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(serde_json::to_string_pretty(content)?.as_bytes())?;
        Ok(path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_reads_its_input_is_not_ended_by_waiting_for_it() {
        let mut command = Command::new("timeout");
        let mut child = command.args(["0.2", "cat"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        assert_eq!(wait(&mut child).unwrap().code(), Some(124), "its time was up before its input was");
    }
}
