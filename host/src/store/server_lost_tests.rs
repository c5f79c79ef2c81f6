//! What is lost on the way to a server, and a server that is lost: nothing acknowledged is missing, nothing is there twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use connector_api::domain::{ConnectionId, Timestamp};
use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};
use tokio::{sync::Notify, time::timeout};

use crate::{
    model::{connection::SyncFailure, event::ConnectionEvent, outbox::OutboxFilter},
    store::{
        Error, Store, db,
        server::ServerProblem,
        suite::{
            cluster::{Pair, url},
            cut::{Cut, Way},
            fixture::{at, connect},
            server::{Database, run},
        },
    },
};

fn event(id: &ConnectionId, cause: &str) -> ConnectionEvent {
    ConnectionEvent {
        seq: 0,
        connection_id: id.clone(),
        kind: "deletions_accepted".to_owned(),
        before: None,
        after: None,
        cause: Some(cause.to_owned()),
        actor: Some("test".to_owned()),
        at: at(1),
    }
}

/// How often each event was recorded.
async fn recorded(store: &Store) -> BTreeMap<String, i64> {
    let sql = "SELECT cause, count(*) FROM connection_event WHERE actor = 'test' GROUP BY cause";
    let read = || async { Ok(db::query_as(sql).fetch_all(&store.readers).await?) };
    let rows: Vec<(String, i64)> = store.explained(read).await.unwrap();
    rows.into_iter().collect()
}

async fn failures(store: &Store, id: &ConnectionId) -> i64 {
    let sql = "SELECT sync_failures FROM connections WHERE id = $1";
    store
        .explained(|| async { Ok(db::query_scalar(sql).bind(id.as_str()).fetch_one(&store.readers).await?) })
        .await
        .unwrap()
}

/// A write of one statement that counts how often it is applied.
async fn fail(store: &Store, id: &ConnectionId) -> Result<(), Error> {
    let failure = SyncFailure { error: "it failed".to_owned(), counts_up_to: u32::MAX };
    store.note_sync(id, Some(&failure), at(1)).await.map(drop)
}

