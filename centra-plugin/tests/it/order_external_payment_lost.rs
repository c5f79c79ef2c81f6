//! Orders through External Payment whose answers are lost or replaced on the way: each is in the store once, and found again.

use std::time::{SystemTime, UNIX_EPOCH};

use centra_sim::direct;
use connector_api::{
    Connector, ErrorCode,
    domain::{OrderDraft, Timestamp},
    testing::block_on,
    wire::{
        Op,
        envelope::Call,
        order::{FindOrdersRequest, FindOrdersResponse},
        pull::{PullRequest, Stream},
    },
};
use serde_json::Value;

use crate::{
    order_external_payment::{in_store, sent, shop, submit, swedish},
    shop::Shop,
};

/// Looks for an order that was submitted a moment ago.
#[expect(clippy::disallowed_methods, reason = "the simulated store dates orders by the machine's own clock")]
pub(crate) fn find(shop: &Shop, draft: &OrderDraft) -> FindOrdersResponse {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let submitted_at = Timestamp::from_unix_ms(i64::try_from(now).unwrap()).unwrap();
    shop.host.set_clock(submitted_at);
    let request = FindOrdersRequest { draft: draft.clone(), submitted_at, witness: None };
    block_on(shop.centra.find_orders(&Call::named(&Op::FindOrders), request)).unwrap()
}

#[test]
fn an_answer_that_is_lost_leads_to_one_order_whatever_the_host_does_next() {
    for (lost, placed) in [("CheckoutPaid", 1), ("CheckoutPay", 0), ("UpdateOrder", 1), ("CheckoutItems", 0)] {
        for restarted in [false, true] {
            let reported = format!("{lost}, restarted: {restarted}");
            let mut shop = shop();
            let draft = swedish(&shop);
            shop.lose(lost);
            let first = submit(&shop, &draft);
            // Once the order exists, what follows is a warning on it.
            assert_eq!(first.is_ok(), lost == "UpdateOrder", "{reported}: {first:#?}");
            assert_eq!(in_store(&shop), placed, "{reported}");
            if restarted {
                shop.restart();
            }
            let found = find(&shop, &draft);
            assert_eq!((found.orders.len(), found.conclusive), (placed, true), "{reported}");
            let orders = if found.orders.is_empty() { submit(&shop, &draft).unwrap() } else { found.orders };
            assert_eq!((orders.len(), in_store(&shop)), (1, 1), "{reported}");
            assert_eq!(orders[0].channel_reference.as_deref(), Some("CH-9"), "{reported}");
            let booked = shop.store.book().orders.values().next().unwrap().clone();
            assert_eq!(booked.external_id.as_deref(), Some("CH-9"), "{reported}");
        }
    }
}

#[test]
fn an_answer_of_something_in_progress_is_no_refusal_of_an_order_that_was_placed() {
    let page = "<h1>Not Found</h1>";
    let foreign =
        [(404, page), (429, page), (401, "{}"), (403, page), (410, "{}"), (412, r#"{"message":"no"}"#), (400, "{}")];
    for (status, page) in foreign {
        let shop = shop();
        let draft = swedish(&shop);
        shop.replace("CheckoutPaid", status, page);
        let open = submit(&shop, &draft).unwrap_err();
        let is_open = matches!(open.code, ErrorCode::PlatformUnavailable | ErrorCode::PlatformAnswerInvalid);
        assert!(is_open, "{status}: {open:?}");
        let orders = submit(&shop, &draft).unwrap();
        assert_eq!((orders.len(), in_store(&shop)), (1, 1), "{status}");
    }
}

#[test]
fn a_further_attempt_is_made_in_the_session_of_the_first() {
    let shop = shop();
    let draft = swedish(&shop);
    shop.lose("CheckoutPaid");
    submit(&shop, &draft).unwrap_err();
    // Even without looking: the session says that the order is there.
    let orders = submit(&shop, &draft).unwrap();
    assert_eq!((orders.len(), in_store(&shop), sent(&shop, "CheckoutPaid").len()), (1, 1, 1));
    // A session that has gone cannot tell, and the payments of orders do.
    let mut other = swedish(&shop);
    other.idempotency_key = "key-2".to_owned();
    other.channel_reference = Some("CH-10".to_owned());
    shop.lose("CheckoutPaid");
    submit(&shop, &other).unwrap_err();
    shop.store.sessions().expire();
    let found = find(&shop, &other);
    assert_eq!((found.orders.len(), found.conclusive, in_store(&shop)), (1, true, 2));
}

#[test]
fn nothing_found_proves_nothing_when_payments_do_not_report_whose_they_are() {
    let shop = shop();
    let draft = swedish(&shop);
    shop.lose("CheckoutPaid");
    submit(&shop, &draft).unwrap_err();
    shop.store.sessions().expire();
    let number = *shop.store.book().orders.keys().next().unwrap();
    let forget = |order: &mut centra_sim::orders::order::Order, _: &mut centra_sim::orders::Book| {
        order.payments[0].reference = None;
        Ok(())
    };
    shop.store.edit_order(number, "update", forget).unwrap();
    let found = find(&shop, &draft);
    assert_eq!((found.orders.len(), found.conclusive), (0, false), "it may be this one: a person must look");
    // Of another payment of the same plugin it is clear that it is not ours.
    let other = |order: &mut centra_sim::orders::order::Order, _: &mut centra_sim::orders::Book| {
        order.payments[0].reference = Some("psp-4711".to_owned());
        Ok(())
    };
    shop.store.edit_order(number, "update", other).unwrap();
    assert!(find(&shop, &draft).conclusive);
}

/// Complexity that the store charges for a request as it was sent.
fn charged(shop: &Shop, operation: &str) -> i64 {
    let requests = shop.host.requests();
    let (_, body) = requests.iter().find(|(request, _)| request.operation == operation).unwrap();
    let token = format!("Bearer {}", shop.store.config.token);
    let (status, answer) = direct::ask(&shop.store, "POST", "/graphql", &[("authorization", &token)], body);
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status, answer.get("errors")), (200, None), "{operation}");
    let body: Value = serde_json::from_slice(body).unwrap();
    answer["extensions"]["complexity"].as_i64().unwrap() / body["variables"]["limit"].as_i64().unwrap()
}

#[test]
fn a_lost_order_is_looked_for_at_a_small_part_of_what_orders_cost() {
    let shop = shop();
    let draft = swedish(&shop);
    shop.lose("CheckoutPaid");
    submit(&shop, &draft).unwrap_err();
    shop.store.sessions().expire();
    let found = find(&shop, &draft);
    assert_eq!((found.orders.len(), found.conclusive), (1, true));
    let pull = PullRequest::new(Stream::Orders, 200);
    block_on(shop.centra.pull(&Call::named(&Op::Pull), pull)).unwrap();
    let (marks, orders) = (charged(&shop, "OrderMarks"), charged(&shop, "Orders"));
    assert!(marks * 20 < orders, "{marks} of {orders} for each order");
}
