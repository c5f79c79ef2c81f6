//! Makes, checks, opens and removes connections.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        manifest::Manifest,
        profile,
        validate::{Check, CredentialExpiry, StoreIdentity, ValidateRequest, ValidateResponse},
    },
};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{
    Error,
    form::{self, Values},
    health,
    rotation::take_previous,
    services::{LiveServices, StateKeeper},
};
use crate::{
    clock::Clock,
    net::{BudgetConfig, Budgets, ConnectionNetwork, Network, Tap},
    plugin::{ConnectorHandle, PluginHandle, Registry},
    secret::{PersonalSeal, Vault},
    store::{
        Stores,
        connection::{Connection, ConnectionStatus, CredentialStatus, Environment, Findings},
    },
};

/// How long a whole validation may take.
pub const VALIDATION_DEADLINE: Duration = Duration::from_mins(2);

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

/// A connection that was made, and what validation said.
#[derive(Debug)]
pub struct Added {
    /// The connection.
    pub connection: Connection,
    /// What validation said.
    pub answer: ValidateResponse,
    /// Other connections to the same store.
    pub same_store: Vec<ConnectionId>,
}

/// Makes, checks, opens and removes connections. Cheap to clone.
#[derive(Clone)]
pub struct ConnectionService {
    /// Where they are kept.
    pub stores: Arc<dyn Stores>,
    /// Seals their secrets.
    pub vault: Vault,
    /// Plugins in use.
    pub registry: Arc<Registry>,
    /// The network.
    pub network: Arc<Network>,
    /// How much of a platform's quota is used.
    pub budget: BudgetConfig,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Longest wait for one answer of a platform, its retries included.
    pub http_deadline: Duration,
    /// Who or what the record names as the cause of changes.
    pub actor: Arc<str>,
}

/// A connection, open for calls.
pub struct Opened {
    /// The connection as it is stored.
    pub connection: Connection,
    /// Its connector.
    pub connector: ConnectorHandle,
    /// Its services; tells what was sent.
    pub services: Arc<LiveServices>,
    /// Seals what is kept of its people.
    pub seal: PersonalSeal,
}

impl Opened {
    /// Whether the connector answers an operation.
    pub fn does(&self, op: &Op) -> bool {
        self.connector.plugin().manifest().operations.contains(op)
    }
}

impl ConnectionService {
    /// The same service, acting for somebody: who or what the record names as the cause of changes.
    #[must_use]
    pub fn acting_as(&self, actor: &str) -> Self {
        Self { actor: actor.into(), ..self.clone() }
    }

