//! What a merchant gave, on its way to a connection: read, then accepted by the platform. Nothing of it is stored.

use std::collections::BTreeMap;

use connector_api::{
    FieldError,
    domain::ConnectionId,
    wire::{credentials::Secret, profile, validate::ValidateResponse},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Error,
    form::{self, Values},
    values::with_defaults,
};
use crate::{
    model::connection::{Connection, Environment},
    plugin::PluginHandle,
};

/// What a merchant gave, to become a connection.
#[derive(Debug, Clone, Default)]
pub struct NewConnection {
    /// Which connector serves it.
    pub connector: String,
    /// Name for people; the store's when absent.
    pub label: Option<String>,
    /// Whether it is for tests.
    pub environment: Environment,
    /// Values of the credential form.
    pub credentials: Values,
    /// Values of the settings form.
    pub settings: Values,
    /// The id it will have; a fresh one when absent.
    pub id: Option<ConnectionId>,
    /// The channel it is made for.
    pub channel_id: Option<String>,
    /// The channel's own id of the merchant.
    pub merchant_id: Option<String>,
}

/// Values that fit the forms, not yet tried on the platform.
pub struct Candidate {
    pub(super) plugin: PluginHandle,
    pub(super) connection: Connection,
    pub(super) credentials: BTreeMap<String, Secret>,
    pub(super) settings: Values,
}

/// Values that the platform has accepted, not yet kept. Holds secrets: it may leave memory only sealed.
#[derive(Serialize, Deserialize)]
pub struct Accepted {
    /// The connection as it will be.
    pub connection: Connection,
    /// What validation said; without credentials.
    pub answer: ValidateResponse,
    pub(super) credentials: BTreeMap<String, Secret>,
    pub(super) settings: Values,
    /// What the plugin kept meanwhile.
    pub(super) state: BTreeMap<String, Vec<u8>>,
}

impl Accepted {
    /// Chooses settings of accepted values: the schema's defaults, then what validation discovered, then what was
    /// given, then `chosen`, which must be among what validation offers; null there clears a setting. Whether that makes
    /// them others than those that were validated.
    pub(super) fn choose(&mut self, schema: &Value, chosen: &Values) -> Result<bool, Error> {
        let given = std::mem::take(&mut self.settings);
        let validated = with_defaults(schema, &self.answer.settings, given.clone());
        let read = form::read_some(schema, chosen).map_err(Error::Form)?;
        let given = given.into_iter().chain(read).collect();
        let mut settings = with_defaults(schema, &self.answer.settings, given);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        settings.retain(|name, _| {
            !chosen.get(name).is_some_and(Value::is_null) || required.iter().any(|needed| needed == name.as_str())
        });
        let mistakes: Vec<_> =
            settings.iter().filter_map(|(name, value)| not_offered(&self.answer, name, value)).collect();
        if mistakes.is_empty() {
            self.settings = settings;
            return Ok(self.settings != validated);
        }
        Err(Error::Form(mistakes))
    }

    /// Settings as they are kept when nobody is asked: defaults, what was discovered, what was given.
    pub(super) fn apply_defaults(&mut self, schema: &Value) {
        let given = std::mem::take(&mut self.settings);
        self.settings = with_defaults(schema, &self.answer.settings, given);
    }

    /// The settings as they would be kept now, without the secret ones.
    pub fn open_settings(&self, schema: &Value) -> Values {
        let settings = with_defaults(schema, &self.answer.settings, self.settings.clone());
        settings.into_iter().filter(|(name, _)| !profile::is_secret(&schema["properties"][name])).collect()
    }
}

fn not_offered(answer: &ValidateResponse, name: &str, value: &Value) -> Option<FieldError> {
    let choices = answer.choices.get(name).filter(|choices| !choices.is_empty())?;
    let is_offered = choices.iter().any(|choice| choice.value == *value);
    (!is_offered).then(|| FieldError {
        pointer: format!("/{name}"),
        code: "not_offered".to_owned(),
        message: "is not one of the values the store offers".to_owned(),
        fix: Some("Choose one of the values offered.".to_owned()),
    })
}
