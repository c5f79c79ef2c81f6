//! What a transaction has changed in the catalog, as events.

use crate::store::{
    db::{self, failure::Outcome},
    sql::outbox::emit::{add, changes::Changes, offer, price, stock},
};

/// Changes looked at in one go: their rows and events are in memory together.
const MOST_CHANGES: usize = 500;

/// Writes an event for each thing that this transaction has changed in a connection's catalog: offers, then prices, then stock,
/// each in the order of their keys.
pub(in crate::store) async fn emit(tx: &mut db::Connection, changes: Changes, now: i64) -> Outcome<()> {
    let Changes { connection, offers, prices, stock } = changes;
    let mut offers = offers.unwrap_or_default().into_iter();
    while let Some(some) = next(&mut offers) {
        let events = offer::events(tx, connection, some).await?;
        add(tx, connection, now, &events).await?;
    }
    let mut prices = prices.unwrap_or_default().into_iter();
    while let Some(some) = next(&mut prices) {
        let events = price::events(tx, connection, some, now).await?;
        add(tx, connection, now, &events).await?;
    }
    let mut stock = stock.unwrap_or_default().into_iter();
    while let Some(some) = next(&mut stock) {
        let events = stock::events(tx, connection, some).await?;
        add(tx, connection, now, &events).await?;
    }
    Ok(())
}

fn next<T>(rows: &mut impl Iterator<Item = T>) -> Option<Vec<T>> {
    let some: Vec<T> = rows.take(MOST_CHANGES).collect();
    (!some.is_empty()).then_some(some)
}
