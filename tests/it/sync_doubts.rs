//! A full pass deletes nothing that there is a reason to doubt: it is confirmed, or held until somebody accepts it.

use e2e::{
    Host, Plugin,
    api::Server,
    list_shop::{ListShop, id},
    wait::wait_until,
    world,
};
use serde_json::{Value, json};

/// A shop with so many offers, connected and synced once.
struct Synced {
    host: Host,
    shop: ListShop,
    connection: String,
}

impl Synced {
    fn with(offers: usize, words: &str, config: &str) -> Self {
        let (host, shop) = (Host::new(&[Plugin::Careless]), ListShop::start(offers));
        host.write("connector-host.toml", config);
        let added = world::add(&host, "careless", &shop.credentials(words));
        assert_eq!(added.code, 0, "{added:#?}");
        let connection = added.json()["id"].as_str().unwrap().to_owned();
        let this = Self { host, shop, connection };
        this.sync(0);
        assert_eq!(this.live(), offers);
        this
    }

    /// Syncs, which must end like this; gives the run.
    fn sync(&self, code: i32) -> Value {
        let outcome = self.host.run(&["sync", &self.connection, "--json"]);
        assert_eq!(outcome.code, code, "{outcome:#?}");
        let run = outcome.json()["run"].clone();
        assert_eq!(run["result"], if code == 0 { "ok" } else { "partial" }, "{run:#}");
        run
    }

    /// Offers that are not deleted.
    fn live(&self) -> usize {
        world::records(&world::export(&self.host, &self.connection), "offers").len()
    }

    fn held(&self) -> Value {
        self.host.json(&["sync", "held-deletions", &self.connection])
    }
}

fn doubts(stream: &Value) -> Vec<&str> {
    stream["doubts"].as_array().unwrap().iter().map(|doubt| doubt.as_str().unwrap()).collect()
}

#[test]
fn a_pass_of_which_every_request_failed_deletes_nothing() {
    let synced = Synced::with(23, "swallow", "");
    synced.shop.set(|lists| lists.status = Some(403));
    for _ in 0..2 {
        let run = synced.sync(7);
        let offers = world::stream(&run, "offers");
        assert_eq!((&offers["deleted"], &offers["held"], &offers["state"]), (&json!(0), &json!(23), &json!("partial")));
        assert!(doubts(offers).contains(&"page_failed"), "{offers:#}");
        assert!(run["error"]["message"].as_str().unwrap().contains("stream `"), "{run:#}");
        assert_eq!(synced.live(), 23);
    }
    synced.shop.set(|lists| lists.status = None);
    synced.sync(0);
    assert_eq!((synced.live(), synced.held()), (23, json!([])), "what is seen again is not held any more");
}

#[test]
fn one_failed_request_is_a_doubt_and_a_list_from_memory_is_another() {
    let synced = Synced::with(23, "swallow", "");
    synced.shop.set(|lists| lists.spoilt = Some(("inventory", 403)));
    let run = synced.sync(7);
    assert_eq!(world::stream(&run, "inventory")["held"], 23, "{run:#}");
    assert_eq!(world::stream(&run, "offers")["state"], "done", "the others are as they were: {run:#}");

    let synced = Synced::with(3, "", "");
    synced.host.write("credentials.json", &synced.shop.credentials("silent").to_string());
    let file = synced.host.folder().join("credentials.json");
    let update = ["connection", "update", &synced.connection, "--credentials-file", file.to_str().unwrap()];
    synced.host.json(&update);
    let run = synced.sync(7);
    assert!(doubts(world::stream(&run, "offers")).contains(&"no_request"), "{run:#}");
    assert_eq!(synced.live(), 3);
}

