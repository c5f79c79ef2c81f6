//! The command line explains itself, and every command speaks JSON.

use std::fs;

use e2e::{Host, Outcome, Plugin, World, plugin_files::workspace};
use serde_json::Value;

/// Every command with arguments that work on a connected store, `ID` standing for the connection.
const COMMANDS: [&str; 30] = [
    "plugin list",
    "plugin inspect template",
    "plugin verify plugins/libplugin_template.so",
    "schema export --connector centra",
    "connection list",
    "connection show ID",
    "connection check ID",
    "connection probe ID",
    "sync ID",
    "sync held-deletions ID",
    "sync accept-deletions ID",
    "quote --connection ID --file cart.json",
    "catalog list ID",
    "channel list",
    "catalog show ID 1",
    "catalog export ID --out catalog.jsonl",
    "doctor",
    "endpoint list",
    "events list",
    "config check",
    "config print",
    "migrate",
    "import --from sqlite:old.db --to sqlite:copy.db",
    "keys rotate",
    "audit list",
    "audit export --out audit.jsonl",
    "support-bundle --connection ID",
    "webhook list ID",
    "webhook replay ID",
    "webhook replay ID --entity offers/1",
];

fn help(host: &Host, command: &[&str]) -> String {
    let Outcome { code, stdout, .. } = host.run(&[command, &["--help"]].concat());
    assert_eq!(code, 0, "{command:?}");
    stdout
}

/// Names of the commands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Deeper lines go on with the text of the one before.
    let names = listed.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command with a help text of its own.
fn leaves(host: &Host) -> Vec<String> {
    let mut leaves = vec![];
    for command in subcommands(&help(host, &[])) {
        let below = subcommands(&help(host, &[&command]));
        if below.is_empty() {
            leaves.push(command.clone());
        }
        for sub in below {
            assert!(help(host, &[&command, &sub]).len() > 100);
            leaves.push(format!("{command} {sub}"));
        }
    }
    leaves
}

#[test]
fn operations_md_names_every_command_and_every_value_of_the_configuration() {
    let host = Host::new(&[]);
    let text = fs::read_to_string(workspace().join("docs/operations.md")).unwrap();
    let mut wanted: Vec<String> = leaves(&host).iter().map(|leaf| format!("`{leaf}")).collect();
    for (section, values) in host.json(&["config", "print"]).as_object().unwrap() {
        match values.as_object() {
            Some(values) => wanted.extend(values.keys().map(|name| format!("`{section}.{name}`"))),
            None => wanted.push(format!("`{section}`")),
        }
    }
    wanted.retain(|words| !text.lines().any(|line| line.starts_with('|') && line.contains(words.as_str())));
    assert!(wanted.is_empty(), "docs/operations.md says nothing of {wanted:?}");
}

#[test]
fn every_command_explains_itself_and_is_tried_in_json_below() {
    let leaves = leaves(&Host::new(&[]));
    let tried = |leaf: &String| COMMANDS.iter().any(|command| command.starts_with(leaf.as_str()));
    // Those that need files or end a connection are tried in connection.rs, those that go on or make keys in http_serve.rs,
    // those that need a delivery in webhooks.rs, those that need an endpoint or an event in events.rs, the one that needs a
    // plugin that is held back in plugin_deaths.rs, the one that asks a running host in admin_port.rs.
    let others =
        ["connection add", "connection update", "connection remove", "serve", "channel bootstrap", "channel add"];
    let webhooks = ["webhook allow-unsigned", "webhook show", "webhook verify"];
    let events =
        ["endpoint add", "endpoint attempts", "endpoint test", "endpoint replay", "endpoint remove", "events show"];
    // Those of orders are tried in orders.rs and orders_external_payment.rs.
    let orders =
        ["order submit", "order list", "order show", "order cancel", "order capture", "order intents", "order resolve"];
    let people = ["customer export", "customer erase"];
    let others = [
        &others[..],
        &["channel key", "channel revoke", "plugin release", "health"],
        &webhooks,
        &events,
        &orders,
        &people,
    ]
    .concat();
    let untried: Vec<_> = leaves.iter().filter(|leaf| !tried(leaf) && !others.contains(&leaf.as_str())).collect();
    assert!(leaves.len() >= COMMANDS.len() && untried.is_empty(), "not tried with --json: {untried:?}");
}

#[test]
fn help_lists_the_exit_codes() {
    let text = help(&Host::new(&[]), &[]);
    let codes = text.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let numbers: Vec<_> = codes.filter_map(|line| line.trim().split(' ').next()?.parse::<u8>().ok()).collect();
    assert_eq!(numbers, (0..=10).collect::<Vec<_>>());
}

#[test]
fn every_command_prints_one_json_document() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    world.host.write("cart.json", r#"{ "currency": "SEK", "lines": [{ "variant_id": "1", "quantity": 1 }] }"#);
    let old = Host::in_file(&[]);
    old.json(&["migrate"]);
    fs::copy(old.database(), world.host.folder().join("old.db")).unwrap();
    for command in COMMANDS {
        let command = command.replace("ID", &id);
        let arguments: Vec<_> = command.split(' ').chain(["--json"]).collect();
        let outcome = world.host.run(&arguments);
        assert_eq!(outcome.code, 0, "{command}: {outcome:#?}");
        let printed = outcome.json();
        assert!(!matches!(printed, Value::Null | Value::String(_)), "{command}: {printed}");
    }
}

#[test]
fn wrong_arguments_end_2_and_say_what_is_right() {
    let host = Host::new(&[Plugin::Template]);
    let replay = |rest: &[&'static str]| [&["webhook", "replay", "conn_1", "--entity"], rest].concat();
    let (two_things, no_stream) = (replay(&["offers/1", "--dead-lettered"]), replay(&["1"]));
    for arguments in
        [&["levitate"][..], &["sync"], &["connection", "add", "--connector", "x"], &["plugin", "verify"], &two_things]
    {
        let outcome = host.run(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}");
        assert!(outcome.stderr.contains("Usage:"), "{arguments:?}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
    let outcome = host.run(&no_stream);
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("expected STREAM/ID, such as `offers/1001`"), "{}", outcome.stderr);
}

#[test]
fn the_version_is_reported() {
    let outcome = Host::new(&[]).run(&["--version"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.starts_with("connector-host "), "{outcome:?}");
}

#[test]
fn the_doctor_of_a_healthy_host_is_content() {
    let world = World::small();
    world.connect();
    let diagnoses = world.host.json(&["doctor"]);
    assert!(diagnoses.as_array().unwrap().iter().all(|diagnosis| diagnosis["ok"] == true), "{diagnoses:#}");
}
