//! One thing at a time.

use connector_api::domain::Timestamp;
use serde_json::json;

use super::{
    Desk,
    receiver::{OK, Reaction, Receiver},
};
use crate::core::outbox::{Error, EventType, PageQuery, events::Replay};

/// Outcomes of all attempts, oldest first.
async fn outcomes(desk: &Desk, endpoint: &crate::core::outbox::Endpoint) -> Vec<String> {
    let attempts = desk.events.attempts(endpoint, &PageQuery::first(250)).await.unwrap().data;
    attempts.into_iter().rev().map(|attempt| format!("{}. {}", attempt.number, attempt.outcome)).collect()
}

#[tokio::test]
async fn events_arrive_in_order_signed_and_as_cloud_events() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[]).await;
    desk.channel("ch_a").await;
    let before = desk.connect(Some("ch_a")).await;
    let (endpoint, secret) = desk.endpoint(Some("ch_a"), &receiver.url(), &[]).await;
    let id = desk.connect(Some("ch_a")).await;
    desk.happen(&id, 40).await;
    desk.deliver().await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 41, "what was before the endpoint is not sent");
    let mut last = String::new();
    for (delivery, _) in &seen {
        delivery.verify_now(&secret);
        let event = delivery.event();
        assert_eq!(event["id"], delivery.header("webhook-id"));
        assert_eq!(delivery.header("content-type"), "application/cloudevents+json");
        assert!(event["sequence"].as_str().unwrap() > last.as_str());
        event["sequence"].as_str().unwrap().clone_into(&mut last);
    }
    let first = seen[0].0.event();
    for (name, value) in [
        ("specversion", json!("1.0")),
        ("type", json!("connection.connected")),
        ("source", json!(format!("/v1/connections/{id}"))),
        ("connectionid", json!(id)),
        ("channelid", json!("ch_a")),
        ("datacontenttype", json!("application/json")),
    ] {
        assert_eq!(first[name], value, "{name}");
    }
    assert_eq!(first["data"]["status"], "active");
    assert!(first["time"].as_str().unwrap().parse::<Timestamp>().is_ok());
    let read = desk.events.events(Some("ch_a"), &[], Some(id.as_str()), &PageQuery::first(250)).await.unwrap();
    let sent: Vec<_> = seen.iter().map(|(delivery, _)| delivery.event()).collect();
    assert_eq!(serde_json::to_value(&read.data).unwrap(), json!(sent), "what is read is what is sent");
    assert_ne!(before, id);
    assert_eq!(desk.fresh(&endpoint).await.failures, 0);
}

