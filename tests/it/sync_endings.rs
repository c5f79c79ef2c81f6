//! A sync comes to its end whatever a store does: pages that cannot be read, lists without end, a full disk.

use e2e::{
    Host, Plugin,
    list_shop::{Leads, ListShop, id},
    world,
};
use serde_json::{Value, json};

fn connected(offers: usize, words: &str, config: &str) -> (Host, ListShop, String) {
    let (host, shop) = (Host::new(&[Plugin::Careless]), ListShop::start(offers));
    host.write("connector-host.toml", config);
    let added = world::add(&host, "careless", &shop.credentials(words));
    assert_eq!(added.code, 0, "{added:#?}");
    (host, shop, added.json()["id"].as_str().unwrap().to_owned())
}

fn sync(host: &Host, connection: &str, code: i32) -> Value {
    let outcome = host.run(&["sync", connection, "--json"]);
    assert_eq!(outcome.code, code, "{outcome:#?}");
    outcome.json()["run"].clone()
}

const IMPATIENT: &str = "[advanced]\nsync_page_attempts = 1\n";

#[test]
fn a_store_that_answers_small_pages_only_is_read_whole() {
    let (host, shop, id) = connected(40, "", IMPATIENT);
    shop.set(|lists| lists.most = Some(5));
    let run = sync(&host, &id, 0);
    assert_eq!(world::stream(&run, "offers")["seen"], 40, "{run:#}");
}

#[test]
fn a_record_that_no_page_may_hold_is_passed_over_by_name() {
    let (host, shop, connection) = connected(40, "", IMPATIENT);
    shop.set(|lists| lists.unreadable = [id(17)].into());
    let run = sync(&host, &connection, 7);
    let offers = world::stream(&run, "offers");
    assert_eq!((&offers["seen"], &offers["skipped"], &offers["state"]), (&json!(39), &json!(1), &json!("partial")));
    assert_eq!(offers["notices"][0]["message"], "Passed over a record after 17.", "{offers:#}");
    assert_eq!(world::stream(&run, "inventory")["state"], "done", "{run:#}");
}

#[test]
fn a_stream_that_fails_ends_alone_and_the_later_ones_run_each_time() {
    let (host, shop, id) = connected(5, "", IMPATIENT);
    shop.set(|lists| lists.spoilt = Some(("offers", 500)));
    for _ in 0..2 {
        let run = sync(&host, &id, 7);
        let offers = world::stream(&run, "offers");
        assert_eq!((&offers["state"], &offers["error"]["code"]), (&json!("failed"), &json!("platform_unavailable")));
        assert_eq!(world::stream(&run, "inventory")["seen"], 5, "{run:#}");
        assert_eq!(run["error"]["stream"], "offers", "{run:#}");
        assert!(!run["ended_at"].is_null() && run["resumed"] == 0, "{run:#}");
    }
    shop.set(|lists| lists.spoilt = None);
    sync(&host, &id, 0);
}

#[test]
fn a_store_that_is_out_of_reach_ends_the_run_with_its_reason_and_the_next_goes_on() {
    let (host, shop, id) = connected(5, "", IMPATIENT);
    shop.set(|lists| lists.status = Some(500));
    let error = host.fails(&["sync", &id], 6);
    assert!(error["message"].as_str().unwrap().contains("the next sync resumes there"), "{error:#}");
    shop.set(|lists| lists.status = None);
    let run = sync(&host, &id, 0);
    assert!(run["resumed"] == 1 && run["continues"].is_string(), "{run:#}");
    assert_eq!(world::stream(&run, "offers")["seen"], 5, "{run:#}");
}

#[test]
fn a_list_that_never_ends_is_named() {
    for (leads, code) in [
        (Leads::LastAgain, "paging_endless"),
        (Leads::Alternating, "paging_endless"),
        (Leads::NewForEver, "limit_reached"),
    ] {
        let config = "[sync]\npage_limit = 4\n[advanced]\nsync_max_stream_pages = 30\n";
        let (host, shop, id) = connected(20, "", config);
        shop.set(|lists| lists.leads = leads);
        let run = sync(&host, &id, 7);
        let offers = world::stream(&run, "offers");
        assert_eq!(
            (&offers["state"], &offers["error"]["code"]),
            (&json!("failed"), &json!(code)),
            "{leads:?}: {offers:#}"
        );
        assert!(offers["pages"].as_u64() <= Some(30), "{leads:?}: {offers:#}");
        assert_eq!(world::stream(&run, "inventory")["state"], "done", "{leads:?}: {run:#}");
    }
}

#[test]
fn one_store_cannot_fill_the_database() {
    let config = "[sync]\npage_limit = 50\n[advanced]\nsync_max_connection_rows = 300\n";
    let (host, shop, id) = connected(20, "", config);
    shop.set(|lists| lists.leads = Leads::NewForEver);
    let run = sync(&host, &id, 7);
    let error = &world::stream(&run, "offers")["error"];
    assert!(error["message"].as_str().unwrap().contains("advanced.sync_max_connection_rows"), "{error:#}");
    let counted = host.json(&["catalog", "list", &id]);
    let rows: u64 = counted
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["stream"] == "offers")
        .map(|row| row["live"].as_u64().unwrap())
        .sum();
    assert!(rows <= 350, "{counted:#}");
}

#[test]
fn a_disk_that_is_almost_full_defers_syncs_with_a_named_reason() {
    let (host, _shop, id) = connected(5, "", "[storage]\nmin_free_bytes = 1000000000000000\n");
    let error = host.fails(&["sync", &id], 5);
    assert_eq!(error["code"], "disk_low", "{error:#}");
    assert!(error["message"].as_str().unwrap().contains("storage.min_free_bytes"), "{error:#}");
    let doctor = host.run(&["doctor"]);
    assert!(doctor.stdout.contains("syncs are deferred"), "{doctor:#?}");
}

#[test]
fn what_is_left_out_on_purpose_is_counted_and_makes_no_run_partial() {
    let (host, shop, id) = connected(5, "", "");
    shop.set(|lists| lists.left_out = 2);
    let run = sync(&host, &id, 0);
    let left_out = &world::stream(&run, "offers")["left_out"];
    assert_eq!(left_out, &json!([{ "reason": "formula", "message": "Priced by a formula.", "count": 2 }]));
    let shown = host.run(&["sync", &id]);
    assert!(shown.stdout.contains("2 left out (formula): Priced by a formula."), "{shown:#?}");
}
