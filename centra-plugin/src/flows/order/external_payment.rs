//! Places an order through a Checkout API session that the External Payment plugin is notified to be paid for.
//!
//! Centra prices the cart again, and only what was agreed is placed. The session of each attempt is kept with the connection
//! before its payment begins: it says whether the order exists, and a further attempt of the same order is made in the same
//! session, which Centra turns into one order at most.

use connector_api::{
    ConnectorError, ErrorCode,
    connector::Level,
    domain::{Message, MessageSeverity, Money, Order, OrderDraft, Quote, TotalKind},
    wire::{credentials::Secret, order::SubmitOrderResponse, quote::QuoteRequest},
};
use serde_json::json;

use super::{
    super::{
        quote::{Quoting, quote_apart},
        source::Source,
    },
    completion::{complete, read},
    search::placed_since,
};
use crate::{
    checkout::{Attempt, Checkout, Paid, Reply},
    error::invalid,
    external_payment::{self as plugin, Begun},
    order_draft::{agreed, agreed_total, recipient, tag},
    wire::payment::Payment,
};

/// What a session reports its order.
enum Look {
    /// It was placed, with these numbers.
    Orders(Vec<i64>),
    /// Not placed, or not yet.
    Open,
    /// There is no such session any more.
    Gone,
}

/// Places it.
pub(super) async fn place(
    source: &Source,
    quoting: &Quoting,
    draft: &OrderDraft,
    secret: &Secret,
) -> Result<SubmitOrderResponse, ConnectorError> {
    let earlier = quoting.attempts.of(quoting.checkout.host(), draft).await?;
    let look = match &earlier {
        Some(attempt) => look(&quoting.checkout, attempt).await?,
        None => Look::Gone,
    };
    let (attempt, is_first) = match (look, earlier) {
        (Look::Orders(numbers), _) => return finished(source, quoting, draft, &numbers).await,
        (Look::Open, Some(attempt)) => (attempt, false),
        _ => (begin(source, quoting, draft).await?, true),
    };
    match pay(source, quoting, attempt, draft, secret).await {
        Ok(numbers) => finished(source, quoting, draft, &numbers).await,
        Err(failure) if is_refusal(&failure) => {
            forget(quoting, draft).await;
            Err(if is_first { failure } else { refused_later(&failure) })
        }
        Err(failure) => Err(failure),
    }
}

/// Numbers of an order as the session of its attempt says them; none when there is no session, or it does not say.
pub(super) async fn found_by_session(quoting: &Quoting, draft: &OrderDraft) -> Vec<i64> {
    let look = async {
        match quoting.attempts.of(quoting.checkout.host(), draft).await? {
            Some(attempt) => look(&quoting.checkout, &attempt).await,
            None => Ok(Look::Gone),
        }
    };
    match look.await {
        Ok(Look::Orders(numbers)) => numbers,
        _ => vec![],
    }
}

/// Keeps the payment of orders that were placed, and forgets their session. The orders stand whether or not that works; without it
/// captures cannot be reported.
pub(super) async fn ended(quoting: &Quoting, draft: &OrderDraft, orders: &[Order]) {
    let host = quoting.checkout.host();
    let kept = async {
        let Some(attempt) = quoting.attempts.of(host, draft).await? else { return Ok(()) };
        let Some(selection) = attempt.selection else { return Ok(()) };
        let number = shows_all(draft, orders).then_some(orders.len());
        for order in orders {
            let (selection, at) = (selection.clone(), attempt.begun_at);
            let paid = Paid { selection, amount: attempt.amount, orders: number, at };
            quoting.payments.keep(host, &order.id, paid).await?;
        }
        Ok::<(), ConnectorError>(())
    };
    if let Err(error) = kept.await {
        host.log(Level::Warn, "the payment of an order was not kept", json!({ "code": error.code }));
    }
    forget(quoting, draft).await;
}

/// Whether these are all orders that Centra made of a cart, which it may split: they hold every piece that was bought.
fn shows_all(draft: &OrderDraft, orders: &[Order]) -> bool {
    let bought = draft.cart.lines.iter().map(|line| u64::from(line.quantity)).sum::<u64>();
    orders.iter().flat_map(|order| &order.lines).map(|line| u64::from(line.ordered)).sum::<u64>() >= bought
}

