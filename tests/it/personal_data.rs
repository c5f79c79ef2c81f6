//! Orders and people of a real store: read, sealed, exported, erased, and kept out.

use std::{fs, path::PathBuf};

use e2e::{World, api::Server};
use serde_json::Value;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

/// What leads to the first customer of the simulated store, and to nobody else.
const TRACES: [&str; 3] = ["Testsson", "test@example.com", "111 20"];

fn orders(world: &World, id: &str) -> Vec<Value> {
    world.host.json(&["order", "list", "--connection", id])["data"].as_array().unwrap().clone()
}

fn shown(world: &World, id: &str, order: &Value) -> Value {
    world.host.json(&["order", "show", "--connection", id, order["id"].as_str().unwrap()])
}

fn holds(text: &str) -> bool {
    TRACES.iter().any(|trace| text.contains(trace))
}

/// Whether any file of the database holds these bytes, in a page that is used or in a free one.
fn is_on_disk(world: &World, wanted: &[u8]) -> bool {
    let files: Vec<PathBuf> = fs::read_dir(world.host.data()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.contains(&world.host.database()));
    let mut files = files.iter().filter(|path| path.is_file());
    files.any(|path| fs::read(path).unwrap().windows(wanted.len()).any(|bytes| bytes == wanted))
}

/// The sealed bodies of a customer and of an order.
fn sealed(world: &World, customer: &str, order: &str) -> [Vec<u8>; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database = SqliteConnectOptions::new().filename(world.host.database()).connect().await.unwrap();
        let mut body = async |table: &'static str, id: &str| -> Vec<u8> {
            let sql = sqlx::AssertSqlSafe(format!("SELECT body FROM {table} WHERE id = ?"));
            sqlx::query_scalar(sql).bind(id).fetch_one(&mut database).await.unwrap()
        };
        let bodies = [body("customers", customer).await, body("orders", order).await];
        database.close().await.unwrap();
        bodies
    })
}

#[test]
fn orders_are_read_and_sealed_and_only_those_who_ask_see_people() {
    let world = World::small().in_file();
    let id = world.connect();
    world.sync(&id, &[]);
    let listed = orders(&world, &id);
    assert_eq!(listed.len(), 3, "{listed:#?}");
    assert!(!holds(&Value::from(listed.clone()).to_string()), "a list is free of people");
    let details: Vec<Value> = listed.iter().map(|order| shown(&world, &id, order)).collect();
    assert_eq!(details.iter().filter(|detail| holds(&detail.to_string())).count(), 1, "{details:#?}");
    let sent: usize = details.iter().map(|detail| detail["shipments"].as_array().unwrap().len()).sum();
    assert!(sent >= 1, "{details:#?}");
    let counts = world.host.json(&["catalog", "list", &id]);
    let count = |stream: &str| counts.as_array().unwrap().iter().find(|count| count["stream"] == stream).cloned();
    assert_eq!(count("customers").unwrap()["live"], 3);

    assert!(!holds(&world.export(&id)), "an export of the catalog is free of people");
    for trace in TRACES {
        assert!(!is_on_disk(&world, trace.as_bytes()), "`{trace}` stands on the disk in the open");
    }
}

#[test]
fn a_person_is_exported_erased_and_kept_out_although_the_store_still_has_them() {
    let world = World::small().in_file();
    let id = world.connect();
    world.sync(&id, &[]);
    let who = world.host.write("who", "Test@Example.com\n");
    let person = ["--connection", id.as_str(), "--email-file", &who, "--reference", "request-7"];
    let file = world.host.folder().join("person.json");
    let export = [&["customer", "export"], &person[..], &["--out", file.to_str().unwrap()]].concat();
    let counts = world.host.json(&export);
    assert_eq!((&counts["customers"], &counts["orders"]), (&1.into(), &1.into()), "{counts:#}");
    let exported = fs::read_to_string(&file).unwrap();
    assert!(TRACES.iter().all(|trace| exported.contains(trace)), "{exported}");
    let exported: Value = serde_json::from_str(&exported).unwrap();
    let name = |what: &str| exported[what][0]["id"].as_str().unwrap().to_owned();
    let bodies = sealed(&world, &name("customers"), &name("orders"));
    assert!(bodies.iter().all(|body| is_on_disk(&world, body)), "what is held is on the disk, sealed");

    let erased = world.host.json(&[&["customer", "erase"], &person[..]].concat());
    assert_eq!((&erased["customers"], &erased["orders"]), (&1.into(), &1.into()), "{erased:#}");
    assert!(!bodies.iter().any(|body| is_on_disk(&world, body)), "not even sealed, nor in a free page or the log");
    let before: Vec<Value> = orders(&world, &id);
    for _ in 0..2 {
        let all: Vec<Value> = orders(&world, &id).iter().map(|order| shown(&world, &id, order)).collect();
        assert!(!holds(&Value::from(all.clone()).to_string()), "{all:#?}");
        assert_eq!(all.iter().filter(|detail| detail["summary"]["erased"] == true).count(), 1);
        assert!(all.iter().all(|detail| detail["summary"]["total_minor"].is_i64()), "money stays: {all:#?}");
        // The store reports everybody again.
        world.sync(&id, &["--full"]);
    }
    let money = |orders: &[Value]| orders.iter().map(|order| order["total_minor"].as_i64().unwrap()).sum::<i64>();
    assert_eq!(money(&orders(&world, &id)), money(&before));
    fs::remove_file(&file).unwrap();
    let counts = world.host.json(&export);
    assert_eq!((&counts["customers"], &counts["orders"]), (&0.into(), &0.into()), "nothing is left: {counts:#}");
    // The others are still there.
    let other = world.host.write("who", "erika@example.com");
    let erased = world.host.json(&["customer", "erase", "--connection", &id, "--email-file", &other]);
    assert_eq!(erased["customers"], 1);

    let server = Server::start(&world.host);
    let events = server.get(&server.operator, &format!("/v1/connections/{id}/events?limit=250"));
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    let of_people =
        events["data"].as_array().unwrap().iter().filter(|event| kind(event).starts_with("connection.customer_"));
    let recorded: Vec<(String, &str)> =
        of_people.map(|event| (kind(event), event["data"]["cause"].as_str().unwrap())).collect();
    let recorded: Vec<(&str, &str)> = recorded.iter().map(|(kind, cause)| (kind.as_str(), *cause)).collect();
    assert_eq!(
        recorded,
        [
            ("connection.customer_exported", "request request-7: 1 customers, 1 orders"),
            ("connection.customer_erased", "request request-7: 1 customers, 1 orders"),
            ("connection.customer_exported", "request request-7: 0 customers, 0 orders"),
            ("connection.customer_erased", "request not given: 1 customers, 1 orders"),
        ]
    );
    assert!(!holds(&events.to_string()), "the record is free of people");
}
