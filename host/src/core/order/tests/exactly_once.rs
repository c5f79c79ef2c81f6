//! One key, one order: whatever the platform answers, and wherever the host dies.

use super::world::{Fault, SETTLE_S, TIMEOUT_S, World, an_order};
use crate::{
    clock::Clock,
    core::{
        connection::{ConnectionStatus, Ctx, Viewer},
        order::{Error, IntentFilter, decide::Decision},
    },
    model::{history::HistoryKind, intent::IntentState, paging::PageQuery},
};

#[tokio::test]
async fn an_order_is_placed_once_and_answered_the_same_again() {
    let world = World::new().await;
    let first = world.submit("k1").await.unwrap();
    assert_eq!((first.state, first.attempts), (IntentState::Confirmed, 1));
    let outcome = first.outcome.clone().unwrap();
    assert_eq!(outcome["orders"][0]["channel_reference"], "ref-k1");
    assert_eq!(world.submit("k1").await.unwrap(), first, "the same answer");
    assert_eq!((world.shop.placed().len(), world.shop.count("submit_order")), (1, 1));

    let order = outcome["orders"][0]["id"].as_str().unwrap();
    let shown = world.orders.show(&world.ctx(), &world.id, order).await.unwrap();
    assert_eq!(shown.order.unwrap()["shipping_address"]["name"], "Ada Lovelace");
    let reported: Vec<_> = shown.timeline.iter().map(|moment| moment.kind.as_str()).collect();
    assert_eq!(reported, ["intended", "sent", "confirmed"]);
    let history = serde_json::to_string(&shown.timeline).unwrap();
    assert!(!history.contains("Ada") && !history.contains("ada@"), "{history}");
}

#[tokio::test]
async fn the_request_is_sealed_and_destroyed_once_it_is_settled() {
    let mut world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    world.submit("k1").await.unwrap();
    let find = |path: &std::path::Path| {
        let files = ["", "-wal"].map(|suffix| std::fs::read(format!("{}{suffix}", path.display())).unwrap_or_default());
        files.concat().windows(12).any(|bytes| bytes == b"Ada Lovelace")
    };
    assert!(!find(&world.path), "what is stored is sealed");
    world.let_time_pass().await;
    let settled = world.intent("k1").await;
    assert_eq!(settled.state, IntentState::Confirmed);
    world.restart().await;
    assert!(!find(&world.path));
    let now = world.clock.now();
    assert_eq!(world.store.claim_intent(&world.id, &settled.id, now, now).await.unwrap(), None);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let world = World::new().await;
    world.submit("k1").await.unwrap();
    let mut other = an_order("k1");
    other.cart.lines[0].quantity = 3;
    let refused = world.orders.submit(&world.ctx(), &world.id, "k1", other).await;
    assert!(matches!(refused, Err(Error::KeyReused)), "{refused:?}");
    for key in ["", "with space", "ö", &"x".repeat(256)] {
        let refused = world.submit(key).await;
        assert!(matches!(refused, Err(Error::Key(_))), "{key}: {refused:?}");
    }
    assert_eq!(world.shop.count("submit_order"), 1);
}

#[tokio::test]
async fn one_number_of_the_channel_is_one_order_whatever_the_key() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("conflict"));
    assert!(world.submit("k1").await.is_err());
    let second = world.orders.submit(&world.ctx(), &world.id, "k2", an_order("k1")).await.unwrap();
    assert_eq!(second.state, IntentState::Confirmed, "a rejected order does not stand in the way");
    let third = world.orders.submit(&world.ctx(), &world.id, "k3", an_order("k1")).await;
    assert!(matches!(&third, Err(Error::ReferenceUsed(other)) if *other == second.id), "{third:?}");
    assert_eq!((world.shop.placed().len(), world.shop.count("submit_order")), (1, 2));
}

#[tokio::test]
async fn two_requests_at_once_make_one_order() {
    let world = World::new().await;
    let (first, second) = tokio::join!(world.submit("k1"), world.submit("k1"));
    let fine = [&first, &second].iter().filter(|answer| answer.is_ok()).count();
    let waiting = [&first, &second].iter().filter(|answer| matches!(answer, Err(Error::InFlight))).count();
    assert!(fine >= 1 && fine + waiting == 2, "{first:?} {second:?}");
    assert_eq!(world.shop.placed().len(), 1);
}

#[tokio::test]
async fn what_was_done_and_not_received_is_found_before_anything_is_sent_again() {
    for code in ["timeout", "platform_unavailable", "unreachable", "plugin_panicked", "platform_answer_invalid"] {
        let world = World::new().await;
        world.shop.faults.lock().unwrap().push_back(Fault::DoneThen(code));
        let answer = world.submit("k1").await.unwrap();
        assert_eq!(answer.state, IntentState::Unknown, "{code}");
        assert_eq!(answer.error.unwrap()["code"], code);
        world.let_time_pass().await;
        assert_eq!(world.submit("k1").await.unwrap().state, IntentState::Confirmed);
        assert_eq!((world.shop.placed().len(), world.shop.count("submit_order")), (1, 1), "{code}");
    }
}