/// Forgets the session of an order that has ended.
async fn forget(quoting: &Quoting, draft: &OrderDraft) {
    let host = quoting.checkout.host();
    if let Err(error) = quoting.attempts.forget(host, draft).await {
        host.log(Level::Warn, "the session of an order was not forgotten", json!({ "code": error.code }));
    }
}

/// Reads the order, with the further ones Centra made of the cart where it split it, and completes them.
async fn finished(
    source: &Source,
    quoting: &Quoting,
    draft: &OrderDraft,
    numbers: &[i64],
) -> Result<SubmitOrderResponse, ConnectorError> {
    let mut orders = read(source, numbers).await?;
    if !shows_all(draft, &orders) {
        // Those that are not shown yet come with the next sync: they carry the channel's number, too.
        let others = placed_since(source, draft, quoting.checkout.host().now().await?).await.unwrap_or_default();
        let known: Vec<_> = orders.iter().map(|order| order.id.clone()).collect();
        orders.extend(others.into_iter().filter(|other| !known.contains(&other.id)));
    }
    let orders = complete(source, orders, &tag(draft)).await;
    ended(quoting, draft, &orders).await;
    Ok(SubmitOrderResponse { orders })
}

/// A session with the cart in it, at the prices agreed. Nothing is ordered yet.
async fn begin(source: &Source, quoting: &Quoting, draft: &OrderDraft) -> Result<Attempt, ConnectorError> {
    agreed(draft)?;
    recipient(draft)?;
    let request = QuoteRequest { cart: draft.cart.clone(), every_method: false };
    let priced = quote_apart(source, quoting, &request, &source.chosen.external_payment_uri).await;
    let (quote, session) = priced.map_err(of_cart)?;
    let amount = as_agreed(draft, &quote)?;
    let token = session.token.ok_or_else(|| crate::error::answer_invalid("names no session"))?;
    let attempt = Attempt { token, amount, begun_at: quote.computed_at, selection: None };
    quoting.attempts.keep(quoting.checkout.host(), draft, attempt.clone()).await?;
    Ok(attempt)
}

/// Says that it is paid: the order's numbers. Nothing in the session may change in between.
async fn pay(
    source: &Source,
    quoting: &Quoting,
    attempt: Attempt,
    draft: &OrderDraft,
    secret: &Secret,
) -> Result<Vec<i64>, ConnectorError> {
    let checkout = &quoting.checkout;
    let (token, amount) = (attempt.token.clone(), attempt.amount);
    let token = Some(token.as_str());
    let body = plugin::payment(draft, &source.chosen.external_payment_uri, checkout.site()?)?;
    // A cart that costs nothing is ordered by this request already.
    let may_place = amount.amount_minor == 0;
    let begun = checkout.call(token, "POST", &["payment"], "CheckoutPay", Some(&body)).await;
    let begun = begun.map_err(|failure| if may_place { left_open(&failure) } else { failure })?;
    let selection = match plugin::begun(begun)? {
        Begun::Selection(selection) => selection,
        Begun::Orders(numbers) => return Ok(numbers),
    };
    // What is reported of the payment later names the selection, which nothing shows once the order exists.
    let attempt = Attempt { selection: Some(selection.clone()), ..attempt };
    quoting.attempts.keep(checkout.host(), draft, attempt).await?;
    let now = checkout.host().now().await?;
    let body = plugin::result(draft, secret.expose(), &selection, amount, now)?;
    let placed = checkout.call(token, "POST", &["payment-result"], "CheckoutPaid", Some(&body)).await;
    plugin::placed(placed.map_err(|failure| left_open(&failure))?)
}

/// A failure of a request that may have placed the order, by an answer that is not the Checkout API's.
fn left_open(failure: &ConnectorError) -> ConnectorError {
    let message = format!("Whether the order was placed is not known: {}", failure.message);
    let mut open = ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_with_backoff();
    open.field_errors.clone_from(&failure.field_errors);
    open
}

/// Whether a session has become an order.
async fn look(checkout: &Checkout, attempt: &Attempt) -> Result<Look, ConnectorError> {
    let token = attempt.token.as_str();
    let reply: Reply<Payment> = checkout.call(Some(token), "GET", &["receipt"], "CheckoutReceipt", None).await?;
    let is_other = reply.answer.token.is_some_and(|reported| reported != token);
    Ok(match (is_other, reply.answer.order.is_empty()) {
        (true, _) => Look::Gone,
        (false, false) => Look::Orders(reply.answer.order),
        (false, true) => Look::Open,
    })
}

