//! What a merchant gave, on its way to a connection: read → validated, visibly → kept. Between the last two the merchant
//! may be asked for a yes; nothing is stored before.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use connector_api::{
    FieldError,
    domain::ConnectionId,
    wire::{
        Op,
        credentials::Secret,
        profile,
        validate::{Check, ValidateResponse},
        webhook::{VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Error,
    check::validate,
    form::{self, Values},
    rotation::{keep_replaced, take_previous},
    service::{
        Added, ConnectionService, NewConnection, expect_store, merged, note_answer, note_credentials, open_message,
        read_forms, seal_settings, secrets_of, unseal_settings, with_defaults,
    },
    services::StateKeeper,
};
use crate::{
    model::connection::{Connection, ConnectionStatus, SyncStanding},
    net::Tap,
    plugin::PluginHandle,
};

/// How long a connector may take to judge one delivery.
const VERIFY_DEADLINE: Duration = Duration::from_secs(2);

/// Values that fit the forms, not yet tried on the platform.
pub struct Candidate {
    plugin: PluginHandle,
    connection: Connection,
    credentials: BTreeMap<String, Secret>,
    settings: Values,
}

/// Values that the platform has accepted, not yet kept. Holds secrets: it may leave memory only sealed.
#[derive(Serialize, Deserialize)]
pub struct Accepted {
    /// The connection as it will be.
    pub connection: Connection,
    /// What validation said; without credentials.
    pub answer: ValidateResponse,
    credentials: BTreeMap<String, Secret>,
    settings: Values,
    /// What the plugin kept meanwhile.
    state: BTreeMap<String, Vec<u8>>,
}

impl ConnectionService {
    /// Reads what a merchant gave, for a new connection. Every mistake is named with its field.
    pub fn read(&self, new: NewConnection) -> Result<Candidate, Error> {
        let plugin = self.plugin(&new.connector)?.clone();
        let (credentials, settings) = read_forms(&plugin, &new.credentials, &new.settings)?;
        let manifest = plugin.manifest();
        let label = new.label.unwrap_or_default();
        let now = self.clock.now();
        let mut connection = Connection::new(&manifest.id, &manifest.plugin_version, &label, new.environment, now);
        connection.channel_id = new.channel_id;
        connection.merchant_id = new.merchant_id;
        if let Some(id) = new.id {
            connection.id = id;
        }
        Ok(Candidate { plugin, connection, credentials: secrets_of(&credentials), settings })
    }

    /// Reads new values for a connection that exists; those that are not given stay.
    pub async fn read_renewal(
        &self,
        id: &ConnectionId,
        credentials: &Values,
        settings: &Values,
    ) -> Result<Candidate, Error> {
        let connection = self.renewable(id).await?;
        let plugin = self.plugin(&connection.connector_id)?.clone();
        let manifest = plugin.manifest();
        let mut sealed = self.vault.credentials(id).await?;
        take_previous(&mut sealed);
        let (mut whole, stored) = unseal_settings(sealed, connection.settings.clone());
        let merged = whole.iter().map(|(name, value)| (name.clone(), value.expose().into()));
        let merged = merged.chain(credentials.clone()).collect();
        let read = form::read(&manifest.credential_schema, &merged);
        let chosen = form::read_some(&manifest.settings_schema, settings);
        let (read, chosen) = match (read, chosen) {
            (Ok(read), Ok(chosen)) => (read, chosen),
            (read, chosen) => {
                return Err(Error::Form(read.err().into_iter().chain(chosen.err()).flatten().collect()));
            }
        };
        let misplaced = form::misplaced(&[(&manifest.credential_schema, &read), (&manifest.settings_schema, &chosen)]);
        if !misplaced.is_empty() {
            return Err(Error::Form(misplaced));
        }
        whole.extend(secrets_of(&read));
        let settings = stored.into_iter().chain(chosen).collect();
        Ok(Candidate { plugin, connection, credentials: whole, settings })
    }

    /// Tries the values on the platform. `Refused` when a check failed, `OtherStore` when they lead to another store
    /// than the connection's.
    pub async fn try_out(
        &self,
        candidate: Candidate,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Accepted, Error> {
        let Candidate { plugin, mut connection, credentials, settings } = candidate;
        let open = open_message(&connection.id, credentials, settings);
        let is_kept = connection.version > 0;
        let shared = if is_kept { self.shared(&connection.id) } else { self.shared_while_tried(&open) };
        let state = StateKeeper::Memory(Mutex::default());
        let services = self.services(&plugin, &open, shared, state, Tap::Live, on_check);
        let connector = plugin.open(Arc::clone(&services) as Arc<_>, &open).await?;
        let mut answer = validate(&connector, &services, connection.store.clone()).await?;
        if !answer.ok {
            return Err(Error::Refused(Box::new(answer)));
        }
        expect_store(&connection, &answer)?;
        let manifest = plugin.manifest();
        let now = self.clock.now();
        let credentials = merged(open.credentials, &answer);
        answer.normalized_credentials.clear();
        if connection.label.is_empty() {
            let store = answer.store.as_ref().map(|store| store.name.clone());
            connection.label = store.unwrap_or_else(|| manifest.name.clone());
        }
        note_credentials(&mut connection, &manifest.credential_schema, &credentials, now);
        note_answer(&mut connection, &answer, &manifest.plugin_version, &self.actor, now);
        let state = match &services.state {
            StateKeeper::Memory(values) => {
                std::mem::take(&mut *values.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
            }
            StateKeeper::Stored(_) => BTreeMap::new(),
        };
        Ok(Accepted { connection, answer, credentials, settings: open.settings, state })
    }

    /// Accepted values of a store that is connected already, together with what is kept of that connection and was not
    /// given again, tried once more. What is kept and does not work any more is left out.
    pub async fn with_kept(&self, accepted: Accepted, twin: &Connection) -> Result<Accepted, Error> {
        let (mut credentials, mut settings) =
            unseal_settings(self.vault.credentials(&twin.id).await?, twin.settings.clone());
        credentials.extend(accepted.credentials.clone());
        settings.extend(accepted.settings.clone());
        if credentials.len() == accepted.credentials.len() && settings == accepted.settings {
            return Ok(accepted);
        }
        let plugin = self.plugin(&accepted.connection.connector_id)?.clone();
        let candidate = Candidate { plugin, connection: accepted.connection.clone(), credentials, settings };
        match self.try_out(candidate, |_| {}).await {
            Err(Error::Refused(_)) => Ok(accepted),
            tried => tried,
        }
    }

    /// What a connector with accepted values says of a delivery, before they are kept.
    pub async fn judge(
        &self,
        accepted: Accepted,
        delivery: &VerifyWebhookRequest,
        body: Vec<u8>,
    ) -> Result<WebhookVerdict, Error> {
        let plugin = self.plugin(&accepted.connection.connector_id)?.clone();
        let open = open_message(&accepted.connection.id, accepted.credentials, accepted.settings);
        let state = StateKeeper::Memory(Mutex::new(accepted.state));
        let services = self.services(&plugin, &open, self.shared_while_tried(&open), state, Tap::Live, |_| {});
        let connector = plugin.open(services, &open).await?;
        let answer = connector.call_raw(&Op::VerifyWebhook, delivery, body, VERIFY_DEADLINE).await?;
        let judged: VerifyWebhookResponse =
            serde_json::from_slice(&answer).map_err(|error| connector.broken(&Op::VerifyWebhook, &error))?;
        Ok(judged.verdict)
    }

    /// Keeps accepted values as a new connection.
    pub async fn keep(&self, accepted: Accepted) -> Result<Added, Error> {
        let Accepted { mut connection, answer, mut credentials, settings, state } = accepted;
        let plugin = self.plugin(&connection.connector_id)?;
        connection.settings = seal_settings(&plugin.manifest().settings_schema, settings, &mut credentials);
        let same_store = self.same_store(&connection).await?.into_iter().map(|other| other.id).collect();
        let secrets = self.vault.seal_new(&connection.id, &credentials, &state).await?;
        self.store.insert_sealed_connection(&mut connection, &secrets).await?;
        Ok(Added { connection, answer, same_store })
    }

    /// Keeps accepted values in place of those of a connection that exists and leads to the same store.
    pub async fn keep_renewed(&self, id: &ConnectionId, accepted: Accepted) -> Result<Connection, Error> {
        let Accepted { connection: found, answer, mut credentials, settings, state } = accepted;
        let mut connection = self.renewable(id).await?;
        expect_store(&connection, &answer)?;
        let plugin = self.plugin(&connection.connector_id)?;
        let now = self.clock.now();
        let stored = self.vault.credentials(id).await?;
        connection.credentials.clone_from(&found.credentials);
        // What was assumed of a credential ends with it.
        connection.findings.expiries.retain(|expiry| stored.get(&expiry.field) == credentials.get(&expiry.field));
        connection.settings = seal_settings(&plugin.manifest().settings_schema, settings, &mut credentials);
        connection.sync = SyncStanding { last_good_at: connection.sync.last_good_at, ..SyncStanding::default() };
        note_answer(&mut connection, &answer, &plugin.manifest().plugin_version, &self.actor, now);
        keep_replaced(&plugin.manifest().credential_schema, stored, &mut credentials);
        self.vault.put_credentials(id, &credentials, now).await?;
        for (key, value) in state {
            self.vault.put_state(id, &key, &value, now).await?;
        }
        // What failed with the values before says nothing about these.
        self.store.forget_sync_failures(id).await?;
        self.store.update_connection(&mut connection).await?;
        Ok(connection)
    }

    /// A connection that may get new values: one that was disconnected stays so.
    async fn renewable(&self, id: &ConnectionId) -> Result<Connection, Error> {
        let connection = self.get(id).await?;
        if connection.health.status == ConnectionStatus::Disconnected {
            return Err(Error::Ended(id.clone()));
        }
        Ok(connection)
    }

    /// Chooses settings of accepted values: the schema's defaults, then what validation discovered, then what was
    /// given, then `chosen`, which must be among what validation offers; null there clears a setting. Whether that makes
    /// them others than those that were validated.
    pub fn choose(&self, accepted: &mut Accepted, chosen: &Values) -> Result<bool, Error> {
        let schema = &self.plugin(&accepted.connection.connector_id)?.manifest().settings_schema;
        let given = std::mem::take(&mut accepted.settings);
        let validated = with_defaults(schema, &accepted.answer.settings, given.clone());
        let read = form::read_some(schema, chosen).map_err(Error::Form)?;
        let given = given.into_iter().chain(read).collect();
        let mut settings = with_defaults(schema, &accepted.answer.settings, given);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        settings.retain(|name, _| {
            !chosen.get(name).is_some_and(Value::is_null) || required.iter().any(|needed| needed == name.as_str())
        });
        let mistakes: Vec<_> =
            settings.iter().filter_map(|(name, value)| not_offered(&accepted.answer, name, value)).collect();
        if mistakes.is_empty() {
            accepted.settings = settings;
            return Ok(accepted.settings != validated);
        }
        Err(Error::Form(mistakes))
    }
}

impl Accepted {
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
