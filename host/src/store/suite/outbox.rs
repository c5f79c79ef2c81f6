//! What the store says by itself, and how it is read.

use connector_api::{domain::ConnectionId, wire::pull::Stream};
use serde_json::{Value, json};

use crate::{
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        event::ConnectionEvent,
        job::SyncJob,
        outbox::{OutboxEvent, OutboxFilter},
        rows::{PriceRow, Rows},
        run::{Mode, Trigger},
    },
    store::{
        Store,
        suite::fixture::{Sync, at, audited, connect, full_sync, offer, price, small_catalog, stock},
    },
};

/// Every event of the store, in pages of two.
pub(crate) async fn all(store: &Store, filter: &OutboxFilter) -> Vec<OutboxEvent> {
    let (mut position, mut events) = (0, vec![]);
    loop {
        let page = store.outbox(filter, position, 2).await.unwrap();
        assert!(page.events.len() <= 2 && page.position >= position);
        position = page.position;
        events.extend(page.events);
        if !page.more {
            return events;
        }
    }
}

fn data(event: &OutboxEvent) -> Value {
    serde_json::from_str(&event.data).unwrap()
}

/// Type and subject of the events after `position`, and where the outbox ends now.
async fn events_since(store: &Store, position: &mut i64) -> Vec<(String, Value)> {
    let page = store.outbox(&OutboxFilter::default(), *position, 250).await.unwrap();
    *position = page.position;
    let about = |event: &OutboxEvent| match &event.subject {
        Some(subject) if !subject.starts_with("runs/") => format!("{} {subject}", event.kind),
        _ => event.kind.clone(),
    };
    page.events.iter().map(|event| (about(event), data(event))).collect()
}

fn kinds(emitted: &[(String, Value)]) -> Vec<&str> {
    emitted.iter().map(|(kind, _)| kind.as_str()).collect()
}

pub(crate) async fn a_first_pass_is_reported_as_a_whole(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let mut position = 0;
    let emitted = events_since(store, &mut position).await;
    assert_eq!(kinds(&emitted), ["sync.started", "sync.completed"]);
    let streams: Vec<_> =
        emitted[1].1["streams"].as_array().unwrap().iter().map(|s| (&s["stream"], &s["first"])).collect();
    assert_eq!(streams.len(), 4);
    assert!(streams.iter().all(|(_, first)| **first == json!(true)), "{streams:?}");
    full_sync(store, &id, &small_catalog(), at(20)).await;
    let emitted = events_since(store, &mut position).await;
    assert_eq!(kinds(&emitted), ["sync.started", "sync.completed"], "nothing has changed");
    assert_eq!(emitted[1].1["streams"][1]["first"], false);
}

