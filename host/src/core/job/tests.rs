//! What happens once in a while, with a clock that is moved by hand.

use std::collections::HashMap;

use super::Upkeep;
use crate::{
    model::{horizon::Horizons, outbox::OutboxFilter},
    testing::{SetClock, World},
};

const DAY_S: i64 = 86_400;

#[tokio::test]
async fn events_are_forgotten_after_their_days_and_readers_see_the_gap() {
    let clock = SetClock::new();
    let world = World::new(&clock).await;
    let store = world.store.clone();
    let mut upkeep = Upkeep {
        store: store.clone(),
        clock: world.clock.clone(),
        connectors: world.connectors.clone(),
        checker: world.checker.clone(),
        queue: world.queue.clone(),
        check_every_h: 0,
        sync_every_min: 0,
        events_kept_days: 30,
        audit_kept_days: 400,
        horizons: Horizons { sync_pause_s: 3_600, claim_s: 60, session_s: 3_600, login_s: 3_600 },
        tried: HashMap::new(),
    };
    // A new connection is an event; the second comes ten days after the first.
    let connect = async || drop(world.connect(|_| {}).await);
    let pass = |days: i64| clock.advance(days * DAY_S);
    let mut left = async || {
        upkeep.round(true).await.unwrap();
        let page = store.outbox(&OutboxFilter::default(), 0, 250).await.unwrap();
        (page.events.len(), page.removed_up_to)
    };
    connect().await;
    pass(10);
    connect().await;
    pass(20);
    assert_eq!(left().await, (2, 0), "thirty days are not over");
    pass(1);
    assert_eq!(left().await, (1, 1), "the first is gone, and whoever stands before it is told so");
    pass(10);
    assert_eq!(left().await, (0, 2));
    connect().await;
    assert_eq!(left().await, (1, 2), "numbers are not used again");
}