#[tokio::test]
async fn a_commit_is_applied_once_whatever_of_it_is_lost() {
    let database = Database::fresh().await;
    let way = Way::to(&database.url()).await;
    let store = Store::open_url(&format!("{}&host=127.0.0.1&port={}", database.url(), way.port)).await.unwrap();
    let id = connect(&store, "Shop").await;
    let mut applied = 0;
    for cut in [Cut::Nothing, Cut::Commit, Cut::Answer] {
        applied += 1;
        way.cut(cut);
        assert!(store.record_event(&event(&id, &format!("{cut:?}")), None).await.unwrap());
        way.cut(cut);
        fail(&store, &id).await.unwrap();
        assert_eq!(failures(&store, &id).await, applied, "{cut:?}");
    }
    assert_eq!(recorded(&store).await.into_values().collect::<Vec<_>>(), [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_that_arrives_after_it_was_given_up_is_refused() {
    let database = Database::fresh().await;
    let way = Way::to(&database.url()).await;
    let store = Store::open_url(&format!("{}&host=127.0.0.1&port={}", database.url(), way.port)).await.unwrap();
    let id = connect(&store, "Shop").await;
    way.cut(Cut::Late);
    let (writer, of_writer) = (store.clone(), id.clone());
    let written = tokio::spawn(async move { fail(&writer, &of_writer).await });
    // It is done again, and waits for the row that the lost one has locked.
    let mut closed: i64 = 0;
    while closed == 0 {
        let sql = "SELECT count(*) FROM commit_marker WHERE closed IS NOT NULL";
        closed = db::query_scalar(sql).fetch_one(&store.readers).await.unwrap();
    }
    way.deliver().await;
    written.await.unwrap().unwrap();
    assert_eq!(failures(&store, &id).await, 1);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the server dates its rows by the clock of this machine")]
async fn markers_of_old_sessions_are_removed() {
    let database = Database::fresh().await;
    let store = database.open().await;
    let id = connect(&store, "Shop").await;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_unix_ms(i64::try_from(since_1970.as_millis()).unwrap()).unwrap();
    assert_eq!(store.prune_commit_markers(now).await.unwrap(), 0);
    assert_eq!(store.prune_commit_markers(now.plus_seconds(3 * 86_400)).await.unwrap(), 1);
    fail(&store, &id).await.unwrap();
    assert_eq!(failures(&store, &id).await, 1);
}

#[tokio::test]
async fn the_host_that_writes_is_found_among_several() {
    let pair = Pair::fresh().await;
    run(&mut pair.leader.admin().await, "CREATE DATABASE store".to_owned()).await;
    let (leader, follower) = (pair.leader.port, pair.follower.port);
    for ports in [vec![leader, follower], vec![follower, leader], vec![5999, follower, leader]] {
        let store = Store::open_url(&url(pair.folder.path(), &ports, "store")).await.unwrap();
        connect(&store, "Shop").await;
        store.close().await;
    }
    let only = |ports: &[u16]| url(pair.folder.path(), ports, "store");
    for ports in [vec![follower], vec![follower, 5999]] {
        match Store::open_url(&only(&ports)).await {
            Err(Error::Server { problem: ServerProblem::ReadOnly, .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    match Store::open_url(&only(&[5998, 5999])).await {
        Err(Error::Server { problem: ServerProblem::Unreachable(_), .. }) => {}
        other => panic!("{other:?}"),
    }
}

/// Writes until `end` is set; notes what was acknowledged.
async fn write(store: Store, id: ConnectionId, name: usize, end: Arc<AtomicBool>, acknowledged: Arc<Acknowledged>) {
    let mut number = 0;
    while !end.load(Ordering::Relaxed) {
        let cause = format!("{name} {number}");
        number += 1;
        match store.record_event(&event(&id, &cause), None).await {
            Ok(_) => acknowledged.note(cause),
            Err(error) => acknowledged.refused(&error),
        }
        match fail(&store, &id).await {
            Ok(()) => *acknowledged.failures.lock().unwrap().entry(id.clone()).or_default() += 1,
            Err(error) => acknowledged.refused(&error),
        }
    }
}

#[derive(Default)]
struct Acknowledged {
    causes: Mutex<BTreeSet<String>>,
    failures: Mutex<BTreeMap<ConnectionId, i64>>,
    refused: Mutex<Vec<String>>,
    /// When writes were acknowledged.
    times: Mutex<Vec<Instant>>,
    written: Notify,
}

impl Acknowledged {
    fn note(&self, cause: String) {
        assert!(self.causes.lock().unwrap().insert(cause));
        self.times.lock().unwrap().push(Instant::now());
        self.written.notify_one();
    }

    fn refused(&self, error: &Error) {
        self.refused.lock().unwrap().push(error.to_string());
    }

    fn number(&self) -> usize {
        self.times.lock().unwrap().len()
    }

    async fn more(&self, number: usize) {
        let enough = self.number() + number;
        let written = async {
            while self.number() < enough {
                self.written.notified().await;
            }
        };
        let waited = timeout(Duration::from_mins(1), written).await;
        assert!(waited.is_ok(), "nothing is written any more: {:?}", self.refused.lock());
    }

    /// The first write after a time.
    fn first_after(&self, time: Instant) -> Duration {
        self.times.lock().unwrap().iter().find(|written| **written > time).unwrap().duration_since(time)
    }
}

#[expect(clippy::print_stderr, reason = "how long each fail-over took")]
async fn fail_over(times: usize) {
    let mut pair = Pair::fresh().await;
    run(&mut pair.leader.admin().await, "CREATE DATABASE store".to_owned()).await;
    let hosts = join_all((0..2).map(|_| async { Store::open_url(&pair.url("store")).await.unwrap() })).await;
    let mut ids = vec![];
    for number in 0..4 {
        ids.push(connect(&hosts[0], &format!("Shop {number}")).await);
    }
    let (end, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Acknowledged::default()));
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let (host, id) = (hosts[number % 2].clone(), ids[number % 4].clone());
            tokio::spawn(write(host, id, number, Arc::clone(&end), Arc::clone(&acknowledged)))
        })
        .collect();
    for time in 0..times {
        acknowledged.more(200).await;
        let began = Instant::now();
        let (moved, promoted) = tokio::task::spawn_blocking(move || {
            let promoted = pair.fail_over(time % 2 == 0);
            (pair, promoted)
        })
        .await
        .unwrap();
        pair = moved;
        acknowledged.more(100).await;
        let (outage, again) = (promoted - began, acknowledged.first_after(promoted));
        eprintln!("fail-over {time}: {outage:?} until the promotion, writing {again:?} after it");
        assert!(again < Duration::from_secs(5), "writing again only {again:?} after the promotion");
        if time + 1 < times {
            pair.follow_again().await;
        }
    }
    acknowledged.more(100).await;
    end.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let refused = acknowledged.refused.lock().unwrap().clone();
    eprintln!("{} writes acknowledged, {} refused", acknowledged.number(), refused.len());
    assert!(refused.is_empty(), "{refused:?}");
    let found = recorded(&hosts[0]).await;
    let twice: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(found.into_keys().collect::<BTreeSet<_>>(), *acknowledged.causes.lock().unwrap());
    let counted = acknowledged.failures.lock().unwrap().clone();
    for id in &ids {
        assert_eq!(failures(&hosts[0], id).await, counted[id], "a failure is missing or was counted twice");
    }
    let (mut position, head) = (0, hosts[0].outbox_head().await.unwrap());
    while position < head {
        let page = hosts[0].outbox(&OutboxFilter::default(), position, 500).await.unwrap();
        for event in page.events {
            position += 1;
            assert_eq!(event.seq, position, "a number of an event is missing");
        }
    }
}

/// `CONNECTOR_HOST_FAIL_OVERS` says how often; once otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_standby_takes_over_and_nothing_is_lost_or_doubled() {
    let times = env::var_os("CONNECTOR_HOST_FAIL_OVERS");
    let times = times.and_then(|times| times.to_str()?.parse().ok()).unwrap_or(1);
    fail_over(times).await;
}

#[tokio::test]
async fn a_newer_version_may_add_columns_to_every_table_meanwhile() {
    let database = Database::fresh().await;
    let store = database.open().await;
    let id = connect(&store, "Shop").await;
    let mut admin = PgConnection::connect(&database.url()).await.unwrap();
    let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut admin).await.unwrap();
    let read = async || {
        store.channel("ch_1").await.unwrap();
        assert!(store.connection(&id).await.unwrap().is_some());
    };
    read().await;
    for table in &tables {
        run(&mut admin, format!("ALTER TABLE {table} ADD COLUMN added_by_the_next_version BIGINT")).await;
    }
    // On the session that has kept the statements prepared.
    read().await;
    fail(&store, &id).await.unwrap();
    assert_eq!(failures(&store, &id).await, 1);
}

#[tokio::test]
async fn sessions_that_the_server_ends_are_replaced_in_the_middle_of_work() {
    let database = Database::fresh().await;
    let store = database.open().await;
    let id = connect(&store, "Shop").await;
    let mut admin = PgConnection::connect(&database.server.url("postgres")).await.unwrap();
    let end = async || {
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1";
        let _: i64 = sqlx::query_scalar(sql).bind(&database.name).fetch_one(&mut admin).await.unwrap();
    };
    let end = tokio::sync::Mutex::new(end);
    let tries = AtomicBool::new(false);
    store
        .explained(|| async {
            let mut tx = store.begin().await?;
            let sql = "UPDATE connections SET sync_failures = sync_failures + 1 WHERE id = $1";
            db::query(sql).bind(id.as_str()).execute(&mut *tx).await?;
            if !tries.swap(true, Ordering::Relaxed) {
                (end.lock().await)().await;
            }
            db::query(sql).bind(id.as_str()).execute(&mut *tx).await?;
            Ok(tx.commit().await?)
        })
        .await
        .unwrap();
    assert!(store.connection(&id).await.unwrap().is_some());
    assert_eq!(failures(&store, &id).await, 2);
}