#[tokio::test]
async fn a_channel_receives_its_own_and_an_operator_receives_all() {
    let desk = Desk::new().await;
    desk.channel("ch_a").await;
    desk.channel("ch_b").await;
    let (a, b, all) = (Receiver::start(&[]).await, Receiver::start(&[]).await, Receiver::start(&[]).await);
    desk.endpoint(Some("ch_a"), &a.url(), &[]).await;
    desk.endpoint(Some("ch_b"), &b.url(), &["connection.paused", "offer.*"]).await;
    desk.endpoint(None, &all.url(), &[]).await;
    for channel in [Some("ch_a"), Some("ch_b"), None] {
        let id = desk.connect(channel).await;
        desk.happen(&id, 2).await;
    }
    desk.deliver().await;
    let received = |receiver: &Receiver| {
        let events = receiver.seen().into_iter().map(|(delivery, _)| delivery.event());
        events.map(|event| (event["channelid"].clone(), event["type"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(received(&a).len(), 3);
    assert!(received(&a).iter().all(|(channel, _)| channel == "ch_a"));
    assert_eq!(received(&b), [(json!("ch_b"), json!("connection.paused"))]);
    assert_eq!(received(&all).len(), 9);
    let foreign = desk.events.events(Some("ch_b"), &[], None, &PageQuery::first(250)).await.unwrap();
    assert_eq!(foreign.data.len(), 3);
    let of_a = &a.seen()[0].0.event()["id"].as_str().unwrap().to_owned();
    assert!(matches!(desk.events.event(Some("ch_b"), of_a).await, Err(Error::NotFound(_))));
    assert!(desk.events.event(None, of_a).await.is_ok());
}

#[tokio::test]
async fn each_failure_is_named_and_the_event_comes_again() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[]).await;
    let (endpoint, secret) = desk.endpoint(None, &receiver.url(), &[]).await;
    let plan = [
        (Reaction::Status(500, ""), "refused"),
        (Reaction::Status(302, "location: http://127.0.0.1:1/\r\n"), "refused"),
        (Reaction::Silence, "timeout"),
        (Reaction::Reset, "platform_unavailable"),
        (OK, "delivered"),
    ];
    receiver.then(&plan.iter().map(|(reaction, _)| reaction.clone()).collect::<Vec<_>>());
    desk.connect(None).await;
    let mut expected = vec![];
    for ((_, outcome), number) in plan.iter().zip(1..) {
        desk.deliver().await;
        expected.push(format!("{number}. {outcome}"));
        assert_eq!(outcomes(&desk, &endpoint).await, expected);
        desk.deliver().await;
        assert_eq!(outcomes(&desk, &endpoint).await, expected, "nothing is sent before its time");
        desk.pass(6 * 3_600);
    }
    let ids: std::collections::BTreeSet<_> =
        receiver.seen().iter().map(|(delivery, _)| delivery.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 1, "the same id however often it is sent");
    receiver.seen().iter().for_each(|(delivery, _)| delivery.verify(&secret));
    let backlog = desk.events.backlog(&endpoint).await.unwrap();
    assert_eq!((backlog.retrying, backlog.dead_lettered), (0, 0));
}

#[tokio::test]
async fn an_event_that_is_never_accepted_is_dead_lettered_and_can_be_sent_again() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&vec![Reaction::Status(400, ""); 10]).await;
    let (endpoint, _) = desk.endpoint(None, &receiver.url(), &[]).await;
    desk.connect(None).await;
    for _ in 0..12 {
        desk.deliver().await;
        desk.pass(30 * 3_600);
    }
    assert_eq!(receiver.seen().len(), 10);
    let letters = desk.events.dead_letters(&endpoint, &PageQuery::default()).await.unwrap().data;
    assert_eq!((letters.len(), letters[0].attempts), (1, 10));
    assert_eq!(letters[0].event.kind, EventType::ConnectionConnected.as_str());
    let replayed = desk.events.replay(&desk.ctx(), &endpoint, &Replay::DeadLettered).await.unwrap();
    assert_eq!(replayed.events, Some(1));
    desk.deliver().await;
    assert_eq!(receiver.accepted().len(), 1);
    let backlog = desk.events.backlog(&endpoint).await.unwrap();
    assert_eq!((backlog.retrying, backlog.dead_lettered), (0, 0));
}

#[tokio::test]
async fn an_endpoint_that_fails_rests_and_loses_nothing() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&vec![Reaction::Status(503, ""); 5]).await;
    let other = Receiver::start(&[]).await;
    let (endpoint, _) = desk.endpoint(None, &receiver.url(), &[]).await;
    desk.endpoint(None, &other.url(), &[]).await;
    let id = desk.connect(None).await;
    desk.happen(&id, 199).await;
    desk.deliver().await;
    assert_eq!(other.accepted().len(), 200, "others do not wait");
    let tried = receiver.seen().len();
    assert!((3..=6).contains(&tried), "{tried} attempts before it rests");
    assert!(desk.fresh(&endpoint).await.cooldown_until.is_some());
    // Tried out with one event at a time until it works, then everything.
    for _ in 0..40 {
        desk.pass(600);
        desk.deliver().await;
    }
    let ids: std::collections::BTreeSet<_> = receiver
        .seen()
        .iter()
        .filter(|(_, reaction)| *reaction == OK)
        .map(|(delivery, _)| delivery.header("webhook-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 200);
    let mended = desk.fresh(&endpoint).await;
    assert_eq!((mended.failures, mended.cooldown_until), (0, None));
}

#[tokio::test]
async fn retry_after_is_kept() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[Reaction::Status(429, "retry-after: 120\r\n")]).await;
    let (endpoint, _) = desk.endpoint(None, &receiver.url(), &[]).await;
    desk.connect(None).await;
    desk.deliver().await;
    desk.pass(119);
    desk.deliver().await;
    assert_eq!(outcomes(&desk, &endpoint).await.len(), 1);
    desk.pass(2);
    desk.deliver().await;
    assert_eq!(outcomes(&desk, &endpoint).await, ["1. refused", "2. delivered"]);
}

