//! The suite on SQLite, and what only a file can suffer: damage, a full disk, another version, foreign eyes.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use connector_api::{domain::Timestamp, wire::pull::Stream};

use crate::{
    model::{
        connection::ConnectionFilter,
        intent::{Begun, IntentId, NewIntent},
        paging::PageQuery,
        rows::{PriceRow, Rows},
        run::Mode,
    },
    store::{
        Error, Store, db,
        suite::{
            fixture::{
                Fixture, Sync, at, checkpoint, connect, counts, entity, export, full_sync, offer, small_catalog,
            },
            run_suite,
        },
    },
};

async fn fresh() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).await.unwrap();
    Fixture { store, _keep: Box::new(folder) }
}

run_suite!(crate::store::tests::fresh);

/// A closed database file with a catalog in it.
async fn filled(path: &Path) {
    let store = Store::open(path).await.unwrap();
    let id = connect(&store, "Shop").await;
    let offers = (0..500).map(|number| offer(&format!("{number:04}"), "Shirt", &["a", "b"])).collect();
    full_sync(&store, &id, &[(Stream::Offers, Rows::Offers(offers))], at(1)).await;
    store.close().await;
}

#[tokio::test]
async fn a_new_file_is_for_its_owner_only_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/down/store.db");
    filled(&path).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let store = Store::open(&path).await.unwrap();
    for suffix in ["-wal", "-shm"] {
        let beside = path.with_file_name(format!("store.db{suffix}"));
        assert_eq!(fs::metadata(beside).unwrap().permissions().mode() & 0o077, 0, "others can read {suffix}");
    }
    let connection =
        store.connections(&ConnectionFilter::default(), &PageQuery::default()).await.unwrap().data.remove(0);
    assert_eq!(counts(&store, &connection.id).await, "offers 500/0, variants 1000/0");
    let report = store.check().await.unwrap();
    assert_eq!(
        (report.problems, report.schema_version),
        (vec![], db::schema::known_version(db::dialect::Dialect::Sqlite))
    );
}

/// SQLite before 3.41 reports a NULL that is none in a table that has them in another order.
#[tokio::test]
async fn tables_without_row_ids_begin_with_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).await.unwrap();
    let tables: Vec<(String, String, String)> = db::query_as(
        "SELECT t.name, (SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY cid)), \
         (SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(t.name) WHERE cid < \
         (SELECT count(*) FROM pragma_table_info(t.name) WHERE pk > 0) ORDER BY cid)) \
         FROM pragma_table_list t WHERE t.schema = 'main' AND t.wr AND t.name NOT LIKE 'sqlite_%' ORDER BY 1",
    )
    .fetch_all(&store.readers)
    .await
    .unwrap();
    assert!(tables.len() >= 10, "{tables:?}");
    for (table, key, first) in tables {
        assert_eq!(key, first, "the key of `{table}` does not come first");
    }
}