#[tokio::test]
async fn what_was_surely_not_done_is_sent_again_once_the_platform_has_had_its_time() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
    world.submit("k1").await.unwrap();
    world.clock.advance(3);
    assert!(world.resolver.step().await.unwrap());
    assert_eq!(world.intent("k1").await.state, IntentState::Unknown, "too early to be sure");
    assert_eq!((world.shop.count("find_orders"), world.shop.count("submit_order")), (1, 1));
    assert!(!world.resolver.step().await.unwrap(), "and nobody searches again at once");
    world.let_time_pass().await;
    assert_eq!(world.intent("k1").await.attempts, 2);
    assert_eq!(world.shop.placed().len(), 1);
}

#[tokio::test]
async fn an_order_that_arrives_late_is_not_placed_twice() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::DoneLate("timeout", SETTLE_S - 5));
    world.submit("k1").await.unwrap();
    for _ in 0..SETTLE_S * 2 {
        while world.resolver.step().await.unwrap() {}
        world.clock.advance(1);
    }
    assert_eq!(world.intent("k1").await.state, IntentState::Confirmed);
    assert_eq!((world.shop.placed().len(), world.shop.count("submit_order")), (1, 1));
}

#[tokio::test]
async fn a_refusal_is_final_and_a_not_now_may_be_repeated() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Answer("conflict"));
    for _ in 0..2 {
        let refused = world.submit("k1").await;
        assert!(matches!(&refused, Err(Error::Refused(error)) if error.code.as_str() == "conflict"), "{refused:?}");
    }
    assert_eq!(world.shop.count("submit_order"), 1, "the refusal is answered again");

    world.shop.faults.lock().unwrap().push_back(Fault::Answer("rate_limited"));
    assert!(matches!(world.submit("k2").await, Err(Error::Refused(_))));
    world.let_time_pass().await;
    assert_eq!(world.shop.placed().len(), 0, "who was told no is not surprised by an order");
    assert_eq!(world.submit("k2").await.unwrap().state, IntentState::Confirmed);
    assert_eq!(world.shop.placed().len(), 1);
}

#[tokio::test]
async fn a_host_that_dies_before_it_sends_goes_on_afterwards() {
    let mut world = World::new().await;
    let begun = world.begin("k1").await;
    drop(begun);
    world.restart().await;
    assert!(matches!(world.submit("k1").await, Err(Error::InFlight)), "nobody knows yet that it died");
    assert_eq!(world.shop.placed().len(), 0);
    world.let_time_pass().await;
    assert_eq!((world.intent("k1").await.state, world.shop.placed().len()), (IntentState::Confirmed, 1));
    assert_eq!(world.shop.count("find_orders"), 0, "it was never sent: there is nothing to look for");
}