#[tokio::test]
async fn gone_disables_and_what_happens_meanwhile_is_sent_when_it_is_enabled() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[Reaction::Status(410, "")]).await;
    let (endpoint, _) = desk.endpoint(None, &receiver.url(), &[]).await;
    let id = desk.connect(None).await;
    desk.deliver().await;
    let disabled = desk.fresh(&endpoint).await;
    assert_eq!(disabled.disabled_reason.as_deref(), Some("the endpoint answered 410 Gone"));
    desk.happen(&id, 2).await;
    desk.pass(86_400);
    desk.deliver().await;
    assert_eq!(receiver.seen().len(), 1);
    let profile = crate::core::outbox::EndpointProfile { url: receiver.url(), ..Default::default() };
    let enabled = desk.events.change(&desk.ctx(), disabled, profile, true).await.unwrap();
    assert_eq!(enabled.disabled_at, None);
    desk.deliver().await;
    assert_eq!(receiver.seen().len(), 4, "the one that failed and the two since");
}

#[tokio::test]
async fn an_answer_without_end_counts_as_what_its_status_says() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[Reaction::EndlessBody]).await;
    let (endpoint, _) = desk.endpoint(None, &receiver.url(), &[]).await;
    desk.connect(None).await;
    desk.deliver().await;
    assert_eq!(outcomes(&desk, &endpoint).await, ["1. delivered"]);
}

#[tokio::test]
async fn while_a_secret_is_changed_both_sign() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[]).await;
    let (endpoint, first) = desk.endpoint(None, &receiver.url(), &[]).await;
    let issued = desk.events.rotate(&desk.ctx(), endpoint, false).await.unwrap();
    let second = issued.secret.to_string();
    assert!(matches!(
        desk.events.rotate(&desk.ctx(), issued.endpoint.clone(), false).await,
        Err(Error::RotationRunning(_))
    ));
    let id = desk.connect(None).await;
    desk.deliver().await;
    let both = receiver.seen()[0].0.clone();
    both.verify(&first);
    both.verify(&second);
    assert_eq!(both.header("webhook-signature").split(' ').count(), 2);
    desk.pass(86_401);
    desk.happen(&id, 1).await;
    desk.deliver().await;
    let after = receiver.seen()[1].0.clone();
    after.verify(&second);
    assert_eq!(after.header("webhook-signature").split(' ').count(), 1);
    let leaked = desk.events.rotate(&desk.ctx(), desk.fresh(&issued.endpoint).await, true).await.unwrap();
    desk.happen(&id, 1).await;
    desk.deliver().await;
    receiver.seen()[2].0.verify(&leaked.secret);
    assert_eq!(receiver.seen()[2].0.header("webhook-signature").split(' ').count(), 1);
}

#[tokio::test]
async fn what_was_delivered_can_be_sent_again_one_or_since_a_time() {
    let desk = Desk::new().await;
    desk.channel("ch_a").await;
    let receiver = Receiver::start(&[]).await;
    let (endpoint, _) = desk.endpoint(Some("ch_a"), &receiver.url(), &[]).await;
    let id = desk.connect(Some("ch_a")).await;
    desk.pass(60);
    let from = desk.deliverer.sender.clock.now();
    desk.pass(60);
    desk.happen(&id, 3).await;
    let foreign = desk.connect(None).await;
    desk.deliver().await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 4);
    let one = seen[1].0.header("webhook-id").to_owned();
    desk.events.replay(&desk.ctx(), &endpoint, &Replay::Event(one.clone())).await.unwrap();
    desk.deliver().await;
    assert_eq!(receiver.seen()[4].0.header("webhook-id"), one);
    desk.events.replay(&desk.ctx(), &endpoint, &Replay::Since(from)).await.unwrap();
    desk.deliver().await;
    let again: Vec<_> = receiver.seen()[5..].iter().map(|(delivery, _)| delivery.body.clone()).collect();
    assert_eq!(again, seen[1..4].iter().map(|(delivery, _)| delivery.body.clone()).collect::<Vec<_>>());
    let page = desk.events.events(None, &[], Some(foreign.as_str()), &PageQuery::first(1)).await.unwrap();
    let not_received = Replay::Event(page.data[0].id.clone());
    assert!(matches!(desk.events.replay(&desk.ctx(), &endpoint, &not_received).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_test_is_sent_to_its_endpoint_alone_even_if_it_is_disabled() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[OK, Reaction::Status(500, "")]).await;
    let (endpoint, secret) = desk.endpoint(None, &receiver.url(), &["offer.*"]).await;
    let attempt = desk.events.test(&endpoint).await.unwrap();
    assert_eq!((attempt.outcome.as_str(), attempt.status), ("delivered", Some(200)));
    let (delivery, _) = &receiver.seen()[0];
    delivery.verify(&secret);
    assert_eq!(
        (&delivery.event()["type"], &delivery.event()["data"]["endpoint_id"]),
        (&json!("endpoint.test"), &json!(endpoint.id))
    );
    assert_eq!(desk.events.test(&endpoint).await.unwrap().outcome, "refused");
    assert_eq!(outcomes(&desk, &endpoint).await.len(), 2);
    assert_eq!(desk.events.backlog(&endpoint).await.unwrap().retrying, 0, "a test is not repeated");
    assert_eq!(desk.events.events(None, &[], None, &PageQuery::default()).await.unwrap().data.len(), 0);
}

