//! What a merchant gave becomes a connection: read → tried out, visibly → confirmed or renewed. Between the last two the merchant
//! may be asked to confirm; until then the accepted values are kept sealed in the session, and no connection exists.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use connector_api::{
    domain::ConnectionId,
    wire::{
        Op, profile,
        validate::Check,
        webhook::{VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};

use super::{
    Connectors, Error,
    candidate::{Accepted, Candidate, NewConnection},
    findings::{expect_store, note_answer, note_credentials},
    form::{self, Values},
    rotation::take_previous,
    services::StateKeeper,
    stored,
    validate::validate,
    values::{merged, open_message, secrets_of, unseal_settings},
};
use crate::{
    clock::Clock,
    model::{
        connection::{Connection, ConnectionStatus},
        ctx::Ctx,
    },
    net::Tap,
    secret::Vault,
    store::Store,
};

/// How long a connector may take to judge one delivery.
const VERIFY_DEADLINE: Duration = Duration::from_secs(2);

/// Makes and renews connections. Cheap to clone.
#[derive(Clone)]
pub struct Onboarding {
    pub(super) store: Store,
    pub(super) vault: Vault,
    pub(super) connectors: Connectors,
    pub(super) clock: Arc<dyn Clock>,
}

/// What a form may show of a connection: its values that are no secrets.
pub struct PlainValues {
    /// Of the credential form.
    pub credentials: Values,
    /// Of the settings form.
    pub settings: Values,
}

impl Onboarding {
    /// Makes connections of a store, of these connectors.
    pub fn new(store: Store, vault: Vault, connectors: Connectors, clock: Arc<dyn Clock>) -> Self {
        Self { store, vault, connectors, clock }
    }

    /// The values of a connection that are no secrets, to begin a renewal with.
    pub async fn plain_values(&self, connection: &Connection) -> Result<PlainValues, Error> {
        let schema = &self.connectors.plugin(&connection.connector_id)?.manifest().credential_schema;
        let credentials = self.vault.credentials(&connection.id).await?;
        let plain = credentials
            .iter()
            .filter(|(name, _)| schema["properties"].get(name).is_some_and(|field| !profile::is_secret(field)));
        let credentials = plain.map(|(name, value)| (name.clone(), value.expose().into())).collect();
        Ok(PlainValues { credentials, settings: connection.settings.clone() })
    }

    /// Another connection of the same channel to the same store.
    pub async fn duplicate(&self, connection: &Connection) -> Result<Option<Connection>, Error> {
        let others = self.same_store(connection).await?;
        Ok(others.into_iter().find(|other| other.channel_id == connection.channel_id))
    }

    /// Reads what a merchant gave, for a new connection. Every mistake is named with its field.
    pub fn candidate(&self, ctx: &Ctx, new: NewConnection) -> Result<Candidate, Error> {
        let plugin = self.connectors.plugin(&new.connector)?.clone();
        let (credentials, settings) =
            form::read_both(plugin.manifest(), &new.credentials, &new.settings).map_err(Error::Form)?;
        let manifest = plugin.manifest();
        let label = new.label.unwrap_or_default();
        let mut connection = Connection::new(&manifest.id, &manifest.plugin_version, &label, new.environment, ctx.now);
        connection.channel_id = new.channel_id;
        connection.merchant_id = new.merchant_id;
        if let Some(id) = new.id {
            connection.id = id;
        }
        Ok(Candidate { plugin, connection, credentials: secrets_of(&credentials), settings })
    }

    /// Reads new values for a connection that exists; those that are not given stay.
    pub async fn renewal(
        &self,
        id: &ConnectionId,
        credentials: &Values,
        settings: &Values,
    ) -> Result<Candidate, Error> {
        let connection = self.renewable(id).await?;
        let plugin = self.connectors.plugin(&connection.connector_id)?.clone();
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
        ctx: &Ctx,
        candidate: Candidate,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Accepted, Error> {
        let Candidate { plugin, mut connection, credentials, settings } = candidate;
        let open = open_message(&connection.id, credentials, settings);
        let is_kept = connection.version > 0;
        let shared =
            if is_kept { self.connectors.shared(&connection.id) } else { self.connectors.shared_while_tried(&open) };
        let state = StateKeeper::Memory(Mutex::default());
        let services = self.connectors.services(&plugin, &open, shared, state, Tap::Live, on_check);
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
        note_answer(&mut connection, &answer, &manifest.plugin_version, &ctx.actor, now);
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
    pub async fn with_kept(&self, ctx: &Ctx, accepted: Accepted, duplicate: &Connection) -> Result<Accepted, Error> {
        let (mut credentials, mut settings) =
            unseal_settings(self.vault.credentials(&duplicate.id).await?, duplicate.settings.clone());
        credentials.extend(accepted.credentials.clone());
        settings.extend(accepted.settings.clone());
        if credentials.len() == accepted.credentials.len() && settings == accepted.settings {
            return Ok(accepted);
        }
        let plugin = self.connectors.plugin(&accepted.connection.connector_id)?.clone();
        let candidate = Candidate { plugin, connection: accepted.connection.clone(), credentials, settings };
        match self.try_out(ctx, candidate, |_| {}).await {
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
        let plugin = self.connectors.plugin(&accepted.connection.connector_id)?.clone();
        let open = open_message(&accepted.connection.id, accepted.credentials, accepted.settings);
        let state = StateKeeper::Memory(Mutex::new(accepted.state));
        let services = self.connectors.services(
            &plugin,
            &open,
            self.connectors.shared_while_tried(&open),
            state,
            Tap::Live,
            |_| {},
        );
        let connector = plugin.open(services, &open).await?;
        let answer = connector.call_raw(&Op::VerifyWebhook, delivery, body, VERIFY_DEADLINE).await?;
        let judged: VerifyWebhookResponse =
            serde_json::from_slice(&answer).map_err(|error| connector.broken(&Op::VerifyWebhook, &error))?;
        Ok(judged.verdict)
    }

    /// Chooses settings of accepted values; whether that makes them others than those that were validated. See
    /// [`Accepted::choose`].
    pub fn choose(&self, accepted: &mut Accepted, chosen: &Values) -> Result<bool, Error> {
        let manifest = self.connectors.manifest(&accepted.connection.connector_id)?;
        accepted.choose(&manifest.settings_schema, chosen)
    }

    /// A connection that may get new values: one that was disconnected stays so.
    pub(super) async fn renewable(&self, id: &ConnectionId) -> Result<Connection, Error> {
        let connection = stored::get(&self.store, id).await?;
        if connection.health.status == ConnectionStatus::Disconnected {
            return Err(Error::Ended(id.clone()));
        }
        Ok(connection)
    }

    /// Other connections to the same store that are not disconnected.
    pub(super) async fn same_store(&self, connection: &Connection) -> Result<Vec<Connection>, Error> {
        let Some(store) = &connection.store else { return Ok(vec![]) };
        let mut others =
            self.store.connections_of_store(&connection.connector_id, &store.host, &store.store_id).await?;
        others.retain(|other| other.id != connection.id && other.health.status != ConnectionStatus::Disconnected);
        Ok(others)
    }
}
