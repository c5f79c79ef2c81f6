//! What the store consists of: stores, markets, pricelists, languages. They become default settings and choices.

use connector_api::{
    ConnectorError, ErrorCode,
    wire::validate::{Choice, StoreIdentity, ValidateRequest, ValidateResponse},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    super::source::Source,
    checklist::{Checklist, Verdict},
};
use crate::{
    client::Variables,
    map::{self, store::CONSUMER},
    operation::Operation,
    wire::store::{Language, Market, Pricelist, Store},
};

/// Ids and titles of the checks.
pub(super) const TITLES: &[(&str, &str)] = &[
    ("store_found", "A consumer (DTC) store exists"),
    ("markets_found", "The store has markets"),
    ("pricelists_found", "The store has pricelists"),
    ("languages_found", "The store's languages are known"),
];

const FIX_TOKEN_SCOPE: &str =
    "In your Centra AMS, check that the token is not restricted to another store or store type.";

/// Looks for all of them.
pub(super) async fn check(
    source: &Source,
    request: &ValidateRequest,
    list: &mut Checklist<'_>,
    response: &mut ValidateResponse,
) -> Result<(), ConnectorError> {
    let began = list.begin().await?;
    let verdict = match read::<Store>(source, Operation::Stores, "stores", &Variables::new()).await? {
        Ok(stores) => store(source, request, &stores, response),
        Err(verdict) => verdict,
    };
    let fatal = verdict.is_fatal();
    list.end(began, TITLES[0].0, TITLES[0].1, verdict).await?;
    if fatal {
        return list.skip_all(&TITLES[1..], "A store must be found first.").await;
    }
    let of_store = source.of_store().await?;
    let store = source.store().await?;

    let began = list.begin().await?;
    let verdict = match read::<Market>(source, Operation::Markets, "markets", &of_store).await? {
        Ok(found) => {
            let own = found.iter().filter(|market| market.store.as_ref().is_none_or(|own| Some(own.own.id) == store));
            let choices: Vec<_> = own.map(|market| choice(json!(market.id), market.name.as_deref())).collect();
            offer(
                response,
                "market_id",
                choices,
                source.chosen.market,
                "market",
                "Without a market nothing can be sold. Create one in your Centra AMS, or check the token's store restriction.",
            )
        }
        Err(verdict) => verdict,
    };
    list.end(began, TITLES[1].0, TITLES[1].1, verdict).await?;

    let began = list.begin().await?;
    let verdict = match read::<Pricelist>(source, Operation::Pricelists, "pricelists", &of_store).await? {
        Ok(found) => {
            let own = found.iter().filter(|own| own.store.as_ref().is_none_or(|own| Some(own.id) == store));
            let active = own.filter(|own| map::is_active(own.status.as_deref()));
            let label = |own: &Pricelist| {
                format!("{} ({})", own.name.as_deref().unwrap_or_default(), own.currency.code.as_deref().unwrap_or("?"))
            };
            let choices: Vec<_> = active.map(|own| choice(json!(own.id), Some(&label(own)))).collect();
            offer(
                response,
                "pricelist_id",
                choices,
                source.chosen.pricelist,
                "active pricelist",
                "Without an active pricelist nothing has a price. Activate one in your Centra AMS.",
            )
        }
        Err(verdict) => verdict,
    };
    list.end(began, TITLES[2].0, TITLES[2].1, verdict).await?;

    let began = list.begin().await?;
    let verdict = match read::<Language>(source, Operation::Languages, "languages", &Variables::new()).await? {
        Ok(found) => {
            let known = found.iter().filter_map(map::store::language).filter(|language| language.active);
            let choices: Vec<Choice> =
                known.map(|language| choice(json!(language.tag), Some(&language.name))).collect();
            let message = if choices.is_empty() {
                "There are no translations; the store's own texts are used.".to_owned()
            } else {
                let names: Vec<&str> = choices.iter().take(10).map(|choice| choice.label.as_str()).collect();
                format!("Texts are translated to {}.", names.join(", "))
            };
            if !choices.is_empty() {
                response.choices.insert("language".to_owned(), choices);
            }
            if let Some(chosen) = &source.chosen.language {
                response.settings.insert("language".to_owned(), json!(chosen));
            }
            Verdict::pass(message)
        }
        Err(verdict) => verdict,
    };
    list.end(began, TITLES[3].0, TITLES[3].1, verdict).await?;
    response.settings.insert("checkout_plugin_path".to_owned(), json!(source.chosen.checkout_path));
    Ok(())
}

