//! Answers lost after the order was made, faults before and after, every request doubled, and a host that is killed again
//! and again: in the end each order is in the store exactly once.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use e2e::{
    order_desk::OrderDesk,
    wait::{wait_until, wait_while_it_moves},
};
use serde_json::{Value, json};

/// Requests on their way at the same time.
const CALLERS: usize = 8;

/// How many of something; from a variable of the environment for more.
fn size(variable: &str, usual: usize) -> usize {
    std::env::var_os(variable).and_then(|count| count.to_str()?.parse().ok()).unwrap_or(usual)
}

/// What the host has acknowledged: intents by order, and orders in the store of those that were confirmed.
#[derive(Default)]
struct Acknowledged(Mutex<BTreeMap<usize, (String, Option<String>)>>);

impl Acknowledged {
    /// Notes an answer, which may only say more than an earlier one.
    fn note(&self, order: usize, intent: &Value) {
        let id = intent["id"].as_str().unwrap().to_owned();
        let placed = intent["outcome"]["orders"][0]["id"].as_str().map(str::to_owned);
        let mut all = self.0.lock().unwrap();
        let known = all.entry(order).or_insert_with(|| (id.clone(), placed.clone()));
        assert_eq!(known.0, id, "order {order} has another intent than was acknowledged");
        assert!(
            known.1.is_none() || placed.is_none() || known.1 == placed,
            "order {order}: {known:?}, then {intent:#}"
        );
        known.1 = known.1.take().or(placed);
    }

    /// How many orders were acknowledged.
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// That all of it is there.
    fn check(&self, desk: &OrderDesk) -> usize {
        let all = self.0.lock().unwrap();
        for (order, (intent, placed)) in all.iter() {
            let there = desk.get(&format!("/order-intents/{intent}"));
            let own = there["outcome"]["orders"][0]["id"].as_str();
            assert_eq!(there["key"], format!("key-{order}"), "{there:#}");
            assert!(placed.is_none() || own == placed.as_deref(), "order {order}: {placed:?} became {there:#}");
            assert_eq!(there["differs_from_agreed"], Value::Null, "{there:#}");
        }
        all.len()
    }
}

