//! Any interleaving of duplicates, time-outs, lost answers, late orders and deaths: at most one order per key at any time,
//! and exactly one in the end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::world::{Fault, SETTLE_S, World};
use crate::{
    core::order::Error,
    model::intent::{Begun, IntentState},
};

#[derive(Debug, Clone)]
enum Action {
    /// A caller sends a request, for the first time or again.
    Submit(usize),
    /// Two callers send the same request at once.
    Twice(usize),
    /// The host dies in the middle of a request.
    Die(usize),
    /// Time passes, in seconds.
    Wait(i64),
    /// The resolver does one thing.
    Step,
}

const KEYS: [&str; 3] = ["a", "b", "c"];

fn action() -> impl Strategy<Value = Action> {
    let key = 0..KEYS.len();
    prop_oneof![
        4 => key.clone().prop_map(Action::Submit),
        1 => key.clone().prop_map(Action::Twice),
        2 => key.prop_map(Action::Die),
        4 => prop_oneof![1_i64..15, 15_i64..60].prop_map(Action::Wait),
        4 => Just(Action::Step),
    ]
}

/// What happens to requests that come to an end.
fn fault() -> impl Strategy<Value = Option<Fault>> {
    let code = prop::sample::select(vec!["timeout", "platform_unavailable", "unreachable", "plugin_panicked"]);
    prop_oneof![
        2 => Just(None),
        2 => code.clone().prop_map(|code| Some(Fault::Answer(code))),
        2 => code.clone().prop_map(|code| Some(Fault::DoneThen(code))),
        4 => (code, 1..SETTLE_S).prop_map(|(code, seconds)| Some(Fault::DoneLate(code, seconds))),
        1 => Just(Some(Fault::Answer("rate_limited"))),
    ]
}

fn death() -> impl Strategy<Value = Fault> {
    prop_oneof![Just(Fault::Hang { done: true }), Just(Fault::Hang { done: false }), Just(Fault::DieReceiving)]
}

async fn run(actions: Vec<(Action, Option<Fault>, Fault, bool)>) {
    let mut world = World::new().await;
    let mut asked = std::collections::BTreeSet::new();
    for (action, fault, death, blind) in actions {
        world.shop.faults.lock().unwrap().extend(fault);
        world.shop.blind.lock().unwrap().extend(blind.then_some("platform_unavailable"));
        match action {
            Action::Submit(key) => {
                asked.insert(key);
                expected_end(&world.submit(KEYS[key]).await);
            }
            Action::Twice(key) => {
                asked.insert(key);
                let (first, second) = tokio::join!(world.submit(KEYS[key]), world.submit(KEYS[key]));
                expected_end(&first);
                expected_end(&second);
            }
            Action::Die(key) => {
                asked.insert(key);
                *world.shop.faults.lock().unwrap() = [death].into();
                let begun = world.begin(KEYS[key]).await;
                if let Begun::Claimed(claimed) = begun {
                    let ctx = world.ctx();
                    tokio::select! {
                        biased;
                        () = world.shop.dies.notified() => {}
                        _ = world.orders.carry_on(&ctx, *claimed) => {}
                    }
                }
                world.shop.faults.lock().unwrap().clear();
                world.restart().await;
            }
            Action::Wait(seconds) => world.clock.advance(seconds),
            Action::Step => drop(world.resolver.step().await.unwrap()),
        }
        world.shop.faults.lock().unwrap().clear();
        at_most_one(&world);
    }
    world.shop.blind.lock().unwrap().clear();
    world.let_time_pass().await;
    for key in &asked {
        // Who was reported that it was not done sends it again.
        if world.intent(KEYS[*key]).await.repeatable {
            world.submit(KEYS[*key]).await.unwrap();
        }
        assert_eq!(world.intent(KEYS[*key]).await.state, IntentState::Confirmed);
    }
    at_most_one(&world);
    assert_eq!(world.shop.placed().len(), asked.len(), "exactly one for each that was asked for");
}

fn expected_end(end: &Result<crate::core::order::Intent, Error>) {
    assert!(matches!(end, Ok(_) | Err(Error::InFlight | Error::Refused(_))), "{end:?}");
}

fn at_most_one(world: &World) {
    let mut counts = BTreeMap::<String, u32>::new();
    for key in world.shop.placed() {
        *counts.entry(key).or_default() += 1;
    }
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn one_key_is_one_order(actions in prop::collection::vec((action(), fault(), death(), any::<bool>()), 1..20)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(actions));
    }
}
