//! A catalog is read whole, then by its changes; what is gone is deleted by a full pass only.

use e2e::{World, world};
use serde_json::{Value, json};

fn offer<'a>(offers: &'a [Value], id: &str) -> &'a Value {
    offers.iter().find(|offer| offer["id"] == id).unwrap_or_else(|| panic!("no offer {id}"))
}

/// Live rows by stream, as `catalog list` counts them.
fn counts(world: &World, connection: &str) -> Vec<(String, u64, u64)> {
    let counted = world.host.json(&["catalog", "list", connection]);
    let rows = counted.as_array().unwrap().iter();
    rows.map(|row| {
        let number = |name: &str| row[name].as_u64().unwrap();
        (row["stream"].as_str().unwrap().to_owned(), number("live"), number("deleted"))
    })
    .collect()
}

#[test]
fn the_small_store_arrives_with_all_its_edge_cases() {
    let world = World::small();
    let id = world.connect();
    let run = world.sync(&id, &[]);
    assert!(run["streams"].as_array().unwrap().iter().all(|stream| stream["state"] == "done"), "{run:#}");
    let export = world.export(&id);
    let (offers, prices) = (world::records(&export, "offers"), world::variant_prices(&export));
    let inventory = world::records(&export, "inventory");
    assert_eq!(offers.len(), 12, "displays 1 to 12");

    let variants = |id: &str| -> Vec<Value> { offer(&offers, id)["variants"].as_array().unwrap().clone() };
    let prices_of = |variant: &Value| -> Vec<&Value> {
        prices.iter().filter(|price| price["variant_id"] == variant["id"]).collect()
    };
    let currencies = |id: &str| {
        let prices: Vec<Vec<&Value>> = variants(id).iter().map(prices_of).collect();
        let mut names: Vec<_> =
            prices.iter().flatten().map(|price| price["amount"]["currency"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(currencies("1"), ["EUR", "JPY", "SEK", "USD"]);
    assert_eq!(currencies("2"), ["JPY", "SEK", "USD"], "display 2 has no euro price");
    assert!(offer(&offers, "3")["media"].as_array().is_none_or(Vec::is_empty), "display 3 has no media");
    assert_eq!(variants("4").len(), 1, "display 4 has one size");
    assert!(variants("4")[0]["sku"].is_null(), "and no SKU: {:#?}", variants("4"));
    assert!(variants("5").iter().any(|variant| variant["active"] == false), "display 5 has an inactive size");
    assert_ne!(offer(&offers, "10")["status"], "active", "display 10 is inactive");
    let colours = offer(&offers, "8")["options"].to_string();
    assert!(variants("8").len() > variants("1").len() / 2 && colours.len() > 2, "display 8 has two colours");

    // A yen has no hundredth: 1 499 yen are 1 499 units.
    let yen = prices.iter().filter(|price| price["amount"]["currency"] == "JPY");
    let crowns = prices.iter().filter(|price| price["amount"]["currency"] == "SEK");
    let smallest = |list: &mut dyn Iterator<Item = &Value>| {
        list.map(|price| price["amount"]["amount_minor"].as_i64().unwrap()).filter(|minor| *minor > 0).min().unwrap()
    };
    let (yen, crowns) = (smallest(&mut yen.into_iter()), smallest(&mut crowns.into_iter()));
    assert!(crowns % 100 == 0 && yen < crowns, "{yen} yen, {crowns} hundredths of a crown");
    assert!(inventory.iter().all(|level| level["available"].as_i64().unwrap() >= 0));
    let shown = world.host.json(&["catalog", "show", &id, "1"])["offer"].to_string();
    assert_eq!(shown.replace(&world.sim.address, "http://store"), offer(&offers, "1").to_string());
}

#[test]
fn what_the_host_holds_is_what_the_store_says() {
    let world = World::start(&["--seed", "demo"]);
    let id = world.connect();
    world.sync(&id, &[]);
    let said = world
        .sim
        .query("{ languages { id isActive } pricelists { id store { id } } stores { id type } warehouses { id } }");
    let number = |name: &str| said[name].as_array().unwrap().len() as u64;
    let counts = counts(&world, &id);
    let live = |name: &str| counts.iter().find(|(stream, ..)| stream == name).unwrap().1;
    let active = said["languages"].as_array().unwrap().iter().filter(|language| language["isActive"] == true).count();
    assert_eq!(live("languages"), active as u64);
    assert_eq!(live("stores"), number("stores"));
    assert_eq!(live("locations"), number("warehouses"));
    let own = said["pricelists"].as_array().unwrap().iter().filter(|list| list["store"]["id"] == 1).count();
    assert_eq!(live("pricelists"), own as u64, "of the connected store only");
    assert_eq!(live("offers"), 40);
    let export = world.export(&id);
    let offers = world::records(&export, "offers");
    let variants = offers.iter().flat_map(|offer| offer["variants"].as_array().unwrap());
    let groups: std::collections::BTreeSet<_> = variants.map(|own| own["price_group_id"].to_string()).collect();
    let priced = groups.len() as u64 * live("pricelists");
    assert_eq!(live("prices"), priced, "the demo store prices everything everywhere");
    assert_eq!(world::records(&export, "inventory").len() as u64, live("inventory"));
    assert_eq!(live("inventory"), live("variants") * live("locations"));
}

#[test]
fn a_second_sync_reads_the_changes_and_changes_nothing_else() {
    let world = World::small();
    let id = world.connect();
    let first = world.sync(&id, &[]);
    assert_eq!(world::stream(&first, "offers")["mode"], "full");
    let before = world.export(&id);
    let idle = world.sync(&id, &[]);
    let offers = world::stream(&idle, "offers");
    assert_eq!((&offers["mode"], &offers["upserted"]), (&json!("increment"), &json!(0)), "{offers:#}");
    assert_eq!(world.export(&id), before);

    world.sim.touch("display", 3);
    let run = world.sync(&id, &[]);
    let offers = world::stream(&run, "offers");
    assert_eq!((&offers["seen"], &offers["upserted"]), (&json!(1), &json!(1)), "{offers:#}");
    let after = world.export(&id);
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!((before.lines().count(), changed.len()), (after.lines().count(), 1), "{changed:#?}");
    assert!(changed[0].1.starts_with("{\"stream\":\"offers\",\"data\":{\"id\":\"3\""), "{changed:#?}");
}

#[test]
fn a_change_below_an_offer_is_noticed_too() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    for (kind, row) in [("product", 1), ("variant", 10), ("size", 100)] {
        let before = world.export(&id);
        world.sim.touch(kind, row);
        let run = world.sync(&id, &[]);
        let offers = world::stream(&run, "offers");
        assert_eq!(offers["mode"], "increment");
        assert!(offers["seen"].as_u64().unwrap() >= 1, "{kind} {row}: {offers:#}");
        assert_ne!(world.export(&id), before, "{kind} {row}");
    }
}

#[test]
fn only_a_full_pass_deletes_what_is_gone() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    world.sim.remove("display", 3);
    world.sync(&id, &[]);
    let offers = |world: &World| world::records(&world.export(&id), "offers").len();
    assert_eq!(offers(&world), 12, "an increment cannot know that something is gone");
    let run = world.sync(&id, &["--full"]);
    assert_eq!(world::stream(&run, "offers")["deleted"], 1);
    assert_eq!(offers(&world), 11);
    let counted = counts(&world, &id);
    assert!(counted.contains(&("offers".to_owned(), 11, 1)), "{counted:?}");
}

#[test]
fn one_stream_can_be_read_alone_and_an_unknown_one_is_refused() {
    let world = World::small();
    let id = world.connect();
    let run = world.sync(&id, &["--stream", "languages"]);
    assert_eq!(run["streams"].as_array().unwrap().len(), 1);
    let error = world.host.fails(&["sync", &id, "--stream", "unicorns"], 9);
    assert!(error["message"].as_str().unwrap().contains("unicorns"));
}

#[test]
fn a_stream_that_may_not_be_read_makes_the_run_partial_and_deletes_nothing() {
    let world = World::start(&["--seed", "small", "--permissions", "-TaxRule:read"]);
    let id = world.connect();
    let outcome = world.host.run(&["sync", &id, "--json"]);
    assert_eq!(outcome.code, 7, "{outcome:#?}");
    let run = outcome.json()["run"].clone();
    assert_eq!(run["result"], "partial");
    let taxes = world::stream(&run, "tax_rules");
    assert!(taxes["skipped"].as_u64() > Some(0) || !taxes["error"].is_null(), "{taxes:#}");
    assert_eq!(taxes["deleted"], 0);
    assert_eq!(world::stream(&run, "offers")["seen"], 12, "the others are read");
}

#[test]
fn the_same_store_gives_the_same_catalog_on_any_host() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    let first = world.export(&id);
    let world = world.with_fresh_host();
    let id = world.connect();
    world.sync(&id, &[]);
    assert_eq!(world.export(&id), first);
}
