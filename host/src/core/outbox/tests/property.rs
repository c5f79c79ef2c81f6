//! Whatever the endpoint does, every event arrives in the end, with one id and a signature that holds. Only an event that
//! failed ten times is dead-lettered, and even that one arrives when the dead letters are replayed.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, test_runner::Config};

use super::{
    Desk,
    receiver::{OK, Reaction, Receiver},
};
use crate::core::outbox::{Endpoint, events::Replay};

fn reaction() -> impl Strategy<Value = Reaction> {
    prop_oneof![
        4 => Just(OK),
        2 => Just(Reaction::Status(500, "")),
        1 => Just(Reaction::Status(429, "retry-after: 7\r\n")),
        1 => Just(Reaction::Status(404, "")),
        2 => Just(Reaction::Reset),
        1 => Just(Reaction::Silence),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 12, ..Config::default() })]

    #[test]
    fn every_event_arrives_with_one_id_and_a_valid_signature(plan in vec(reaction(), 0..25), bursts in vec(1_usize..8, 1..5)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(arrives(&plan, &bursts));
    }
}

/// The plan that dead-letters the most: chance alone seldom draws it.
#[tokio::test]
async fn events_dead_lettered_arrive_when_replayed() {
    arrives(&vec![Reaction::Status(500, ""); 24], &[3, 2]).await;
}

async fn arrives(plan: &[Reaction], bursts: &[usize]) {
    let desk = Desk::new().await;
    let receiver = Receiver::start(plan).await;
    let (endpoint, secret) = desk.endpoint(None, &receiver.url(), &[]).await;
    let id = desk.connect(None).await;
    for burst in bursts {
        desk.happen(&id, *burst).await;
        desk.deliver().await;
        desk.pass(3);
    }
    settle(&desk, &endpoint).await;
    let dead_lettered = desk.events.backlog(&endpoint).await.unwrap().dead_lettered;
    let tried = received(&receiver, &secret);
    assert_eq!(
        tried.values().filter(|tried| **tried == (10, 0)).count() as u64,
        dead_lettered,
        "dead-lettered: tried ten times"
    );
    while desk.events.backlog(&endpoint).await.unwrap().dead_lettered > 0 {
        desk.events.replay(&desk.ctx(), &endpoint, &Replay::DeadLettered).await.unwrap();
        settle(&desk, &endpoint).await;
    }
    let tried = received(&receiver, &secret);
    assert_eq!(tried.len(), 1 + bursts.iter().sum::<usize>(), "{tried:?}");
    assert!(tried.values().all(|(_, accepted)| *accepted == 1), "accepted once, sent no more: {tried:?}");
    let backlog = desk.events.backlog(&endpoint).await.unwrap();
    assert_eq!((backlog.retrying, backlog.dead_lettered), (0, 0));
}

/// Lets three days pass, and more while something is still tried again.
async fn settle(desk: &Desk, endpoint: &Endpoint) {
    let mut rounds = 0;
    while rounds < 144 || desk.events.backlog(endpoint).await.unwrap().retrying > 0 {
        desk.deliver().await;
        desk.pass(1_800);
        rounds += 1;
    }
}

/// How often each event was sent and accepted, by id.
fn received(receiver: &Receiver, secret: &str) -> BTreeMap<String, (usize, usize)> {
    let mut tried: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut of_sequence: BTreeMap<String, String> = BTreeMap::new();
    for (delivery, reaction) in receiver.seen() {
        delivery.verify(secret);
        let (event, id) = (delivery.event(), delivery.header("webhook-id").to_owned());
        let sequence = event["sequence"].as_str().unwrap().to_owned();
        assert_eq!(of_sequence.entry(sequence).or_insert_with(|| id.clone()), &id, "one event, one id");
        let (times, accepted) = tried.entry(id).or_default();
        *times += 1;
        *accepted += usize::from(reaction == OK);
    }
    tried
}