/// Whether an error means that surely nothing was ordered, and that it would be refused again.
fn is_refusal(error: &ConnectorError) -> bool {
    matches!(error.code, ErrorCode::Conflict | ErrorCode::InvalidRequest | ErrorCode::ConfigInvalid)
}

/// A refusal of a second attempt in the same session may mean that the first one was carried out late.
fn refused_later(refusal: &ConnectorError) -> ConnectorError {
    let message = format!("A further attempt was refused, so the first one is searched for again: {}", refusal.message);
    ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_with_backoff()
}

/// A refusal of a cart as one of the order it is in.
fn of_cart(mut error: ConnectorError) -> ConnectorError {
    for own in &mut error.field_errors {
        let of_cart = ["/ship_to", "/lines", "/currency", "/market_id", "/pricelist_id", "/discounts"];
        if of_cart.iter().any(|part| own.pointer.starts_with(part)) {
            own.pointer.insert_str(0, "/draft/cart");
        }
    }
    error
}

/// Whether the draft says what is paid.
fn has_payment(draft: &OrderDraft) -> bool {
    draft.payment.as_ref().is_some_and(|payment| payment.captured.or(payment.authorized).is_some())
}

/// What is to be paid, when Centra's prices are the agreed ones and everything can be delivered.
fn as_agreed(draft: &OrderDraft, quote: &Quote) -> Result<Money, ConnectorError> {
    let total = |kind: &TotalKind| quote.totals.iter().find(|own| own.kind == *kind).map(|own| own.amount);
    let stops = |own: &&Message| {
        matches!(own.code.as_str(), "price_changed" | "total_unclear")
            || !matches!(own.severity, MessageSeverity::Info | MessageSeverity::Warning)
    };
    let mut wrong: Vec<(String, String, String)> = quote
        .messages
        .iter()
        .filter(stops)
        .map(|own| {
            (format!("/draft/cart{}", own.path.as_deref().unwrap_or_default()), own.code.clone(), own.text.clone())
        })
        .collect();
    let mut compare = |pointer: &str, agreed: Option<Money>, now: Option<Money>| {
        if let (Some(agreed), Some(now)) = (agreed, now)
            && agreed != now
        {
            wrong.push((pointer.to_owned(), "price_changed".to_owned(), format!("it is {now} now, not {agreed}")));
        }
    };
    compare("/draft/shipping_price", draft.shipping_price, total(&TotalKind::Shipping));
    if draft.shipping_price.is_none() && total(&TotalKind::Shipping).is_some_and(|price| price.amount_minor > 0) {
        let text = "send the shipping price of the quote, or the total".to_owned();
        if !has_payment(draft) && draft.total.is_none() {
            return Err(invalid("/draft/shipping_price", "required", text));
        }
    }
    // Nothing may be placed above what was agreed, whether the draft says what was paid or not.
    let whole = total(&TotalKind::Total);
    let agreed = agreed_total(draft).filter(|(agreed, is_exact)| {
        *is_exact
            || whole.is_none_or(|whole| whole.currency != agreed.currency || whole.amount_minor > agreed.amount_minor)
    });
    let pointer = match (draft.total, has_payment(draft)) {
        (Some(_), _) => "/draft/total",
        (None, true) => "/draft/payment",
        (None, false) => "/draft/cart",
    };
    compare(pointer, agreed.map(|(agreed, _)| agreed), whole);
    if wrong.is_empty() {
        return whole.ok_or_else(|| crate::error::answer_invalid("does not contain the price of a cart"));
    }
    let by_itself = ["price_changed", "out_of_stock", "stock_short"];
    let changed = wrong.iter().all(|(_, code, _)| by_itself.contains(&code.as_str()));
    let (kind, message) = if changed {
        (ErrorCode::Conflict, "The store's prices or stock are not what was agreed; quote the cart again.")
    } else {
        (ErrorCode::InvalidRequest, "The store does not sell this cart in this form.")
    };
    let refused = ConnectorError::new(kind, message);
    Err(wrong.iter().take(20).fold(refused, |refused, (pointer, code, text)| refused.at_field(pointer, code, text)))
}
