//! Codes of quotes and orders.

use super::row::{RetryClass as Retry, Row};
use crate::model::Exit;

pub(super) const CART_REFUSED: Row = Row::new(422, Exit::Usage, Retry::Never)
    .means("The platform cannot price the cart as it is.")
    .cause("A postal code, state or item that it does not accept.")
    .remedy("Correct what `errors[]` names.");

pub(super) const REALTIME_UNAVAILABLE: Row = Row::new(503, Exit::Unavailable, Retry::RetryAfter)
    .expected()
    .means("A realtime quote (`source=realtime`) was requested, and the platform did not price the cart.")
    .cause("No checkout secret, the platform failed or was late, or the circuit is open; the message says which.")
    .remedy("Request `source=auto` for a quote from synced data, or try again.");

pub(super) const LOCAL_QUOTE_BLOCKED: Row = Row::new(409, Exit::Refused, Retry::AfterChange)
    .means("The channel's policy does not allow quotes with parts that the platform did not calculate.")
    .cause("The platform could not price the cart.")
    .remedy("Try again later, or change the channel's `local_quotes`.");

pub(super) const QUOTE_STALE: Row = Row::new(409, Exit::Refused, Retry::Never)
    .means(
        "The store no longer offers the order on the agreed terms: `errors[]` has `price_changed`, `out_of_stock`, `stock_short`. Nothing was written or sent.",
    )
    .cause("Price or stock changed since the quote.")
    .remedy("Quote the cart again, confirm the new terms with the shopper, and send the order with them; the idempotency key can still be used.");

pub(super) const REFERENCE_USED: Row = Row::new(409, Exit::Refused, Retry::Never)
    .means("Another order of the connection has the same `channel_reference`, or may have it.")
    .cause(
        "A second idempotency key for the same order; or an order in the store without an intent on this host, for example after a backup was restored.",
    )
    .remedy("Send it with the first key to get that order, look at the order that is named, or choose another number.");

pub(super) const INTENT_SETTLED: Row = Row::new(409, Exit::Refused, Retry::Never)
    .means("There is nothing to resolve or to accept: the intent is settled or in progress.")
    .cause("Its outcome was found in the meantime.")
    .remedy("Read the intent.");

pub(super) const ORDER_EXPIRED: Row = Row::new(409, Exit::Unavailable, Retry::Retry)
    .means(
        "The order was not placed within `orders.submit_within_s`, or five attempts failed, and it is certain that the platform does not have it.",
    )
    .remedy("Send the same request again with the same key if it is still wanted.");

pub(super) const NOT_DONE: Row = Row::new(409, Exit::Unavailable, Retry::Retry)
    .means("A search on the platform, or a manual resolution, found that the operation was not done.")
    .remedy("Send the same request again with the same key if it is still wanted.");

pub(super) const NOT_SETTLED: Row = Row::local(Exit::Unavailable, Retry::Retry)
    .means("Error of an intent that is `unknown`: the platform was searched too early to be sure.")
    .remedy("Nothing: the host searches again.");

pub(super) const NOT_FOUND_ONCE: Row = Row::local(Exit::Unavailable, Retry::Retry)
    .means("Error of an intent that is `unknown`: one search found nothing.")
    .remedy(
        "Nothing: a second search must find nothing either before the order is sent again or a capture counts as not done.",
    );

pub(super) const MANUAL_RESOLUTION: Row = Row::local(Exit::Partial, Retry::AfterChange)
    .means("Error of an intent that is `unknown`: the platform cannot tell whether the operation was done.")
    .remedy("Look at the order on the platform, then run `order resolve`.");

pub(super) const DIFFERS_FROM_AGREED: Row = Row::local(Exit::Partial, Retry::Never)
    .means(
        "Not a failure: the intent is `confirmed`, but its result differs from what was agreed or requested. Each entry of `differs_from_agreed` has the `field`, what was `agreed`, and what is `actual` on the platform; `actual: null` means that the platform does not show it.",
    )
    .remedy(
        "Look at the order on the platform; correct or cancel it there, or accept it with `order resolve --accept-difference NOTE`. Do not send it again: it exists.",
    );
