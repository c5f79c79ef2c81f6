//! What commands print: nothing a store wrote acts on a terminal, amounts read as money, and what cannot be written is no
//! success.

use std::{
    fs::File,
    process::{Command, Stdio},
};

use e2e::{Host, Outcome, Plugin, World, order_desk::OrderDesk, shop::Shop, wait::wait_until, world};
use serde_json::{Value, json};

/// Moves the cursor, sets a terminal's title, forges a line, reorders what follows.
const HOSTILE: &str = "Corner\u{1b}[2J\u{1b}]0;owned\u{7}\r\nok: forged\u{9b}31m\u{202e}shop";

fn hostile_shop() -> Shop {
    Shop::serving(json!({ "name": HOSTILE, "currency": "EUR", "products": [
        { "id": format!("a{HOSTILE}"), "title": HOSTILE, "price": "0.50", "stock": 7 },
        { "id": "b", "title": "Bread", "price": format!("2.2{HOSTILE}"), "stock": 0 }] }))
}

fn assert_harmless(command: &[&str], outcome: &Outcome) {
    for text in [&outcome.stdout, &outcome.stderr] {
        let acts = |letter: char| {
            letter != '\n'
                && (letter.is_control() || matches!(letter, '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        };
        assert!(!text.contains(acts), "{command:?}: {text:?}");
        assert!(!text.lines().any(|line| line.starts_with("ok: forged")), "{command:?}: {text}");
    }
}

#[test]
fn nothing_a_store_wrote_acts_on_a_terminal() {
    let host = world::fresh_host();
    let shop = hostile_shop();
    let file = host.write("credentials.json", &shop.credentials().to_string());
    let add = ["connection", "add", "--connector", "template", "--credentials-file", &file];
    let outcome = host.run(&add);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_harmless(&add, &outcome);
    let id = outcome.stdout.trim().to_owned();
    host.write(
        "cart.json",
        &json!({ "currency": "EUR", "lines": [{ "variant_id": format!("a{HOSTILE}"), "quantity": 1 }] }).to_string(),
    );
    let event = |host: &Host| host.json(&["events", "list"])["data"][0]["id"].as_str().unwrap().to_owned();
    let event = event(&host);
    let offer = format!("a{HOSTILE}");
    let commands: [&[&str]; 17] = [
        &["sync", &id],
        &["connection", "list"],
        &["connection", "show", &id],
        &["connection", "check", &id],
        &["connection", "probe", &id],
        &["catalog", "list", &id, "--stream", "offers"],
        &["catalog", "list", &id, "--stream", "stores"],
        &["catalog", "show", &id, &offer],
        &["catalog", "export", &id],
        &["quote", "--connection", &id, "--file", "cart.json"],
        &["events", "list"],
        &["events", "show", &event],
        &["doctor"],
        &["plugin", "inspect", "template"],
        // Errors repeat what was asked for.
        &["catalog", "show", &id, &format!("no{HOSTILE}")],
        &["connection", "show", HOSTILE],
        &["plugin", "inspect", HOSTILE],
    ];
    let mut shown = 0;
    for command in commands {
        let outcome = host.run(command);
        assert_harmless(command, &outcome);
        shown += usize::from(outcome.stdout.contains(r"Corner\u{1b}[2J"));
        let json = host.run(&[command, &["--json"]].concat());
        assert_harmless(command, &json);
    }
    assert!(shown >= 6, "only {shown} of the commands showed the name at all");
    // As JSON the value is what the store wrote, to the letter.
    assert_eq!(host.json(&["connection", "show", &id])["store"]["name"], HOSTILE);
}

#[test]
fn amounts_are_printed_with_the_decimals_of_their_currency() {
    let desk = OrderDesk::open("");
    assert_eq!(desk.place("key-1", &desk.order("CH-1")).unwrap().status, 201);
    let total = desk.sold.1 + 4900;
    let listed = desk.world.host.run(&["order", "list", "--connection", &desk.id]);
    let expected = format!("{}.{:02} SEK", total / 100, total % 100);
    assert!(listed.stdout.contains(&expected), "{expected}: {listed:#?}");
    let yen = desk.world.host.run(&["catalog", "show", &desk.id, "1"]).stdout;
    let amounts: Vec<_> = yen.split([',', '\n']).filter(|part| part.contains(" JPY")).collect();
    assert!(!amounts.is_empty() && amounts.iter().all(|part| !part.contains('.')), "{yen}");
}

#[test]
fn an_offer_the_store_has_no_more_is_shown_as_deleted() {
    let host = Host::new(&[Plugin::Template]);
    let shop = Shop::start();
    let added = world::add(&host, "template", &shop.credentials()).json();
    let id = added["id"].as_str().unwrap();
    host.json(&["sync", id]);
    assert!(host.run(&["catalog", "show", id, "a"]).stdout.contains("(active)"));
    let products = |catalog: &mut Value| catalog["products"].as_array_mut().unwrap().remove(0);
    products(&mut shop.catalog.lock().unwrap());
    let is_deleted = || {
        host.run(&["sync", id, "--full"]);
        host.json(&["catalog", "show", id, "a"])["deleted_at"].is_string().then_some(())
    };
    // A pass that is doubted may want a second one.
    wait_until("the offer is deleted", is_deleted);
    let shown = host.json(&["catalog", "show", id, "a"]);
    assert_eq!(shown["status"], "deleted", "{shown:#}");
    let text = host.run(&["catalog", "show", id, "a"]).stdout;
    assert!(text.contains("(deleted since ") && !text.contains("active"), "{text}");
}

#[test]
fn cause_and_remedy_are_two_sentences() {
    let world = World::small();
    let id = world.connect();
    world.sim.accept_token("another-token-from-now-on");
    world.host.fails(&["sync", &id], 3);
    let health = world.host.json(&["connection", "show", &id])["health"].clone();
    let (cause, remedy) = (health["cause"].as_str().unwrap(), health["remedy"].as_str().unwrap());
    let stop = if cause.ends_with('.') { "" } else { "." };
    let message = world.host.fails(&["sync", &id], 3)["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&format!("{cause}{stop} {remedy}")), "{message}");
}

fn printing_to(host: &Host, arguments: &[&str], stdout: impl Into<Stdio>) -> Outcome {
    let child = host.command(arguments).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
    child.wait_with_output().unwrap().into()
}

fn full_disk() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// Started as `>&-` starts a command.
fn without_stdout(host: &Host, arguments: &[&str]) -> Outcome {
    let own = host.command(arguments);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" >&-", "sh"]).arg(own.get_program()).args(own.get_args());
    for (name, value) in own.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    own.get_current_dir().map(|folder| shell.current_dir(folder));
    shell.output().unwrap().into()
}

/// What a program gives to its children that does not care for what they print.
fn null_for_reading_and_writing() -> Stdio {
    File::options().read(true).write(true).open("/dev/null").unwrap().into()
}

/// A pipe whose reader has gone away.
fn closed_pipe() -> Stdio {
    std::io::pipe().unwrap().1.into()
}

#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    let commands: [&[&str]; 10] = [
        &["--help"],
        &["--version"],
        &["doctor", "--help"],
        &["plugin", "list"],
        &["connection", "list"],
        &["connection", "show", &id],
        &["catalog", "list", &id, "--json"],
        &["catalog", "export", &id],
        &["config", "print"],
        &["sync", &id],
    ];
    for command in commands {
        let outcome = printing_to(&world.host, command, full_disk());
        assert_eq!(outcome.code, 10, "{command:?}: {outcome:#?}");
        assert!(
            outcome.stderr.contains("cannot write the result to standard output: No space left"),
            "{command:?}: {outcome:#?}"
        );
        // A closed output cannot be distinguished from `/dev/null`, which programs open for reading and writing to ignore what is printed.
        assert_eq!(without_stdout(&world.host, command).code, 0, "{command:?}");
        let ignored = world.host.command(command).stdout(null_for_reading_and_writing()).status().unwrap();
        assert_eq!(ignored.code(), Some(0), "{command:?}");
        let outcome = printing_to(&world.host, command, closed_pipe());
        assert_eq!(outcome.code, 141, "{command:?}: {outcome:#?}");
        assert!(!outcome.stderr.contains("error") && !outcome.stderr.contains("panicked"), "{command:?}: {outcome:#?}");
    }
    // A listener for progress and errors that is not there is no failure of the work.
    for (command, code) in [(&["sync", &id][..], 0), (&["connection", "show", "none"], 9), (&["levitate"], 2)] {
        for stderr in [Stdio::from(full_disk()), closed_pipe()] {
            let status = world.host.command(command).stdout(Stdio::null()).stderr(stderr).status().unwrap();
            assert_eq!(status.code(), Some(code), "{command:?}");
        }
    }
}

