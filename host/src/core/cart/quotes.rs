//! Quotes: on the platform when it can be asked, from synced data otherwise; always saying which, and why.

use std::{sync::Arc, time::Duration};

use connector_api::domain::{Cart, ConnectionId, Message, MessageSeverity, Money, Quote, QuoteSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    Error,
    agreed::Objections,
    circuit::{CircuitRules, Circuits},
    compare::{Difference, differences},
    input::CartInput,
    mixed, policy,
    reader::QuoteReader,
    realtime::{self, Absence, Outcome},
};
use crate::{
    clock::Clock,
    core::connection::{Checker, Connection, ConnectionStatus, Ctx, Platform},
    metrics,
    model::channel::LocalQuotes,
    store::Store,
};

/// Shortest time a platform is given.
pub const SHORTEST_DEADLINE: Duration = Duration::from_millis(50);
/// Longest time a platform is given.
pub const LONGEST_DEADLINE: Duration = Duration::from_secs(30);
/// Longest time a platform's quote is taken to hold, in seconds.
const LONGEST_VALID_S: i64 = 86_400;
/// Kept back from the caller's deadline for pricing the cart locally and answering.
const KEPT_BACK: Duration = Duration::from_millis(25);

/// How quotes are made.
#[derive(Debug, Clone, Copy)]
pub struct QuoteSettings {
    /// Time for the whole quote when the caller names none.
    pub deadline: Duration,
    /// Seconds a local quote may be relied on.
    pub local_valid_s: u32,
    /// When circuits open.
    pub circuit: CircuitRules,
}

/// Who is to price a cart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The platform, else synced data.
    #[default]
    Auto,
    /// The platform only.
    Realtime,
    /// Synced data.
    Local,
    /// Both, side by side.
    Both,
}

/// How a cart is to be quoted.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuoteOptions {
    /// Who is to price it.
    pub source: Source,
    /// Price it on the platform with each shipping method, not only with the one chosen.
    pub every_method: bool,
    /// Time for the whole quote.
    pub deadline: Option<Duration>,
}

/// A quoted cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct QuoteReply {
    /// What the cart costs.
    pub quote: Quote,
    /// Both sources side by side, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// Both sources side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Comparison {
    /// The platform's quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realtime: Option<Quote>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absence: Option<Message>,
    /// The quote from synced data.
    pub local: Quote,
    /// Where they differ.
    pub differences: Vec<Difference>,
}

/// Quotes carts. Cheap to clone.
#[derive(Clone)]
pub struct QuoteService {
    store: Store,
    clock: Arc<dyn Clock>,
    platform: Arc<dyn Platform>,
    checker: Checker,
    reader: Arc<QuoteReader>,
    circuits: Arc<Circuits>,
    settings: QuoteSettings,
}