#[tokio::test]
async fn channels_numbers_of_earlier_programs_are_compared_like_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Store::open(&path).await.unwrap();
    let id = connect(&store, "Shop").await;
    let order = |key: &str, reference: &str| NewIntent {
        id: IntentId(format!("intent_{key}")),
        connection: id.clone(),
        key: key.to_owned(),
        op: "submit_order".to_owned(),
        order_id: None,
        channel_reference: Some(reference.to_owned()),
        fingerprint: key.as_bytes().to_vec(),
        fingerprint_as_given: key.as_bytes().to_vec(),
        request: b"sealed".to_vec(),
        actor: "channel".to_owned(),
    };
    for (key, reference) in [("k1", "12 "), ("k2", "A\u{30a}")] {
        store.begin_intent(&order(key, reference), at(1), at(2)).await.unwrap();
    }
    // As they were written before numbers had a form in which they are compared.
    db::query("UPDATE order_intent SET reference_key = NULL").execute(&store.writer).await.unwrap();
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    for (key, reference, other) in [("k3", "12", "intent_k1"), ("k4", "\u{c5}", "intent_k2")] {
        let begun = store.begin_intent(&order(key, reference), at(3), at(4)).await.unwrap();
        assert_eq!(begun, Begun::ReferenceUsed(IntentId(other.to_owned())), "{reference}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    filled(&path).await;
    let whole = fs::read(&path).unwrap();
    for length in [0, 50, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = Store::open(&path).await.unwrap_err();
        assert!(matches!(&error, Error::Corrupt { path: named, .. } if *named == path), "cut to {length}: {error}");
        assert_eq!(fs::metadata(&path).unwrap().len(), length as u64, "the evidence was changed");
    }
    fs::write(&path, "not a database at all, but long enough to look at".repeat(100)).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(error.to_string().contains("store.db is damaged or not a database of this program"), "{error}");
}

#[tokio::test]
async fn damage_in_the_middle_is_found_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    filled(&path).await;
    let whole = fs::read(&path).unwrap();
    // What is read at the start lies where the schema's history put it: there, opening finds it.
    for eighth in [6, 7, 5, 4] {
        let mut bytes = whole.clone();
        let late = bytes.len() * eighth / 8 / 4096 * 4096;
        bytes[late..late + 8192].fill(0xA5);
        fs::write(&path, bytes).unwrap();
        let found = match Store::open(&path).await {
            Ok(store) => store.check().await,
            Err(error) => {
                assert!(matches!(error, Error::Corrupt { .. }), "{error}");
                continue;
            }
        };
        match found {
            Ok(report) => assert_ne!(report.problems, Vec::<String>::new()),
            Err(error) => assert!(matches!(error, Error::Corrupt { .. }), "{error}"),
        }
        return;
    }
    panic!("it cannot be opened wherever the damage is");
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).await.unwrap();
    let id = connect(&store, "Shop").await;
    let sync = Sync::begin(&store, &id, &[(Stream::Offers, Mode::Full)], at(1)).await;
    let page = |number: u32| {
        let row = |row: u32| offer(&format!("{number:03}-{row:03}"), &"long ".repeat(50), &["a", "b"]);
        Rows::Offers((0..100).map(row).collect())
    };
    let limit = |pages: u32| {
        let writer = store.writer.clone();
        async move { db::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"))).execute(&writer).await }
    };
    limit(250).await.unwrap();
    let mut written = 0;
    let error = loop {
        let result =
            store.commit_page(sync.page(&Stream::Offers, &page(written), Some(&checkpoint(written + 1)))).await;
        match result {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    assert!(written > 0, "the disk was full from the start");
    let view = sync.stream(&Stream::Offers).await;
    assert_eq!((view.checkpoint, view.pages), (Some(checkpoint(written)), u64::from(written)));
    assert_eq!(counts(&store, &id).await, format!("offers {}/0, variants {}/0", written * 100, written * 200));

    limit(1_000_000).await.unwrap();
    store.commit_page(sync.page(&Stream::Offers, &page(written), None)).await.unwrap();
    assert_eq!(
        counts(&store, &id).await,
        format!("offers {0}/0, variants {1}/0", (written + 1) * 100, (written + 1) * 200)
    );
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Store::open(&path).await.unwrap();
    db::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'x', 1, x'00', 0)",
    )
    .execute(&store.writer)
    .await
    .unwrap();
    store.close().await;
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_folder_in_the_place_of_the_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn an_interrupted_removal_is_ended_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Store::open(&path).await.unwrap();
    let id = connect(&store, "Shop").await;
    full_sync(&store, &id, &small_catalog(), at(1)).await;
    db::query("INSERT INTO removed_connection SELECT key FROM connections").execute(&store.writer).await.unwrap();
    db::query("DELETE FROM connections").execute(&store.writer).await.unwrap();
    store.close().await;
    let store = Store::open(&path).await.unwrap();
    let left: i64 = db::query_scalar(
        "SELECT (SELECT count(*) FROM offers) + (SELECT count(*) FROM variants) + (SELECT count(*) FROM prices) \
         + (SELECT count(*) FROM inventory) + (SELECT count(*) FROM entities) + (SELECT count(*) FROM removed_connection)",
    )
    .fetch_one(&store.readers)
    .await
    .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_large_removal_deletes_in_units() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).await.unwrap();
    let id = connect(&store, "Shop").await;
    let stays = connect(&store, "Stays").await;
    let offers = || (0..6_000).map(|number| offer(&format!("{number:04}"), "Shirt", &["a", "b"])).collect();
    full_sync(&store, &id, &[(Stream::Offers, Rows::Offers(offers()))], at(1)).await;
    full_sync(&store, &stays, &[(Stream::Offers, Rows::Offers(offers()))], at(1)).await;
    store.remove_connection(&id, at(9)).await.unwrap();
    assert_eq!(counts(&store, &stays).await, "offers 6000/0, variants 12000/0");
    let left: i64 = db::query_scalar("SELECT count(*) FROM variants").fetch_one(&store.readers).await.unwrap();
    assert_eq!(left, 12_000);
}

#[tokio::test]
async fn an_export_part_ends_before_it_grows_large() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).await.unwrap();
    let id = connect(&store, "Shop").await;
    let rows = (0..40).map(|number| entity(&format!("{number:02}"), &"x".repeat(100_000))).collect();
    full_sync(&store, &id, &[(Stream::Categories, Rows::Entities(rows))], at(1)).await;
    let store: &Store = &store;
    let first = store.export(&id, None, 2000).await.unwrap();
    assert!((10..20).contains(&first.lines.len()), "{} lines", first.lines.len());
    assert_eq!(export(store, &id, 2000).await.len(), 40);
}

/// A database as an earlier version left it.
async fn of_version(path: &Path, version: i64) -> sqlx::SqlitePool {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let earlier = db::schema::MIGRATOR.iter().filter(|migration| migration.version <= version).cloned().collect();
    let migrator = sqlx::migrate::Migrator { migrations: earlier, ..sqlx::migrate::Migrator::DEFAULT };
    migrator.run(&pool).await.unwrap();
    pool
}

