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
        profile,
        validate::{Check, CredentialExpiry, StoreIdentity, ValidateResponse},
    },
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    Error,
    form::{self, Values},
    health,
    rotation::take_previous,
    services::{LiveServices, StateKeeper},
};
use crate::{
    clock::Clock,
    model::connection::{Connection, ConnectionStatus, CredentialStatus, Environment, Findings},
    net::{BudgetConfig, ConnectionNetwork, Network, Shared, Tap},
    plugin::{ConnectorHandle, PluginHandle, Registry},
    secret::{PersonalSeal, Vault},
    store::Store,
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
    pub store: Store,
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
        if self.registry.get(&new.connector).is_none() {
            let loaded: Vec<_> = self.registry.plugins().map(|plugin| plugin.manifest().id.as_str()).collect();
            let loaded = if loaded.is_empty() { "none".to_owned() } else { loaded.join(", ") };
            return Err(Error::NotFound(format!(
                "there is no connector `{}`; loaded are: {loaded}; `connector-host plugin list` says why others are not",
                new.connector
            )));
        }
        let mut accepted = self.try_out(self.read(new)?, on_check).await?;
        accepted.apply_defaults(&self.plugin(&accepted.connection.connector_id)?.manifest().settings_schema);
        self.keep(accepted).await
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
        let services =
            self.services(plugin, &open, self.shared(id), StateKeeper::Stored(self.vault.clone()), tap, on_check);
        let connector = plugin.open(Arc::clone(&services) as Arc<_>, &open).await?;
        let seal = self.vault.personal(id).await?;
        Ok(Opened { connection, connector, services, seal })
    }

    /// One connection.
    pub async fn get(&self, id: &ConnectionId) -> Result<Connection, Error> {
        self.store.connection(id).await?.ok_or_else(|| Error::missing(id))
    }

    pub(super) fn plugin(&self, connector: &str) -> Result<&PluginHandle, Error> {
        self.registry.get(connector).ok_or_else(|| Error::NoConnector(connector.to_owned()))
    }

    pub(super) fn services(
        &self,
        plugin: &PluginHandle,
        open: &OpenConnection,
        shared: Arc<Shared>,
        state: StateKeeper,
        tap: Tap,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Arc<LiveServices> {
        Arc::new(LiveServices {
            connection: open.connection_id.clone(),
            network: ConnectionNetwork::new(Arc::clone(&self.network), shared, tap, plugin.scrubber(open)),
            clock: Arc::clone(&self.clock),
            state,
            on_check: Box::new(on_check),
            http_deadline: self.http_deadline,
            waited_us: AtomicU64::new(0),
        })
    }

    /// What all handles of a connection share.
    pub(super) fn shared(&self, id: &ConnectionId) -> Arc<Shared> {
        self.network.shared(id.as_str(), self.budget)
    }

    /// The platform's clock minus the host's, in milliseconds, once an answer of it has told.
    pub fn clock_offset_ms(&self, id: &ConnectionId) -> Option<i64> {
        self.shared(id).clock_offset_ms()
    }

    /// The same of values that are only tried out. What a platform asks of whoever mistyped an address must not keep the right
    /// address from being tried.
    pub(super) fn shared_while_tried(&self, open: &OpenConnection) -> Arc<Shared> {
        let mut hash = Sha256::new();
        for (name, value) in &open.credentials {
            for part in [name.as_str(), value.expose()] {
                hash.update(part.len().to_le_bytes());
                hash.update(part);
            }
        }
        self.network.shared(&format!("{} {}", open.connection_id, hex::encode(hash.finalize())), self.budget)
    }

    /// Other connections to the same store that are not disconnected.
    pub(super) async fn same_store(&self, connection: &Connection) -> Result<Vec<Connection>, Error> {
        let Some(store) = &connection.store else { return Ok(vec![]) };
        let mut twins = self.store.connections_of_store(&connection.connector_id, &store.host, &store.store_id).await?;
        twins.retain(|twin| twin.id != connection.id && twin.health.status != ConnectionStatus::Disconnected);
        Ok(twins)
    }
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
        (Ok(credentials), Ok(settings)) => {
            let forms = [(&manifest.credential_schema, &credentials), (&manifest.settings_schema, &settings)];
            match form::misplaced(&forms) {
                mistakes if mistakes.is_empty() => Ok((credentials, settings)),
                mistakes => Err(Error::Form(mistakes)),
            }
        }
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
    let health = health::after_validation(answer, &connection.findings, &connection.sync, now);
    health::replace(&mut connection.health, health, actor);
}

/// An end that is assumed is counted from the first validation of the credential, not put off by each further one; once it
/// has passed and the credential still works, the assumption was wrong and begins anew. One that lies behind what is assumed
/// now comes from a clock that was ahead.
fn as_first_assumed(found: &CredentialExpiry, before: &[CredentialExpiry], now: Timestamp) -> CredentialExpiry {
    let same = |earlier: &&CredentialExpiry| earlier.assumed && found.assumed && earlier.field == found.field;
    match before.iter().find(same) {
        Some(earlier) if earlier.expires_at > now && earlier.expires_at <= found.expires_at => earlier.clone(),
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
        let ahead = [assumed("2027-07-01T00:00:00Z")];
        assert_eq!(as_first_assumed(&later, &ahead, at("2026-05-02T00:00:00Z")), later, "of a clock that was ahead");
        assert_eq!(as_first_assumed(&later, before, at("2026-05-31T00:00:00Z")), later, "it works beyond its end");
        let known = CredentialExpiry { assumed: false, ..later };
        assert_eq!(as_first_assumed(&known, before, at("2026-05-02T00:00:00Z")), known);
    }
}
