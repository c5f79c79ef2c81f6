//! Orders, customers, shipments and returns: written like the catalog, read without people.

use connector_api::wire::pull::Stream;
use serde_json::json;

use crate::{
    model::{
        order::{OrderFilter, SealedRecord},
        outbox::OutboxFilter,
        paging::PageQuery,
        rows::{CustomerRow, OrderRow, Rows, ShipmentRow},
    },
    store::{
        Store,
        suite::fixture::{at, connect, counts, customer, export, full_sync, order, returned, sealed, shipment},
    },
};

fn everything() -> Vec<(Stream, Rows)> {
    vec![
        (Stream::Orders, Rows::Orders(vec![order("o1", "open"), order("o2", "accepted")])),
        (Stream::Customers, Rows::Customers(vec![customer("c1", "ada")])),
        (Stream::Shipments, Rows::Shipments(vec![shipment("s1", "o1"), shipment("s2", "o2")])),
        (Stream::Returns, Rows::Returns(vec![returned("r1", "o1")])),
    ]
}

pub(crate) async fn orders_are_synced_and_deleted_like_everything_else(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &everything(), at(10)).await;
    assert_eq!(counts(store, &id).await, "orders 2/0, customers 1/0, shipments 2/0, returns 1/0");
    let less = [
        (Stream::Orders, Rows::Orders(vec![order("o1", "open")])),
        (Stream::Customers, Rows::Customers(vec![customer("c2", "bob")])),
        (Stream::Shipments, Rows::Shipments(vec![shipment("s1", "o1")])),
        (Stream::Returns, Rows::Returns(vec![returned("r2", "o1")])),
    ];
    full_sync(store, &id, &less, at(20)).await;
    assert_eq!(counts(store, &id).await, "orders 1/1, customers 1/1, shipments 1/1, returns 1/1");
    full_sync(store, &id, &everything(), at(30)).await;
    assert_eq!(counts(store, &id).await, "orders 2/0, customers 1/1, shipments 2/0, returns 1/1");
    assert_eq!(export(store, &id, 100).await, Vec::<String>::new(), "an export of the catalog holds nobody's orders");
}

pub(crate) async fn an_order_comes_with_its_parts(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &everything(), at(10)).await;
    let found = store.order(&id, "o1").await.unwrap().unwrap();
    let row = order("o1", "open");
    assert_eq!(found.blob, row.body.blob);
    assert_eq!(found.shipments, [SealedRecord { id: "s1".into(), blob: shipment("s1", "o1").body.blob }]);
    assert_eq!(found.returns, [SealedRecord { id: "r1".into(), blob: returned("r1", "o1").body.blob }]);
    let summary = found.summary;
    assert_eq!((summary.number, summary.channel_reference), (row.number, row.channel_reference));
    assert_eq!((summary.total_minor, summary.quantity, summary.changed_at), (Some(2500), 2, at(10)));
    assert_eq!(store.order(&id, "o9").await.unwrap(), None);
}

pub(crate) async fn a_change_of_status_enters_the_history_once(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &everything(), at(10)).await;
    let shipped = OrderRow { fulfillment_status: "shipped".into(), ..order("o1", "completed") };
    let rows = Rows::Orders(vec![shipped, order("o2", "accepted")]);
    for now in [20, 30] {
        full_sync(store, &id, &[(Stream::Orders, rows.clone())], at(now)).await;
    }
    let history = store.order_history(&id, "o1", &PageQuery::default()).await.unwrap().data;
    let emitted: Vec<_> = history.iter().map(|entry| (entry.kind.as_str(), entry.at, entry.detail.clone())).collect();
    let moved = json!({ "status": { "from": "open", "to": "completed" },
        "fulfillment_status": { "from": "unfulfilled", "to": "shipped" } });
    assert_eq!(emitted, [("status_changed", at(20), moved)]);
    assert_eq!(store.order_history(&id, "o2", &PageQuery::default()).await.unwrap().data, []);
}