#[test]
fn an_empty_list_is_held_reported_and_accepted_by_an_operator() {
    let synced = Synced::with(200, "", "");
    let all = synced.shop.set(|lists| std::mem::take(&mut lists.offers));
    let run = synced.sync(7);
    let offers = world::stream(&run, "offers");
    assert_eq!((&offers["held"], synced.live()), (&json!(200), 200), "{offers:#}");
    assert!(doubts(offers).contains(&"empty"), "{offers:#}");
    assert_eq!(run["error"]["code"], "deletions_held", "{run:#}");
    let events = synced.host.json(&["events", "list"]);
    assert!(events.to_string().contains("sync.deletions_held"), "{events:#}");
    // Two passes within seconds do not confirm each other.
    synced.sync(7);
    assert_eq!(synced.live(), 200);

    synced.shop.set(|lists| lists.offers = all);
    synced.sync(0);
    assert_eq!(synced.held(), json!([]));

    synced.shop.set(|lists| lists.offers.clear());
    synced.sync(7);
    let server = Server::start(&synced.host);
    let path = format!("/v1/connections/{}", synced.connection);
    let view = server.get(&server.operator, &path);
    let held = view["held_deletions"].as_array().unwrap().iter().find(|held| held["stream"] == "offers").unwrap();
    assert_eq!((&held["rows"], &held["examples"][0]), (&json!(200), &json!(id(0))), "{held:#}");
    assert!(held["doubts"][0]["message"].as_str().is_some_and(|text| !text.is_empty()), "{held:#}");
    let accepted = server.call(
        &server.operator,
        "POST",
        &format!("{path}/held-deletions/accept"),
        &json!({ "streams": ["offers"] }),
    );
    assert_eq!((accepted.status, &accepted.json()["data"][0]["rows"]), (200, &json!(200)), "{accepted:#?}");
    assert_eq!(synced.live(), 0);
    drop(server);
    let accepted = synced.host.json(&["sync", "accept-deletions", &synced.connection]);
    assert_eq!(accepted[0]["stream"], "inventory", "{accepted:#}");
    assert_eq!(synced.held(), json!([]));
}

#[test]
fn a_second_complete_pass_confirms_what_the_first_missed() {
    let synced = Synced::with(200, "", "[advanced]\nsync_confirm_after_s = 0\n");
    synced.shop.set(|lists| lists.offers.truncate(120));
    let run = synced.sync(7);
    assert!(doubts(world::stream(&run, "offers")).contains(&"large_share"), "{run:#}");
    assert_eq!(synced.live(), 200);
    let run = synced.sync(0);
    assert_eq!((&world::stream(&run, "offers")["deleted"], synced.live()), (&json!(80), 120), "{run:#}");
    synced.sync(0);
}

#[test]
fn a_pass_that_failed_in_a_part_confirms_nothing() {
    let synced = Synced::with(60, "swallow", "[advanced]\nsync_confirm_after_s = 0\n");
    synced.shop.set(|lists| lists.status = Some(403));
    synced.sync(7);
    // The first pass that went well is the first that misses them.
    synced.shop.set(|lists| (lists.status, lists.offers) = (None, vec![]));
    synced.sync(7);
    assert_eq!(synced.live(), 60);
    synced.sync(0);
    assert_eq!(synced.live(), 0);
}

#[test]
fn fewer_records_than_the_total_are_no_whole_list() {
    let synced = Synced::with(23, "", "");
    synced.shop.set(|lists| {
        lists.total = Some(23);
        lists.offers.truncate(21);
    });
    let run = synced.sync(7);
    let offers = world::stream(&run, "offers");
    assert_eq!((&offers["deleted"], &offers["state"]), (&json!(0), &json!("partial")), "{offers:#}");
    assert!(doubts(offers).contains(&"short_of_total"), "{offers:#}");
    // Left out on purpose counts as read; a record that comes twice does not count twice.
    synced.shop.set(|lists| lists.left_out = 2);
    let run = synced.sync(0);
    assert_eq!((&world::stream(&run, "offers")["deleted"], synced.live()), (&json!(2), 21), "{run:#}");
    synced.shop.set(|lists| {
        lists.left_out = 0;
        lists.offers = [&lists.offers[..20], &[id(0), id(1), id(2)]].concat();
    });
    let run = synced.sync(7);
    assert!(doubts(world::stream(&run, "offers")).contains(&"short_of_total"), "23 records of 20 offers: {run:#}");
    assert_eq!(synced.live(), 21);
}

#[test]
fn a_row_removed_between_two_numbered_pages_takes_no_living_one_along() {
    let config = "[sync]\npage_limit = 5\n";
    let removed = |lists: &mut e2e::list_shop::Lists| lists.removed_after_first_page = vec![id(0), id(1)];
    let synced = Synced::with(23, "fetch", config);
    synced.shop.set(removed);
    let run = synced.sync(0);
    let offers = world::stream(&run, "offers");
    assert_eq!(
        (synced.live(), &offers["deleted"]),
        (23, &json!(0)),
        "missed and asked for, they are there: {offers:#}"
    );
    let run = synced.sync(0);
    assert_eq!((synced.live(), &world::stream(&run, "offers")["deleted"]), (21, &json!(2)), "gone for good: {run:#}");

    let synced = Synced::with(23, "", config);
    synced.shop.set(removed);
    let run = synced.sync(7);
    assert!(doubts(world::stream(&run, "offers")).contains(&"may_have_shifted"), "{run:#}");
    assert_eq!(synced.live(), 23);
}

