//! What happens once in a while, with a clock that is moved by hand.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use connector_api::domain::Timestamp;

use super::{SyncQueue, Upkeep};
use crate::{
    clock::Clock,
    connection::{Connection, ConnectionService, ConnectionStatus, Environment},
    model::{horizon::Horizons, outbox::OutboxFilter},
    net::{BudgetConfig, Network, NetworkPolicy},
    plugin::Registry,
    secret::{Keyring, Vault},
    store::Store,
};

const DAY_S: i64 = 86_400;

struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

#[tokio::test]
async fn events_are_forgotten_after_their_days_and_readers_see_the_gap() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).await.unwrap();
    let clock = Arc::new(SetClock(AtomicI64::new(1_760_000_000_000)));
    let connections = ConnectionService {
        store: store.clone(),
        vault: Vault::new(store.clone(), Arc::new(Keyring::generate().unwrap()), "test"),
        registry: Arc::new(Registry::default()),
        network: Arc::new(Network::new(NetworkPolicy::default()).unwrap()),
        budget: BudgetConfig::default(),
        clock: clock.clone(),
        http_deadline: Duration::from_secs(1),
        actor: "test".into(),
    };
    let queue = SyncQueue::new(store.clone(), clock.clone());
    let mut upkeep = Upkeep {
        connections,
        queue,
        check_every_h: 0,
        sync_every_min: 0,
        events_kept_days: 30,
        horizons: Horizons { sync_pause_s: 3_600, claim_s: 60, session_s: 3_600, login_s: 3_600 },
        tried: HashMap::new(),
    };
    // A new connection is an event; the second comes ten days after the first.
    let connect = async |label: &str| {
        let mut connection = Connection::new("demo", "1.0.0", label, Environment::Test, clock.now());
        connection.health.status = ConnectionStatus::Active;
        store.insert_connection(&mut connection).await.unwrap();
    };
    let pass = |days: i64| clock.0.fetch_add(days * DAY_S * 1_000, Ordering::SeqCst);
    let mut left = async || {
        upkeep.round(true).await.unwrap();
        let page = store.outbox(&OutboxFilter::default(), 0, 250).await.unwrap();
        (page.events.len(), page.removed_up_to)
    };
    connect("1").await;
    pass(10);
    connect("2").await;
    pass(20);
    assert_eq!(left().await, (2, 0), "thirty days are not over");
    pass(1);
    assert_eq!(left().await, (1, 1), "the first is gone, and whoever stands before it is told so");
    pass(10);
    assert_eq!(left().await, (0, 2));
    connect("3").await;
    assert_eq!(left().await, (1, 2), "numbers are not used again");
}
