//! Intents: written once, acted on by one, settled for good.

use connector_api::{
    domain::ConnectionId,
    wire::{pull::Stream, validate::StoreIdentity},
};
use serde_json::json;

use crate::{
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        intent::{
            Acceptance, Begun, Claimed, Difference, IntentFilter, IntentId, IntentState, NewIntent, OpenQuestion,
            Settlement,
        },
        outbox::OutboxFilter,
        paging::PageQuery,
        rows::Rows,
    },
    store::{
        Error, Store,
        suite::fixture::{at, connect, full_sync, order, shipment},
    },
};

fn new(connection: &ConnectionId, key: &str) -> NewIntent {
    NewIntent {
        id: IntentId(format!("intent_{key}")),
        connection: connection.clone(),
        key: key.to_owned(),
        op: "submit_order".to_owned(),
        order_id: None,
        channel_reference: Some(format!("ref-{key}")),
        fingerprint: b"one request".to_vec(),
        fingerprint_as_given: b"one request".to_vec(),
        request: b"sealed".to_vec(),
        actor: "channel".to_owned(),
    }
}

/// Claims it from second `now` until a hundred seconds later.
async fn claimed(store: &Store, new: &NewIntent, now: i64) -> Claimed {
    match store.begin_intent(new, at(now), at(now + 100)).await.unwrap() {
        Begun::Claimed(claimed) => *claimed,
        other => panic!("{other:?}"),
    }
}

fn question(due: i64) -> OpenQuestion {
    OpenQuestion { error: json!({ "code": "timeout" }), manual_resolution: false, due_at: at(due), looked: false }
}

fn confirmed() -> Settlement {
    Settlement::Confirmed {
        outcome: json!({ "orders": [{ "id": "o1" }] }),
        read_at: at(2),
        orders: vec![order("o1", "open")],
        shipments: vec![shipment("s1", "o1")],
        returns: vec![],
        differences: vec![],
    }
}

pub(crate) async fn an_intent_is_written_once_per_key(store: &Store) {
    let id = connect(store, "Shop").await;
    let first = claimed(store, &new(&id, "k1"), 1).await;
    assert_eq!((first.intent.state, first.request.as_slice()), (IntentState::Intended, b"sealed".as_slice()));
    let again = store.begin_intent(&new(&id, "k1"), at(2), at(102)).await.unwrap();
    assert_eq!(again, Begun::There(Box::new(first.intent)));
    let tidied = NewIntent { fingerprint: b"the same in one form".to_vec(), ..new(&id, "k1") };
    assert!(matches!(store.begin_intent(&tidied, at(2), at(102)).await.unwrap(), Begun::There(_)), "as it was given");
    let (fingerprint, fingerprint_as_given) = (b"another request".to_vec(), b"another request".to_vec());
    let other = NewIntent { fingerprint, fingerprint_as_given, ..new(&id, "k1") };
    assert_eq!(store.begin_intent(&other, at(2), at(102)).await.unwrap(), Begun::OtherRequest);
    let neighbour = connect(store, "Neighbour").await;
    let same_key = NewIntent { id: IntentId("intent_n".into()), ..new(&neighbour, "k1") };
    claimed(store, &same_key, 2).await;
    let gone = store.begin_intent(&new(&"conn_none".into(), "k1"), at(1), at(2)).await;
    assert!(matches!(gone, Err(Error::Gone { .. })), "{gone:?}");
}

pub(crate) async fn a_number_of_an_order_that_no_intent_is_known_of_is_taken(store: &Store) {
    let to = async |host: &str, label: &str| {
        let mut connection = Connection::new("demo", "1.0.0", label, Environment::Test, at(0));
        connection.store = Some(StoreIdentity { host: host.into(), store_id: "7".into(), name: "Shop".into() });
        store.insert_connection(&mut connection).await.unwrap();
        connection.id
    };
    let (id, other_channel) = (to("shop.example", "One").await, to("shop.example", "Other channel").await);
    let elsewhere = to("other.example", "Other store").await;
    let of_o1 = |connection: &ConnectionId, key: &str| NewIntent {
        channel_reference: Some("ref-o1".to_owned()),
        ..new(connection, key)
    };
    // As a sync brings it into a database that was restored.
    full_sync(store, &id, &[(Stream::Orders, Rows::Orders(vec![order("o1", "open")]))], at(1)).await;
    let begun = store.begin_intent(&of_o1(&id, "k1"), at(2), at(102)).await.unwrap();
    assert_eq!(begun, Begun::ReferenceInStore("o1".to_owned()));
    claimed(store, &new(&id, "k2"), 2).await;
    // Whoever changes that order afterwards has not placed it.
    let hold = NewIntent {
        op: "hold_order".to_owned(),
        order_id: Some("o1".to_owned()),
        channel_reference: None,
        ..new(&id, "k5")
    };
    let work = claimed(store, &hold, 2).await;
    store.mark_sent(&work.claim, at(2)).await.unwrap();
    store.settle_intent(&work.claim, &confirmed(), None, at(2)).await.unwrap();
    let begun = store.begin_intent(&of_o1(&id, "k1"), at(2), at(102)).await.unwrap();
    assert_eq!(begun, Begun::ReferenceInStore("o1".to_owned()));
    // Another store has numbers of its own.
    let work = claimed(store, &of_o1(&elsewhere, "k6"), 3).await;
    store.mark_sent(&work.claim, at(3)).await.unwrap();
    store.settle_intent(&work.claim, &confirmed(), None, at(4)).await.unwrap();
    let begun = store.begin_intent(&of_o1(&id, "k1"), at(2), at(102)).await.unwrap();
    assert_eq!(begun, Begun::ReferenceInStore("o1".to_owned()));
    // An order of another channel of the same store has an intent; its number is that channel's own.
    let work = claimed(store, &of_o1(&other_channel, "k3"), 3).await;
    store.mark_sent(&work.claim, at(3)).await.unwrap();
    store.settle_intent(&work.claim, &confirmed(), None, at(4)).await.unwrap();
    claimed(store, &of_o1(&id, "k4"), 5).await;
}