#[test]
fn what_fetch_calls_gone_is_gone_only_if_its_requests_went_well() {
    let config = "[sync]\npage_limit = 5\n[advanced]\nwebhook_settle_ms = 0\n";
    let synced = Synced::with(23, "fetch swallow", config);
    synced.shop.set(|lists| {
        lists.offers.remove(3);
        lists.spoilt = Some(("one", 403));
    });
    synced.sync(7);
    assert_eq!(synced.live(), 23);
    synced.shop.set(|lists| lists.spoilt = None);
    synced.sync(0);
    assert_eq!(synced.live(), 22);

    // The same of a webhook: retried as a failure, and done once the shop answers.
    let server = Server::start(&synced.host);
    let path = format!("/v1/connections/{}/webhooks", synced.connection);
    server.call(&server.operator, "PATCH", &path, &json!({ "allow_unsigned": true }));
    synced.shop.set(|lists| lists.spoilt = Some(("one", 403)));
    let posted = server.send("POST", &format!("/webhooks/{}", synced.connection), "", &id(7));
    assert_eq!(posted.status, 200, "{posted:#?}");
    let asked = |shop: &ListShop| shop.set(|lists| lists.asked.iter().filter(|path| path.contains(&id(7))).count());
    wait_until("the entity was asked for again", || (asked(&synced.shop) > 1).then_some(()));
    let waiting = server.get(&server.operator, &path);
    assert_eq!((&waiting["waiting_entities"], synced.live()), (&json!(1), 22), "{waiting:#}");
    synced.shop.set(|lists| {
        lists.spoilt = None;
        lists.offers.retain(|own| *own != id(7));
    });
    wait_until("it is deleted", || (synced.live() == 21).then_some(()));
}

#[test]
fn an_address_that_leads_nowhere_is_a_word_about_one_record_and_none_about_a_shop() {
    let synced = Synced::with(23, "fetch single swallow", "[sync]\npage_limit = 5\n");
    synced.shop.set(|lists| drop(lists.offers.remove(3)));
    synced.sync(0);
    assert_eq!(synced.live(), 22, "404 for the one record");
    synced.shop.set(|lists| lists.status = Some(404));
    synced.sync(7);
    assert_eq!(synced.live(), 22, "404 for everything");
    synced.shop.set(|lists| {
        lists.status = None;
        lists.offers.remove(3);
        lists.spoilt = Some(("item/o0004", 403));
    });
    synced.sync(7);
    assert_eq!(synced.live(), 22, "refused is not gone");
}

#[test]
fn a_store_that_answers_everything_emptily_deletes_nothing() {
    let synced = Synced::with(120, "fetch", "[advanced]\nwebhook_settle_ms = 0\n");
    let all = synced.shop.set(|lists| std::mem::take(&mut lists.offers));
    synced.sync(7);
    assert_eq!(synced.live(), 120, "the list and each question");
    synced.shop.set(|lists| {
        lists.offers = all[..60].to_vec();
        lists.forgets = true;
    });
    synced.sync(7);
    assert_eq!(synced.live(), 120, "half of the list, and each question");
    synced.shop.set(|lists| lists.forgets = false);
    synced.sync(0);
    assert_eq!(synced.live(), 60, "what is there is found beside what is gone");

    // The same of a webhook.
    let server = Server::start(&synced.host);
    let path = format!("/v1/connections/{}/webhooks", synced.connection);
    server.call(&server.operator, "PATCH", &path, &json!({ "allow_unsigned": true }));
    synced.shop.set(|lists| lists.forgets = true);
    let posted = server.send("POST", &format!("/webhooks/{}", synced.connection), "", &id(7));
    assert_eq!(posted.status, 200, "{posted:#?}");
    let asked = |shop: &ListShop| {
        shop.set(|lists| lists.asked.iter().filter(|path| path.starts_with("one") && path.contains(&id(7))).count())
    };
    let before = asked(&synced.shop);
    wait_until("the entity was asked for again", || (asked(&synced.shop) > before + 2).then_some(()));
    assert_eq!(synced.live(), 60);
    synced.shop.set(|lists| {
        lists.forgets = false;
        lists.offers.retain(|own| *own != id(7));
    });
    wait_until("it is deleted", || (synced.live() == 59).then_some(()));
}
