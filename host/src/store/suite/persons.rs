//! People: found by pseudonym, erased for good, kept out afterwards.

use connector_api::wire::pull::Stream;

use crate::{
    model::{
        event::ConnectionEvent,
        order::OrderFilter,
        paging::PageQuery,
        person::{Erased, Erasure},
        rows::{CustomerRow, OrderRow, ReturnRow, Rows, ShipmentRow},
    },
    store::{
        Store,
        suite::fixture::{at, connect, counts, customer, full_sync, order, pseudonym, returned, sealed, shipment},
    },
};

fn shop() -> Vec<(Stream, Rows)> {
    let of = |id: &str, name: &str| OrderRow { persons: vec![pseudonym(name)], ..order(id, "open") };
    vec![
        (Stream::Orders, Rows::Orders(vec![of("o1", "ada"), of("o2", "bob"), of("o3", "ada")])),
        (Stream::Customers, Rows::Customers(vec![customer("c1", "ada"), customer("c2", "bob")])),
        (Stream::Shipments, Rows::Shipments(vec![shipment("s1", "o1")])),
        (Stream::Returns, Rows::Returns(vec![returned("r1", "o1")])),
    ]
}

fn stripped(id: &str) -> OrderRow {
    let body = sealed(&format!("stripped {id}"));
    OrderRow { erased: true, persons: vec![], body, ..order(id, "open") }
}

fn erasure() -> Erasure {
    Erasure {
        pseudonyms: vec![pseudonym("ada"), pseudonym("c1"), pseudonym("o1"), pseudonym("o3")],
        customers: vec!["c1".into()],
        orders: vec![stripped("o1"), stripped("o3")],
        shipments: vec![ShipmentRow { erased: true, body: sealed("stripped"), ..shipment("s1", "o1") }],
        returns: vec![ReturnRow { erased: true, body: sealed("stripped"), ..returned("r1", "o1") }],
    }
}

fn event(id: &connector_api::domain::ConnectionId) -> ConnectionEvent {
    ConnectionEvent {
        seq: 0,
        connection_id: id.clone(),
        kind: "customer_erased".into(),
        before: None,
        after: None,
        cause: Some("request 7".into()),
        actor: Some("operator".into()),
        at: at(20),
    }
}

pub(crate) async fn a_person_is_found_by_pseudonym_and_id(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &shop(), at(10)).await;
    assert_eq!(store.orders_of(&id, &[pseudonym("ada")], 10).await.unwrap(), ["o1", "o3"]);
    assert_eq!(store.orders_of(&id, &[pseudonym("ada"), pseudonym("bob")], 2).await.unwrap(), ["o1", "o2"]);
    assert_eq!(store.orders_of(&id, &[pseudonym("eve")], 10).await.unwrap(), Vec::<String>::new());
    let by_email = store.customers(&id, None, Some(&pseudonym("ada"))).await.unwrap();
    assert_eq!(by_email, store.customers(&id, Some("c1"), None).await.unwrap());
    assert_eq!((by_email.len(), by_email[0].id.as_str()), (1, "c1"));
    // An order that changes hands is found under its new people only.
    let moved = OrderRow { persons: vec![pseudonym("bob")], body: sealed("moved"), ..order("o1", "open") };
    full_sync(store, &id, &[(Stream::Orders, Rows::Orders(vec![moved]))], at(20)).await;
    assert_eq!(store.orders_of(&id, &[pseudonym("bob")], 10).await.unwrap(), ["o1", "o2"]);
    let other = connect(store, "Other").await;
    assert_eq!(store.orders_of(&other, &[pseudonym("ada")], 10).await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn an_erased_person_leaves_money_and_counts(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &shop(), at(10)).await;
    let erased = store.erase(&id, &erasure(), &event(&id), at(20)).await.unwrap();
    assert_eq!(erased, Erased { customers: 1, orders: 2, shipments: 1, returns: 1 });
    assert_eq!(counts(store, &id).await, "orders 3/0, customers 1/0, shipments 1/0, returns 1/0");
    let found = store.order(&id, "o1").await.unwrap().unwrap();
    assert_eq!((found.blob, found.summary.total_minor), (sealed("stripped o1").blob, Some(2500)));
    assert!(found.summary.erased && found.shipments[0].blob == sealed("stripped").blob);
    assert_eq!(store.orders_of(&id, &[pseudonym("ada")], 10).await.unwrap(), Vec::<String>::new());
    let events = store.events(&id, &PageQuery::default()).await.unwrap().data;
    let last = (events[0].kind.as_str(), events[0].cause.as_deref(), events[0].actor.as_deref());
    assert_eq!(last, ("customer_erased", Some("request 7"), Some("operator")));
    let mut pseudonyms = store.erased_pseudonyms(&id).await.unwrap();
    let mut expected = erasure().pseudonyms;
    pseudonyms.sort();
    expected.sort();
    assert_eq!(pseudonyms, expected);
    assert_eq!(store.erase(&id, &erasure(), &event(&id), at(30)).await.unwrap().customers, 0, "again is no error");
}

pub(crate) async fn rows_made_before_an_erasure_do_not_bring_the_person_back(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &shop(), at(10)).await;
    store.erase(&id, &erasure(), &event(&id), at(20)).await.unwrap();
    let changed = |row: OrderRow| OrderRow { body: sealed("changed"), ..row };
    let late = [
        (Stream::Orders, Rows::Orders(vec![changed(order("o1", "open")), changed(order("o2", "open"))])),
        (
            Stream::Customers,
            Rows::Customers(vec![
                customer("c1", "nobody"),
                CustomerRow { body: sealed("new"), ..customer("c9", "ada") },
                CustomerRow { body: sealed("changed"), ..customer("c2", "bob") },
            ]),
        ),
        (Stream::Shipments, Rows::Shipments(vec![ShipmentRow { body: sealed("changed"), ..shipment("s1", "o1") }])),
        (Stream::Returns, Rows::Returns(vec![ReturnRow { body: sealed("changed"), ..returned("r1", "o1") }])),
    ];
    full_sync(store, &id, &late, at(30)).await;
    assert_eq!(store.order(&id, "o1").await.unwrap().unwrap().blob, sealed("stripped o1").blob);
    assert_eq!(store.order(&id, "o2").await.unwrap().unwrap().blob, sealed("changed").blob, "others go on");
    let customers = store.customers(&id, Some("c1"), Some(&pseudonym("ada"))).await.unwrap();
    assert_eq!(customers, []);

    // Rows made afterwards leave the person out themselves, and are written.
    let news = OrderRow { status: "completed".into(), body: sealed("stripped, new"), ..stripped("o1") };
    full_sync(store, &id, &[(Stream::Orders, Rows::Orders(vec![news]))], at(40)).await;
    let completed = OrderFilter { status: Some("completed".into()), ..OrderFilter::default() };
    assert_eq!(store.orders(&id, &completed, &PageQuery::default()).await.unwrap().data.len(), 1);
}
