//! What is in the cart: one bulk change from what an earlier cart left to what is wanted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::asked::Asked;
use crate::{
    checkout::{Checkout, ItemId, Session, Trouble},
    wire::checkout::Unavailable,
};

/// Makes the cart's contents what is wanted, and notes what could not be had.
pub(super) async fn put(checkout: &Checkout, session: &mut Session, asked: &mut Asked<'_>) -> Result<(), Trouble> {
    let wanted = asked.wanted();
    let change = difference(session, &wanted);
    let mut told: Vec<Unavailable> = vec![];
    let reply = match &change {
        Some(change) => session.call(checkout, "PUT", &["items"], "CheckoutItems", Some(change)).await?,
        None => session.call(checkout, "GET", &["selection"], "CheckoutRead", None).await?,
    };
    let blamed = if matches!(reply.status, 200..=299 | 410) {
        if session.answer.selection.is_none() {
            session.call(checkout, "GET", &["selection"], "CheckoutRead", None).await?;
        }
        let blamed = !reply.answer.errors.is_empty();
        told.extend(reply.answer.unavailable);
        blamed
    } else if session.is_used {
        // A line that is gone, an item that is there already: the cart is not as it was left.
        return Err(Trouble::Lost);
    } else {
        one_by_one(checkout, session, &wanted, &mut told).await?;
        true
    };
    let held = held(session);
    let is_more = held
        .iter()
        .any(|(item, held)| wanted.iter().find(|(own, _)| own.0 == *item).is_none_or(|(_, wanted)| held > wanted));
    let is_less = wanted.iter().any(|(item, wanted)| held.get(&item.0).is_none_or(|held| held < wanted));
    if session.is_used && (is_more || (is_less && !blamed && told.is_empty())) {
        return Err(Trouble::Lost);
    }
    if is_more {
        asked.said.warn(
            "extra_items",
            "/lines",
            "the store put something into the cart by itself; the total counts it",
        );
    }
    for line in &mut asked.lines {
        let Some(item) = &line.item else { continue };
        line.available = told.iter().find(|own| own.item.as_deref() == Some(item.0.as_str())).map(|own| own.available);
        line.is_refused = line.available.is_none() && !held.contains_key(&item.0);
    }
    Ok(())
}

/// Pieces in the cart by item; identical items may stand in several lines.
fn held(session: &Session) -> BTreeMap<String, u32> {
    let mut held = BTreeMap::new();
    for own in session.answer.selection.iter().flat_map(|selection| &selection.items) {
        if let Some(item) = &own.item {
            let pieces: &mut u32 = held.entry(item.clone()).or_default();
            *pieces = pieces.saturating_add(own.quantity);
        }
    }
    held
}

/// Lines to set, those left over to zero, and items to add; `None` when all is as wanted.
fn difference(session: &Session, wanted: &[(ItemId, u32)]) -> Option<Value> {
    let (mut lines, mut standing) = (vec![], vec![]);
    for own in session.answer.selection.iter().flat_map(|selection| &selection.items) {
        let (Some(line), Some(item)) = (&own.line, &own.item) else { continue };
        let wanted = wanted.iter().find(|(wanted, _)| wanted.0 == *item && !standing.contains(item));
        let quantity = wanted.map_or(0, |(_, quantity)| *quantity);
        if wanted.is_some() {
            standing.push(item.clone());
        }
        if quantity != own.quantity {
            lines.push(json!({ "line": line, "quantity": quantity }));
        }
    }
    let new = wanted.iter().filter(|(item, _)| !standing.contains(&item.0));
    let items: Vec<Value> = new.map(|(item, quantity)| json!({ "item": item.0, "quantity": quantity })).collect();
    match (lines.is_empty(), items.is_empty()) {
        (true, true) => None,
        (true, false) => Some(json!({ "items": items })),
        (false, true) => Some(json!({ "lines": lines })),
        (false, false) => Some(json!({ "lines": lines, "items": items })),
    }
}

/// Adds items singly after a bulk change was refused as a whole: the others are to be priced.
async fn one_by_one(
    checkout: &Checkout,
    session: &mut Session,
    wanted: &[(ItemId, u32)],
    told: &mut Vec<Unavailable>,
) -> Result<(), Trouble> {
    for (item, quantity) in wanted {
        let quantity = quantity.to_string();
        let parts = ["items", &item.0, "quantity", &quantity];
        let reply = session.call(checkout, "POST", &parts, "CheckoutItem", None).await?;
        told.extend(reply.answer.unavailable);
    }
    Ok(())
}
