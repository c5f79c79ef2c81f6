//! A plugin that misbehaves fails its own calls; the host and the other plugins go on.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::{
    ConnectorError, ErrorCode, Host as PluginHost,
    testing::ScriptedHost,
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        pull::{Page, PullRequest, Stream},
    },
};
use connector_host::plugin::{
    ConnectorHandle, LoadOptions, PluginHandle, Registry, quarantine::FaultKind, services::ScriptedServices,
};
use e2e::{Host, Plugin, shop::Shop, wait::wait_until, world};
use serde_json::{Value, json};

/// Plugins loaded into this very process.
fn load(plugins: &[Plugin]) -> (Registry, Host) {
    let host = Host::new(plugins);
    let options = LoadOptions { directories: vec![host.plugins()], vault: host.data(), ..LoadOptions::default() };
    (Registry::load(&options), host)
}

async fn open(plugin: &PluginHandle, host: PluginHost, credentials: &Value) -> Result<ConnectorHandle, ConnectorError> {
    let credentials = credentials.as_object().unwrap().iter();
    let credentials: BTreeMap<_, _> =
        credentials.map(|(name, value)| (name.clone(), Secret::new(value.as_str().unwrap()))).collect();
    let connection = OpenConnection { credentials, ..OpenConnection::default() };
    plugin.open(Arc::new(ScriptedServices(host)), &connection).await
}

async fn open_in_mode(plugin: &PluginHandle, mode: &str) -> Result<ConnectorHandle, ConnectorError> {
    open(plugin, ScriptedHost::offline().host(), &json!({ "mode": mode })).await
}

async fn pull(connector: &ConnectorHandle, deadline: Duration) -> Result<Page, ConnectorError> {
    let request = PullRequest::new(Stream::Stores, 10);
    connector.call(&Op::Pull, &request, deadline).await
}