pub(crate) async fn orders_are_listed_by_their_last_change(store: &Store) {
    let id = connect(store, "Shop").await;
    let first = Rows::Orders(vec![order("o1", "open"), order("o2", "open"), order("o3", "open")]);
    full_sync(store, &id, &[(Stream::Orders, first)], at(10)).await;
    let second = Rows::Orders(vec![order("o1", "accepted"), order("o2", "open"), order("o3", "open")]);
    full_sync(store, &id, &[(Stream::Orders, second)], at(20)).await;
    let list = async |filter: OrderFilter| {
        let (mut ids, mut page) = (vec![], PageQuery::first(2));
        loop {
            let listing = store.orders(&id, &filter, &page).await.unwrap();
            ids.extend(listing.data.into_iter().map(|order| order.id));
            match listing.next_cursor {
                Some(cursor) => page = PageQuery::after(2, Some(cursor)),
                None => return ids,
            }
        }
    };
    assert_eq!(list(OrderFilter::default()).await, ["o2", "o3", "o1"]);
    assert_eq!(list(OrderFilter { newest_first: true, ..OrderFilter::default() }).await, ["o1", "o3", "o2"]);
    assert_eq!(list(OrderFilter { changed_since: Some(at(15)), ..OrderFilter::default() }).await, ["o1"]);
    assert_eq!(list(OrderFilter { status: Some("open".into()), ..OrderFilter::default() }).await, ["o2", "o3"]);
    let reference = Some("ref-o2".to_owned());
    assert_eq!(list(OrderFilter { channel_reference: reference, ..OrderFilter::default() }).await, ["o2"]);
    assert_eq!(
        store.orders(&"conn_none".into(), &OrderFilter::default(), &PageQuery::default()).await.unwrap().data,
        []
    );
}

pub(crate) async fn changes_are_reported_once_the_stream_was_read(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &everything(), at(10)).await;
    let emitted = async || {
        let filter = OutboxFilter { connection: Some(id.to_string()), ..OutboxFilter::default() };
        let events = store.outbox(&filter, 0, 500).await.unwrap().events;
        let of_records = events.into_iter().filter(|event| !event.kind.starts_with("sync."));
        of_records.map(|event| (event.kind, event.data)).collect::<Vec<_>>()
    };
    assert_eq!(emitted().await, [], "the first sync is no news");
    let shipped = OrderRow { fulfillment_status: "shipped".into(), body: sealed("shipped"), ..order("o1", "open") };
    let sent = ShipmentRow { status: Some("shipped".into()), body: sealed("sent"), ..shipment("s1", "o1") };
    let news = [
        (Stream::Orders, Rows::Orders(vec![shipped, order("o2", "accepted"), order("o3", "open")])),
        (Stream::Customers, Rows::Customers(vec![CustomerRow { body: sealed("moved"), ..customer("c1", "ada") }])),
        (Stream::Shipments, Rows::Shipments(vec![sent, shipment("s2", "o2")])),
        (Stream::Returns, Rows::Returns(vec![returned("r1", "o1"), returned("r2", "o2")])),
    ];
    full_sync(store, &id, &news, at(20)).await;
    let emitted = emitted().await;
    let kinds: Vec<_> = emitted.iter().map(|(kind, _)| kind.as_str()).collect();
    let expected = ["order.updated", "order.created", "customer.updated", "shipment.updated", "return.created"];
    assert_eq!(kinds, expected);
    let first: serde_json::Value = serde_json::from_str(&emitted[0].1).unwrap();
    let expected = json!({
        "id": "o1", "number": "10o1", "channel_reference": "ref-o1", "changed": ["fulfillment_status"], "updated_at": at(2),
        "states": { "status": "open", "fulfillment_status": "shipped", "financial_status": "paid" }
    });
    assert_eq!(first, expected);
    assert_eq!(emitted[2].1, json!({ "id": "c1", "changed": ["details"], "updated_at": at(2) }).to_string());
}
