//! `quote`: a cart priced by the store, through its Storefront API ([`storefront`]) or through its Checkout API, in one walk: place, items, address, codes, fee, way to
//! deliver, every other way. A walk whose session turns out to be somebody else's, or gone, begins anew in another.

mod address;
mod asked;
mod codes;
mod delivery;
mod items;
mod payment;
mod place;
mod quoting;
mod storefront;

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Cart, Quote},
    wire::quote::{QuoteRequest, QuoteResponse},
};

pub use self::quoting::Quoting;

use self::asked::Asked;
use super::source::Source;
use crate::{
    checkout::{Checkout, Context, Session, Trouble},
    map::quote::{Priced, quote as map_quote},
};

/// Most lines of a cart.
const MOST_LINES: usize = 200;
/// Most codes of a cart.
const MOST_CODES: usize = 20;
/// In how many sessions a cart is tried: the first may have been used by somebody else, the second may expire.
const SESSIONS: u32 = 3;

/// Prices a cart.
pub async fn quote(
    source: &Source,
    quoting: &Quoting,
    request: &QuoteRequest,
) -> Result<QuoteResponse, ConnectorError> {
    if by_storefront(source, quoting) {
        return Ok(QuoteResponse { quote: by_storefront_api(source, quoting, request).await? });
    }
    let (quote, session, context) = priced(source, quoting, request, None).await?;
    quoting.pool.give_back(quoting.checkout.host(), &context, session).await?;
    Ok(QuoteResponse { quote })
}

/// Whether carts are priced through the Storefront API: where the store uses it, and where there is no other way.
pub fn by_storefront(source: &Source, quoting: &Quoting) -> bool {
    source.storefront.has_carts() && (source.chosen.storefront || quoting.checkout.must_have_secret().is_err())
}

async fn by_storefront_api(
    source: &Source,
    quoting: &Quoting,
    request: &QuoteRequest,
) -> Result<Quote, ConnectorError> {
    check(&request.cart)?;
    let host = source.storefront.host();
    let began = host.now().await?;
    let mut asked = Asked::read(source, quoting, request, None, began).await?;
    let priced = storefront::price(&source.storefront, &mut asked).await?;
    let now = host.now().await?;
    // What carts call delivery methods is their number here.
    map_quote(&request.cart, &asked.lines, &priced, &BTreeMap::new(), asked.said, began, now)
}

/// Prices a cart in a session of its own, to be paid by the method at this URI. The session goes to the caller, who makes an
/// order of it; no other cart may have it.
pub async fn quote_apart(
    source: &Source,
    quoting: &Quoting,
    request: &QuoteRequest,
    payment_method: &str,
) -> Result<(Quote, Session), ConnectorError> {
    let (quote, session, _) = priced(source, quoting, request, Some(payment_method)).await?;
    Ok((quote, session))
}

async fn priced(
    source: &Source,
    quoting: &Quoting,
    request: &QuoteRequest,
    payment_method: Option<&str>,
) -> Result<(Quote, Session, Context), ConnectorError> {
    check(&request.cart)?;
    quoting.checkout.must_have_secret()?;
    let host = quoting.checkout.host();
    let began = host.now().await?;
    let mut asked = Asked::read(source, quoting, request, payment_method, began).await?;
    let mut session = match payment_method {
        None => quoting.pool.take(host, &asked.context).await?,
        Some(_) => Session::default(),
    };
    let priced = walks(&quoting.checkout, &mut session, &mut asked).await?;
    let lines = request.cart.lines.iter().zip(&asked.lines);
    let refused: Vec<_> = lines.filter(|(_, own)| own.is_refused).map(|(line, _)| line).collect();
    let now = host.now().await?;
    quoting.ids.doubt(&refused, now);
    let uris: Vec<&str> = priced.deliveries.iter().map(|own| own.uri.as_str()).collect();
    quoting.ids.saw(source, &uris).await?;
    let quote = map_quote(&request.cart, &asked.lines, &priced, &asked.options, asked.said, began, now)?;
    Ok((quote, session, asked.context))
}

/// Walks until a session stays what it was.
async fn walks(checkout: &Checkout, session: &mut Session, asked: &mut Asked<'_>) -> Result<Priced, ConnectorError> {
    for _ in 0..SESSIONS {
        match walk(checkout, session, asked).await {
            Ok(priced) => return Ok(priced),
            Err(Trouble::Failed(error)) => return Err(error),
            Err(Trouble::Lost) => {
                // One that was replaced by the platform is new and empty already.
                if session.is_used || session.is_set_up {
                    *session = Session::default();
                }
                asked.begin_anew();
            }
        }
    }
    Err(ConnectorError::new(
        ErrorCode::PlatformUnavailable,
        "Centra's Checkout API lost the session of a cart several times in a row.",
    )
    .retry_with_backoff())
}

async fn walk(checkout: &Checkout, session: &mut Session, asked: &mut Asked<'_>) -> Result<Priced, Trouble> {
    place::set_up(checkout, session, asked).await?;
    items::put(checkout, session, asked).await?;
    address::report(checkout, session, asked).await?;
    codes::enter(checkout, session, asked).await?;
    payment::choose(checkout, session, asked).await?;
    place::check(session, asked)?;
    delivery::choose(checkout, session, asked).await
}

fn check(cart: &Cart) -> Result<(), ConnectorError> {
    let refuse = |pointer: &str, text: String| {
        Err(ConnectorError::new(ErrorCode::InvalidRequest, text.clone()).at_field(pointer, "invalid", text))
    };
    if cart.lines.len() > MOST_LINES {
        return refuse("/lines", format!("a cart has at most {MOST_LINES} lines"));
    }
    if cart.discounts.len() > MOST_CODES {
        return refuse("/discounts", format!("a cart has at most {MOST_CODES} codes"));
    }
    if let Some(index) = cart.lines.iter().position(|line| line.quantity == 0) {
        return refuse(&format!("/lines/{index}/quantity"), "a line has a quantity of at least one".to_owned());
    }
    Ok(())
}