pub(crate) async fn each_change_after_it_is_reported_with_what_it_is(store: &Store) {
    let id = connect(store, "Shop").await;
    let first = vec![
        (
            Stream::Offers,
            Rows::Offers(vec![
                offer("1", "A", &["a"]),
                offer("2", "B", &[]),
                offer("3", "C", &[]),
                offer("4", "D", &[]),
            ]),
        ),
        (Stream::Prices, Rows::Prices(vec![price("a", "1", 100), price("a", "2", 110), price("b", "1", 5)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("a", "w1", 3), stock("a", "w2", 0)])),
    ];
    full_sync(store, &id, &first, at(10)).await;
    let mut position = store.outbox_head().await.unwrap();
    let mut hidden = offer("2", "B", &[]);
    "disabled".clone_into(&mut hidden.status);
    hidden.body = hidden.body.replace("\"B\"", "\"B\",\"status\":\"disabled\"");
    let second = vec![
        (
            Stream::Offers,
            Rows::Offers(vec![offer("1", "Better", &["a"]), hidden, offer("3", "C", &[]), offer("5", "E", &[])]),
        ),
        (Stream::Prices, Rows::Prices(vec![price("a", "1", 90), price("a", "3", 120), price("b", "1", 5)])),
        (Stream::Inventory, Rows::Inventory(vec![stock("a", "w1", 2), stock("a", "w2", 0)])),
    ];
    full_sync(store, &id, &second, at(20)).await;
    let emitted = events_since(store, &mut position).await;
    assert_eq!(
        kinds(&emitted),
        [
            "sync.started",
            "offer.updated offers/1",
            "offer.unpublished offers/2",
            "offer.created offers/5",
            "offer.deleted offers/4",
            "price.changed prices/a",
            "price.changed prices/a",
            "inventory.changed variants/a",
            "sync.completed",
        ]
    );
    assert_eq!(emitted[1].1["changed"], json!(["title"]));
    assert_eq!((&emitted[2].1["status"], &emitted[2].1["changed"]), (&json!("disabled"), &json!(["status"])));
    assert_eq!((&emitted[3].1["title"], emitted[3].1.get("changed")), (&json!("E"), None));
    let prices = emitted[5].1["prices"].as_array().unwrap();
    let about = |price: &Value| {
        (
            price["change"].clone(),
            price["price"]["pricelist_id"].clone(),
            price["price"]["amount"]["amount_minor"].clone(),
        )
    };
    assert_eq!(
        prices.iter().map(about).collect::<Vec<_>>(),
        [(json!("changed"), json!("1"), json!(90)), (json!("new"), json!("3"), json!(120))]
    );
    assert_eq!(prices[0]["changed"], json!(["amount"]));
    assert_eq!(
        about(&emitted[6].1["prices"][0]),
        (json!("removed"), json!("2"), json!(110)),
        "at the end of the stream"
    );
    assert_eq!(
        emitted[7].1["levels"],
        json!([{ "change": "changed", "changed": ["available"],
            "level": { "variant_id": "a", "location_id": "w1", "available": 2, "policy": "deny", "as_of": at(1) } }])
    );
    full_sync(store, &id, &first, at(30)).await;
    let back = events_since(store, &mut position).await;
    assert!(kinds(&back).contains(&"offer.created offers/4"), "one that came back is new: {:?}", kinds(&back));
    assert!(kinds(&back).contains(&"offer.deleted offers/5"));
}

pub(crate) async fn what_is_not_committed_is_not_reported(store: &Store) {
    let id = connect(store, "Shop").await;
    full_sync(store, &id, &small_catalog(), at(10)).await;
    let sync = Sync::begin(store, &id, &[(Stream::Prices, Mode::Full)], at(20)).await;
    let mut position = store.outbox_head().await.unwrap();
    // The second is found to be unreadable when its event is made: after both were written.
    let unreadable = PriceRow { currency: "?".into(), ..price("b", "1", 201) };
    let rows = Rows::Prices(vec![price("a", "1", 101), unreadable]);
    store.commit_page(sync.page(&Stream::Prices, &rows, None)).await.unwrap_err();
    assert_eq!(kinds(&events_since(store, &mut position).await), Vec::<&str>::new());
    assert_eq!(store.prices(&id, "a").await.unwrap()[0].amount_minor, 100);
    sync.write(&Stream::Prices, &Rows::Prices(vec![price("a", "2", 111)])).await;
    let emitted = events_since(store, &mut position).await;
    assert_eq!(kinds(&emitted), ["price.changed prices/a"]);
    assert_eq!(emitted[0].1["prices"].as_array().unwrap().len(), 1, "left over from what was not written: {emitted:?}");
}

async fn moved(store: &Store, id: &ConnectionId, status: ConnectionStatus, second: i64) {
    let mut connection = store.connection(id).await.unwrap().unwrap();
    connection.health.status = status;
    connection.health.cause = Some("because".into());
    connection.updated_at = at(second);
    store.update_connection(&mut connection).await.unwrap();
}

