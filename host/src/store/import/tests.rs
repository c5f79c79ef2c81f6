//! Copies between files and servers are the same row by row, and what must not be copied is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use sqlx::Connection;
use tempfile::TempDir;

use super::{
    Imported, Location, import,
    rows::{Reader, Row},
};
use crate::store::{
    Store, db,
    db::{
        bind::Kind,
        sole::Sole,
        tables::{self, Column},
    },
    suite::{
        endpoints, fixture, intents, jobs, orders, outbox, persons, prices,
        server::{Database, run},
        sessions, unchanged, webhooks,
    },
};

/// An empty database on the server.
async fn database() -> (Database, Location) {
    let database = Database::fresh().await;
    let location = Location::Server(database.url());
    (database, location)
}

fn file(folder: &TempDir, name: &str) -> Location {
    Location::File(folder.path().join(name))
}

fn path(location: &Location) -> &Path {
    match location {
        Location::File(path) => path,
        Location::Server(_) => panic!("it is no file"),
    }
}

/// All rows of a file.
async fn dump(location: &Location) -> BTreeMap<String, Vec<Row>> {
    let sole = Sole::source(location).await.unwrap();
    let mut db = sole.pool.begin().await.unwrap();
    let mut dump = BTreeMap::new();
    for table in tables::tables(&mut db).await.unwrap() {
        let mut columns: Vec<Column> = table.columns.clone();
        if table.name == "sync_run" {
            columns.push(Column { name: "rowid".to_owned(), kind: Kind::Number });
        }
        let (mut rows, mut reader) = (vec![], Reader::new(&table, columns.iter().collect()));
        loop {
            let page = reader.next(&mut db).await.unwrap();
            if page.is_empty() {
                break;
            }
            rows.extend(page);
        }
        dump.insert(table.name.clone(), rows);
    }
    drop(db);
    sole.pool.close().await;
    dump
}

/// A file that one case of the suite has filled.
async fn filled(folder: &TempDir, case: usize) -> Location {
    let location = file(folder, &format!("source{case}.db"));
    let store = Store::open(path(&location)).await.unwrap();
    match case {
        0 => webhooks::changes_are_counted_by_their_source(&store).await,
        1 => webhooks::refusals_are_remembered_for_a_while(&store).await,
        2 => orders::an_order_comes_with_its_parts(&store).await,
        3 => intents::a_settled_intent_stays_and_brings_its_orders(&store).await,
        4 => endpoints::events_are_sent_in_order_and_what_failed_is_tried_again(&store).await,
        5 => prices::the_lowest_amount_of_thirty_days_is_observed(&store).await,
        6 => sessions::what_is_sealed_ends_with_the_session(&store).await,
        7 => persons::an_erased_person_leaves_money_and_counts(&store).await,
        8 => jobs::hosts_that_died_with_a_plugin_are_counted_once_each_until_a_sync_ends(&store).await,
        9 => webhooks::work_that_failed_comes_back(&store).await,
        10 => unchanged::unchanged_pages_count_as_seen(&store).await,
        _ => outbox::each_change_after_it_is_reported_with_what_it_is(&store).await,
    }
    let id = fixture::connect(&store, "A shop with a catalog").await;
    fixture::full_sync(&store, &id, &fixture::small_catalog(), fixture::at(1)).await;
    store.put_state_value(&id, "key", b"\0value", fixture::at(1)).await.unwrap();
    store.close().await;
    location
}

#[tokio::test]
async fn a_database_comes_back_from_a_server_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut copied = BTreeSet::new();
    for case in 0..12 {
        let source = filled(&folder, case).await;
        let (_database, server) = database().await;
        let back = file(&folder, &format!("back{case}.db"));
        let there = import(&source, &server).await.unwrap();
        let here = import(&server, &back).await.unwrap();
        assert_eq!(sums(&there), sums(&here));
        let (before, after) = (dump(&source).await, dump(&back).await);
        for (table, rows) in &before {
            assert_eq!(rows, &after[table], "{table}");
        }
        assert_eq!(before.len(), after.len());
        copied.extend(before.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(table, _)| table));
        // Numbers go on where they were.
        let store = Store::open(path(&back)).await.unwrap();
        fixture::connect(&store, "One more").await;
        store.close().await;
    }
    let all: BTreeSet<String> = dump(&filled(&folder, 99).await).await.into_keys().collect();
    let never: Vec<_> = all.difference(&copied).collect();
    assert!(never.len() <= 8, "too few tables had rows; none had {never:?}");
}

fn sums(imported: &Imported) -> Vec<(&str, u64, &str)> {
    let mut sums: Vec<_> =
        imported.tables.iter().map(|table| (table.table.as_str(), table.rows, table.checksum.as_str())).collect();
    sums.sort_unstable();
    sums
}

#[tokio::test]
async fn files_are_copied_to_files_and_servers_to_servers() {
    let folder = tempfile::tempdir().unwrap();
    let source = filled(&folder, 0).await;
    let copy = file(&folder, "copy.db");
    let there = import(&source, &copy).await.unwrap();
    assert_eq!(dump(&source).await, dump(&copy).await);
    let ((_one, one), (_two, two)) = (database().await, database().await);
    let of_server = import(&source, &one).await.unwrap();
    assert_eq!(sums(&import(&one, &two).await.unwrap()), sums(&of_server));
    // A file has the number of each row, too.
    let rows = |imported: &Imported| -> Vec<(String, u64)> {
        let sums = sums(imported);
        sums.into_iter().map(|(table, rows, _)| (table.to_owned(), rows)).collect()
    };
    assert_eq!(rows(&of_server), rows(&there));
}