/// Places these orders, each of them twice at the same time; takes any answer but a refusal.
fn place_all(desk: &OrderDesk, wanted: &[usize], sent: &AtomicUsize, acknowledged: &Acknowledged) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                // Two requests for each order: neighbours in the queue, so on their way together.
                while let Some(at) = wanted.get(next.fetch_add(1, Ordering::Relaxed) / 2) {
                    let (key, order) = (format!("key-{at}"), desk.order(&format!("CH-{at}")));
                    let Ok(answer) = desk.place(&key, &order) else { continue };
                    sent.fetch_add(1, Ordering::Relaxed);
                    if matches!(answer.status, 201 | 202) {
                        acknowledged.note(*at, &answer.json());
                    }
                    // `order_expired` says that it is certain not to be there and asks for the same request again.
                    let fits = matches!(answer.status, 201 | 202)
                        || answer.status == 409
                            && ["in_flight", "order_expired"].contains(&answer.json()["code"].as_str().unwrap())
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
        "[orders]\ntimeout_s = 1\n[server]\nsync_every_min = 0\n[advanced]\norder_settle_s = 2\norder_answer_within_s = 2\norder_resolvers = 8\n",
    );
    let all: Vec<usize> = (0..size("ORDERS", 100)).collect();
    let kills = size("KILLS", 5);
    let acknowledged = Acknowledged::default();
    let sim = &desk.world.sim;
    sim.reset_stats();
    // Each counts the requests by which orders are placed, and those alone.
    sim.faults(&json!([
        { "every": 13, "kind": "disconnect", "operation": "OrderApi" },
        { "every": 11, "kind": "500_after", "operation": "OrderApi" },
        { "every": 7, "kind": "lost_answer", "ms": 3000, "operation": "OrderApi" },
        { "every": 9, "kind": "foreign_answer", "status": 429, "operation": "OrderApi" },
        { "every": 17, "kind": "foreign_answer", "operation": "OrderApi" },
        { "every": 5, "kind": "500", "operation": "OrderApi" },
    ]));
    let sent = AtomicUsize::new(0);
    // Each kill while a share of the orders is on its way; the last share is left in peace.
    for (round, share) in all.chunks(all.len().div_ceil(kills + 1)).enumerate() {
        if round < kills {
            let before = desk.world.sim.orders().len();
            thread::scope(|scope| {
                let work = scope.spawn(|| place_all(&desk, share, &sent, &acknowledged));
                // `kill -9` as soon as some of this share are in the store.
                wait_until("some of them are placed", || {
                    let placed = desk.world.sim.orders().len() - before;
                    (placed >= share.len() / 3 || work.is_finished()).then_some(())
                });
                desk.server.kill();
            });
            desk.restart();
        } else {
            place_all(&desk, share, &sent, &acknowledged);
        }
    }
    let faults = desk.world.sim.stats()["by_fault"].clone();
    desk.world.sim.faults(&json!([]));
    // The channel asks again until each order has ended and it has an answer for each, as a channel does. An order that ended
    // while both its requests found another in progress has none yet.
    wait_while_it_moves("every order has ended and is acknowledged", || {
        place_all(&desk, &all, &sent, &acknowledged);
        let left = (states(&desk), acknowledged.count());
        (left.0.get("confirmed") != Some(&all.len()) || left.1 < all.len()).then_some(left)
    });
    assert_eq!(states(&desk), BTreeMap::from([("confirmed".to_owned(), all.len())]));

    let mut copies = BTreeMap::<String, usize>::new();
    for order in desk.world.sim.orders() {
        *copies.entry(order["external_id"].as_str().unwrap_or("none").to_owned()).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = all.iter().map(|at| (format!("CH-{at}"), 1)).collect();
    assert_eq!(copies, expected, "after {faults}");
    for kind in ["lost_answer", "foreign_answer", "500", "500_after", "disconnect"] {
        let count = faults[kind].as_u64();
        assert!(count > Some(0), "`{kind}` never happened: {faults}");
    }
    assert!(sent.load(Ordering::Relaxed) > 2 * all.len(), "nothing was asked twice");
    assert_eq!(acknowledged.check(&desk), all.len(), "all acknowledged work is there");
    eprintln!("{} orders, {kills} kills, {} requests; faults {faults}", all.len(), sent.load(Ordering::Relaxed));
    let listed: Value = desk.get("/orders?limit=250&channel_reference=CH-0");
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[test]
fn an_order_whose_answer_was_lost_is_found_in_a_store_whose_clock_is_hours_behind() {
    let config = "[orders]\ntimeout_s = 2\n[server]\nsync_every_min = 0\n[advanced]\norder_settle_s = 2\norder_answer_within_s = 2\n";
    let desk = OrderDesk::in_store(&["--clock-skew", "-14400"], config);
    desk.world.sim.faults(&json!([{ "every": 1, "kind": "500_after", "operation": "OrderApi" }]));
    let order = desk.order("CH-1");
    let settled = wait_until("the order is found", || {
        let intent = desk.place("key-1", &order).ok()?.json();
        (intent["state"] == "confirmed").then_some(intent)
    });
    let orders = desk.world.sim.orders();
    assert_eq!((orders.len(), settled["attempts"].as_u64()), (1, Some(1)), "{settled:#}");
}

#[test]
fn a_store_that_shows_empty_lists_for_a_while_gets_no_second_order() {
    for earlier in [false, true] {
        let config = "[orders]\ntimeout_s = 2\n[server]\nsync_every_min = 0\n[advanced]\norder_settle_s = 2\norder_answer_within_s = 2\n";
        let desk = OrderDesk::open(config);
        if earlier {
            assert_eq!(desk.place("key-0", &desk.order("CH-0")).unwrap().json()["state"], "confirmed");
        }
        // The first search comes before the platform has had its time, the second afterwards.
        desk.world.sim.faults(&json!([
            { "at": [1], "kind": "500_after", "operation": "OrderApi" },
            { "every": 1, "kind": "empty_list", "operation": "OrderMarks", "times": 2 },
            { "every": 1, "kind": "empty_list", "operation": "OrdersByRef", "times": 2 },
        ]));
        let order = desk.order("CH-1");
        let settled = wait_until("the order is found", || {
            let intent = desk.place("key-1", &order).ok()?.json();
            (intent["state"] == "confirmed").then_some(intent)
        });
        assert_eq!(settled["attempts"], 1, "{settled:#}");
        assert_eq!(desk.world.sim.orders().len(), if earlier { 2 } else { 1 });
    }
}
