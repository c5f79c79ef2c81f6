//! The two Storefront API plugins, where the settings name one: their tokens, and the shared secret. Each is tried; nothing in a
//! value says which plugin it is of, so a refused one is tried where it may belong.

use connector_api::{
    ConnectorError, ErrorCode,
    wire::credentials::{OpenConnection, Secret},
};

use super::{
    super::source::Source,
    checklist::{Checklist, Verdict},
    help, secrets,
};
use crate::{
    address::clean_secret,
    form::{CHECKOUT_SECRET, StorefrontPlugins},
};

const CARTS: &str = "The Storefront API prices carts";
const SECRET: &str = "The Storefront API shared secret works";
const PRICES: &str = "The Storefront API returns prices";

const FIX_SESSION: &str =
    "In your Centra AMS, open the Storefront API plugin of type Session and copy its API endpoint and its token.";
const FIX_CATALOG: &str =
    "In your Centra AMS, open the Storefront API plugin of type No session and copy its API endpoint and its token.";
const FIX_SECRET: &str = "In your Centra AMS, open the Storefront API plugin of type Session and copy its shared secret. You can also leave the field empty.";

/// What of the Storefront API works.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Works {
    /// Prices can be read without a session.
    pub(super) prices: bool,
    /// Carts can be priced.
    pub(super) carts: bool,
}

/// Tries what the settings name; says nothing where a store does not use it.
pub(super) async fn check(
    source: &Source,
    connection: &OpenConnection,
    list: &mut Checklist<'_>,
) -> Result<Works, ConnectorError> {
    let plugins = StorefrontPlugins::read(connection);
    let mut works = Works::default();
    if !source.chosen.storefront && plugins.catalog.is_none() && plugins.carts.is_none() {
        return Ok(works);
    }
    let began = list.begin().await?;
    let carts = match plugins.carts.as_ref().map(|(_, token)| token) {
        None => Verdict::warn(
            ErrorCode::ConfigInvalid,
            "The address or the token of the Storefront API plugin of type Session is missing: carts are priced from synced data.",
            FIX_SESSION,
        ),
        Some(token) if is_foreign(source, connection, token) => Verdict::fail(
            ErrorCode::ConfigInvalid,
            "This is another credential, not the token of the Storefront API.",
            FIX_SESSION,
        ),
        Some(_) => verdict(
            source.storefront.try_session().await,
            "The Storefront API accepts the token of the Session plugin.",
            FIX_SESSION,
        )?,
    };
    works.carts = carts.is_pass();
    list.end(began, "storefront_carts", CARTS, carts.or_at("/storefront_session_token").help(help::STOREFRONT)).await?;
    let began = list.begin().await?;
    let secret = match &plugins.secret {
        None => Verdict::skip("No shared secret was given: market and pricelist of carts follow the country."),
        Some(_) if !works.carts => Verdict::skip("The token of the Session plugin must work first."),
        Some(secret) => match source.storefront.accepts(secret).await {
            Ok(true) => Verdict::pass("The Storefront API accepts the shared secret."),
            Ok(false) if secrets::is_of_checkout(source, secret.expose()).await? => Verdict::fail(
                ErrorCode::ConfigInvalid,
                "This is the shared secret of the Checkout API, not the Storefront API's.",
                FIX_SECRET,
            ),
            Ok(false) => {
                Verdict::fail(ErrorCode::AuthInvalid, "The Storefront API refuses the shared secret.", FIX_SECRET)
            }
            Err(failure) => verdict(Err(failure), "", FIX_SECRET)?,
        },
    };
    // A cart that names market and pricelist is refused with a wrong secret.
    works.carts &= secret.is_usable() || plugins.secret.is_none();
    list.end(began, "storefront_secret", SECRET, secret.or_at("/storefront_shared_secret").help(help::STOREFRONT))
        .await?;
    let began = list.begin().await?;
    let prices = match plugins.catalog.as_ref().map(|(_, token)| token) {
        None => Verdict::skip(
            "No Storefront API plugin of type No session is configured: prices are read from another source.",
        ),
        Some(token) if is_foreign(source, connection, token) => Verdict::fail(
            ErrorCode::ConfigInvalid,
            "This is another credential, not the token of the Storefront API.",
            FIX_CATALOG,
        ),
        Some(_) => verdict(
            source.storefront.try_catalog().await,
            "The Storefront API accepts the token of the No session plugin.",
            FIX_CATALOG,
        )?,
    };
    works.prices = prices.is_pass();
    list.end(began, "storefront_prices", PRICES, prices.or_at("/storefront_token").help(help::STOREFRONT)).await?;
    Ok(works)
}

/// Whether a value is a credential of something else.
fn is_foreign(source: &Source, connection: &OpenConnection, token: &Secret) -> bool {
    let checkout = connection.credential(CHECKOUT_SECRET).map(clean_secret);
    source.client.token() == Some(token.expose()) || checkout.as_deref() == Some(token.expose())
}

/// A verdict on what was tried; an outage is no reason to refuse a connection.
fn verdict(tried: Result<(), ConnectorError>, passes: &str, fix: &str) -> Result<Verdict, ConnectorError> {
    Ok(match tried {
        Ok(()) => Verdict::pass(passes),
        Err(failure) if failure.code == ErrorCode::HostFailed => return Err(failure),
        Err(failure) if failure.code == ErrorCode::ConfigInvalid => {
            let pointer = failure.field_errors.first().map(|own| own.pointer.clone());
            let verdict = Verdict::of_error(&failure, fix);
            match pointer {
                Some(pointer) => verdict.at(&pointer),
                None => verdict,
            }
        }
        Err(failure) => Verdict::warn(
            failure.code,
            "The Storefront API does not answer as expected, so it could not be tested.",
            "Try again later.",
        ),
    })
}
