//! Answers lost after the order was made, faults before and after, every request doubled, and a host that is killed again
//! and again: in the end each order is in the store exactly once.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use e2e::{order_desk::OrderDesk, wait::wait_until};
use serde_json::{Value, json};

/// Requests on their way at the same time.
const CALLERS: usize = 8;

/// How many orders; `ORDERS` in the environment for more.
fn orders() -> usize {
    std::env::var_os("ORDERS").and_then(|count| count.to_str()?.parse().ok()).unwrap_or(100)
}

/// Places these orders, each of them twice at the same time; takes any answer but a refusal.
fn place_all(desk: &OrderDesk, wanted: &[usize], sent: &AtomicUsize) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                // Two requests for each order: neighbours in the queue, so on their way together.
                while let Some(at) = wanted.get(next.fetch_add(1, Ordering::Relaxed) / 2) {
                    let (key, order) = (format!("key-{at}"), desk.order(&format!("CH-{at}")));
                    let Ok(answer) = desk.place(&key, &order) else { continue };
                    sent.fetch_add(1, Ordering::Relaxed);
                    let fits = matches!(answer.status, 201 | 202)
                        || answer.status == 409 && answer.json()["code"] == "in_flight"
                        || answer.status == 503;
                    assert!(fits, "{key}: {answer:#?}");
                }
            });
        }
    });
}

/// How many intents are in each state.
fn states(desk: &OrderDesk) -> BTreeMap<String, usize> {
    let (mut counts, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = desk.get(&format!("/order-intents?limit=250{cursor}"));
        for intent in page["data"].as_array().unwrap() {
            *counts.entry(intent["state"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return counts,
        }
    }
}

#[test]
fn whatever_is_lost_doubled_or_killed_each_order_is_placed_exactly_once() {
    let mut desk = OrderDesk::open(
        "[orders]\ntimeout_s = 1\nsettle_s = 2\nanswer_within_s = 2\nresolvers = 8\n[server]\nsync_every_min = 0\n",
    );
    let all: Vec<usize> = (0..orders()).collect();
    let sim = &desk.world.sim;
    sim.reset_stats();
    // Each counts the requests by which orders are placed, and those alone.
    sim.faults(&json!([
        { "every": 13, "kind": "disconnect", "operation": "OrderApi" },
        { "every": 11, "kind": "500_after", "operation": "OrderApi" },
        { "every": 7, "kind": "lost_answer", "ms": 3000, "operation": "OrderApi" },
        { "every": 5, "kind": "500", "operation": "OrderApi" },
    ]));
    let sent = AtomicUsize::new(0);
    // Five kills, each while a share of the orders is on its way; the sixth share is left in peace.
    for (round, share) in all.chunks(all.len().div_ceil(6)).enumerate() {
        if round < 5 {
            let before = desk.world.sim.orders().len();
            thread::scope(|scope| {
                let work = scope.spawn(|| place_all(&desk, share, &sent));
                // `kill -9` as soon as some of this share are in the store.
                wait_until("some of them are placed", || {
                    let placed = desk.world.sim.orders().len() - before;
                    (placed >= share.len() / 3 || work.is_finished()).then_some(())
                });
                desk.server.kill();
            });
            desk.restart();
        } else {
            place_all(&desk, share, &sent);
        }
    }
    let faults = desk.world.sim.stats()["by_fault"].clone();
    desk.world.sim.faults(&json!([]));
    // The channel asks again for everything it has not heard the end of, as a channel does.
    let ended = wait_until("every order has ended", || {
        place_all(&desk, &all, &sent);
        let counts = states(&desk);
        (counts.get("confirmed") == Some(&all.len())).then_some(counts)
    });
    assert_eq!(ended, BTreeMap::from([("confirmed".to_owned(), all.len())]));

    let mut copies = BTreeMap::<String, usize>::new();
    for order in desk.world.sim.orders() {
        *copies.entry(order["external_id"].as_str().unwrap_or("none").to_owned()).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = all.iter().map(|at| (format!("CH-{at}"), 1)).collect();
    assert_eq!(copies, expected, "after {faults}");
    for kind in ["lost_answer", "500", "500_after", "disconnect"] {
        let count = faults[kind].as_u64();
        assert!(count > Some(0), "`{kind}` never happened: {faults}");
    }
    assert!(sent.load(Ordering::Relaxed) > 2 * all.len(), "nothing was asked twice");
    let listed: Value = desk.get("/orders?limit=250&channel_reference=CH-0");
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}
