//! What channels and operators do with events: read them, look after endpoints, have them sent again.

use connector_api::{
    FieldError,
    domain::{ConnectionId, Timestamp},
};
use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    Error,
    envelope::CloudEvent,
    profile::{EndpointProfile, is_type},
    sender::Sender,
    signature,
};
use crate::{
    model::{
        audit::{self, AuditAction},
        ctx::Ctx,
        endpoint::{Attempt, Backlog, DeadLetter, Endpoint, MAX_ENDPOINTS},
        event_data::TestEventData,
        message::no_channel,
        outbox::{Audience, EventType, OutboxEvent, OutboxFilter, OutboxPage},
        paging::{self, BadCursor, Listing, PageQuery},
        run::uuid7,
    },
    secret::envelope::EVENT_ENDPOINT,
    store::{self, Store},
    trace,
};

/// How long a former secret goes on signing, in seconds.
const ROTATION_S: i64 = 24 * 3_600;
/// The cursor that begins after everything there is.
const LATEST: &str = "latest";

/// A page of events.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventPage {
    /// The events, oldest first unless the newest were asked for.
    pub data: Vec<CloudEvent>,
    /// Cursor of the next page; always present. At the end of the list it leads to events that are still to come.
    pub next_cursor: String,
    /// Whether more is known to be there. A page may be short, or empty, although there is.
    pub has_more: bool,
}

/// An endpoint whose secret was just made.
#[derive(Debug)]
pub struct IssuedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its secret, shown this once.
    pub secret: Zeroizing<String>,
}

/// What is to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// One event, by its id.
    Event(String),
    /// Every event after a time, in order.
    Since(Timestamp),
    /// All dead-lettered events.
    DeadLettered,
}

/// What will be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EventsReplayed {
    /// How many events, as far as that is known; of those after a time it is not.
    pub events: Option<u64>,
}

/// What channels and operators do with events. Everywhere, `audience` is who asks. Cheap to clone.
#[derive(Clone)]
pub struct EventService {
    /// Where they are kept.
    pub store: Store,
    /// Sends tests; knows the keys, the clock and what may be reached.
    pub sender: Sender,
}

impl EventService {
    /// Events after a cursor, oldest first. Without one from the oldest on, with `latest` from now on.
    pub async fn events(
        &self,
        audience: impl Into<Audience>,
        types: &[String],
        connection: Option<&str>,
        page: &PageQuery,
    ) -> Result<EventPage, Error> {
        known(types)?;
        let position = match page.cursor.as_deref() {
            Some(LATEST) => self.store.outbox_head().await?,
            _ => position_of(page)?.unwrap_or(0),
        };
        let filter = filter_of(audience.into(), types, connection);
        let found = self.store.outbox(&filter, position, page.effective_limit()).await?;
        if page.cursor.is_some() && position < found.removed_up_to {
            return Err(Error::CursorExpired);
        }
        Ok(found.into())
    }

    /// Events from the newest back; a cursor goes on to older ones.
    pub async fn newest(
        &self,
        audience: impl Into<Audience>,
        types: &[String],
        connection: Option<&str>,
        page: &PageQuery,
    ) -> Result<EventPage, Error> {
        known(types)?;
        let position = position_of(page)?.unwrap_or(i64::MAX);
        let filter = filter_of(audience.into(), types, connection);
        let found = self.store.outbox_before(&filter, position, page.effective_limit()).await?;
        Ok(found.into())
    }

    /// One event.
    pub async fn event(&self, audience: impl Into<Audience>, id: &str) -> Result<CloudEvent, Error> {
        self.own_event(&audience.into(), id).await.map(CloudEvent::from)
    }

    async fn own_event(&self, audience: &Audience, id: &str) -> Result<OutboxEvent, Error> {
        let own = self.store.outbox_event(id).await?.filter(|event| audience.sees(event));
        own.ok_or_else(|| Error::NotFound("there is no such event, or it has expired".to_owned()))
    }