#[tokio::test]
async fn stores_that_were_connected_twice_before_stay_so_and_a_third_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let earlier = of_version(&path, 10).await;
    for (id, channel, status) in [
        ("conn_1", Some("ch_a"), "active"),
        ("conn_2", Some("ch_a"), "active"),
        ("conn_3", Some("ch_a"), "disconnected"),
        ("conn_4", None, "active"),
        ("conn_5", None, "active"),
    ] {
        sqlx::query(
            "INSERT INTO connections (id, version, connector_id, plugin_version, label, environment, status, status_since, \
             channel, store_host, store_id, store_name, settings, credentials, findings, created_at, updated_at) \
             VALUES ($1, 1, 'demo', '1', 'Shop', 'test', $2, 0, $3, 'shop.example', '1', 'Shop', '{}', '[]', \
             '{\"checks\":[],\"capabilities\":[],\"choices\":{},\"expiries\":[],\"permissions_missing\":[],\"permissions_used\":[],\"schema_differences\":[]}', 0, 0)",
        )
        .bind(id)
        .bind(status)
        .bind(channel)
        .execute(&earlier)
        .await
        .unwrap();
    }
    earlier.close().await;
    let store = Store::open(&path).await.unwrap();
    let there = store.connections(&ConnectionFilter::default(), &PageQuery::default()).await.unwrap().data;
    assert_eq!(there.len(), 5, "nothing was taken away");
    let like = |channel: Option<&str>| {
        let mut connection = there[0].clone();
        connection.id = connector_api::domain::ConnectionId(format!("conn_new_{}", channel.unwrap_or("none")));
        connection.channel_id = channel.map(str::to_owned);
        connection
    };
    let refused = store.insert_connection(&mut like(Some("ch_a"))).await.unwrap_err();
    assert!(matches!(&refused, Error::AlreadyConnected { connection } if connection.as_str() == "conn_1"), "{refused}");
    store.insert_connection(&mut like(Some("ch_b"))).await.unwrap();
    store.insert_connection(&mut like(None)).await.unwrap();
}

#[tokio::test]
async fn prices_of_an_earlier_version_hold_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let earlier = of_version(&path, 14).await;
    sqlx::raw_sql(
        "INSERT INTO connections (id, version, connector_id, plugin_version, label, environment, status, status_since, \
         settings, credentials, findings, created_at, updated_at) VALUES ('conn_1', 1, 'demo', '1', 'Shop', 'test', 'active', 0, \
         '{}', '[]', '{}', 0, 0); \
         INSERT INTO offers (connection, id, generation, changed_at, status, search, body) VALUES (1, '1', 1, 5, 'active', '', '{}'); \
         INSERT INTO variants (connection, offer_id, id, position, active) VALUES (1, '1', 'a', 0, 1); \
         INSERT INTO prices (connection, variant_id, pricelist_id, market_id, min_quantity, generation, changed_at, currency, \
         amount_minor, tax, valid_from, valid_until) VALUES (1, 'a', '1', '', 1, 1, 5, 'SEK', 100, 'included', NULL, NULL), \
         (1, 'a', '2', '', 1, 1, 5, 'SEK', 90, 'included', 1000, 2000);",
    )
    .execute(&earlier)
    .await
    .unwrap();
    earlier.close().await;
    let store = Store::open(&path).await.unwrap();
    let prices = store.prices(&"conn_1".into(), "a").await.unwrap();
    let about = |price: &PriceRow| {
        let ms = |at: Option<Timestamp>| at.map(Timestamp::as_unix_ms);
        (price.priced_id.clone(), price.amount_minor, ms(price.valid_from), ms(price.valid_until), price.source.clone())
    };
    let found: Vec<_> = prices.iter().map(about).collect();
    let regular = "regular".to_owned();
    let expected =
        [("a".into(), 100, None, None, regular.clone()), ("a".into(), 90, Some(1_000), Some(2_000), regular)];
    assert_eq!(found, expected);
    let seen: i64 = db::query_scalar("SELECT count(*) FROM price_seen").fetch_one(&store.readers).await.unwrap();
    assert_eq!(seen, 2);
    assert_eq!(store.check().await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_was_removed_or_replaced_takes_nothing_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    filled(&path).await;
    let store = Store::open(&path).await.unwrap();
    store.in_place().unwrap();
    let page = PageQuery::default();
    let mut connection = store.connections(&ConnectionFilter::default(), &page).await.unwrap().data.remove(0);
    let aside = folder.path().join("aside.db");
    fs::rename(&path, &aside).unwrap();
    for _ in 0..2 {
        assert!(matches!(store.in_place(), Err(Error::Replaced { .. })));
        assert!(matches!(store.update_connection(&mut connection).await, Err(Error::Replaced { .. })));
        fs::copy(&aside, &path).unwrap();
    }
    fs::rename(&aside, &path).unwrap();
    store.in_place().unwrap();
    // What is not in the file yet is in the log beside it.
    for suffix in ["-wal", "-shm"] {
        let log = PathBuf::from(format!("{}{suffix}", path.display()));
        fs::rename(&log, &aside).unwrap();
        assert!(matches!(store.in_place(), Err(Error::Replaced { path }) if path == log));
        assert!(matches!(store.update_connection(&mut connection).await, Err(Error::Replaced { .. })));
        fs::rename(&aside, &log).unwrap();
        store.in_place().unwrap();
    }
}