const PATIENT: Duration = Duration::from_secs(30);
const IMPATIENT: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_has_its_code_and_the_plugin_can_be_called_again() {
    let (registry, _host) = load(&[Plugin::Misbehaves, Plugin::RawAnswers]);
    let faults = [
        ("misbehaves", "panic_in_the_call", ErrorCode::PluginPanicked, "panicked in `pull`: not today"),
        ("misbehaves", "panic_before_the_future", ErrorCode::PluginPanicked, "there will be no future"),
        ("misbehaves", "panic_in_a_later_poll", ErrorCode::PluginPanicked, "the third poll is one too many"),
        ("misbehaves", "huge", ErrorCode::PluginContractBroken, "an answer larger than"),
        ("raw-answers", "no_json", ErrorCode::PluginContractBroken, "broke the contract in its answer to `pull`"),
        ("raw-answers", "wrong_shape", ErrorCode::PluginContractBroken, "broke the contract in its answer to `pull`"),
        ("raw-answers", "unreadable_error", ErrorCode::PluginContractBroken, "an error that cannot be read"),
    ];
    for (plugin, mode, code, message) in faults {
        let plugin = registry.get(plugin).unwrap();
        let connector = open_in_mode(plugin, mode).await.unwrap();
        let error = pull(&connector, PATIENT).await.unwrap_err();
        assert_eq!(error.code, code, "{mode}: {error}");
        assert!(error.message.contains(message), "{mode}: {error}");
        let well = open_in_mode(plugin, "well").await.unwrap();
        pull(&well, PATIENT).await.unwrap_or_else(|error| panic!("after {mode}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_opening_is_an_error_of_that_connection_alone() {
    let (registry, _host) = load(&[Plugin::Misbehaves]);
    let plugin = registry.get("misbehaves").unwrap();
    let error = open_in_mode(plugin, "panic_in_open").await.err().unwrap();
    assert_eq!(error.code, ErrorCode::PluginPanicked);
    assert!(error.message.contains("`open`: no connection is good enough"), "{error}");
    assert!(open_in_mode(plugin, "well").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_ever_ends_at_its_deadline_and_holds_nothing() {
    let (registry, _host) = load(&[Plugin::Misbehaves]);
    let plugin = registry.get("misbehaves").unwrap();
    let connector = open_in_mode(plugin, "never").await.unwrap();
    let error = pull(&connector, IMPATIENT).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PluginTimeout);
    let well = open_in_mode(plugin, "well").await.unwrap();
    assert!(pull(&well, PATIENT).await.is_ok());
    assert_eq!(plugin.behaviour().stuck_calls, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_spins_times_out_then_is_not_called_any_more_and_stalls_nobody() {
    let (registry, _host) = load(&[Plugin::Misbehaves, Plugin::Template]);
    let plugin = registry.get("misbehaves").unwrap();
    let template = registry.get("template").unwrap();
    let connector = open_in_mode(plugin, "spin").await.unwrap();
    for stuck in 1..=2 {
        let error = pull(&connector, IMPATIENT).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PluginTimeout, "{error}");
        tokio::task::block_in_place(|| {
            wait_until("the call counts as stuck", || (plugin.behaviour().stuck_calls >= stuck).then_some(()));
        });
        // Two threads of the plugin's own runtime are all it can block.
        let shop = ScriptedHost::new(|_, _| {
            Ok(ScriptedHost::json(200, &json!({ "name": "Shop", "currency": "EUR", "products": [] })))
        });
        let credentials = json!({ "shop_url": "https://shop.example/c.json", "access_word": "sesame" });
        let other = open(template, shop.host(), &credentials).await.unwrap();
        let start = Instant::now();
        assert_eq!(pull(&other, PATIENT).await.unwrap().records.len(), 1);
        assert!(start.elapsed() < Duration::from_secs(5), "the other plugin had to wait {:?}", start.elapsed());
    }
    let error = pull(&connector, PATIENT).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PluginQuarantined);
    assert!(error.message.contains("until the host restarts"), "{error}");
    assert!(plugin.behaviour().quarantined && !template.behaviour().quarantined);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_a_dropped_call_is_cleaned_up_is_counted_by_its_name() {
    let (registry, _host) = load(&[Plugin::Misbehaves]);
    let plugin = registry.get("misbehaves").unwrap();
    let connector = open_in_mode(plugin, "panic_in_cleanup").await.unwrap();
    assert_eq!(pull(&connector, IMPATIENT).await.unwrap_err().code, ErrorCode::PluginTimeout);
    // The same where it is the caller who goes away.
    assert!(tokio::time::timeout(IMPATIENT, pull(&connector, PATIENT)).await.is_err());
    let closed = open_in_mode(plugin, "panic_when_closed").await.unwrap();
    drop(closed);
    let faults = tokio::task::block_in_place(|| {
        wait_until("three panics in clean-up", || {
            let faults = plugin.behaviour().faults;
            faults.iter().any(|faults| faults.kind == FaultKind::PanicInCleanup && faults.count == 3).then_some(faults)
        })
    });
    let messages: Vec<_> = faults.iter().map(|faults| faults.last_message.as_str()).collect();
    assert!(messages.iter().any(|message| message.contains("panicked during the cleanup of")), "{messages:?}");
    assert!(faults.iter().any(|faults| faults.kind == FaultKind::Late && faults.count == 1), "{faults:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_stopped_is_counted_whoever_gave_it_up_and_while_opening_too() {
    let (registry, _host) = load(&[Plugin::Misbehaves]);
    let plugin = registry.get("misbehaves").unwrap();
    let connector = open_in_mode(plugin, "spin").await.unwrap();
    assert!(tokio::time::timeout(IMPATIENT, pull(&connector, PATIENT)).await.is_err());
    let stuck = |count: usize| {
        tokio::task::block_in_place(|| {
            wait_until("the call counts as stuck", || (plugin.behaviour().stuck_calls == count).then_some(()));
        });
    };
    stuck(1);
    assert!(tokio::time::timeout(IMPATIENT, open_in_mode(plugin, "block_in_open")).await.is_err());
    stuck(2);
    let error = pull(&connector, PATIENT).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PluginQuarantined);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_held_is_not_called_until_it_is_released() {
    let (registry, _host) = load(&[Plugin::Misbehaves]);
    let plugin = registry.get("misbehaves").unwrap();
    let connector = open_in_mode(plugin, "well").await.unwrap();
    plugin.hold(Some("the host died during its calls"));
    let error = pull(&connector, PATIENT).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PluginQuarantined);
    assert!(error.message.contains("the host died during its calls"), "{error}");
    plugin.hold(None);
    assert!(pull(&connector, PATIENT).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn five_faults_lead_to_quarantine_of_that_plugin_alone() {
    let (registry, _host) = load(&[Plugin::Misbehaves, Plugin::RawAnswers]);
    let plugin = registry.get("misbehaves").unwrap();
    let connector = open_in_mode(plugin, "panic_in_the_call").await.unwrap();
    for _ in 0..5 {
        assert_eq!(pull(&connector, PATIENT).await.unwrap_err().code, ErrorCode::PluginPanicked);
    }
    let error = pull(&connector, PATIENT).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PluginQuarantined);
    assert!(error.message.contains("not today") && error.message.contains("it is called again in"), "{error}");
    let refused = open_in_mode(plugin, "well").await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::PluginQuarantined);
    let other = open_in_mode(registry.get("raw-answers").unwrap(), "well").await.unwrap();
    assert!(pull(&other, PATIENT).await.is_ok());
}

/// The same through the program: exit codes, and what the operator reads.
#[test]
fn a_sync_with_a_misbehaving_plugin_fails_clearly_and_other_connections_work() {
    let host = Host::new(&[Plugin::Misbehaves, Plugin::RawAnswers, Plugin::Template]);
    let connect = |connector: &str, credentials: &Value| {
        let outcome = world::add(&host, connector, credentials);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        outcome.json()["id"].as_str().unwrap().to_owned()
    };
    let shop = Shop::start();
    let good = connect("template", &shop.credentials());
    let failures = [
        ("misbehaves", "panic_in_the_call", "stores", "plugin_panicked"),
        ("misbehaves", "endless", "stores", "plugin_contract_broken"),
        ("misbehaves", "wrong_kind", "offers", "plugin_contract_broken"),
        ("misbehaves", "huge", "stores", "plugin_contract_broken"),
        ("raw-answers", "no_json", "stores", "plugin_contract_broken"),
        ("raw-answers", "wrong_shape", "stores", "plugin_contract_broken"),
    ];
    for (connector, mode, stream, code) in failures {
        let bad = connect(connector, &json!({ "mode": mode }));
        let outcome = host.run(&["sync", &bad, "--json"]);
        assert_eq!(outcome.code, 7, "{mode}: {outcome:#?}");
        let run = outcome.json()["run"].clone();
        assert_eq!(run["result"], "partial", "{mode}");
        assert_eq!(world::stream(&run, stream)["error"]["code"], code, "{mode}: {run:#}");
    }
    host.write("connector-host.toml", "[sync]\npage_timeout_s = 1\n[advanced]\nsync_page_attempts = 1\n");
    let spinning = connect("misbehaves", &json!({ "mode": "spin" }));
    let error = host.fails(&["sync", &spinning], 4);
    assert_eq!(error["code"], "plugin_timeout", "{error}");
    let refused = world::add(&host, "misbehaves", &json!({ "mode": "panic_in_open" }));
    assert_eq!((refused.code, refused.error()["code"].as_str()), (4, Some("plugin_panicked")));
    let run = host.json(&["sync", &good])["run"].clone();
    assert_eq!((run["result"].as_str(), world::stream(&run, "offers")["seen"].as_u64()), (Some("ok"), Some(3)));
}
