//! Whatever the endpoint does, every event arrives in the end, with one id and a signature that holds.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, test_runner::Config};

use super::{
    Desk,
    receiver::{OK, Reaction, Receiver},
};

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
    for _ in 0..200 {
        desk.deliver().await;
        desk.pass(1_800);
    }
    let mut accepted: BTreeMap<String, usize> = BTreeMap::new();
    let mut of_sequence: BTreeMap<String, String> = BTreeMap::new();
    for (delivery, reaction) in receiver.seen() {
        delivery.verify(&secret);
        let (event, id) = (delivery.event(), delivery.header("webhook-id").to_owned());
        let sequence = event["sequence"].as_str().unwrap().to_owned();
        assert_eq!(of_sequence.entry(sequence).or_insert_with(|| id.clone()), &id, "one event, one id");
        if reaction == OK {
            *accepted.entry(id).or_default() += 1;
        }
    }
    assert_eq!(accepted.len(), 1 + bursts.iter().sum::<usize>(), "{accepted:?}");
    assert!(accepted.values().all(|times| *times == 1), "accepted once, sent no more: {accepted:?}");
    let backlog = desk.events.backlog(&endpoint).await.unwrap();
    assert_eq!((backlog.retrying, backlog.dead), (0, 0));
}
