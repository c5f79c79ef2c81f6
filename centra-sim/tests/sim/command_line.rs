//! The program as other programs start it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_centra-sim"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts the server and reads the line that says where it is.
fn serve(arguments: &[&str]) -> (Child, Value) {
    let mut child = program(&[&["serve", "--port", "0"], arguments].concat()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

#[test]
fn it_says_where_it_is_and_ends_when_reported() {
    let (mut child, started) = serve(&["--seed", "small", "--token", "secret-token"]);
    assert_eq!(started["token"], "secret-token");
    assert!(started["address"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success(), "SIGTERM is an orderly end");
}

#[test]
fn it_ends_with_its_parent_when_asked() {
    let (mut child, _) = serve(&["--seed", "small", "--exit-with-parent"]);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_serves_a_sale_and_a_store_without_checkout_api() {
    let flags = [
        "--sale",
        "--sale-overlap",
        "stacked",
        "--sale-rounding",
        "unrounded",
        "--sale-stop",
        "inclusive",
        "--lowest-prices-root",
    ];
    let tokens = ["--storefront-session-token", "a", "--storefront-no-session-token", "b", "--storefront-secret", "c"];
    let (mut child, _) = serve(&[&flags[..], &tokens, &["--exit-with-parent"]].concat());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_prints_the_schema_it_serves() {
    let text = |variant: &str| {
        let output = program(&["schema", "--variant", variant]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let (reference, certain, renamed) = (text("reference"), text("certain"), text("renamed"));
    assert!(reference.contains("  valueInCents: Int64!"));
    assert!(!certain.contains("valueInCents"));
    assert!(renamed.contains("  valueInSubunits: Int64!") && !renamed.contains("valueInCents"));
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let cases: [(&[&str], &str); 3] = [
        (&["serve", "--quota", "lots"], "growth, unlimited"),
        (&["serve", "--faults", "/nowhere.json"], "/nowhere.json"),
        (&["serve", "--checkout-secret", "x", "--storefront-secret", "x"], "must differ"),
    ];
    for (arguments, explanation) in cases {
        let mut child = program(arguments).spawn().unwrap();
        assert!(!child.wait().unwrap().success(), "{arguments:?}");
        let mut errors = String::new();
        child.stderr.as_mut().unwrap().read_to_string(&mut errors).unwrap();
        assert!(errors.contains(explanation), "{errors}");
    }
}