    /// Makes an endpoint of a channel, or of an operator. It receives what happens from now on.
    pub async fn add(
        &self,
        ctx: &Ctx,
        audience: impl Into<Audience>,
        profile: EndpointProfile,
    ) -> Result<IssuedEndpoint, Error> {
        self.check(&profile)?;
        let Audience { channel, tests_only } = audience.into();
        if let Some(channel) = &channel
            && self.store.channel(channel).await?.is_none()
        {
            return Err(Error::NotFound(no_channel(channel)));
        }
        let now = ctx.now;
        let id = format!("ep_{}", uuid7(now).simple());
        let secret = signature::fresh_secret()?;
        let mut endpoint = Endpoint {
            secret: self.sender.vault.seal_apart(EVENT_ENDPOINT, &id, secret.as_bytes()).await?,
            id,
            version: 0,
            channel,
            tests_only,
            url: profile.url,
            description: profile.description.trim().to_owned(),
            types: profile.types,
            former_secret: None,
            former_until: None,
            disabled_at: None,
            disabled_reason: None,
            position: self.store.outbox_head().await?,
            failures: 0,
            cooldown_until: None,
            created_at: now,
            updated_at: now,
            last_success_at: None,
            last_failure_at: None,
        };
        let audit = ctx.audit(AuditAction::EndpointCreated).of(&endpoint.id);
        match self.store.insert_endpoint(&mut endpoint, &audit).await {
            Err(store::Error::Limit { .. }) => Err(Error::TooMany(MAX_ENDPOINTS)),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(IssuedEndpoint { endpoint, secret }),
        }
    }

    /// One endpoint.
    pub async fn get(&self, audience: impl Into<Audience>, id: &str) -> Result<Endpoint, Error> {
        let audience = audience.into();
        let endpoint = self.store.endpoint(id).await?;
        let own = endpoint.filter(|endpoint| {
            (audience.channel.is_none() || endpoint.channel == audience.channel)
                && (endpoint.tests_only || !audience.tests_only)
        });
        own.ok_or_else(|| Error::NotFound("there is no such endpoint".to_owned()))
    }

    /// Endpoints, oldest first: a channel's, or all.
    pub async fn list(&self, audience: impl Into<Audience>, page: &PageQuery) -> Result<Listing<Endpoint>, Error> {
        Ok(self.store.endpoints(&audience.into(), page).await?)
    }

    /// What waits for an endpoint.
    pub async fn backlog(&self, endpoint: &Endpoint) -> Result<Backlog, Error> {
        Ok(self.store.backlog(&endpoint.id).await?)
    }

    /// Puts a changed profile in place, and enables or disables the endpoint. What happens while it is disabled is sent
    /// when it is enabled again.
    pub async fn change(
        &self,
        ctx: &Ctx,
        mut endpoint: Endpoint,
        profile: EndpointProfile,
        enabled: bool,
    ) -> Result<Endpoint, Error> {
        self.check(&profile)?;
        let now = ctx.now;
        let differs = [
            ("url", endpoint.url != profile.url),
            ("types", endpoint.types != profile.types),
            ("description", endpoint.description != profile.description.trim()),
            ("enabled", endpoint.disabled_at.is_none() != enabled),
        ];
        let audit = ctx.audit(AuditAction::EndpointUpdated).of(&endpoint.id).detailed(audit::named(&differs));
        (endpoint.url, endpoint.types) = (profile.url, profile.types);
        profile.description.trim().clone_into(&mut endpoint.description);
        match (enabled, endpoint.disabled_at) {
            (true, Some(_)) => (endpoint.disabled_at, endpoint.disabled_reason) = (None, None),
            (false, None) => {
                endpoint.disabled_at = Some(now);
                endpoint.disabled_reason = Some("disabled manually".to_owned());
            }
            _ => {}
        }
        endpoint.updated_at = now;
        self.store.update_endpoint(&mut endpoint, &audit).await?;
        Ok(endpoint)
    }

    /// Removes an endpoint and all that waits for it.
    pub async fn remove(&self, ctx: &Ctx, endpoint: &Endpoint) -> Result<(), Error> {
        let audit = ctx.audit(AuditAction::EndpointDeleted).of(&endpoint.id);
        self.store.delete_endpoint(&endpoint.id, &audit).await?;
        Ok(())
    }

    /// Makes a new secret. The former one goes on signing beside it for a day; with `at_once` it does not.
    pub async fn rotate(&self, ctx: &Ctx, mut endpoint: Endpoint, at_once: bool) -> Result<IssuedEndpoint, Error> {
        let now = ctx.now;
        if let Some(until) = endpoint.former_until.filter(|until| now < *until && !at_once) {
            return Err(Error::RotationRunning(until));
        }
        let secret = signature::fresh_secret()?;
        let sealed = self.sender.vault.seal_apart(EVENT_ENDPOINT, &endpoint.id, secret.as_bytes()).await?;
        let former = std::mem::replace(&mut endpoint.secret, sealed);
        endpoint.former_secret = (!at_once).then_some(former);
        endpoint.former_until = (!at_once).then(|| now.plus_seconds(ROTATION_S));
        endpoint.updated_at = now;
        let audit = ctx.audit(AuditAction::EndpointSecretRotated).of(&endpoint.id);
        self.store.update_endpoint(&mut endpoint, &audit).await?;
        Ok(IssuedEndpoint { endpoint, secret })
    }