impl QuoteService {
    /// Quotes by these platforms, and by what `reader` reads of a store. A refusal is confirmed by `checker`.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        platform: Arc<dyn Platform>,
        checker: Checker,
        reader: QuoteReader,
        settings: QuoteSettings,
    ) -> Self {
        let circuits = Arc::new(Circuits::new(settings.circuit));
        Self { store, clock, platform, checker, reader: Arc::new(reader), circuits, settings }
    }

    /// Quotes a cart for somebody who may see the connection.
    pub async fn quote(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        cart: CartInput,
        options: QuoteOptions,
    ) -> Result<QuoteReply, Error> {
        let begun = Instant::now();
        let now = ctx.now;
        let connection = self.reader.connection(id, now).await?;
        let connection =
            connection.filter(|connection| ctx.viewer.sees(connection)).ok_or_else(|| Error::missing(id))?;
        if connection.health.status == ConnectionStatus::Disconnected {
            return Err(Error::Ended);
        }
        let cart = cart.complete(&self.store, id).await?;
        let deadline =
            begun + options.deadline.unwrap_or(self.settings.deadline).clamp(SHORTEST_DEADLINE, LONGEST_DEADLINE);
        let mut reply = self.priced(&connection, &cart, options, deadline).await?;
        metrics::cart_quoted(reply.quote.source.as_str(), begun.elapsed());
        reply.quote.latency_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let policy = match ctx.viewer.channel() {
            None => LocalQuotes::Allow,
            Some(channel) => self.reader.policy(channel, now).await?,
        };
        reply.quote = policy::judge(reply.quote, policy)?;
        Ok(reply)
    }

    /// What speaks against selling a cart as it was agreed. Synced data are asked, which costs the platform nothing; as
    /// they may be behind, the platform has the last word where it prices carts.
    pub async fn objections(
        &self,
        connection: &Connection,
        cart: &Cart,
        shipping_price: Option<Money>,
    ) -> Result<Objections, Error> {
        let now = self.clock.now();
        let excluded = self.reader.excluded(&connection.id, cart, now).await?;
        if !excluded.is_empty() {
            return Ok(Objections::of_excluded(excluded));
        }
        let found = Objections::of(&self.local(connection, cart).await?, cart, shipping_price, now);
        if found.is_empty() {
            return Ok(found);
        }
        match self.realtime(connection, cart, false, Instant::now() + self.settings.deadline).await {
            Ok(Ok(quote)) => Ok(Objections::of(&quote, cart, shipping_price, now)),
            Ok(Err(_)) => Ok(found),
            Err(Error::Refused(error)) => Ok(Objections::of_refusal(error)),
            Err(error) => Err(error),
        }
    }

    async fn priced(
        &self,
        connection: &Connection,
        cart: &Cart,
        options: QuoteOptions,
        deadline: Instant,
    ) -> Result<QuoteReply, Error> {
        if options.source == Source::Local {
            let absence = Absence::new("realtime_not_wanted", "only synced data was requested");
            let quote = explained(self.local(connection, cart).await?, &absence);
            return Ok(QuoteReply { quote, comparison: None });
        }
        let asked = self.realtime(connection, cart, options.every_method, deadline).await?;
        if options.source == Source::Both {
            let local = self.local(connection, cart).await?;
            let (realtime, absence) = match asked {
                Ok(quote) => (Some(quote), None),
                Err(absence) => (None, Some(absence)),
            };
            let comparison = Comparison {
                differences: realtime.as_ref().map(|realtime| differences(realtime, &local)).unwrap_or_default(),
                realtime: realtime.clone(),
                absence: absence.as_ref().map(message),
                local: local.clone(),
            };
            let quote = match (realtime, absence) {
                (Some(quote), _) if mixed::lacks_shipping(&quote) => mixed::add_shipping(quote, local),
                (Some(quote), _) => quote,
                (None, Some(absence)) => explained(local, &absence),
                (None, None) => local,
            };
            return Ok(QuoteReply { quote, comparison: Some(comparison) });
        }
        let quote = match asked {
            Ok(quote) if options.source == Source::Auto && mixed::lacks_shipping(&quote) => {
                mixed::add_shipping(quote, self.local(connection, cart).await?)
            }
            Ok(quote) => quote,
            Err(absence) if options.source == Source::Realtime => return Err(Error::NoRealtime(absence.text)),
            Err(absence) => explained(self.local(connection, cart).await?, &absence),
        };
        Ok(QuoteReply { quote, comparison: None })
    }

    async fn local(&self, connection: &Connection, cart: &Cart) -> Result<Quote, Error> {
        let now = self.clock.now();
        self.reader.quote(connection, cart, now, self.settings.local_valid_s).await
    }

    /// The platform's quote, or why there is none. An error when the platform says the cart itself is wrong.
    async fn realtime(
        &self,
        connection: &Connection,
        cart: &Cart,
        every_method: bool,
        deadline: Instant,
    ) -> Result<Result<Quote, Absence>, Error> {
        if let Some(absence) = realtime::not_asked(connection) {
            return Ok(Err(absence));
        }
        let clock = &self.clock;
        // A platform would price what its merchant does not sell through channels.
        if !self.reader.excluded(&connection.id, cart, clock.now()).await?.is_empty() {
            let text = "the cart contains goods that are not sold through channels";
            return Ok(Err(Absence::new("realtime_excluded", text)));
        }
        let permit = match self.circuits.admit(&connection.id, clock.now()) {
            Ok(permit) => permit,
            Err(until) => {
                let text = format!("the platform failed or timed out several times; next attempt at {until}");
                return Ok(Err(Absence::new("realtime_circuit_open", text)));
            }
        };
        let left = deadline.saturating_duration_since(Instant::now() + KEPT_BACK);
        match realtime::ask(self.platform.as_ref(), connection, cart, every_method, left).await {
            Outcome::Quote(mut quote) => {
                permit.succeeded();
                // Another clock than the host's decides neither when a quote was made nor for how long it holds.
                let now = clock.now();
                quote.computed_at = quote.computed_at.min(now);
                quote.valid_until = quote.valid_until.min(now.plus_seconds(LONGEST_VALID_S));
                Ok(Ok(*quote))
            }
            Outcome::CartRefused(error) => {
                permit.succeeded();
                Err(Error::Refused(error))
            }
            Outcome::AuthRefused(error) => {
                permit.failed(clock.now(), None);
                self.platform.forget(&connection.id);
                self.checker.confirm_refusal_later(&Ctx::operator("quote", clock.now()), &connection.id, &error);
                self.reader.forget(&connection.id);
                Ok(Err(Absence::new("realtime_reauth_required", error.message)))
            }
            Outcome::Declined(absence) => Ok(Err(absence)),
            Outcome::Failed(absence, pause) => {
                permit.failed(clock.now(), pause);
                tracing::warn!(connection = %connection.id, code = absence.code, "a quote was not priced by the platform");
                Ok(Err(absence))
            }
        }
    }
}

/// A local quote that says why it is one.
fn explained(mut quote: Quote, absence: &Absence) -> Quote {
    quote.source = QuoteSource::Local;
    quote.reason = Some(absence.text.clone());
    let parts = &mut quote.parts;
    for part in [&mut parts.prices, &mut parts.discounts, &mut parts.shipping, &mut parts.tax, &mut parts.availability]
    {
        part.reason.get_or_insert_with(|| absence.text.clone());
    }
    quote.messages.push(message(absence));
    quote
}

fn message(absence: &Absence) -> Message {
    Message { code: absence.code.to_owned(), severity: MessageSeverity::Info, path: None, text: absence.text.clone() }
}
