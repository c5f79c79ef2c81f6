//! Pages of a real sync that cannot be read, and answers of what stands before the store.

use e2e::{World, world};
use serde_json::json;

#[test]
fn a_record_nobody_can_read_costs_itself_and_no_other_stream() {
    let world = World::small();
    let id = world.connect();
    let kinds = [json!({ "kind": "empty" }), json!({ "kind": "errors", "message": "Display 3 is broken" })];
    for kind in kinds {
        let mut fault = json!({ "containing": "{\"id\":3,", "operation": "Offers" });
        fault.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        world.sim.faults(&json!([fault]));
        let outcome = world.host.run(&["sync", &id, "--full", "--json"]);
        assert_eq!(outcome.code, 7, "{outcome:#?}");
        let run = outcome.json()["run"].clone();
        let offers = world::stream(&run, "offers");
        assert_eq!((&offers["state"], &offers["skipped"]), (&json!("partial"), &json!(1)), "{run:#}");
        assert!(run.to_string().contains("id:3"), "it is named: {run:#}");
        for stream in ["prices", "inventory", "tax_rules"] {
            assert_eq!(world::stream(&run, stream)["state"], "done", "{run:#}");
        }
        assert!(world.export(&id).lines().count() > 5);
    }
    // The cause is gone, and so is all trace of it.
    world.sim.faults(&json!([]));
    world.sync(&id, &["--full"]);
}

#[test]
fn what_stands_between_refuses_no_token() {
    let world = World::small();
    world.host.write("connector-host.toml", "[advanced]\nsync_page_attempts = 1\n");
    let id = world.connect();
    for fault in [
        json!({ "every": 1, "kind": "challenge_page" }),
        json!({ "every": 1, "kind": "basic_challenge" }),
        json!({ "every": 1, "kind": "empty", "status": 401 }),
    ] {
        world.sim.faults(&json!([fault]));
        world.host.fails(&["sync", &id, "--full"], 6);
        let status = world.host.json(&["connection", "show", &id])["health"]["status"].clone();
        assert_ne!(status, "reauth_required", "{fault}");
        world.sim.faults(&json!([]));
        world.sync(&id, &["--full"]);
    }
}
