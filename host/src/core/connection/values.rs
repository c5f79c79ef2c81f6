//! Values of a connection's forms on their way to a connector and into the store: credentials, settings, secret settings.

use std::collections::BTreeMap;

use connector_api::{
    domain::ConnectionId,
    wire::{
        credentials::{OpenConnection, Secret},
        profile,
        validate::ValidateResponse,
    },
};
use serde_json::{Map, Value};

use super::form::Values;

pub(super) fn open_message(
    id: &ConnectionId,
    credentials: BTreeMap<String, Secret>,
    settings: Map<String, Value>,
) -> OpenConnection {
    OpenConnection { connection_id: id.clone(), credentials, settings, ..OpenConnection::default() }
}

pub(super) fn secrets_of(values: &Values) -> BTreeMap<String, Secret> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values.iter().map(|(name, value)| (name.clone(), Secret::new(text(value)))).collect()
}

/// Credentials as given, with what validation made of them in their place.
pub(super) fn merged(mut given: BTreeMap<String, Secret>, answer: &ValidateResponse) -> BTreeMap<String, Secret> {
    for (name, value) in &answer.normalized_credentials {
        if given.contains_key(name) {
            given.insert(name.clone(), value.clone());
        }
    }
    given
}

/// Settings: the schema's defaults, then what validation discovered, then what was chosen.
pub(super) fn with_defaults(schema: &Value, discovered: &Values, chosen: Values) -> Values {
    let mut settings: Values = profile::fields(schema)
        .filter_map(|(name, field)| field.get("default").map(|value| (name.to_owned(), value.clone())))
        .collect();
    settings.extend(discovered.clone());
    settings.extend(chosen);
    settings
}

/// Name under which a secret setting is kept beside the credentials: no field of a form has a `/`.
const SEALED_SETTING: &str = "settings/";

/// Moves secret settings to what is sealed; gives the others.
pub(super) fn seal_settings(schema: &Value, settings: Values, sealed: &mut BTreeMap<String, Secret>) -> Values {
    let is_secret = |name: &str| profile::is_secret(&schema["properties"][name]);
    let (secret, open): (Values, Values) = settings.into_iter().partition(|(name, _)| is_secret(name));
    sealed.extend(secrets_of(&secret).into_iter().map(|(name, value)| (format!("{SEALED_SETTING}{name}"), value)));
    open
}

/// Undoes [`seal_settings`].
pub(super) fn unseal_settings(
    sealed: BTreeMap<String, Secret>,
    mut settings: Values,
) -> (BTreeMap<String, Secret>, Values) {
    let mut credentials = BTreeMap::new();
    for (name, value) in sealed {
        match name.strip_prefix(SEALED_SETTING) {
            Some(setting) => {
                settings.insert(setting.to_owned(), value.expose().into());
            }
            None => {
                credentials.insert(name, value);
            }
        }
    }
    (credentials, settings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secret_settings_are_sealed_beside_the_credentials_and_come_back_as_settings() {
        let schema = json!({ "properties": { "store": {}, "order_secret": { "x-secret": true } } });
        let settings = json!({ "store": 3, "order_secret": "hunter2" }).as_object().unwrap().clone();
        let mut sealed = BTreeMap::from([("token".to_owned(), Secret::new("t"))]);
        let open = seal_settings(&schema, settings.clone(), &mut sealed);
        assert_eq!(Value::Object(open.clone()), json!({ "store": 3 }));
        let (credentials, back) = unseal_settings(sealed, open);
        assert_eq!((credentials.len(), back), (1, settings));
    }
}
