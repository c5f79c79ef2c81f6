//! Orders: each call, step by step. The intent is written and committed before the platform receives anything of it.
//!
//! Whatever happens afterwards (a time-out, a kill, an answer nobody understands), the intent says what is known. An
//! intent that was sent is never sent again before a search has proved that the platform has not done it.

use std::{sync::Arc, time::Duration};

use connector_api::{
    domain::ConnectionId,
    wire::{Op, capability::CapabilityName, order::SubmitOrderRequest},
};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::{
    Error,
    attempt::{Attempt, Tools},
    claim,
    decide::{self, Decision},
    draft::NewOrder,
    follow_up::FollowUp,
    intent::{self, Asked, NewRequest, able, refused, replayed},
    person::{self, Erased, Person, PersonExport},
    quote_check,
    reading::{IntentDetail, OrderDetail, Reading},
    resolve::find_out,
    send::send,
    settings::OrderSettings,
};
use crate::{
    clock::Clock,
    core::{
        cart::QuoteService,
        connection::{Checker, Connection, Connections, Ctx, Platform},
    },
    model::{
        intent::{Begun, Claimed, Intent, IntentFilter, IntentId, IntentState},
        order::{OrderFilter, OrderSummary},
        paging::{Listing, PageQuery},
    },
    secret::Vault,
    store::Store,
};

/// What orders are made of.
pub struct Parts {
    /// Where they are kept.
    pub store: Store,
    /// Seals what is in them.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Connections.
    pub connections: Connections,
    /// The platforms behind them.
    pub platform: Arc<dyn Platform>,
    /// Confirms refusals.
    pub checker: Checker,
    /// Quotes that orders are held against; absent when whatever was agreed is believed.
    pub quotes: Option<QuoteService>,
}

/// Places and follows orders. Cheap to clone.
#[derive(Clone)]
pub struct OrderService {
    reading: Reading,
    tools: Tools,
    quotes: Option<QuoteService>,
    at_work: TaskTracker,
}

impl OrderService {
    /// Orders of these connections.
    pub fn new(parts: Parts, settings: OrderSettings) -> Self {
        let Parts { store, vault, clock, connections, platform, checker, quotes } = parts;
        let reading = Reading::new(store.clone(), vault.clone(), connections);
        let tools = Tools { store, vault, clock, platform, checker, settings };
        Self { reading, tools, quotes, at_work: TaskTracker::new() }
    }

    /// Attempts that go on whether or not somebody waits for them; the host ends after them.
    pub fn at_work(&self) -> TaskTracker {
        self.at_work.clone()
    }

    /// Places an order, once per key. The same key and order again give the same answer; the answer may be an intent
    /// that is not settled yet.
    pub async fn submit(&self, ctx: &Ctx, id: &ConnectionId, key: &str, order: NewOrder) -> Result<Intent, Error> {
        let connection = self.reading.connected(ctx, id).await?;
        let begun = self.begin_order(ctx, &connection, key, order).await?;
        self.answer(ctx, begun).await
    }

    /// Writes the intent to place an order.
    pub(super) async fn begin_order(
        &self,
        ctx: &Ctx,
        connection: &Connection,
        key: &str,
        mut order: NewOrder,
    ) -> Result<Begun, Error> {
        let as_given = serde_json::to_value(&order)?;
        let mistakes = order.settle();
        let asked = Asked {
            as_given,
            op: Op::SubmitOrder,
            order_id: None,
            channel_reference: Some(order.channel_reference.clone().unwrap_or_else(|| key.to_owned())),
            given: serde_json::to_value(&order)?,
        };
        let slot = intent::find(&self.tools.store, connection, key, ctx.now).await?;
        if slot.is_open {
            if !mistakes.is_empty() {
                return Err(Error::Invalid(mistakes));
            }
            able(connection, &CapabilityName::OrderSubmit)?;
            if let Some(quotes) = &self.quotes {
                quote_check::check(quotes, connection, &order).await?;
            }
        }
        let request = serde_json::to_value(SubmitOrderRequest { draft: order.into_draft(&slot.id.0, key) })?;
        self.begin(NewRequest { connection, key, slot, asked, request, actor: &ctx.actor }).await
    }

    /// Asks something of an order, once per key.
    pub async fn follow_up(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        order: &str,
        key: &str,
        wanted: &FollowUp,
    ) -> Result<Intent, Error> {
        let connection = &self.reading.connected(ctx, id).await?;
        let known = self.reading.opened(connection, order).await?;
        let mut wanted = wanted.clone();
        let (asked, mistakes) = wanted.asked_of(order, &known)?;
        let slot = intent::find(&self.tools.store, connection, key, ctx.now).await?;
        if slot.is_open {
            if !mistakes.is_empty() {
                return Err(Error::Invalid(mistakes));
            }
            able(connection, &CapabilityName::OrderManagement)?;
        }
        let request = wanted.request(order)?;
        let begun = self.begin(NewRequest { connection, key, slot, asked, request, actor: &ctx.actor }).await?;
        self.answer(ctx, begun).await
    }

