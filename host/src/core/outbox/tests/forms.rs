//! What is sent has the form that its schema says.

use connector_api::wire::pull::Stream;
use serde_json::Value;

use super::{Desk, receiver::Receiver};
use crate::{
    core::outbox::schemas,
    model::rows::Rows,
    store::suite::fixture::{at, full_sync, offer, price, stock},
};

#[tokio::test]
async fn every_event_has_the_form_of_its_type() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[]).await;
    let (endpoint, _) = desk.endpoint(None, &receiver.url(), &[]).await;
    let id = desk.connect(None).await;
    desk.happen(&id, 2).await;
    let catalog = |title: &str, amount: i64, available: i64, more: &[&str]| {
        let offers = std::iter::once(offer("1", title, &["a"])).chain(more.iter().map(|id| offer(id, "More", &[])));
        vec![
            (Stream::Offers, Rows::Offers(offers.collect())),
            (Stream::Prices, Rows::Prices(vec![price("a", "1", amount)])),
            (Stream::Inventory, Rows::Inventory(vec![stock("a", "w1", available)])),
        ]
    };
    full_sync(&desk.store, &id, &catalog("Shirt", 100, 3, &["2"]), at(1)).await;
    full_sync(&desk.store, &id, &catalog("Better shirt", 90, 2, &["3"]), at(2)).await;
    desk.deliver().await;
    desk.events.test(&endpoint).await.unwrap();
    let schemas = schemas::all();
    let valid = |name: &str, value: &Value| {
        let (_, schema) = schemas.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}"));
        let problems: Vec<_> =
            jsonschema::validator_for(schema).unwrap().iter_errors(value).map(|error| error.to_string()).collect();
        assert_eq!(problems, Vec::<String>::new(), "{name}: {value:#}");
    };
    let mut kinds = std::collections::BTreeSet::new();
    for (delivery, _) in receiver.seen() {
        let event = delivery.event();
        let kind = event["type"].as_str().unwrap();
        valid("envelope", &event);
        valid(kind, &event["data"]);
        kinds.insert(kind.to_owned());
    }
    let seen: Vec<_> = kinds.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        [
            "connection.connected",
            "connection.paused",
            "connection.resumed",
            "endpoint.test",
            "inventory.changed",
            "offer.created",
            "offer.deleted",
            "offer.updated",
            "price.changed",
            "sync.completed",
            "sync.started"
        ]
    );
}
