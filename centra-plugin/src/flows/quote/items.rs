//! What is in the cart: one bulk change from what an earlier cart left to what is wanted; two, where the
//! order differs.

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
    let mut change = difference(session, &wanted);
    if change.is_twofold() {
        let lines = json!({ "lines": std::mem::take(&mut change.lines) });
        let reply = session.call(checkout, "PUT", &["items"], "CheckoutItems", Some(&lines)).await?;
        if !reply.granted() || session.answer.selection.is_none() {
            return Err(Trouble::Lost);
        }
    }
    let mut reported: Vec<Unavailable> = vec![];
    let reply = match change.body() {
        Some(body) => session.call(checkout, "PUT", &["items"], "CheckoutItems", Some(&body)).await?,
        None => session.call(checkout, "GET", &["selection"], "CheckoutRead", None).await?,
    };
    let blamed = if matches!(reply.status, 200..=299 | 410) {
        if session.answer.selection.is_none() {
            session.call(checkout, "GET", &["selection"], "CheckoutRead", None).await?;
        }
        let blamed = !reply.answer.errors.is_empty();
        reported.extend(reply.answer.unavailable);
        blamed
    } else if session.is_used {
        // A line that is gone, an item that is there already: the cart is not as it was left.
        return Err(Trouble::Lost);
    } else {
        one_by_one(checkout, session, &wanted, &mut reported).await?;
        true
    };
    let held = held(session);
    let surplus = |(item, held): (&String, &u32)| {
        let asked = wanted.iter().find(|(own, _)| own.0 == *item).map_or(0, |(_, wanted)| *wanted);
        (*held > asked).then_some(asked > 0)
    };
    let surplus: Vec<bool> = held.iter().filter_map(surplus).collect();
    let is_more = !surplus.is_empty();
    let is_less = wanted.iter().any(|(item, wanted)| held.get(&item.0).is_none_or(|held| held < wanted));
    if session.is_used && (is_more || (is_less && !blamed && reported.is_empty())) {
        return Err(Trouble::Lost);
    }
    if surplus.contains(&true) || (is_more && costs_more(session, &wanted)) {
        let text = "the store's cart has a larger quantity than requested, and charges for it: quote the cart again";
        asked.said.mend("extra_items", "/lines", text);
    } else if is_more {
        let text = "the store added an item to the cart automatically; it costs nothing";
        asked.said.warn("gift_added", "/lines", text);
    }
    for line in &mut asked.lines {
        let Some(item) = &line.item else { continue };
        line.available =
            reported.iter().find(|own| own.item.as_deref() == Some(item.0.as_str())).map(|own| own.available);
        line.is_refused = line.available.is_none() && !held.contains_key(&item.0);
    }
    Ok(())
}

/// Pieces in the cart by item; identical items may stand in several lines.
fn held(session: &Session) -> BTreeMap<String, u32> {
    let mut held = BTreeMap::new();
    for own in session.answer.selection.iter().flat_map(|selection| &selection.items) {
        if let Some(item) = &own.item {
            let quantity: &mut u32 = held.entry(item.clone()).or_default();
            *quantity = quantity.saturating_add(own.quantity);
        }
    }
    held
}

/// Whether anything that was not asked for has a price. What has none is a gift.
fn costs_more(session: &Session, wanted: &[(ItemId, u32)]) -> bool {
    let items = session.answer.selection.iter().flat_map(|selection| &selection.items);
    let mut unasked = items.filter(|own| wanted.iter().all(|(item, _)| own.item.as_ref() != Some(&item.0)));
    unasked.any(|own| own.total_price_as_number.or_zero().is_none_or(|price| !price.0.is_zero()))
}

/// What is to be changed in a cart.
#[derive(Debug, Default)]
struct Change {
    /// Lines to set; those left over to zero.
    lines: Vec<Value>,
    /// Items to add.
    items: Vec<Value>,
    /// Some of the items stand in lines that go.
    is_moved: bool,
}

impl Change {
    /// Whether it takes two requests: an item cannot be added while a line has it.
    fn is_twofold(&self) -> bool {
        self.is_moved && !self.lines.is_empty()
    }

    /// What is left to ask for; `None` when all is as wanted.
    fn body(self) -> Option<Value> {
        match (self.lines.is_empty(), self.items.is_empty()) {
            (true, true) => None,
            (true, false) => Some(json!({ "items": self.items })),
            (false, true) => Some(json!({ "lines": self.lines })),
            (false, false) => Some(json!({ "lines": self.lines, "items": self.items })),
        }
    }
}

/// What makes the session's cart the wanted one, in its order: a discount on the order is divided among the lines one after
/// another, so where the cents of tax fall depends on it.
fn difference(session: &Session, wanted: &[(ItemId, u32)]) -> Change {
    let mut change = Change::default();
    let mut kept = 0;
    for own in session.answer.selection.iter().flat_map(|selection| &selection.items) {
        let (Some(line), Some(item)) = (&own.line, &own.item) else { continue };
        let quantity = match wanted.get(kept) {
            Some((next, quantity)) if next.0 == *item => {
                kept += 1;
                *quantity
            }
            _ => {
                change.is_moved |= wanted.iter().skip(kept).any(|(later, _)| later.0 == *item);
                0
            }
        };
        if quantity != own.quantity {
            change.lines.push(json!({ "line": line, "quantity": quantity }));
        }
    }
    let new = wanted.get(kept..).unwrap_or_default();
    change.items = new.iter().map(|(item, quantity)| json!({ "item": item.0, "quantity": quantity })).collect();
    change
}

/// Adds what is missing singly after a bulk change was refused as a whole: the others are to be priced. The refusal may be that
/// of a repetition whose first answer was lost, so what is there is looked at first: adding is relative.
async fn one_by_one(
    checkout: &Checkout,
    session: &mut Session,
    wanted: &[(ItemId, u32)],
    reported: &mut Vec<Unavailable>,
) -> Result<(), Trouble> {
    session.call(checkout, "GET", &["selection"], "CheckoutRead", None).await?;
    let held = held(session);
    for (item, wanted) in wanted {
        let missing = wanted.saturating_sub(held.get(&item.0).copied().unwrap_or(0));
        if missing == 0 {
            continue;
        }
        let quantity = missing.to_string();
        let parts = ["items", &item.0, "quantity", &quantity];
        let reply = session.call(checkout, "POST", &parts, "CheckoutItem", None).await?;
        reported.extend(reply.answer.unavailable);
    }
    Ok(())
}