/// A list, or the verdict that it cannot be read.
async fn read<T: DeserializeOwned>(
    source: &Source,
    operation: Operation,
    root: &str,
    variables: &Variables,
) -> Result<Result<Vec<T>, Verdict>, ConnectorError> {
    match source.all(operation, root, variables).await {
        Ok(rows) => Ok(Ok(rows)),
        Err(error) if error.code == ErrorCode::HostFailed => Err(error),
        Err(error)
            if matches!(error.code, ErrorCode::PermissionMissing | ErrorCode::SchemaIncompatible)
                && operation == Operation::Languages =>
        {
            Ok(Err(Verdict::warn(error.code, error.message, "No action needed if the store's own texts are enough.")))
        }
        Err(error) => {
            let fix = if error.code == ErrorCode::PermissionMissing {
                "Give the token the missing permission."
            } else {
                "Wait a few minutes and try again."
            };
            Ok(Err(Verdict::of_error(&error, fix).at("/integration_api_token")))
        }
    }
}

/// Chooses the store: the expected one, the one set, or the first that sells to people.
fn store(source: &Source, request: &ValidateRequest, stores: &[Store], response: &mut ValidateResponse) -> Verdict {
    let consumer: Vec<&Store> = stores.iter().filter(|store| store.kind.as_deref() == Some(CONSUMER)).collect();
    let host = source.client.address().map(crate::address::StoreAddress::host).unwrap_or_default();
    let expected = request.expected_store.as_ref();
    if let Some(expected) = expected.filter(|expected| expected.host != host) {
        return Verdict::fail(
            ErrorCode::Conflict,
            format!("These credentials belong to {host}, but this connection is to {}.", expected.host),
            "Enter credentials of the same store, or create a new connection.",
        )
        .at("/store_url");
    }
    let wanted = expected.map(|expected| expected.store_id.clone()).or(source.chosen.store.map(|id| id.to_string()));
    let chosen = match &wanted {
        Some(wanted) => consumer.iter().find(|store| store.id.to_string() == *wanted),
        None => consumer.first(),
    };
    let Some(chosen) = chosen else {
        let (message, pointer) = match wanted {
            Some(wanted) => {
                (format!("The token cannot see store {wanted}, or it is not a consumer store."), "/store_id")
            }
            None if stores.is_empty() => ("The token cannot see any store.".to_owned(), "/integration_api_token"),
            None => ("The token can see only wholesale stores.".to_owned(), "/integration_api_token"),
        };
        return Verdict::fail(ErrorCode::NotFound, message, FIX_TOKEN_SCOPE).at(pointer);
    };
    source.use_store(chosen.id);
    let name = chosen.name.clone().unwrap_or_default();
    response.store = Some(StoreIdentity { host, store_id: chosen.id.to_string(), name: name.clone() });
    response.settings.insert("store_id".to_owned(), json!(chosen.id));
    let choices = consumer.iter().map(|store| choice(json!(store.id), store.name.as_deref())).collect();
    response.choices.insert("store_id".to_owned(), choices);
    match consumer.len() {
        1 => Verdict::pass(format!("{name} was found.")),
        count => Verdict::pass(format!("{count} stores were found; {name} is chosen.")),
    }
}

/// Records what a setting may be; its default is what is set, or the only one there is.
fn offer(
    response: &mut ValidateResponse,
    setting: &str,
    choices: Vec<Choice>,
    set: Option<i64>,
    what: &str,
    fix: &str,
) -> Verdict {
    let known = |id: i64| choices.iter().any(|choice| choice.value == json!(id));
    if let Some(set) = set.filter(|set| !known(*set)) {
        response.choices.insert(setting.to_owned(), choices);
        return Verdict::fail(
            ErrorCode::NotFound,
            format!("There is no {what} {set} in this store."),
            format!("Choose another {what}."),
        )
        .at(&format!("/{setting}"));
    }
    let default = set.map(|set| json!(set)).or_else(|| (choices.len() == 1).then(|| choices[0].value.clone()));
    if let Some(default) = default {
        response.settings.insert(setting.to_owned(), default);
    }
    let verdict = match choices.len() {
        0 => Verdict::warn(ErrorCode::NotFound, format!("The store has no {what}."), fix),
        1 => Verdict::pass(format!("The only {what} is {}.", choices[0].label)),
        count => Verdict::pass(format!("{count} {what}s were found.")),
    };
    if !choices.is_empty() {
        response.choices.insert(setting.to_owned(), choices);
    }
    verdict
}

fn choice(value: Value, label: Option<&str>) -> Choice {
    let label = label.filter(|label| !label.is_empty()).map_or_else(|| value.to_string(), str::to_owned);
    Choice { value, label }
}