#[test]
fn what_is_shown_once_is_not_issued_when_nobody_could_read_it() {
    let host = Host::new(&[]);
    for stdout in [full_disk().into(), closed_pipe()] {
        let outcome = printing_to(&host, &["channel", "bootstrap"], stdout);
        assert_eq!(outcome.code, 10, "{outcome:#?}");
        assert!(outcome.stderr.contains("the key was revoked"), "{outcome:#?}");
    }
    for outcome in [
        without_stdout(&host, &["channel", "bootstrap"]),
        host.command(&["channel", "bootstrap"]).stdout(null_for_reading_and_writing()).output().unwrap().into(),
    ] {
        assert_eq!(outcome.code, 10, "{outcome:#?}");
        assert!(outcome.stderr.contains("the key was revoked"), "{outcome:#?}");
    }
    let outcome = printing_to(&host, &["serve", "--listen", "127.0.0.1:0"], full_disk());
    assert_eq!(outcome.code, 10, "the operator's first key was not shown: {outcome:#?}");
    assert!(host.json(&["channel", "bootstrap"])["operator_key"].is_string(), "no key counted as the first one");

    let channel = host.json(&["channel", "add", "--name", "Channel"])["id"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(printing_to(&host, &["channel", "key", &channel, "--json"], full_disk()).code, 10);
    }
    for _ in 0..2 {
        host.json(&["channel", "key", &channel]);
    }
    let add = ["endpoint", "add", "--url", "https://channel.example/hook"];
    assert_eq!(printing_to(&host, &add, closed_pipe()).code, 10);
    assert_eq!(host.json(&["endpoint", "list"]), json!([]));
}
