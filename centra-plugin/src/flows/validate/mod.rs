//! `validate`: the checks a merchant sees, in order, and what they found out.
//!
//! A check that needs an earlier one is skipped with the reason when that one failed.

mod capabilities;
mod checklist;
mod events;
mod found;
mod help;
mod permissions;
mod reach;
mod schema;
mod secrets;
mod storefront;

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError,
    wire::{
        credentials::{OpenConnection, Secret},
        validate::{CheckStatus, CredentialExpiry, ValidateRequest, ValidateResponse},
    },
};

use self::checklist::Checklist;
use super::source::Source;
use crate::{
    address::clean_secret,
    form::{CHECKOUT_SECRET, DEFAULT_TOKEN_DAYS, STORE_URL, TOKEN, WEBHOOK_SECRET},
    swedish,
};

/// Runs the checks. Fails only when the host does.
pub async fn validate(
    source: &Source,
    connection: &OpenConnection,
    request: &ValidateRequest,
) -> Result<ValidateResponse, ConnectorError> {
    let mut list = Checklist::new(source.client.host());
    let mut response =
        ValidateResponse { normalized_credentials: normalized(source, connection), ..ValidateResponse::default() };
    let mut areas = permissions::Areas::default();
    let stopped = if reach::check(source, &mut list).await? {
        match reach::read_schema(source, &mut list).await? {
            Ok(()) => {
                areas = permissions::check(source, &mut list).await?;
                reach::budget(source, &mut list).await?;
                found::check(source, request, &mut list, &mut response).await?;
                response.schema_differences = schema::check(source, &mut list).await?;
                events::check(source, &mut list).await?;
                None
            }
            Err(why) => Some(why),
        }
    } else {
        Some("The address and the token must work first.".to_owned())
    };
    if let Some(why) = stopped {
        for (id, title) in permissions::TITLES
            .iter()
            .chain(&[("rate_limit_budget", reach::BUDGET)])
            .chain(found::TITLES)
            .chain(&[("schema_compatible", schema::TITLE)])
        {
            list.skip_all(&[(*id, *title)], &why).await?;
        }
    }
    let checkout_works = secrets::checkout(source, connection, &mut list).await?;
    let storefront = storefront::check(source, connection, &mut list).await?;
    let webhook_works = secrets::webhook(connection, &mut list).await?;
    response.expiries = expiries(source, connection).await?;
    response.permissions_used = source.client.permissions_used();
    response.permissions_missing = areas.missing.clone();
    response.checks = list.into_checks();
    response.ok = !response.checks.iter().any(|check| check.status == CheckStatus::Fail);
    let works = capabilities::Works { checkout: checkout_works, storefront, webhook: webhook_works };
    response.capabilities = capabilities::of(source, connection, &areas, works).await;
    let reasons = response.capabilities.iter().map(|own| (own.name.as_str().to_owned(), swedish::said(&own.reason)));
    response.reason_translations = BTreeMap::from([(swedish::TAG.to_owned(), reasons.collect())]);
    if response.store.is_some() {
        // Costs and denied fields were learned on the way.
        source.client.save().await?;
    }
    Ok(response)
}

/// Credentials as they should be stored; only those that were given.
fn normalized(source: &Source, connection: &OpenConnection) -> BTreeMap<String, Secret> {
    let mut normalized = BTreeMap::new();
    for field in [STORE_URL, TOKEN, CHECKOUT_SECRET, WEBHOOK_SECRET] {
        let Some(pasted) = connection.credential(field) else { continue };
        let clean = match (field, source.client.address()) {
            (STORE_URL, Ok(address)) => address.base().to_owned(),
            (STORE_URL, Err(_)) => pasted.trim().to_owned(),
            _ => clean_secret(pasted),
        };
        normalized.insert(field.to_owned(), Secret::new(clean));
    }
    normalized
}

/// The token's end as the merchant named it, else Centra's default from now on.
async fn expiries(source: &Source, connection: &OpenConnection) -> Result<Vec<CredentialExpiry>, ConnectorError> {
    if connection.credential(TOKEN).is_none() {
        return Ok(vec![]);
    }
    let now = source.client.host().now().await?;
    let named = source.chosen.token_expires_at;
    Ok(vec![CredentialExpiry {
        field: TOKEN.to_owned(),
        expires_at: named.unwrap_or_else(|| now.plus_seconds(DEFAULT_TOKEN_DAYS * 86_400)),
        assumed: named.is_none(),
    }])
}