pub(crate) async fn every_change_of_health_is_reported(store: &Store) {
    use ConnectionStatus::{Active, Degraded, Disconnected, Expiring, Failing, ReauthRequired, Validating};
    let id = connect(store, "Shop").await;
    let steps = [
        (Validating, None),
        (Active, Some("connection.connected")),
        (Active, None),
        (Degraded, Some("connection.degraded")),
        (Failing, Some("connection.failing")),
        (Active, Some("connection.restored")),
        (Expiring, Some("connection.credential_expiring")),
        (ReauthRequired, Some("connection.reauth_required")),
        (Degraded, Some("connection.restored")),
        (Disconnected, Some("connection.disconnected")),
    ];
    let mut position = 0;
    for (second, (status, expected)) in (1..).zip(steps) {
        moved(store, &id, status, second).await;
        let emitted = events_since(store, &mut position).await;
        assert_eq!(kinds(&emitted), expected.into_iter().collect::<Vec<_>>(), "{status:?}");
        if let Some((_, data)) = emitted.first() {
            assert_eq!((&data["status"], &data["cause"]), (&json!(status), &json!("because")));
            assert!(data["before"].is_string(), "{data}");
        }
    }
    store.remove_connection(&id, &audited(20)).await.unwrap();
    assert_eq!(kinds(&events_since(store, &mut position).await), Vec::<&str>::new(), "it had ended before");
    let other = connect(store, "Other").await;
    store.remove_connection(&other, &audited(20)).await.unwrap();
    assert_eq!(kinds(&events_since(store, &mut position).await), ["connection.disconnected"]);
}

pub(crate) async fn pauses_reminders_and_failed_syncs_are_reported_once(store: &Store) {
    let id = connect(store, "Shop").await;
    let mut position = 0;
    for (kind, paused_at) in [("paused", Some(at(1))), ("paused", Some(at(1))), ("resumed", None)] {
        let mut connection = store.connection(&id).await.unwrap().unwrap();
        connection.paused_at = paused_at;
        let done = ConnectionEvent {
            seq: 0,
            connection_id: id.clone(),
            kind: kind.into(),
            before: None,
            after: None,
            cause: None,
            actor: Some("operator".into()),
            at: at(2),
        };
        store.update_recorded(&mut connection, &done).await.unwrap();
    }
    let emitted = events_since(store, &mut position).await;
    assert_eq!(kinds(&emitted), ["connection.paused", "connection.resumed"]);
    assert!(emitted.iter().all(|(_, data)| data["actor"] == "operator"), "who did it: {emitted:?}");
    for kind in ["credential_expiry", "credential_expiry", "webhooks_silent", "something_else"] {
        let event = ConnectionEvent {
            seq: 0,
            connection_id: id.clone(),
            kind: kind.into(),
            before: None,
            after: None,
            cause: Some("soon".into()),
            actor: None,
            at: at(3),
        };
        store.record_event(&event, Some(kind)).await.unwrap();
    }
    let emitted = events_since(store, &mut position).await;
    assert_eq!(kinds(&emitted), ["connection.credential_expiring", "connection.webhooks_silent"]);
    assert_eq!(emitted[0].1["cause"], "soon");
    moved(store, &id, ConnectionStatus::Active, 4).await;
    events_since(store, &mut position).await;
    let job = |attempts| SyncJob {
        connection: id.clone(),
        due_at: at(5),
        full: false,
        trigger: Trigger::Schedule,
        attempts,
        traceparent: None,
    };
    store.request_sync(&job(0)).await.unwrap();
    for attempts in [0, 1] {
        let mut claimed = store.claim_sync("worker", at(5), at(6)).await.unwrap().unwrap();
        claimed.job.attempts = attempts;
        store.end_sync(&claimed, Some(&job(attempts + 1)), Some("no answer"), at(6)).await.unwrap();
    }
    let emitted = events_since(store, &mut position).await;
    assert_eq!(kinds(&emitted), ["sync.failed"], "that it is tried again is no news");
    assert_eq!(emitted[0].1["error"], "no answer");
}

/// A connection of a channel, or of none, with two events.
async fn of_channel(store: &Store, channel: Option<&str>) -> ConnectionId {
    let mut connection = Connection::new("demo", "1.0.0", "Shop", Environment::Test, at(0));
    connection.channel_id = channel.map(str::to_owned);
    connection.health.status = ConnectionStatus::Active;
    store.insert_connection(&mut connection).await.unwrap();
    moved(store, &connection.id, ConnectionStatus::Degraded, 100).await;
    connection.id
}