pub(crate) async fn a_later_claim_ends_an_earlier_one(store: &Store) {
    let id = connect(store, "Shop").await;
    let first = claimed(store, &new(&id, "k1"), 1).await;
    let lost = |result: Result<(), Error>| assert!(matches!(result, Err(Error::ClaimLost { .. })), "{result:?}");
    lost(store.mark_sent(&first.claim, at(101)).await);
    store.mark_sent(&first.claim, at(50)).await.unwrap();
    lost(store.mark_sent(&first.claim, at(51)).await);
    assert!(store.renew_intent(&first.claim, at(110)).await.unwrap());
    assert_eq!(store.claim_intent(&id, &first.intent.id, at(109), at(200)).await.unwrap(), None);

    let overtaken = store.claim_intent(&id, &first.intent.id, at(110), at(201)).await.unwrap();
    assert!(overtaken.is_some());
    assert!(!store.renew_intent(&first.claim, at(900)).await.unwrap());
    let second = store.claim_intent(&id, &first.intent.id, at(201), at(300)).await.unwrap();
    let second = second.expect("a claim that was lost cannot be renewed");
    assert_eq!(second.intent.state, IntentState::Unknown, "nobody knows whether it was done");
    assert!(second.claim.fence > first.claim.fence);
    lost(store.leave_unknown(&first.claim, &question(300), at(102)).await);
    lost(store.allow_again(&first.claim, at(102)).await);
    lost(store.settle_intent(&first.claim, &confirmed(), None, at(102)).await.map(drop));
    assert_eq!(store.order(&id, "o1").await.unwrap(), None, "who lost the claim writes nothing");
    store.allow_again(&second.claim, at(103)).await.unwrap();
    store.mark_sent(&second.claim, at(104)).await.unwrap();
    let intent = store.intent(&id, &first.intent.id).await.unwrap().unwrap();
    assert_eq!((intent.attempts, intent.searches), (2, 0));
    assert_eq!((intent.first_sent_at, intent.last_sent_at), (Some(at(50)), Some(at(104))));
}

pub(crate) async fn a_settled_intent_stays_and_brings_its_orders(store: &Store) {
    let id = connect(store, "Shop").await;
    let work = claimed(store, &new(&id, "k1"), 1).await;
    store.mark_sent(&work.claim, at(2)).await.unwrap();
    let settled = store.settle_intent(&work.claim, &confirmed(), None, at(3)).await.unwrap();
    assert_eq!(
        (settled.state, settled.outcome.as_ref()),
        (IntentState::Confirmed, Some(&json!({ "orders": [{ "id": "o1" }] })))
    );
    assert_eq!(store.order(&id, "o1").await.unwrap().unwrap().shipments.len(), 1);
    let again = store.settle_intent(&work.claim, &confirmed(), None, at(4)).await;
    assert!(matches!(again, Err(Error::ClaimLost { .. })), "{again:?}");
    assert_eq!(store.claim_intent(&id, &work.intent.id, at(500), at(600)).await.unwrap(), None);
    assert_eq!(store.intent_of_key(&id, "k1").await.unwrap().as_ref(), Some(&settled));
    assert_eq!(store.newest_placed_order(&id).await.unwrap().unwrap().id, "o1".into());
    let there = store.begin_intent(&new(&id, "k1"), at(500), at(600)).await.unwrap();
    assert_eq!(there, Begun::There(Box::new(settled)));

    let page = PageQuery::default();
    let history = store.intent_history(&id, &work.intent.id, &page).await.unwrap().data;
    let emitted: Vec<_> = history.iter().map(|entry| (entry.kind.as_str(), entry.at)).collect();
    assert_eq!(emitted, [("intended", at(1)), ("sent", at(2)), ("confirmed", at(3))]);
    assert_eq!(store.order_history(&id, "o1", &page).await.unwrap().data, history, "it is the order's history, too");
    let filter = OutboxFilter { connection: Some(id.to_string()), ..OutboxFilter::default() };
    let events = store.outbox(&filter, 0, 100).await.unwrap().events;
    let emitted: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.subject.as_deref())).collect();
    assert!(
        emitted.ends_with(&[("order.created", Some("orders/o1")), ("shipment.created", Some("shipments/s1"))]),
        "{emitted:?}"
    );
}

