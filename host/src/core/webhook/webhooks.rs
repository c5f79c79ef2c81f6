//! What people see of webhooks and may do to them: a channel for its own connections and without bodies, an operator all.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::EntityRef,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    ChangeCount, DeadLetteredEntity, DeliveryFilter, DeliveryView, EndpointView, EventView, RefusalView, ReplayRange,
    content::Content,
    mask::{MaskedContent, masked},
};
use crate::{
    core::connection::{Connections, Ctx, Error, Listing, PageQuery, Viewer},
    model::{
        audit::{AuditAction, AuditEntry},
        webhook_view::DeliveryDetail,
    },
    secret::Vault,
    store::{Store, Topic},
};

/// Days of counts that are shown.
const COUNTED_DAYS: i64 = 14;
const DAY_S: i64 = 86_400;

/// What is known of a connection's webhooks.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WebhookOverview {
    /// Counters, and what waits.
    #[serde(flatten)]
    pub endpoint: EndpointView,
    /// The last deliveries that were refused, newest first, with the likely cause.
    pub refusals: Vec<RefusalView>,
    /// Changed records of the last 14 days, by stream and source.
    pub changes: Vec<ChangeCount>,
}

/// One delivery with its events.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeliveryShown {
    /// In short.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// Its events that no earlier delivery contained.
    pub events: Vec<EventView>,
    /// Headers and body without personal data; for operators only, and absent when the connection's key is destroyed.
    pub content: Option<MaskedContent>,
}

/// What is processed again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replayed {
    /// Deliveries that are processed again.
    pub deliveries: u64,
    /// Dead-lettered entities that are refetched.
    pub entities: u64,
}

/// What people see of webhooks and may do to them. Cheap to clone.
#[derive(Clone)]
pub struct WebhookService {
    store: Store,
    vault: Vault,
    connections: Connections,
}

impl WebhookService {
    /// Webhooks of these connections.
    pub fn new(store: Store, vault: Vault, connections: Connections) -> Self {
        Self { store, vault, connections }
    }

    /// Counters, refusals, changes.
    pub async fn overview(&self, ctx: &Ctx, id: &ConnectionId) -> Result<WebhookOverview, Error> {
        self.connections.seen(ctx, id).await?;
        let store = &self.store;
        let since = ctx.now.plus_seconds(-DAY_S * COUNTED_DAYS);
        Ok(WebhookOverview {
            endpoint: store.webhook_endpoint(id).await?,
            refusals: store.refusals(id).await?,
            changes: store.change_counts(id, since).await?,
        })
    }

    /// When a webhook of a connection was accepted last, whether the connection exists or not.
    pub async fn last_accepted(&self, id: &ConnectionId) -> Result<Option<Timestamp>, Error> {
        Ok(self.store.webhook_endpoint(id).await?.last_accepted_at)
    }

    /// Deliveries, newest first.
    pub async fn deliveries(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        filter: &DeliveryFilter,
        page: &PageQuery,
    ) -> Result<Listing<DeliveryView>, Error> {
        self.connections.seen(ctx, id).await?;
        Ok(self.store.deliveries(id, filter, page).await?)
    }

    /// One delivery; what was in it is for operators only.
    pub async fn delivery(&self, ctx: &Ctx, id: &ConnectionId, number: i64) -> Result<DeliveryShown, Error> {
        self.connections.seen(ctx, id).await?;
        let missing = || Error::NotFound(format!("connection `{id}` has no delivery {number}"));
        let detail = self.store.delivery(id, number).await?.ok_or_else(missing)?;
        let content = if ctx.viewer == Viewer::Operator { self.content(id, &detail).await } else { None };
        Ok(DeliveryShown { delivery: detail.delivery, events: detail.events, content })
    }

    async fn content(&self, id: &ConnectionId, detail: &DeliveryDetail) -> Option<MaskedContent> {
        let seal = self.vault.personal(id).await.ok()?;
        Some(masked(&Content::open(&seal, &detail.content)?))
    }

    /// Entities that could not be refetched.
    pub async fn dead_lettered(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        page: &PageQuery,
    ) -> Result<Listing<DeadLetteredEntity>, Error> {
        self.connections.seen(ctx, id).await?;
        Ok(self.store.dead_lettered_entities(id, page).await?)
    }

    /// Reads deliveries again; with `dead_lettered`, also every entity that had been dead-lettered.
    pub async fn replay(&self, ctx: &Ctx, id: &ConnectionId, range: &ReplayRange) -> Result<Replayed, Error> {
        let connection = self.connections.get(id).await?;
        let (store, audit) = (&self.store, replayed(ctx, id));
        let deliveries = store.replay_deliveries(&connection.id, range, &audit).await?;
        let entities = if range.dead_lettered { store.replay_entities(id, None, &audit).await? } else { 0 };
        self.store.hint(Topic::Webhook);
        Ok(Replayed { deliveries, entities })
    }

    /// Reads one entity again that had been dead-lettered.
    pub async fn revive(&self, ctx: &Ctx, id: &ConnectionId, entity: &EntityRef) -> Result<Replayed, Error> {
        self.connections.get(id).await?;
        let entities = self.store.replay_entities(id, Some(entity), &replayed(ctx, id)).await?;
        self.store.hint(Topic::Webhook);
        Ok(Replayed { deliveries: 0, entities })
    }

    /// Lets deliveries without proof in as hints, or no more. Recorded, with who did it.
    pub async fn allow_unsigned(&self, ctx: &Ctx, id: &ConnectionId, allowed: bool) -> Result<(), Error> {
        self.connections.get(id).await?;
        let (kind, action) = if allowed {
            ("unsigned_webhooks_allowed", AuditAction::ConnectionUnsignedWebhooksAllowed)
        } else {
            ("unsigned_webhooks_refused", AuditAction::ConnectionUnsignedWebhooksRefused)
        };
        self.store.allow_unsigned(id, allowed, &ctx.audit(action).of_connection(id)).await?;
        self.connections.record(ctx, id, kind, None).await
    }
}

fn replayed(ctx: &Ctx, id: &ConnectionId) -> AuditEntry {
    ctx.audit(AuditAction::ConnectionWebhooksReplayed).of_connection(id)
}
