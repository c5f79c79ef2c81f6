//! `cargo xtask clients`: clients generated from the exported OpenAPI document, used against a running host.
//!
//! Three generators: openapi-typescript, Redocly and openapi-python-client. Each client makes a connect session, lists offers,
//! quotes a cart and places an order; each must fail when the host refuses.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use serde_json::json;

use crate::{
    artifacts::{Artifacts, BUILD_ALL, cargo, succeed, workspace},
    demo, page, provision, python,
    served::Served,
    steps::step,
};

/// Says which version, and is what `pip` installs.
const REQUIREMENTS: &str = "requirements.txt";

/// What is needed.
pub(crate) struct Tools {
    page: page::Tools,
    python: PathBuf,
}

/// Finds what is needed. The error says what is missing.
pub(crate) fn find() -> anyhow::Result<Tools> {
    Ok(Tools { page: page::find()?, python: provision::require("python3")? })
}

/// Runs them all, from nothing.
pub(crate) fn run() -> anyhow::Result<()> {
    let tools = find()?;
    let clients = workspace().join("tests/clients");
    let (typescript, folder) = (clients.join("typescript"), workspace().join("target/clients"));
    let npm = |arguments: &[&str]| succeed(tools.page.npm(arguments).current_dir(&typescript));
    step("packages of the TypeScript clients", || npm(&["ci", "--no-audit", "--no-fund", "--loglevel", "error"]))?;
    step("the document has no findings (redocly lint)", || npm(&["run", "--silent", "lint"]))?;
    step("openapi-typescript and redocly generate clients", || npm(&["run", "--silent", "generate"]))?;
    step("they compile, strictly", || npm(&["run", "--silent", "build"]))?;
    let environment = step("openapi-python-client generates a client", || generate(&tools.python, &clients, &folder))?;
    step("programs and plugins are built", || succeed(&mut cargo(&BUILD_ALL)))?;
    let desk = Desk::open(&folder.join("data"))?;
    let python = || {
        let mut command = Command::new(environment.join("bin/python"));
        command.arg(clients.join("python/walk.py")).env("PYTHONPATH", folder.join("python"));
        command
    };
    let script = |name: &str| {
        let mut command = tools.page.npm(&["run", "--silent", name]);
        command.current_dir(&typescript);
        command
    };
    step("openapi-fetch: session, offers, quote, order", || desk.walk(|| script("walk:openapi-fetch")))?;
    step("redocly: session, offers, quote, order", || desk.walk(|| script("walk:redocly")))?;
    step("python: session, offers, quote, order", || desk.walk(python))
}

/// Generates the Python client and compiles it; gives its environment.
fn generate(python: &Path, clients: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let package = fs::read_to_string(clients.join("python").join(REQUIREMENTS))?;
    let environment = folder.join("venv");
    let generator = python::tool(python, &environment, package.trim(), "openapi-python-client")?;
    let generated = folder.join("python");
    if generated.exists() {
        fs::remove_dir_all(&generated)?;
    }
    fs::create_dir_all(&generated)?;
    let mut command = Command::new(generator);
    command.args(["generate", "--meta", "none", "--fail-on-warning", "--path"]);
    command.arg(workspace().join("schemas/openapi.json")).arg("--config").arg(clients.join("python/config.yml"));
    command.arg("--output-path").arg(generated.join("connector_host_client")).current_dir(folder);
    succeed(&mut command)?;
    succeed(Command::new(environment.join("bin/python")).args(["-m", "compileall", "-q"]).arg(&generated))?;
    Ok(environment)
}

/// A host with a channel and a connected store that takes orders.
struct Desk {
    served: Served,
    _store: demo::Store,
    key: String,
    connection: String,
    back_to: String,
}

impl Desk {
    fn open(data: &Path) -> anyhow::Result<Self> {
        let built = Artifacts::of("debug");
        demo::prepare(data, &built)?;
        let store = demo::start_store(&built, None)?;
        let mut host = Command::new(built.program("connector-host"));
        host.arg("--data-dir").arg(data).args(["--allow-private-network", "127.0.0.0/8"]).current_dir(data);
        let served = Served::start(host)?;
        let back_to = format!("{}/_sim/channel", store.address);
        let channel = served.channel(&back_to)?;
        let link = served.link(&channel, "centra", &back_to)?;
        let credentials = json!({ "store_url": store.address, "integration_api_token": store.token,
            "checkout_api_shared_secret": demo::CHECKOUT_SECRET });
        let settings = json!({ "order_route": "order_api", "order_route_secret": demo::ORDER_SECRET });
        let connection = step("a store is connected", || served.connect(&link, &credentials, &settings))?;
        step("its catalog is synced", || served.synced(&connection))?;
        Ok(Self { served, _store: store, key: channel.key, connection, back_to })
    }

    /// Runs a client, which must do its work, and must notice when the host refuses.
    fn walk(&self, client: impl Fn() -> Command) -> anyhow::Result<()> {
        let with = |key: &str| {
            let mut command = client();
            command.env("HOST_URL", self.served.address()).env("CHANNEL_KEY", key);
            command.env("CONNECTION_ID", &self.connection).env("REDIRECT_URL", &self.back_to);
            command
        };
        succeed(&mut with(&self.key))?;
        let refused = with("cck_refused").stdout(Stdio::null()).stderr(Stdio::null()).status();
        let refused = refused.context("cannot run the client")?;
        ensure!(!refused.success(), "the client does not notice that the host refuses its key");
        Ok(())
    }
}