pub(crate) async fn a_difference_waits_until_somebody_accepts_it(store: &Store) {
    let id = connect(store, "Shop").await;
    let work = claimed(store, &new(&id, "k1"), 1).await;
    store.mark_sent(&work.claim, at(2)).await.unwrap();
    let other = Difference { field: "total".to_owned(), agreed: Some(json!(100)), actual: Some(json!(120)) };
    let Settlement::Confirmed { outcome, read_at, orders, shipments, returns, .. } = confirmed() else {
        unreachable!()
    };
    let differences = vec![other.clone()];
    let settlement = Settlement::Confirmed { outcome, read_at, orders, shipments, returns, differences };
    store.settle_intent(&work.claim, &settlement, None, at(3)).await.unwrap();
    let waiting = IntentFilter { manual_resolution: true, ..IntentFilter::default() };
    let waiting = store.intents(&id, &waiting, &PageQuery::default()).await.unwrap().data;
    assert_eq!(waiting.iter().map(|intent| &intent.differs_from_agreed[..]).collect::<Vec<_>>(), [[other.clone()]]);
    assert_eq!(store.standing(at(4)).await.unwrap().intents_needing_a_person, 1);
    assert!(store.order(&id, "o1").await.unwrap().unwrap().summary.differs_from_agreed);

    let acceptance = Acceptance { note: "agreed by telephone".to_owned(), actor: "somebody".to_owned(), at: at(5) };
    let accepted = store.accept_difference(&id, &work.intent.id, &acceptance).await.unwrap().unwrap();
    assert_eq!((accepted.manual_resolution, accepted.difference_accepted), (false, Some(acceptance.clone())));
    assert_eq!(
        store.accept_difference(&id, &work.intent.id, &acceptance).await.unwrap(),
        None,
        "nothing waits any more"
    );
    let order = store.order(&id, "o1").await.unwrap().unwrap();
    assert!(!order.summary.differs_from_agreed && order.differences[0].differences == [other]);
}

pub(crate) async fn what_has_been_due_longest_is_looked_after_first(store: &Store) {
    let id = connect(store, "Shop").await;
    let mut connection = store.connection(&id).await.unwrap().unwrap();
    for (key, due) in [("k1", 300), ("k2", 200), ("k3", 900)] {
        let work = claimed(store, &new(&id, key), 1).await;
        store.mark_sent(&work.claim, at(2)).await.unwrap();
        store.leave_unknown(&work.claim, &question(due), at(3)).await.unwrap();
    }
    assert_eq!(store.claim_due_intent(at(500), at(600)).await.unwrap(), None, "the connection cannot be reached");
    connection.health.status = ConnectionStatus::Active;
    store.update_connection(&mut connection).await.unwrap();
    let mut due = vec![];
    while let Some(work) = store.claim_due_intent(at(500), at(600)).await.unwrap() {
        due.push(work.intent.key);
    }
    assert_eq!(due, ["k2", "k1"]);
    assert_eq!(
        store.claim_due_intent(at(600), at(700)).await.unwrap().unwrap().intent.key,
        "k2",
        "who claimed it died"
    );
}

pub(crate) async fn a_repeatable_rejection_begins_anew(store: &Store) {
    let id = connect(store, "Shop").await;
    for (key, repeatable) in [("k1", true), ("k2", false)] {
        let work = claimed(store, &new(&id, key), 1).await;
        let error = json!({ "code": "rate_limited" });
        let rejected = Settlement::Rejected { error, repeatable };
        store.settle_intent(&work.claim, &rejected, Some("person"), at(2)).await.unwrap();
    }
    let again = NewIntent { request: b"sealed again".to_vec(), ..new(&id, "k1") };
    let work = claimed(store, &again, 3).await;
    assert_eq!(
        (work.intent.state, work.intent.error, work.request),
        (IntentState::Intended, None, b"sealed again".to_vec())
    );
    assert!(matches!(store.begin_intent(&new(&id, "k2"), at(3), at(103)).await.unwrap(), Begun::There(_)));
    let rejected = IntentFilter { state: Some(IntentState::Rejected), ..IntentFilter::default() };
    let rejected = store.intents(&id, &rejected, &PageQuery::default()).await.unwrap().data;
    assert_eq!(rejected.iter().map(|intent| intent.key.as_str()).collect::<Vec<_>>(), ["k2"]);

    let error = json!({ "code": "rate_limited" });
    store.settle_intent(&work.claim, &Settlement::Rejected { error, repeatable: true }, None, at(4)).await.unwrap();
    assert_eq!(store.forget_requests(at(4)).await.unwrap(), 0);
    assert_eq!(store.forget_requests(at(5)).await.unwrap(), 1);
    assert_eq!(claimed(store, &again, 6).await.request, b"sealed again", "the caller brings the request along");
}