    /// Sends a test to an endpoint, at once and once, whatever its state is.
    pub async fn test(&self, endpoint: &Endpoint) -> Result<Attempt, Error> {
        let now = self.sender.clock.now();
        let data = TestEventData {
            endpoint_id: endpoint.id.clone(),
            message: "This is a test. Events look like this and are signed like this.".to_owned(),
        };
        let event = OutboxEvent {
            seq: 0,
            id: format!("evt_{}", uuid7(now).simple()),
            connection: ConnectionId("conn_test".to_owned()),
            channel: endpoint.channel.clone(),
            is_test: endpoint.tests_only,
            kind: EventType::EndpointTest.as_str().to_owned(),
            subject: Some(format!("event-endpoints/{}", endpoint.id)),
            data: serde_json::to_string(&data).unwrap_or_default(),
            traceparent: trace::traceparent(),
            at: now,
        };
        let secrets = self.sender.secrets(endpoint).await?;
        let sent = self.sender.send(endpoint, &secrets, &CloudEvent::from(event), 0, 1).await;
        self.store.record_attempt(&endpoint.id, &sent.attempt).await?;
        Ok(sent.attempt)
    }

    /// How sending to an endpoint went, newest first.
    pub async fn attempts(&self, endpoint: &Endpoint, page: &PageQuery) -> Result<Listing<Attempt>, Error> {
        Ok(self.store.attempts(&endpoint.id, page).await?)
    }

    /// Dead-lettered events, oldest first.
    pub async fn dead_letters(&self, endpoint: &Endpoint, page: &PageQuery) -> Result<Listing<DeadLetter>, Error> {
        Ok(self.store.dead_letters(&endpoint.id, page).await?)
    }

    /// Has events sent again.
    pub async fn replay(&self, ctx: &Ctx, endpoint: &Endpoint, what: &Replay) -> Result<EventsReplayed, Error> {
        let audit = ctx.audit(AuditAction::EndpointEventsReplayed).of(&endpoint.id);
        let events = match what {
            Replay::Event(id) => {
                // What an endpoint never received, it does not receive by a replay.
                let audience = Audience { channel: endpoint.channel.clone(), tests_only: endpoint.tests_only };
                let event = self.own_event(&audience, id).await?;
                self.store
                    .replay_event(&endpoint.id, event.seq, &audit.detailed(format!("event {}", event.id)))
                    .await?;
                Some(1)
            }
            Replay::Since(at) => {
                let position = self.store.outbox_position_at(*at).await?;
                self.store.replay_after(&endpoint.id, position, &audit.detailed(format!("events since {at}"))).await?;
                None
            }
            Replay::DeadLettered => Some(self.store.replay_dead_lettered(&endpoint.id, &audit).await?),
        };
        Ok(EventsReplayed { events })
    }

    fn check(&self, profile: &EndpointProfile) -> Result<(), Error> {
        let mistakes = profile.mistakes(self.sender.network.policy());
        if mistakes.is_empty() { Ok(()) } else { Err(Error::Invalid(mistakes)) }
    }
}

/// Refuses words that no event has as its type.
fn known(types: &[String]) -> Result<(), Error> {
    let Some(wrong) = types.iter().position(|kind| !is_type(kind)) else { return Ok(()) };
    let message = "must be a type of docs/events.md such as offer.updated, or a group such as offer.*";
    Err(Error::Invalid(vec![FieldError::new(format!("/type/{wrong}"), "unknown_type", message)]))
}

fn filter_of(audience: Audience, types: &[String], connection: Option<&str>) -> OutboxFilter {
    OutboxFilter {
        channel: audience.channel,
        tests_only: audience.tests_only,
        connection: connection.map(str::to_owned),
        types: types.to_vec(),
    }
}

impl From<OutboxPage> for EventPage {
    fn from(found: OutboxPage) -> Self {
        Self {
            data: found.events.into_iter().map(CloudEvent::from).collect(),
            next_cursor: paging::encode(&found.position.to_string()),
            has_more: found.more,
        }
    }
}

fn position_of(page: &PageQuery) -> Result<Option<i64>, Error> {
    let refused = |_| store::Error::from(BadCursor);
    Ok(page.key().map_err(store::Error::from)?.map(|key| key.parse().map_err(refused)).transpose()?)
}