#[tokio::test]
async fn a_claim_of_a_host_that_died_runs_out_and_its_events_come_again_with_their_ids() {
    let desk = Desk::new().await;
    let receiver = Receiver::start(&[]).await;
    let (endpoint, _) = desk.endpoint(None, &receiver.url(), &[]).await;
    desk.connect(None).await;
    let now = desk.deliverer.sender.clock.now();
    let claimed = desk.deliverer.store.claim_endpoint(now, now.plus_seconds(20)).await.unwrap().unwrap();
    let due = desk.deliverer.store.due(&claimed, now, 10).await.unwrap();
    let event = due.fresh[0].clone();
    // It was sent, but what came of it was never written.
    let secrets = desk.deliverer.sender.secrets(&endpoint).await.unwrap();
    desk.deliverer.sender.send(&endpoint, &secrets, &event.clone().into(), event.seq, 1).await;
    desk.deliver().await;
    assert_eq!(receiver.seen().len(), 1, "the claim holds");
    desk.pass(21);
    desk.deliver().await;
    let ids: Vec<_> = receiver.seen().iter().map(|(delivery, _)| delivery.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, [event.id.clone(), event.id]);
    let commit = crate::model::endpoint::DeliveryCommit {
        claimed: &claimed,
        attempts: &[],
        position: 0,
        failures: 9,
        cooldown_until: None,
        disabled: Some("late"),
        now,
    };
    assert!(!desk.deliverer.store.commit_delivery(commit).await.unwrap(), "what comes late is refused");
    assert_eq!(desk.fresh(&endpoint).await.disabled_at, None);
}

#[tokio::test]
async fn a_cursor_goes_on_where_it_ended_and_says_when_that_is_gone() {
    let desk = Desk::new().await;
    let id = desk.connect(None).await;
    let first = desk.events.events(None, &[], None, &PageQuery::first(10)).await.unwrap();
    assert_eq!((first.data.len(), first.has_more), (1, false));
    let latest = desk.events.events(None, &[], None, &PageQuery::after(10, Some("latest".into()))).await.unwrap();
    assert_eq!((latest.data.len(), &latest.next_cursor), (0, &first.next_cursor));
    desk.happen(&id, 3).await;
    let after = |cursor: &str| PageQuery::after(2, Some(cursor.to_owned()));
    let second = desk.events.events(None, &[], None, &after(&first.next_cursor)).await.unwrap();
    assert_eq!((second.data.len(), second.has_more), (2, true));
    let third = desk.events.events(None, &[], None, &after(&second.next_cursor)).await.unwrap();
    assert_eq!((third.data.len(), third.has_more), (1, false));
    desk.pass(10);
    let now = desk.deliverer.sender.clock.now();
    desk.deliverer.store.prune_outbox(now, now).await.unwrap();
    assert!(matches!(desk.events.events(None, &[], None, &after(&first.next_cursor)).await, Err(Error::CursorExpired)));
    assert!(desk.events.events(None, &[], None, &after(&third.next_cursor)).await.is_ok(), "nothing was missed");
    assert!(desk.events.events(None, &[], None, &PageQuery::first(1)).await.is_ok());
    assert!(matches!(desk.events.events(None, &[], None, &after("x")).await, Err(Error::Store(_))));
    let wrong = desk.events.events(None, &["offers".into()], None, &PageQuery::first(1)).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))));
}