    /// A quote may have been asked for meanwhile: the claim holds from now.
    async fn begin(&self, new: NewRequest<'_>) -> Result<Begun, Error> {
        intent::begin(&self.tools.store, &self.tools.vault, new, self.tools.clock.now()).await
    }

    /// Brings what was begun as far as it can be brought while the caller waits.
    async fn answer(&self, ctx: &Ctx, begun: Begun) -> Result<Intent, Error> {
        match begun {
            Begun::OtherRequest => Err(Error::KeyReused),
            Begun::ReferenceUsed(other) => Err(Error::ReferenceUsed(other)),
            Begun::ReferenceInStore(order) => Err(Error::ReferenceInStore(order)),
            Begun::There(intent) => replayed(*intent),
            Begun::Claimed(claimed) => self.wait_for(ctx, *claimed).await,
        }
    }

    /// The work goes on when the caller goes away or has waited long enough.
    async fn wait_for(&self, ctx: &Ctx, claimed: Claimed) -> Result<Intent, Error> {
        let (connection, id) = (claimed.intent.connection_id.clone(), claimed.intent.id.clone());
        let (service, ctx) = (self.clone(), ctx.clone());
        let work = self.at_work.spawn(async move { service.carry_on(&ctx, claimed).await }.in_current_span());
        let patience = Duration::from_secs(self.tools.settings.answer_within_s.into());
        match tokio::time::timeout(patience, work).await {
            Ok(Ok(ended)) => refused(ended?),
            // It panicked or is late: the intent says what is known.
            Ok(Err(_)) | Err(_) => self.reading.intent_as_it_is(&connection, &id).await,
        }
    }

    /// Brings a claimed intent as far as it can be brought now.
    pub async fn carry_on(&self, ctx: &Ctx, claimed: Claimed) -> Result<Intent, Error> {
        let claim = claimed.claim.clone();
        let work = Box::pin(async {
            let attempt = Attempt::open(&self.tools, ctx, claimed).await?;
            match attempt.claimed.intent.state {
                IntentState::Unknown => find_out(&attempt).await,
                _ => send(&attempt).await,
            }
        });
        claim::kept(&self.tools, &claim, work).await
    }

    /// Ends an intent that is unknown as a person has found out, or accepts a difference. What they say was done is read from
    /// the platform.
    pub async fn resolve(
        &self,
        ctx: &Ctx,
        connection: &ConnectionId,
        intent: &IntentId,
        decision: &Decision,
    ) -> Result<Intent, Error> {
        let known = self.reading.intent(ctx, connection, intent).await?;
        if let Decision::AcceptDifference { note } = decision {
            return decide::accept_difference(&self.tools.store, ctx, &known, note).await;
        }
        let claimed = self.tools.store.claim_intent(connection, intent, ctx.now, claim::until(ctx.now)).await?;
        let Some(claimed) = claimed else {
            let state = known.state.as_str();
            return Err(Error::Settled(format!(
                "{intent} is `{state}` or in progress: there is nothing to resolve now"
            )));
        };
        let claim = claimed.claim.clone();
        claim::kept(&self.tools, &claim, decide::decided(&self.tools, ctx, claimed, decision)).await
    }

    /// Orders of a connection.
    pub async fn list(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        filter: &OrderFilter,
        page: &PageQuery,
    ) -> Result<Listing<OrderSummary>, Error> {
        self.reading.list(ctx, id, filter, page).await
    }

    /// One order with all that belongs to it.
    pub async fn show(&self, ctx: &Ctx, id: &ConnectionId, order: &str) -> Result<OrderDetail, Error> {
        self.reading.show(ctx, id, order).await
    }

    /// Intents of a connection, newest first.
    pub async fn intents(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        filter: &IntentFilter,
        page: &PageQuery,
    ) -> Result<Listing<Intent>, Error> {
        self.reading.intents(ctx, id, filter, page).await
    }

    /// One intent with what happened to it.
    pub async fn show_intent(&self, ctx: &Ctx, id: &ConnectionId, intent: &IntentId) -> Result<IntentDetail, Error> {
        self.reading.show_intent(ctx, id, intent).await
    }

    /// Everything held of one person. Leaves a record of who asked.
    pub async fn export_person(&self, ctx: &Ctx, id: &ConnectionId, person: &Person) -> Result<PersonExport, Error> {
        self.reading.connected(ctx, id).await?;
        person::export(&self.tools.store, &self.tools.vault, ctx, id, person).await
    }

    /// Erases one person for good. Leaves a record of who asked. No error when nothing is held: the person is kept out from
    /// now on.
    pub async fn erase_person(&self, ctx: &Ctx, id: &ConnectionId, person: &Person) -> Result<Erased, Error> {
        self.reading.connected(ctx, id).await?;
        person::erase(&self.tools.store, &self.tools.vault, ctx, id, person).await
    }
}
