//! How SQLite looks rows up: the plans of the statements that run.

use connector_api::wire::pull::Stream;

use crate::store::{
    Store,
    db::{self, dialect::Dialect},
    sql::{
        catalog::{
            detail::offers_statement,
            entity_upsert::ENTITIES,
            offer_upsert::{DELETE_VARIANTS, OFFERS},
            price_seen,
            price_timer::NEXT_CHANGE,
            price_upsert::PRICES,
            row_table::RowTable,
            stock_upsert::STOCK,
            stream_table::table,
        },
        order::upsert::ORDERS,
        webhook::entity_queue::claim_statement,
    },
};

async fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).await.unwrap();
    (folder, store)
}

/// The steps of a query's plan.
async fn plan(store: &Store, sql: &str) -> Vec<String> {
    let steps: Vec<(i64, i64, i64, String)> =
        db::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(&store.readers).await.unwrap();
    steps.into_iter().map(|step| step.3).collect()
}

/// Whether a step looks a table up by at least two columns of a key.
fn is_looked_up(steps: &[String], table: &str) -> bool {
    let step = steps.iter().find(|step| step.split(' ').nth(1) == Some(table)).unwrap();
    step.starts_with("SEARCH") && step.matches("=?").count() >= 2
}

#[tokio::test]
async fn keys_are_looked_up_and_not_scanned() {
    let (_folder, store) = fresh().await;
    let seen = [PRICES, STOCK, OFFERS, ENTITIES, ORDERS]
        .map(|table: RowTable| (table.seen(Dialect::Sqlite).statement().sql(2, Dialect::Sqlite), table.name));
    let mut all: Vec<(String, &str)> = seen.into();
    all.push((DELETE_VARIANTS.sql(2, Dialect::Sqlite), "variants"));
    all.push((price_seen::FORGET.sql(2, Dialect::Sqlite), "price_seen"));
    all.push((price_seen::END.sql(2, Dialect::Sqlite), "price_seen"));
    for stream in [Stream::Prices, Stream::Inventory, Stream::Offers, Stream::Categories] {
        let table = table(&stream);
        all.push((table.delete_named().statement().sql(2, Dialect::Sqlite), table.name));
    }
    for (sql, table) in all {
        let steps = plan(&store, &sql).await;
        assert!(is_looked_up(&steps, table), "{sql}: {steps:?}");
    }
    for (sql, columns) in [
        (PRICES.differing("t.tax").statement().sql(2, Dialect::Sqlite), 6),
        (STOCK.differing("t.policy").statement().sql(2, Dialect::Sqlite), 3),
        (OFFERS.differing("t.body").statement().sql(2, Dialect::Sqlite), 2),
    ] {
        let steps = plan(&store, &sql).await;
        let step = steps.iter().find(|step| step.starts_with("SEARCH t ")).unwrap_or_else(|| panic!("{steps:?}"));
        assert_eq!(step.matches("=?").count(), columns, "{step}");
    }
}

#[tokio::test]
async fn what_a_pass_deletes_is_found_along_its_key() {
    let (_folder, store) = fresh().await;
    for stream in [Stream::Prices, Stream::Inventory, Stream::Offers] {
        let table = table(&stream);
        let (last, delete) = table.delete_some("generation < $2", 0, 250);
        for sql in [last, delete] {
            let steps = plan(&store, &sql).await;
            let step = steps.iter().find(|step| step.split(' ').nth(1) == Some(table.name)).unwrap();
            assert!(step.starts_with("SEARCH") && step.contains(&format!("connection=? AND {}>?", table.id)), "{step}");
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
        }
    }
}

#[tokio::test]
async fn a_claim_looks_at_what_it_takes_and_at_nothing_else() {
    let (_folder, store) = fresh().await;
    let claim = plan(&store, &claim_statement(Dialect::Sqlite)).await;
    assert_eq!(claim[0], "SEARCH entity_queue USING INTEGER PRIMARY KEY (rowid=?)");
    let due = "SEARCH entity_queue USING INDEX entity_queue_due (connection=? AND due_at<?)";
    assert!(claim.iter().any(|step| step == due), "{claim:?}");
    assert!(!claim.iter().any(|step| step.contains("SCAN") || step.contains("TEMP B-TREE")), "{claim:?}");
    for sql in [
        "SELECT t.connection FROM webhook_claim t JOIN connections c ON c.key = t.connection WHERE t.due_at <= $1 ORDER BY t.due_at LIMIT 1",
        "SELECT min(due_at) FROM entity_queue WHERE connection = $1 AND dead_lettered_at IS NULL",
        "SELECT seq, bytes FROM webhook_delivery WHERE connection = $1 AND state = 'waiting' ORDER BY seq LIMIT $2",
    ] {
        let steps = plan(&store, sql).await;
        assert!(!steps.iter().any(|step| step.contains("SCAN") || step.contains("TEMP B-TREE")), "{sql}: {steps:?}");
    }
}

#[tokio::test]
async fn the_next_price_change_is_looked_up() {
    let (_folder, store) = fresh().await;
    let steps = plan(&store, NEXT_CHANGE).await;
    assert!(steps.iter().any(|step| step.contains("prices_starting (valid_from>?)")), "{steps:?}");
    assert!(steps.iter().any(|step| step.contains("prices_ending (valid_until>?)")), "{steps:?}");
}

#[tokio::test]
async fn offers_are_searched_in_their_order_and_in_a_narrow_index() {
    let (_folder, store) = fresh().await;
    let steps = plan(&store, &offers_statement(Dialect::Sqlite)).await;
    let search = "SEARCH t USING COVERING INDEX offers_by_text (connection=? AND id>?)";
    assert!(steps.iter().any(|step| step == search), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE") && !step.contains("found")), "{steps:?}");
}

#[tokio::test]
async fn pages_of_rows_are_looked_up_by_the_keys_of_the_rows() {
    let (_folder, store) = fresh().await;
    for table in [&PRICES, &STOCK, &OFFERS, &ENTITIES] {
        let steps = plan(&store, &table.pages_of().statement().sql(2, Dialect::Sqlite)).await;
        assert!(is_looked_up(&steps, table.name), "{steps:?}");
        let page = "SEARCH k USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN";
        assert!(steps.iter().any(|step| step == page), "{steps:?}");
    }
    for sql in [
        "SELECT 1 FROM known_page WHERE connection = $1 AND stream = $2 AND digest = $3",
        "DELETE FROM known_page WHERE connection = $1 AND stream = $2 AND seen_by < $3",
    ] {
        let steps = plan(&store, sql).await;
        assert!(steps[0].contains("known_page_by_digest (connection=? AND stream=?"), "{steps:?}");
    }
}
