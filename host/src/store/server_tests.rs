//! The suite on PostgreSQL, and what only a server can suffer: no rights, another version, a standby, several hosts at once.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use connector_api::domain::ConnectionId;
use futures_util::future::join_all;
use sqlx::Connection;
use tokio::sync::Barrier;

use crate::model::{
    event::ConnectionEvent,
    job::SyncJob,
    outbox::OutboxFilter,
    run::Trigger,
    webhook::{NewDelivery, Proof, Reading, ReadingCommit, WebhookClaim},
};
use crate::store::{
    Error, Store, db,
    server::ServerProblem,
    suite::{
        fixture::{Fixture, at, connect},
        run_suite,
        server::{Database, run},
    },
};

async fn fresh() -> Fixture {
    let database = Database::fresh().await;
    Fixture { store: database.open().await, _keep: Box::new(database) }
}

run_suite!(crate::store::server_tests::fresh);

async fn refused(url: &str) -> ServerProblem {
    match Store::open_url(url).await {
        Err(Error::Server { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_named_without_its_password() {
    for url in
        ["store.db", "mysql://host/store", "postgres://user:secret@host:port/store", "postgres://h/s?sslmode=secret"]
    {
        let error = Store::open_url(url).await.unwrap_err();
        assert!(matches!(&error, Error::Server { problem: ServerProblem::Address(_), .. }), "{url}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let error = Store::open_url("postgres://user:secret@127.0.0.1:1/store").await.unwrap_err();
    assert!(error.to_string().starts_with("the database store at 127.0.0.1:1 cannot be reached"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn what_a_server_does_not_have_or_allow_is_named() {
    let database = Database::fresh().await;
    let (server, name) = (&database.server, &database.name);
    assert!(matches!(refused(&server.url("nothing_here")).await, ServerProblem::NoDatabase(_)));
    assert!(matches!(refused(&server.url_of("nobody_here", "postgres")).await, ServerProblem::Login(_)));
    let mut admin = server.admin().await;
    let role = format!("role_{name}");
    run(&mut admin, format!("CREATE ROLE {role} LOGIN")).await;
    assert!(matches!(refused(&server.url_of(&role, name)).await, ServerProblem::Rights(_)));
    let mut owner = sqlx::PgConnection::connect(&database.url()).await.unwrap();
    run(&mut owner, format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")).await;
    let store = Store::open_url(&server.url_of(&role, name)).await.unwrap();
    connect(&store, "a user that may not change the schema").await;
    store.close().await;
    run(&mut admin, format!("ALTER ROLE {role} SET default_transaction_read_only = on")).await;
    assert_eq!(refused(&server.url_of(&role, name)).await, ServerProblem::ReadOnly);
    run(&mut owner, format!("DROP OWNED BY {role}")).await;
    owner.close().await.unwrap();
    run(&mut admin, format!("DROP ROLE {role}")).await;
    let latin = format!("latin_{name}");
    run(&mut admin, format!("CREATE DATABASE {latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")).await;
    assert_eq!(refused(&server.url(&latin)).await, ServerProblem::Encoding("LATIN1".to_owned()));
    run(&mut admin, format!("DROP DATABASE {latin}")).await;
    admin.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let database = Database::fresh().await;
    let url = database.url();
    let mut db = sqlx::PgConnection::connect(&url).await.unwrap();
    run(
        &mut db,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'x', TRUE, '', 0)"
            .to_owned(),
    )
    .await;
    db.close().await.unwrap();
    let error = Store::open_url(&url).await.unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
}

/// Several hosts on one database, and connections of it.
async fn hosts(connections: usize) -> (Database, Vec<Store>, Vec<ConnectionId>) {
    let database = Database::fresh().await;
    let hosts = join_all((0..3).map(|_| database.open())).await;
    let mut ids = vec![];
    for number in 0..connections {
        ids.push(connect(&hosts[0], &format!("Shop {number}")).await);
    }
    (database, hosts, ids)
}

async fn activate(store: &Store) {
    db::query("UPDATE connections SET status = 'active'").execute(&store.writer).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_several_hosts_claim_at_once_is_claimed_once() {
    let (_database, hosts, ids) = hosts(24).await;
    activate(&hosts[0]).await;
    for id in &ids {
        let job = SyncJob {
            connection: id.clone(),
            due_at: at(1),
            full: false,
            trigger: Trigger::Schedule,
            attempts: 0,
            traceparent: None,
        };
        hosts[0].request_sync(&job).await.unwrap();
    }
    let claims = hosts.iter().flat_map(|host| [host.clone(), host.clone(), host.clone()]).map(|host| {
        tokio::spawn(async move {
            let mut claimed = vec![];
            // Nothing may be found while another claims what is left: only a second look in vain is the end.
            let mut in_vain = 0;
            while in_vain < 5 {
                match host.claim_sync("owner", at(2), at(100)).await.unwrap() {
                    Some(claim) => claimed.push(claim.job.connection),
                    None => in_vain += 1,
                }
            }
            claimed
        })
    });
    let claimed: Vec<ConnectionId> = join_all(claims).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(claimed.len(), ids.len(), "{claimed:?}");
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), ids.into_iter().collect::<BTreeSet<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_of_events_follow_the_order_of_commits() {
    const EACH: i64 = 40;
    let (_database, hosts, ids) = hosts(4).await;
    let begin = hosts[0].outbox_head().await.unwrap();
    let writers = hosts.iter().flat_map(|host| ids.iter().map(|id| (host.clone(), id.clone()))).map(|(host, id)| {
        tokio::spawn(async move {
            for number in 0..EACH {
                let event = ConnectionEvent {
                    seq: 0,
                    connection_id: id.clone(),
                    kind: "deletions_accepted".to_owned(),
                    before: None,
                    after: None,
                    cause: None,
                    actor: Some("test".to_owned()),
                    at: at(number),
                };
                assert!(host.record_event(&event, None).await.unwrap());
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let end = begin + EACH * i64::try_from(writers.len()).unwrap();
    let reader = hosts[1].clone();
    let mut position = begin;
    while position < end {
        let page = reader.outbox(&OutboxFilter::default(), position, 100).await.unwrap();
        for event in page.events {
            position += 1;
            assert_eq!(event.seq, position, "a number was skipped: whoever reads on never sees it");
        }
        assert_eq!(page.position, position, "the page goes further than its events");
    }
    for written in join_all(writers).await {
        written.unwrap();
    }
    assert_eq!(reader.outbox_head().await.unwrap(), end);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_that_the_server_gives_up_is_done_again_and_holds_once() {
    let (_database, hosts, ids) = hosts(2).await;
    let (tries, both) = (Arc::new(AtomicU32::new(0)), Arc::new(Barrier::new(2)));
    let add = |host: Store, first: ConnectionId, second: ConnectionId| {
        let (tries, both) = (Arc::clone(&tries), Arc::clone(&both));
        tokio::spawn(async move {
            host.explained(|| async {
                const ADD: &str = "UPDATE connections SET sync_failures = sync_failures + 1 WHERE id = $1";
                let mut tx = host.begin().await?;
                db::query(ADD).bind(first.as_str()).execute(&mut *tx).await?;
                // Each has what the other needs next; the server ends one of them.
                if tries.fetch_add(1, Ordering::SeqCst) < 2 {
                    both.wait().await;
                }
                db::query(ADD).bind(second.as_str()).execute(&mut *tx).await?;
                Ok(tx.commit().await?)
            })
            .await
        })
    };
    let [one, two] = [&ids[0], &ids[1]].map(ConnectionId::clone);
    let done = join_all([add(hosts[0].clone(), one.clone(), two.clone()), add(hosts[1].clone(), two, one)]).await;
    for done in done {
        done.unwrap().unwrap();
    }
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    let failures: Vec<i64> =
        db::query_scalar("SELECT sync_failures FROM connections").fetch_all(&hosts[0].readers).await.unwrap();
    assert_eq!(failures, [2, 2]);
}

#[tokio::test]
async fn connections_that_broke_are_replaced() {
    let (database, hosts, ids) = hosts(1).await;
    let mut admin = database.server.admin().await;
    for _ in 0..3 {
        let ended: Vec<(bool,)> =
            sqlx::query_as("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
                .bind(&database.name)
                .fetch_all(&mut admin)
                .await
                .unwrap();
        assert!(!ended.is_empty(), "nothing was connected");
        for host in &hosts {
            assert!(host.connection(&ids[0]).await.unwrap().is_some());
            host.forget_sync_failures(&ids[0]).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_comes_in_while_its_connection_is_worked_on_is_not_forgotten() {
    const EACH: i64 = 30;
    let (_database, hosts, ids) = hosts(2).await;
    activate(&hosts[0]).await;
    let receivers = hosts.iter().enumerate().map(|(number, host)| {
        let (host, ids) = (host.clone(), ids.clone());
        tokio::spawn(async move {
            for delivery in 0..EACH {
                let new = |id: &ConnectionId| NewDelivery {
                    connection: id.clone(),
                    received_at: at(delivery),
                    proof: Proof::Authentic,
                    signed_at: None,
                    dedupe_key: Some(format!("{number} {delivery}")),
                    content: b"sealed".to_vec(),
                    bytes: 6,
                    traceparent: None,
                };
                // Each in another order: they need the same connections.
                let mut both: Vec<NewDelivery> = ids.iter().map(new).collect();
                if number == 1 {
                    both.reverse();
                }
                host.keep_deliveries(&both, &[]).await.unwrap();
            }
        })
    });
    let receivers: Vec<_> = receivers.collect();
    let all = receivers.len() * ids.len() * usize::try_from(EACH).unwrap();
    let (mut read, mut seen) = (0, BTreeSet::new());
    while read < all {
        let claim = hosts[2].claim_webhook_work(at(1_000), at(2_000)).await.unwrap();
        let Some(WebhookClaim::Read { connection, fence, deliveries }) = claim else { continue };
        let readings: Vec<(i64, Reading)> =
            deliveries.iter().map(|delivery| (delivery.seq, Reading::Events(vec![]))).collect();
        for (seq, _) in &readings {
            assert!(seen.insert(*seq), "delivery {seq} was read twice");
        }
        read += readings.len();
        let commit = ReadingCommit {
            connection: &connection,
            fence,
            readings: &readings,
            queues_due_at: at(1_000),
            again_at: at(1_000),
            now: at(1_000),
        };
        hosts[2].commit_reading(commit).await.unwrap();
    }
    for received in join_all(receivers).await {
        received.unwrap();
    }
    assert_eq!(hosts[0].next_webhook_due().await.unwrap(), None, "a claim is left and nothing waits");
}
