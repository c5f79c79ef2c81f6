//! Prices in their time: which holds when, what is emitted by itself, what was the lowest.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::{EntityRef, Stream},
};
use serde_json::{Value, json};

use crate::{
    model::{
        fetched::{ChangeSource, FetchCommit},
        outbox::OutboxFilter,
        price::LowestSource,
        rows::{OfferRow, PriceRow, Rows},
        run::{Mode, StreamState},
        sync::StreamEnded,
    },
    store::{
        Store,
        suite::fixture::{Sync, at, connect, counts, full_sync, offer, price},
    },
};

const DAY_S: i64 = 86_400;

/// An offer whose variants share their prices.
fn grouped(id: &str, group: &str, variants: &[&str]) -> OfferRow {
    let mut offer = offer(id, "Shirt", variants);
    offer.variants.iter_mut().for_each(|variant| variant.price_group_id = Some(group.to_owned()));
    offer
}

/// A price from one second to another.
fn during(amount: i64, from: i64, until: i64) -> PriceRow {
    let (valid_from, valid_until) = (Some(at(from)), Some(at(until)));
    PriceRow { valid_from, valid_until, list_amount_minor: Some(100), ..price("g", "1", amount) }
}

fn just_before(second: i64) -> Timestamp {
    Timestamp::from_unix_ms(at(second).as_unix_ms() - 1).unwrap()
}

/// A shop with one offer of two sizes and these prices, synced at a second.
async fn shop(store: &Store, prices: Vec<PriceRow>, second: i64) -> ConnectionId {
    let id = connect(store, "Shop").await;
    sync(store, &id, prices, second).await;
    id
}

async fn sync(store: &Store, id: &ConnectionId, prices: Vec<PriceRow>, second: i64) {
    let offers = Rows::Offers(vec![grouped("1", "g", &["a", "b"])]);
    full_sync(store, id, &[(Stream::Offers, offers), (Stream::Prices, Rows::Prices(prices))], at(second)).await;
}

/// What holds for each variant of the offer, as `variant amount list lowest`.
async fn holding(store: &Store, id: &ConnectionId, now: Timestamp) -> Vec<(String, i64)> {
    let view = store.offer(id, "1", now).await.unwrap().unwrap();
    view.prices.into_iter().map(|own| (own.variant_id, own.price.amount_minor)).collect()
}

/// What was emitted of prices since `position`, as `change amount other`: what held before, or holds instead.
async fn emitted(store: &Store, position: &mut i64) -> Vec<String> {
    let filter = OutboxFilter { types: vec!["price.changed".into()], ..OutboxFilter::default() };
    let mut said = vec![];
    loop {
        let page = store.outbox(&filter, *position, 250).await.unwrap();
        *position = page.position;
        for event in page.events {
            let data: Value = serde_json::from_str(&event.data).unwrap();
            for price in data["prices"].as_array().unwrap() {
                let (change, amount) = (price["change"].as_str().unwrap(), &price["price"]["amount"]["amount_minor"]);
                let other = if change == "ended" { &price["instead"] } else { &price["before"] };
                said.push(format!("{change} {amount} {}", other["amount"]["amount_minor"]));
            }
        }
        if !page.more {
            return said;
        }
    }
}

/// Announces all that is due.
async fn emit(store: &Store, now: Timestamp) -> u64 {
    let mut events = 0;
    loop {
        let step = store.emit_price_changes(now).await.unwrap();
        events += step.events;
        if !step.more {
            return events;
        }
    }
}

pub(crate) async fn variants_of_a_group_share_its_prices(store: &Store) {
    let id = shop(store, vec![price("g", "1", 100), price("a", "1", 1)], 10).await;
    assert_eq!(holding(store, &id, at(20)).await, [("a".to_owned(), 100), ("b".to_owned(), 100)]);
    for variant in ["a", "b"] {
        assert_eq!(store.prices(&id, variant).await.unwrap(), [price("g", "1", 100)], "{variant}");
    }
    let quoted = store.quoted_variants(&id, &["a", "b"]).await.unwrap();
    assert!(quoted.iter().all(|variant| variant.prices == [price("g", "1", 100)]), "{quoted:?}");
    // The group is left: the variant has a price of its own.
    let offers = [(Stream::Offers, Rows::Offers(vec![offer("1", "Alone", &["a"])]))];
    full_sync(store, &id, &offers, at(30)).await;
    assert_eq!(holding(store, &id, at(40)).await, [("a".to_owned(), 1)]);
}