#[tokio::test]
async fn numbers_go_on_after_those_that_were_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let source = filled(&folder, 0).await;
    let store = Store::open(path(&source)).await.unwrap();
    let keys = "SELECT max(key) FROM connections";
    let last: i64 = db::query_scalar(keys).fetch_one(&store.readers).await.unwrap();
    db::query("UPDATE sqlite_sequence SET seq = seq + 100 WHERE name = 'connections'")
        .execute(&store.writer)
        .await
        .unwrap();
    store.close().await;
    let (_database, server) = database().await;
    import(&source, &server).await.unwrap();
    let back = file(&folder, "back.db");
    import(&server, &back).await.unwrap();
    let Location::Server(url) = &server else { panic!() };
    for store in [Store::open_url(url).await.unwrap(), Store::open(path(&back)).await.unwrap()] {
        fixture::connect(&store, "One more").await;
        let next: i64 = db::query_scalar(keys).fetch_one(&store.readers).await.unwrap();
        assert_eq!(next, last + 101, "{}", store.location());
        store.close().await;
    }
}

#[tokio::test]
async fn a_character_that_a_server_cannot_keep_is_replaced_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let source = file(&folder, "source.db");
    let store = Store::open(path(&source)).await.unwrap();
    fixture::connect(&store, "Shop\0 with U+0000").await;
    store.close().await;
    let (_database, server) = database().await;
    let imported = import(&source, &server).await.unwrap();
    let replaced: Vec<_> = imported.tables.iter().filter(|table| table.texts_replaced > 0).collect();
    assert_eq!(replaced.len(), 1, "{replaced:?}");
    assert_eq!((replaced[0].table.as_str(), replaced[0].texts_replaced), ("connections", 1));
    let Location::Server(url) = &server else { panic!() };
    let store = Store::open_url(url).await.unwrap();
    let label: String = db::query_scalar("SELECT label FROM connections").fetch_one(&store.readers).await.unwrap();
    assert_eq!(label, "Shop\u{fffd} with U+0000");
}

async fn refused(from: &Location, to: &Location) -> String {
    import(from, to).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_target_with_rows_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (source, other) = (filled(&folder, 0).await, filled(&folder, 1).await);
    let before = dump(&other).await;
    let said = refused(&source, &other).await;
    assert!(said.contains("is not empty: its table `") && said.contains("nothing was written"), "{said}");
    assert_eq!(dump(&other).await, before);
    let (_database, server) = database().await;
    import(&source, &server).await.unwrap();
    assert!(refused(&source, &server).await.contains("is not empty"));
}

#[tokio::test]
async fn a_source_that_is_missing_or_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_database, server) = database().await;
    let said = refused(&file(&folder, "missing.db"), &server).await;
    assert!(said.contains("cannot open"), "{said}");
    let source = filled(&folder, 0).await;
    let change = async |sql: &'static str| {
        let store = Store::open(path(&source)).await.unwrap();
        db::query(sql).execute(&store.writer).await.unwrap();
        store.close().await;
    };
    change("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)").await;
    let said = refused(&source, &server).await;
    assert!(said.contains("run `connector-host migrate` on it first"), "{said}");
    let mut database = sqlx::PgConnection::connect(match &server {
        Location::Server(url) => url,
        Location::File(_) => panic!(),
    })
    .await
    .unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'x', TRUE, '', 0)";
    run(&mut database, newer.to_owned()).await;
    database.close().await.unwrap();
    let said = refused(&server, &file(&folder, "target.db")).await;
    assert!(said.contains("schema version 9999"), "{said}");
}

#[tokio::test]
async fn a_database_that_a_host_uses_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = filled(&folder, 0).await;
    let store = Store::open(path(&source)).await.unwrap();
    let (_database, server) = database().await;
    let said = refused(&source, &server).await;
    assert!(said.contains("locked by another process"), "{said}");
    store.close().await;
    let Location::Server(url) = &server else { panic!() };
    let store = Store::open_url(url).await.unwrap();
    let said = refused(&source, &server).await;
    assert!(said.contains("a host is running on"), "{said}");
    store.close().await;
    import(&source, &server).await.unwrap();
}

#[tokio::test]
async fn an_import_that_fails_in_the_middle_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let source = filled(&folder, 0).await;
    let store = Store::open(path(&source)).await.unwrap();
    db::query("PRAGMA foreign_keys = OFF").execute(&store.writer).await.unwrap();
    let orphan =
        "INSERT INTO sealed_value (connection, name, version, blob, updated_at) VALUES (4711, 'x', 1, x'00', 0)";
    db::query(orphan).execute(&store.writer).await.unwrap();
    store.close().await;
    for (_keep, target) in [(None, file(&folder, "target.db"))].into_iter().chain([{
        let (database, location) = database().await;
        (Some(database), location)
    }]) {
        refused(&source, &target).await;
        let sole = Sole::source(&target).await.unwrap();
        for table in ["connections", "offers", "outbox"] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let rows: i64 = db::query_scalar(sql).fetch_one(&sole.pool).await.unwrap();
            assert_eq!(rows, 0, "{table}");
        }
        sole.pool.close().await;
    }
    let sound = filled(&folder, 1).await;
    import(&sound, &file(&folder, "target.db")).await.unwrap();
    let store = Store::open(path(&file(&folder, "target.db"))).await.unwrap();
    assert!(store.check().await.unwrap().problems.is_empty());
}