pub(crate) async fn events_are_read_in_order_by_those_who_receive_them(store: &Store) {
    let (a, b) = (of_channel(store, Some("ch_a")).await, of_channel(store, Some("ch_b")).await);
    let nobodys = of_channel(store, None).await;
    let everything = all(store, &OutboxFilter::default()).await;
    let whose: Vec<_> = everything.iter().map(|event| &event.connection).collect();
    assert_eq!(whose, [&a, &a, &b, &b, &nobodys, &nobodys]);
    assert!(everything.is_sorted_by(|one, next| one.seq < next.seq && one.id != next.id));
    let of = async |filter: OutboxFilter| -> Vec<i64> {
        all(store, &filter).await.into_iter().map(|event| event.seq).collect()
    };
    let seq = |range: std::ops::Range<usize>| everything[range].iter().map(|event| event.seq).collect::<Vec<_>>();
    assert_eq!(of(OutboxFilter { channel: Some("ch_b".into()), ..Default::default() }).await, seq(2..4));
    assert_eq!(of(OutboxFilter { connection: Some(a.0.clone()), ..Default::default() }).await, seq(0..2));
    let foreign = OutboxFilter { channel: Some("ch_b".into()), connection: Some(a.0.clone()), ..Default::default() };
    assert_eq!(of(foreign).await, Vec::<i64>::new());
    let degraded = OutboxFilter { types: vec!["connection.degraded".into()], ..Default::default() };
    assert_eq!(of(degraded).await.len(), 3);
    let back = async |filter: &OutboxFilter, position| {
        let page = store.outbox_before(filter, position, 2).await.unwrap();
        (page.events.iter().map(|event| event.seq).collect::<Vec<_>>(), page.position, page.more)
    };
    let every = OutboxFilter::default();
    let seqs = seq(0..6);
    assert_eq!(back(&every, i64::MAX).await, (vec![seqs[5], seqs[4]], seqs[4], true));
    assert_eq!(back(&every, seqs[2]).await, (vec![seqs[1], seqs[0]], seqs[0], false));
    assert_eq!(back(&every, seqs[0]).await, (vec![], seqs[0], false));
    let own = OutboxFilter { channel: Some("ch_b".into()), types: vec!["connection.degraded".into()], ..every };
    assert_eq!(back(&own, i64::MAX).await.0.len(), 1);
    let found = store.outbox_event(&everything[3].id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&everything[3]));
    assert_eq!(store.outbox_event("evt_x").await.unwrap(), None);
    let quiet =
        store.outbox(&OutboxFilter { channel: Some("ch_c".into()), ..Default::default() }, 0, 10).await.unwrap();
    let head = store.outbox_head().await.unwrap();
    assert_eq!((quiet.position, quiet.more), (head, false), "who receives nothing still moves on");
}

pub(crate) async fn old_events_are_removed_and_it_shows(store: &Store) {
    let id = of_channel(store, Some("ch_a")).await;
    let head = store.outbox_head().await.unwrap();
    assert_eq!(store.outbox_position_at(at(50)).await.unwrap(), head - 1);
    assert_eq!(store.outbox_position_at(at(100)).await.unwrap(), head);
    assert_eq!(store.outbox_position_at(at(-1)).await.unwrap(), 0);
    assert_eq!(store.prune_outbox(at(-1), at(-1)).await.unwrap(), 0);
    assert_eq!(store.prune_outbox(at(50), at(50)).await.unwrap(), 1);
    let page = store.outbox(&OutboxFilter::default(), 0, 10).await.unwrap();
    assert_eq!((page.events.len(), page.removed_up_to), (1, head - 1));
    assert_eq!(store.prune_outbox(at(101), at(101)).await.unwrap(), 1);
    let page = store.outbox(&OutboxFilter::default(), head, 10).await.unwrap();
    assert_eq!((page.events.len(), page.removed_up_to, page.position), (0, head, head));
    moved(store, &id, ConnectionStatus::Active, 200).await;
    let page = store.outbox(&OutboxFilter::default(), head, 10).await.unwrap();
    assert_eq!((page.events[0].seq, page.removed_up_to), (head + 1, head), "numbers are never used twice");
}