pub(crate) async fn a_price_holds_from_its_start_until_before_its_end(store: &Store) {
    let id = shop(store, vec![price("g", "1", 100), during(80, 100, 200), during(70, 150, 160)], 10).await;
    for (now, expected) in [
        (just_before(100), 100),
        (at(100), 80),
        (just_before(150), 80),
        (at(150), 70),
        (just_before(160), 70),
        (at(160), 80),
        (just_before(200), 80),
        (at(200), 100),
    ] {
        assert_eq!(holding(store, &id, now).await[0].1, expected, "at {now}");
    }
    let view = store.offer(&id, "1", at(120)).await.unwrap().unwrap();
    assert_eq!((view.prices[0].price.list_amount_minor, view.upcoming_prices.len()), (Some(100), 2), "of both sizes");
    assert_eq!(view.upcoming_prices[0].price.valid_from, Some(at(150)));
    assert_eq!(store.next_price_change(at(100)).await.unwrap(), Some(at(150)));
    assert_eq!(store.next_price_change(at(160)).await.unwrap(), Some(at(200)));
    assert_eq!(store.next_price_change(at(200)).await.unwrap(), None);
}

pub(crate) async fn a_price_that_starts_or_ends_is_emitted_once(store: &Store) {
    shop(store, vec![price("g", "1", 100), during(80, 100, 200)], 10).await;
    let market = PriceRow { market_id: "m".into(), ..during(60, 300, 310) };
    assert_eq!(emit(store, at(20)).await, 0, "the first look");
    let mut position = store.outbox_head().await.unwrap();
    for now in [just_before(100), at(100), at(100), at(150)] {
        emit(store, now).await;
    }
    let page = store.outbox(&OutboxFilter::default(), position, 250).await.unwrap();
    let event: Value = serde_json::from_str(&page.events[0].data).unwrap();
    assert_eq!((page.events.len(), page.events[0].subject.as_deref()), (1, Some("prices/g")));
    assert_eq!((&event["priced_id"], &event["variant_ids"]), (&json!("g"), &json!(["a", "b"])));
    assert_eq!((page.events[0].at, &event["prices"][0]["at"]), (at(100), &json!(at(100))));
    assert_eq!(emitted(store, &mut position).await, ["started 80 100"]);
    emit(store, at(200)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 100 80"], "the regular price holds again");
    emit(store, at(400)).await;
    assert_eq!(emitted(store, &mut position).await, Vec::<String>::new());
    // Of a market alone, with nothing before and after it.
    let id = connect(store, "Market").await;
    sync(store, &id, vec![PriceRow { valid_from: Some(at(500)), valid_until: Some(at(510)), ..market }], 410).await;
    emit(store, at(500)).await;
    emit(store, at(510)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 60 null", "ended 60 null"]);
    // And where one for all markets holds before and after it.
    let of_market = |from, until| PriceRow { market_id: "m".into(), ..during(60, from, until) };
    sync(store, &id, vec![price("g", "1", 100), of_market(600, 610)], 520).await;
    emitted(store, &mut position).await;
    emit(store, at(600)).await;
    emit(store, at(610)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 60 100", "ended 60 100"]);
}

pub(crate) async fn what_a_sync_emitted_is_not_emitted_again(store: &Store) {
    let id = shop(store, vec![price("g", "1", 100)], 10).await;
    emit(store, at(20)).await;
    let mut position = store.outbox_head().await.unwrap();
    // Seen after it began; the timer looks later still.
    sync(store, &id, vec![price("g", "1", 100), during(80, 100, 200)], 110).await;
    emit(store, at(120)).await;
    assert_eq!(emitted(store, &mut position).await, ["new 80 null"]);
    // Changed while it holds, cut short, and removed after its end.
    sync(store, &id, vec![price("g", "1", 100), during(70, 100, 200)], 130).await;
    emit(store, at(140)).await;
    assert_eq!(emitted(store, &mut position).await, ["changed 70 null"]);
    emit(store, at(200)).await;
    sync(store, &id, vec![price("g", "1", 100)], 210).await;
    emit(store, at(220)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 100 70"], "its removal is no news");
    // Removed after its end, before anybody looked.
    sync(store, &id, vec![price("g", "1", 100), during(60, 300, 400)], 230).await;
    emit(store, at(310)).await;
    sync(store, &id, vec![price("g", "1", 100)], 410).await;
    emit(store, at(420)).await;
    assert_eq!(emitted(store, &mut position).await, ["new 60 null", "started 60 100", "started 100 60"]);
    // Removed before its start: it never holds.
    sync(store, &id, vec![price("g", "1", 100), during(50, 500, 600)], 430).await;
    sync(store, &id, vec![price("g", "1", 100)], 440).await;
    emit(store, at(510)).await;
    assert_eq!(emitted(store, &mut position).await, ["new 50 null", "removed 50 null"]);
}

pub(crate) async fn what_is_refetched_replaces_the_prices_of_a_group(store: &Store) {
    let id = shop(store, vec![price("g", "1", 100), price("g", "2", 110), during(80, 100, 200)], 10).await;
    let rows = [(Stream::Prices, Rows::Prices(vec![price("g", "1", 90), during(70, 300, 400)]))];
    let gone = [EntityRef { stream: Stream::Prices, id: "a".into() }];
    let now = at(20);
    let fetch = FetchCommit {
        connection: &id,
        source: ChangeSource::Webhook,
        read_at: now,
        rows: &rows,
        gone: &gone,
        queues: &[],
        now,
    };
    let outcome = store.commit_fetch(fetch).await.unwrap();
    assert_eq!(
        (outcome.upserted, outcome.deleted),
        (2, 2),
        "that one of its variants has none of its own is no matter"
    );
    let left: Vec<_> = store.prices(&id, "b").await.unwrap().into_iter().map(|own| own.amount_minor).collect();
    assert_eq!(left, [90, 70]);
}

pub(crate) async fn after_a_long_pause_what_holds_now_is_emitted(store: &Store) {
    let days: Vec<PriceRow> = (1..=30).map(|day| during(50 + day, day * DAY_S, day * DAY_S + 600)).collect();
    let mut prices = days;
    prices.extend([price("g", "1", 100), during(90, 20 * DAY_S + 1_200, 90 * DAY_S)]);
    shop(store, prices, 10).await;
    emit(store, at(20)).await;
    let mut position = store.outbox_head().await.unwrap();
    emit(store, at(40 * DAY_S)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 90 100"], "not each of thirty days");
}

pub(crate) async fn a_clock_that_was_ahead_does_not_silence_prices(store: &Store) {
    shop(store, vec![price("g", "1", 100), during(80, 10_000, 90_000)], 10).await;
    emit(store, at(20)).await;
    let mut position = store.outbox_head().await.unwrap();
    emit(store, at(20_000)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 80 100"], "as the clock had it");
    emit(store, at(19_990)).await;
    emit(store, at(30)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 100 80"], "as it is");
    emit(store, at(10_000)).await;
    assert_eq!(emitted(store, &mut position).await, ["started 80 100"]);
}

pub(crate) async fn many_prices_are_emitted_in_steps_each_once(store: &Store) {
    let id = connect(store, "Shop").await;
    let things = || (0..600).map(|number| format!("t{number:03}"));
    let sale = |thing: String| PriceRow { priced_id: thing, ..during(80, 100, 200) };
    let rows = things().map(sale).chain(things().map(|thing| price(&thing, "1", 100))).collect();
    full_sync(store, &id, &[(Stream::Prices, Rows::Prices(rows))], at(10)).await;
    emit(store, at(20)).await;
    let mut position = store.outbox_head().await.unwrap();
    let first = store.emit_price_changes(at(100)).await.unwrap();
    assert!(first.more && first.events < 600, "{first:?}");
    // Whoever goes on has another time, and somebody writes in between.
    sync(store, &connect(store, "Other").await, vec![price("x", "1", 1)], 101).await;
    emit(store, at(105)).await;
    emit(store, at(106)).await;
    let said = emitted(store, &mut position).await;
    assert_eq!((said.len(), said.iter().filter(|said| *said == "started 80 100").count()), (600, 600));
}

pub(crate) async fn prices_that_have_ended_are_no_reason_to_doubt(store: &Store) {
    let id = connect(store, "Shop").await;
    let sale = |number: i64| PriceRow { priced_id: format!("t{number}"), ..during(80, 100, 200) };
    let regular = |number: i64| price(&format!("t{number}"), "1", 100);
    let rows = (0..200).map(sale).chain((0..200).map(regular)).collect();
    full_sync(store, &id, &[(Stream::Prices, Rows::Prices(rows))], at(10)).await;
    let pass = async |rows: Vec<PriceRow>, second: i64| {
        let sync = Sync::begin(store, &id, &[(Stream::Prices, Mode::Full)], at(second)).await;
        sync.write(&Stream::Prices, &Rows::Prices(rows)).await;
        let ended = sync.settle(&Stream::Prices, true).await;
        let state = sync.stream(&Stream::Prices).await.state;
        store
            .finish_run(&sync.lease, &sync.run, crate::model::run::RunResult::Partial, None, at(second))
            .await
            .unwrap();
        store.release_lease(&sync.lease).await.unwrap();
        (ended, state)
    };
    let missed = pass((0..200).map(regular).collect(), 150).await;
    assert_eq!(
        missed,
        (StreamEnded { deleted: 0, held: 200 }, StreamState::Partial),
        "while they hold, they are missed"
    );
    let missed = pass((0..200).map(regular).collect(), 200).await;
    assert_eq!(missed, (StreamEnded { deleted: 200, held: 0 }, StreamState::Done));
    assert_eq!(counts(store, &id).await, "prices 200/200");
    // A large share of what is left is doubted as before.
    let missed = pass((0..100).map(regular).collect(), 300).await;
    assert_eq!(missed.0, StreamEnded { deleted: 0, held: 100 });
}

pub(crate) async fn the_lowest_amount_of_thirty_days_is_observed(store: &Store) {
    let id = shop(store, vec![price("g", "1", 100)], 0).await;
    let lowest = async |day: i64| {
        let view = store.offer(&id, "1", at(day * DAY_S)).await.unwrap().unwrap();
        let price = view.prices.into_iter().next().unwrap().price;
        (price.amount_minor, price.lowest_amount_minor, price.lowest_source, price.observed_since)
    };
    let observed = Some(LowestSource::Observed);
    // 100 for five days, 90 for five, 95 for 15; then a sale of 80 that is known beforehand.
    sync(store, &id, vec![price("g", "1", 90)], 5 * DAY_S).await;
    sync(store, &id, vec![price("g", "1", 95)], 10 * DAY_S).await;
    let sale = during(80, 25 * DAY_S, 50 * DAY_S);
    sync(store, &id, vec![price("g", "1", 95), sale.clone()], 20 * DAY_S).await;
    assert_eq!(lowest(24).await, (95, None, None, None), "not reduced");
    assert_eq!(lowest(25).await, (80, Some(90), observed, Some(at(0))), "seen for 25 days only");
    // What the platform says is believed instead.
    let said = PriceRow {
        lowest_amount_minor: Some(85),
        lowest_source: Some(LowestSource::Platform),
        ..during(80, 25 * DAY_S, 50 * DAY_S)
    };
    sync(store, &id, vec![price("g", "1", 95), said], 26 * DAY_S).await;
    assert_eq!(lowest(26).await, (80, Some(85), Some(LowestSource::Platform), None));
    // A second reduction, in one market: the first is within its 30 days, and what was before it is not.
    let market = PriceRow { market_id: "m".into(), ..during(70, 45 * DAY_S, 60 * DAY_S) };
    sync(store, &id, vec![price("g", "1", 95), sale, market.clone()], 40 * DAY_S).await;
    let view = store.offer(&id, "1", at(46 * DAY_S)).await.unwrap().unwrap();
    let own = view.prices.iter().find(|own| own.price.market_id == "m").unwrap();
    assert_eq!((own.price.lowest_amount_minor, own.price.observed_since), (Some(80), None));
    // While a reduction goes on, what it looks back to is kept.
    assert_eq!(store.prune_seen_prices(at(47 * DAY_S)).await.unwrap(), 0);
    assert_eq!(store.prune_seen_prices(at(52 * DAY_S)).await.unwrap(), 2, "100 and 90, which nobody looks back to");
    let view = store.offer(&id, "1", at(53 * DAY_S)).await.unwrap().unwrap();
    let own = view.prices.iter().find(|own| own.price.market_id == "m").unwrap();
    assert_eq!(own.price.lowest_amount_minor, Some(80));
    assert!(!export_mentions_lowest(store, &id).await, "an export holds what the platform said");
}

async fn export_mentions_lowest(store: &Store, id: &ConnectionId) -> bool {
    let lines = super::fixture::export(store, id, 100).await;
    lines.iter().any(|line| line.contains("lowest"))
}

pub(crate) async fn a_reduction_without_dates_began_when_it_was_seen(store: &Store) {
    let id = shop(store, vec![price("g", "1", 100)], 0).await;
    let reduced = PriceRow { list_amount_minor: Some(120), ..price("g", "1", 90) };
    sync(store, &id, vec![reduced], 40 * DAY_S).await;
    let view = store.offer(&id, "1", at(50 * DAY_S)).await.unwrap().unwrap();
    let own = &view.prices[0].price;
    assert_eq!((own.list_amount_minor, own.lowest_amount_minor), (Some(120), Some(100)), "never mixed");
    assert_eq!((own.lowest_source, own.observed_since), (Some(LowestSource::Observed), None), "seen for 40 days");
    // A price that is reduced from the beginning has nothing to be compared with.
    let other = connect(store, "Other").await;
    sync(store, &other, vec![PriceRow { list_amount_minor: Some(120), ..price("g", "1", 90) }], 0).await;
    let view = store.offer(&other, "1", at(50 * DAY_S)).await.unwrap().unwrap();
    assert_eq!((view.prices[0].price.lowest_amount_minor, view.prices[0].price.lowest_source), (None, None));
}