#[tokio::test]
async fn a_host_that_dies_while_it_waits_for_the_answer_looks_first() {
    for (fault, attempts) in
        [(Fault::Hang { done: true }, 1), (Fault::Hang { done: false }, 2), (Fault::DieReceiving, 1)]
    {
        let mut world = World::new().await;
        world.shop.faults.lock().unwrap().push_back(fault.clone());
        world.submit_and_die("k1").await;
        assert_eq!(world.intent("k1").await.state, IntentState::Sent, "{fault:?}");
        world.let_time_pass().await;
        let intent = world.intent("k1").await;
        assert_eq!((intent.state, intent.attempts), (IntentState::Confirmed, attempts), "{fault:?}");
        assert_eq!(world.shop.placed().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_caller_who_comes_back_receives_the_end() {
    let mut world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Hang { done: true });
    world.submit_and_die("k1").await;
    world.clock.advance(2 * TIMEOUT_S + 10);
    let received = world.submit("k1").await.unwrap();
    assert_eq!((received.state, received.searches), (IntentState::Confirmed, 0));
    assert_eq!((world.shop.placed().len(), world.shop.count("find_orders")), (1, 1), "the caller's return is a search");
}

#[tokio::test]
async fn who_was_overtaken_writes_nothing() {
    let world = World::new().await;
    let begun = world.begin("k1").await;
    let crate::model::intent::Begun::Claimed(stale) = begun else { panic!("{begun:?}") };
    world.clock.advance(1_000);
    while world.resolver.step().await.unwrap() {}
    assert_eq!(world.intent("k1").await.state, IntentState::Confirmed);
    let late = world.orders.carry_on(&world.ctx(), *stale).await;
    assert!(matches!(late, Err(Error::Store(crate::store::Error::ClaimLost { .. }))), "{late:?}");
    assert_eq!((world.shop.placed().len(), world.shop.count("submit_order")), (1, 1));
}

#[tokio::test]
async fn a_claim_too_short_for_a_call_sends_nothing() {
    let world = World::new().await;
    let begun = world.begin("k1").await;
    let crate::model::intent::Begun::Claimed(slow) = begun else { panic!("{begun:?}") };
    world.clock.advance(2 * TIMEOUT_S);
    let late = world.orders.carry_on(&world.ctx(), *slow).await;
    assert!(matches!(late, Err(Error::Store(crate::store::Error::ClaimLost { .. }))), "{late:?}");
    assert_eq!(world.shop.count("submit_order"), 0);
}

#[tokio::test]
async fn what_cannot_be_found_out_waits_for_manual_resolution() {
    let world = World::new().await;
    *world.shop.conclusive.lock().unwrap() = false;
    for key in ["k1", "k2"] {
        world.shop.faults.lock().unwrap().push_back(Fault::Answer("timeout"));
        world.submit(key).await.unwrap();
    }
    world.let_time_pass().await;
    assert_eq!(world.shop.count("submit_order"), 2, "nothing is sent again");
    let waiting = IntentFilter { manual_resolution: true, ..IntentFilter::default() };
    let waiting = world.orders.intents(&world.ctx(), &world.id, &waiting, &PageQuery::default()).await.unwrap();
    assert_eq!(waiting.data.len(), 2);

    // Not done: the same key may try again.
    let k1 = world.intent("k1").await.id;
    let not_done = world.orders.resolve(&world.ctx(), &world.id, &k1, &Decision::NotDone).await.unwrap();
    assert_eq!((not_done.state, not_done.repeatable), (IntentState::Rejected, true));
    assert_eq!(world.submit("k1").await.unwrap().state, IntentState::Confirmed);
    let again = world.orders.resolve(&world.ctx(), &world.id, &k1, &Decision::NotDone).await;
    assert!(matches!(again, Err(Error::Settled(_))), "{again:?}");

    // Done: the order is read from the platform.
    let k2 = world.intent("k2").await.id;
    let strange = Decision::Done { order_ids: vec!["o77".into()] };
    assert!(matches!(world.orders.resolve(&world.ctx(), &world.id, &k2, &strange).await, Err(Error::Refused(_))));
    let done = Decision::Done { order_ids: vec!["o1".into()] };
    let done = world.orders.resolve(&world.ctx(), &world.id, &k2, &done).await.unwrap();
    assert_eq!((done.state, done.outcome.unwrap()["orders"][0]["id"].clone()), (IntentState::Confirmed, "o1".into()));
    let history = world.store.intent_history(&world.id, &k2, &PageQuery::default()).await.unwrap().data;
    let decided = history.iter().find(|entry| entry.kind == HistoryKind::Confirmed).unwrap();
    assert_eq!(decided.actor.as_deref(), Some("test"), "who decided is recorded");
}

#[tokio::test]
async fn an_order_may_be_split() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().push_back(Fault::Split);
    let answer = world.submit("k1").await.unwrap();
    assert_eq!((answer.outcome.unwrap()["orders"].as_array().unwrap().len(), answer.manual_resolution), (2, false));
    for order in ["o1", "o2"] {
        assert!(world.store.order(&world.id, order).await.unwrap().is_some());
        let history = world.store.order_history(&world.id, order, &PageQuery::default()).await.unwrap().data;
        assert_eq!(history.len(), 3, "{order}");
    }
}

#[tokio::test]
async fn a_connection_that_cannot_says_why_but_answers_what_it_did() {
    let world = World::new().await;
    let placed = world.submit("k1").await.unwrap();
    let mut connection = world.connection().await;
    connection.findings.capabilities[0].on = false;
    connection.findings.capabilities[0].reason = "no order secret was given".into();
    world.store.update_connection(&mut connection).await.unwrap();
    let refused = world.submit("k2").await;
    assert!(matches!(&refused, Err(Error::CapabilityOff(why)) if why.contains("no order secret")), "{refused:?}");
    connection.health.status = ConnectionStatus::ReauthRequired;
    world.store.update_connection(&mut connection).await.unwrap();
    assert!(matches!(world.submit("k2").await, Err(Error::NotReady(_) | Error::CapabilityOff(_))));
    assert_eq!(world.submit("k1").await.unwrap(), placed);
    let stranger = Ctx { viewer: Viewer::Channel("chan_b".into()), ..world.ctx() };
    let hidden = world.orders.submit(&stranger, &world.id, "k3", an_order("k3")).await;
    assert!(matches!(hidden, Err(Error::Connection(crate::core::connection::Error::NotFound(_)))), "{hidden:?}");
}

#[tokio::test]
async fn a_key_that_was_reported_not_now_may_ask_as_often_as_it_likes() {
    let world = World::new().await;
    world.shop.faults.lock().unwrap().extend(vec![Fault::Answer("rate_limited"); 7]);
    for time in 0..7 {
        let refused = world.submit("k1").await.unwrap_err();
        assert!(
            matches!(&refused, Error::Refused(error) if error.code.as_str() == "rate_limited"),
            "{time}: {refused}"
        );
    }
    assert_eq!(world.submit("k1").await.unwrap().state, IntentState::Confirmed);
    assert_eq!(world.shop.placed().len(), 1);
}