    /// Validates what a merchant gave, and keeps it when every check allows it. Otherwise nothing is stored.
    pub async fn add(
        &self,
        new: NewConnection,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Added, Error> {
        let mut accepted = self.try_out(self.read(new)?, on_check).await?;
        accepted.apply_defaults(&self.plugin(&accepted.connection.connector_id)?.manifest().settings_schema);
        self.keep(accepted).await
    }

    /// Validates a connection again and keeps what was found.
    pub async fn check(
        &self,
        id: &ConnectionId,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<(Connection, ValidateResponse), Error> {
        let (mut connection, answer) = self.validate_again(id, on_check).await?;
        self.keep_findings(&mut connection, &answer).await?;
        Ok((connection, answer))
    }

    /// Like [`Self::check`], unasked: when the platform cannot be asked at the moment, what is known stays.
    pub async fn check_unless_down(&self, id: &ConnectionId) -> Result<Connection, Error> {
        let (mut connection, answer) = self.validate_again(id, |_| {}).await?;
        if !health::is_down(&answer) {
            self.keep_findings(&mut connection, &answer).await?;
        }
        Ok(connection)
    }

    async fn validate_again(
        &self,
        id: &ConnectionId,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<(Connection, ValidateResponse), Error> {
        if self.get(id).await?.health.status == ConnectionStatus::Disconnected {
            return Err(Error::Ended(id.clone()));
        }
        let opened = self.open_with(id, Tap::Live, on_check).await?;
        let request = ValidateRequest { expected_store: opened.connection.store.clone() };
        let answer: ValidateResponse = opened.connector.call(&Op::Validate, &request, VALIDATION_DEADLINE).await?;
        expect_store(&opened.connection, &answer)?;
        Ok((opened.connection, answer))
    }

    async fn keep_findings(&self, connection: &mut Connection, answer: &ValidateResponse) -> Result<(), Error> {
        let plugin_version = &self.plugin(&connection.connector_id)?.manifest().plugin_version;
        note_answer(connection, answer, plugin_version, &self.actor, self.clock.now());
        Ok(self.stores.update_connection(connection).await?)
    }

    /// Puts new credentials in place of those given, once validation has accepted them for the same store.
    pub async fn update(
        &self,
        id: &ConnectionId,
        given: &Values,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<(Connection, ValidateResponse), Error> {
        let accepted = self.try_out(self.read_renewal(id, given, &Values::new()).await?, on_check).await?;
        let answer = accepted.answer.clone();
        Ok((self.keep_renewed(id, accepted).await?, answer))
    }

    /// Opens a connection for calls.
    pub async fn open(&self, id: &ConnectionId) -> Result<Opened, Error> {
        self.open_with(id, Tap::Live, |_| {}).await
    }

    /// Opens a connection whose requests go through `tap`.
    pub async fn open_with(
        &self,
        id: &ConnectionId,
        tap: Tap,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Opened, Error> {
        let connection = self.get(id).await?;
        let plugin = self.plugin(&connection.connector_id)?;
        let mut sealed = self.vault.credentials(id).await?;
        let previous_credentials = take_previous(&mut sealed);
        let (credentials, settings) = unseal_settings(sealed, connection.settings.clone());
        let open = OpenConnection { previous_credentials, ..open_message(id, credentials, settings) };
        let services = self.services(plugin, &open, StateKeeper::Stored(self.vault.clone()), tap, on_check);
        let connector = plugin.open(Arc::clone(&services) as Arc<_>, &open).await?;
        let seal = self.vault.personal(id).await?;
        Ok(Opened { connection, connector, services, seal })
    }

    /// One connection.
    pub async fn get(&self, id: &ConnectionId) -> Result<Connection, Error> {
        self.stores.connection(id).await?.ok_or_else(|| Error::missing(id))
    }

    /// Notes that credentials were refused outside of a validation.
    pub async fn note_refusal(&self, id: &ConnectionId, error: &connector_api::ConnectorError) -> Result<(), Error> {
        let Some(refused) = health::after_error(error, self.clock.now()) else { return Ok(()) };
        let mut connection = self.get(id).await?;
        if connection.health.status == ConnectionStatus::Disconnected {
            return Ok(());
        }
        health::replace(&mut connection.health, refused, &self.actor);
        connection.updated_at = self.clock.now();
        Ok(self.stores.update_connection(&mut connection).await?)
    }

    pub(super) fn plugin(&self, connector: &str) -> Result<&PluginHandle, Error> {
        self.registry.get(connector).ok_or_else(|| {
            let known: Vec<_> = self.registry.plugins().map(|plugin| plugin.manifest().id.as_str()).collect();
            Error::NotFound(format!(
                "no loaded plugin has the connector `{connector}` (loaded: {}); `connector-host plugin list` says why",
                if known.is_empty() { "none".to_owned() } else { known.join(", ") }
            ))
        })
    }

    pub(super) fn services(
        &self,
        plugin: &PluginHandle,
        open: &OpenConnection,
        state: StateKeeper,
        tap: Tap,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Arc<LiveServices> {
        let secrets = secret_values(plugin.manifest(), open);
        Arc::new(LiveServices {
            connection: open.connection_id.clone(),
            network: ConnectionNetwork::new(Arc::clone(&self.network), Budgets::new(self.budget), tap, &secrets),
            clock: Arc::clone(&self.clock),
            state,
            on_check: Box::new(on_check),
            http_deadline: self.http_deadline,
            waited_us: AtomicU64::new(0),
        })
    }

    /// Other connections to the same store that are not disconnected.
    pub(super) async fn same_store(&self, connection: &Connection) -> Result<Vec<Connection>, Error> {
        let Some(store) = &connection.store else { return Ok(vec![]) };
        let mut twins =
            self.stores.connections_of_store(&connection.connector_id, &store.host, &store.store_id).await?;
        twins.retain(|twin| twin.id != connection.id && twin.health.status != ConnectionStatus::Disconnected);
        Ok(twins)
    }
}

/// Runs `validate` on a connector opened for it alone.
pub(super) async fn validate(
    plugin: &PluginHandle,
    services: &Arc<LiveServices>,
    open: &OpenConnection,
    expected_store: Option<StoreIdentity>,
) -> Result<ValidateResponse, Error> {
    let connector = plugin.open(Arc::clone(services) as Arc<_>, open).await?;
    Ok(connector.call(&Op::Validate, &ValidateRequest { expected_store }, VALIDATION_DEADLINE).await?)
}

pub(super) fn read_forms(
    plugin: &PluginHandle,
    credentials: &Values,
    settings: &Values,
) -> Result<(Values, Values), Error> {
    let manifest = plugin.manifest();
    let read_credentials = form::read(&manifest.credential_schema, credentials);
    let read_settings = form::read(&manifest.settings_schema, settings);
    match (read_credentials, read_settings) {
        (Ok(credentials), Ok(settings)) => Ok((credentials, settings)),
        (credentials, settings) => {
            let mistakes = credentials.err().into_iter().chain(settings.err()).flatten().collect();
            Err(Error::Form(mistakes))
        }
    }
}

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

/// Values that must never stand in a recording: those of every field marked secret, in either form.
fn secret_values(manifest: &Manifest, open: &OpenConnection) -> Vec<SecretString> {
    let secret_fields =
        |schema| profile::fields(schema).filter(|(_, field)| profile::is_secret(field)).map(|(name, _)| name);
    let credentials = secret_fields(&manifest.credential_schema).filter_map(|name| open.credential(name));
    let settings = secret_fields(&manifest.settings_schema).filter_map(|name| open.settings.get(name)?.as_str());
    let previous = open.previous_credentials.values().map(Secret::expose);
    credentials.chain(settings).chain(previous).map(|value| SecretString::from(value.to_owned())).collect()
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

pub(super) fn note_credentials(
    connection: &mut Connection,
    schema: &Value,
    set: &BTreeMap<String, Secret>,
    now: Timestamp,
) {
    connection.credentials = profile::fields(schema)
        .map(|(name, _)| CredentialStatus { field: name.to_owned(), set: set.contains_key(name), updated_at: now })
        .collect();
}

pub(super) fn note_answer(
    connection: &mut Connection,
    answer: &ValidateResponse,
    plugin_version: &str,
    actor: &str,
    now: Timestamp,
) {
    let before = std::mem::take(&mut connection.findings);
    let mut permissions_used = before.permissions_used;
    permissions_used.extend(answer.permissions_used.iter().cloned());
    permissions_used.sort();
    permissions_used.dedup();
    connection.findings = Findings {
        capabilities: answer.capabilities.clone(),
        checks: answer.checks.clone(),
        choices: answer.choices.clone(),
        permissions_used,
        permissions_missing: answer.permissions_missing.clone(),
        expiries: answer.expiries.iter().map(|expiry| as_first_assumed(expiry, &before.expiries, now)).collect(),
        schema_differences: answer.schema_differences.clone(),
    };
    if answer.store.is_some() {
        connection.store.clone_from(&answer.store);
    }
    plugin_version.clone_into(&mut connection.plugin_version);
    connection.validated_at = Some(now);
    connection.updated_at = now;
    let health = health::after_validation(answer, &connection.findings.expiries, now);
    health::replace(&mut connection.health, health, actor);
}

/// An end that is assumed is counted from the first validation of the credential, not put off by each further one; once it
/// has passed and the credential still works, the assumption was wrong and begins anew.
fn as_first_assumed(found: &CredentialExpiry, before: &[CredentialExpiry], now: Timestamp) -> CredentialExpiry {
    let same = |earlier: &&CredentialExpiry| earlier.assumed && found.assumed && earlier.field == found.field;
    match before.iter().find(same) {
        Some(earlier) if earlier.expires_at > now => earlier.clone(),
        _ => found.clone(),
    }
}

/// A connection keeps its store for life: its catalog and its orders belong to that store.
pub(super) fn expect_store(connection: &Connection, answer: &ValidateResponse) -> Result<(), Error> {
    match (&connection.store, &answer.store) {
        (Some(expected), Some(found)) if (&expected.host, &expected.store_id) != (&found.host, &found.store_id) => {
            Err(Error::OtherStore { expected: shown(expected), found: shown(found) })
        }
        _ => Ok(()),
    }
}

fn shown(store: &StoreIdentity) -> String {
    format!("{} at {}", store.name, store.host)
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

    #[test]
    fn an_assumed_end_comes_nearer_until_it_is_proved_wrong() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let assumed = |end: &str| CredentialExpiry { field: "token".into(), expires_at: at(end), assumed: true };
        let (first, later) = (assumed("2026-05-31T00:00:00Z"), assumed("2026-06-01T00:00:00Z"));
        let before = std::slice::from_ref(&first);
        assert_eq!(as_first_assumed(&later, before, at("2026-05-02T00:00:00Z")), first);
        assert_eq!(as_first_assumed(&later, &[], at("2026-05-02T00:00:00Z")), later);
        assert_eq!(as_first_assumed(&later, before, at("2026-05-31T00:00:00Z")), later, "it works beyond its end");
        let known = CredentialExpiry { assumed: false, ..later };
        assert_eq!(as_first_assumed(&known, before, at("2026-05-02T00:00:00Z")), known);
    }
}
