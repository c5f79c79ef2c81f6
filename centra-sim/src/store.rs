//! A running store: its data and schema, and what changes while it runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::validation::Valid;

use crate::alteration::Alteration;
use crate::checkout::Sessions;
use crate::clock::Clock;
use crate::config::SimConfig;
use crate::events::{EventQueue, Happening};
use crate::faults::FaultPlan;
use crate::limits::Limits;
use crate::orders::{Book, order::Order, render};
use crate::sale::{Campaign, Rules};
use crate::schema::{SchemaError, ServedSchema};
use crate::seed;
use crate::seed::base::RETAIL;
use crate::shop::{Overlay, Shop, Touch, View};
use crate::stats::Stats;
use crate::value::Kind;
use crate::webhook::Webhooks;
use crate::webhook::topic::Topic;

/// Parsed queries are kept up to this many; a client sends few different ones.
const CACHED_QUERIES: usize = 256;

/// The token in force.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its text.
    pub text: String,
    /// Whether it still opens the door.
    pub is_valid: bool,
}

/// A running store.
#[derive(Debug)]
pub struct Store {
    /// How it behaves.
    pub config: SimConfig,
    /// The schema served.
    pub served: ServedSchema,
    /// The schema of the Storefront API, where the store has it.
    pub storefront: Option<ServedSchema>,
    /// Where it is reached.
    pub base_url: String,
    shop: Shop,
    overlay: RwLock<Arc<Overlay>>,
    limits: Mutex<Limits>,
    faults: Mutex<FaultPlan>,
    sessions: Mutex<Sessions>,
    storefront_sessions: Mutex<Sessions>,
    stats: Mutex<Stats>,
    token: Mutex<Token>,
    queries: Mutex<HashMap<String, Arc<Valid<ExecutableDocument>>>>,
    webhooks: Webhooks,
    book: Mutex<Book>,
    events: Mutex<EventQueue>,
    clock: Mutex<Clock>,
    rules: Rules,
}

/// The simulator keeps serving after a panic in one request.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Builds the store's data and schema.
    pub fn open(mut config: SimConfig, base_url: String) -> Result<Self, SchemaError> {
        let faults = std::mem::take(&mut config.faults);
        let clock = Clock::Running { ahead: config.clock_skew_s };
        let mut shop = config.seed.build();
        if config.special_goods {
            seed::special::add(&mut shop, config.seed);
        }
        let has_storefront = config.storefront.session_token.is_some() || config.storefront.no_session_token.is_some();
        let mut overlay = Overlay::default();
        if config.sale.seeded {
            overlay.campaigns = Arc::new(seed::sale::campaigns(config.seed, &shop, clock.now()));
        }
        Ok(Self {
            served: ServedSchema::build_with(config.variant, config.sale.lowest_prices_root)?,
            storefront: has_storefront.then(ServedSchema::storefront).transpose()?,
            shop,
            overlay: RwLock::new(Arc::new(overlay)),
            clock: Mutex::new(clock),
            rules: Rules { every_fifth: config.checkout.campaign_percent, ..config.sale.rules },
            limits: Mutex::new(Limits::new(config.quota, Instant::now())),
            faults: Mutex::new(faults),
            sessions: Mutex::default(),
            storefront_sessions: Mutex::default(),
            stats: Mutex::default(),
            token: Mutex::new(Token { text: config.token.clone(), is_valid: true }),
            queries: Mutex::default(),
            webhooks: Webhooks::default(),
            book: Mutex::default(),
            events: Mutex::default(),
            base_url,
            config,
        })
    }

    /// What the store's clock says, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.clock().now()
    }

    /// The store's clock.
    pub fn clock(&self) -> Clock {
        *locked(&self.clock)
    }

    /// Sets the store's clock.
    pub fn set_clock(&self, change: impl FnOnce(Clock) -> Clock) {
        let mut clock = locked(&self.clock);
        *clock = change(*clock);
    }

    /// The changes made so far.
    pub fn overlay(&self) -> Arc<Overlay> {
        Arc::clone(&self.overlay.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The store as one request sees it.
    pub fn view<'a>(&'a self, overlay: &'a Overlay) -> View<'a> {
        View { shop: &self.shop, overlay, base_url: &self.base_url, now: self.now(), rules: self.rules }
    }

    /// The sessions of the Checkout API.
    pub fn sessions(&self) -> MutexGuard<'_, Sessions> {
        locked(&self.sessions)
    }

    /// The sessions of the Storefront API.
    pub fn storefront_sessions(&self) -> MutexGuard<'_, Sessions> {
        locked(&self.storefront_sessions)
    }

    /// The counters.
    pub fn stats(&self) -> MutexGuard<'_, Stats> {
        locked(&self.stats)
    }

    /// The rate limits.
    pub fn limits(&self) -> MutexGuard<'_, Limits> {
        locked(&self.limits)
    }

    /// The fault plan.
    pub fn faults(&self) -> MutexGuard<'_, FaultPlan> {
        locked(&self.faults)
    }

    /// The token in force.
    pub fn token(&self) -> MutexGuard<'_, Token> {
        locked(&self.token)
    }

    /// The orders placed while the store runs.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        locked(&self.book)
    }

    /// Changes an order, all or nothing, and notifies the webhook plugins.
    pub fn edit_order(
        &self,
        number: i64,
        action: &'static str,
        edit: impl FnOnce(&mut Order, &mut Book) -> Result<(), String>,
    ) -> Result<(), String> {
        {
            let mut book = self.book();
            let known = book.orders.get(&number).cloned();
            let mut order = known.ok_or_else(|| format!("Could not find Order with ID {number}."))?;
            order.updated_at = self.now();
            edit(&mut order, &mut book)?;
            book.orders.insert(number, order);
        }
        self.show_order(number, action);
        Ok(())
    }

    /// Makes the rows of an order visible, and notifies the webhook plugins.
    pub fn show_order(&self, number: i64, action: &'static str) {
        let (order, of_customer) = {
            let book = self.book();
            let Some(order) = book.orders.get(&number).cloned() else { return };
            let of_customer = book.orders.values().filter(|own| own.customer == order.customer).count();
            (order, of_customer)
        };
        {
            let mut overlay = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
            let overlay = Arc::make_mut(&mut overlay);
            overlay.rows.extend(render::rows(&order));
            overlay.rows.insert((Kind::Customer, order.customer), render::customer(&order, of_customer));
        }
        self.webhooks.publish(Topic::Order, number, action);
        self.queue("Order", action, number);
        if action == "create" {
            self.queue("Customer", if of_customer == 1 { "create" } else { "update" }, order.customer);
        }
    }

    /// Changes the queue of events and who listens; gives the ids of the listeners afterwards.
    pub fn edit_events(&self, edit: impl FnOnce(&mut EventQueue, &mut Overlay)) -> Vec<i64> {
        let mut overlay = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        edit(&mut locked(&self.events), Arc::make_mut(&mut overlay));
        self.view(&overlay).added(Kind::EventListener).collect()
    }

    /// Queues an event of what is not in the catalog.
    fn queue(&self, object_type: &'static str, action: &str, reference: i64) {
        let happened = [Happening::of_action(object_type, action, reference, RETAIL)];
        self.edit_events(|queue, overlay| queue.record(self.config.events.mode, overlay, &happened));
    }

    /// Tells the webhook plugins of a shipment.
    pub fn publish_shipment(&self, id: i64, action: &'static str) {
        self.webhooks.publish(Topic::Shipment, id, action);
        self.queue("Shipment", action, id);
    }

    /// Tells the webhook plugins of a return.
    pub fn publish_return(&self, id: i64, action: &'static str) {
        self.webhooks.publish(Topic::Return, id, action);
        self.queue("Return", action, id);
    }

    /// The webhook plugins.
    pub fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    /// Changes something and notifies the webhook plugins. Says whether it exists.
    pub fn alter(&self, alteration: Alteration) -> bool {
        let mut overlay = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        let view = self.view(&overlay);
        let (kind, id) = alteration.row();
        if !view.exists(kind, id) {
            return false;
        }
        let reported = published(view, kind, id);
        let items = view.references(kind, id, "displayItems");
        let happened = Happening::of_alteration(view, alteration, self.config.events.stock);
        let former_price = match alteration {
            Alteration::Price { variant, pricelist, .. } => view.price(variant, pricelist),
            _ => None,
        };
        let overlay = Arc::make_mut(&mut overlay);
        let action = match alteration {
            Alteration::Touch(kind, id) => {
                let at = self.now();
                let touch = overlay.touched.entry((kind, id)).or_insert(Touch { at, times: 0 });
                touch.at = at;
                touch.times += 1;
                "update"
            }
            Alteration::Remove(kind, id) => {
                overlay.removed.insert((kind, id));
                overlay.removed.extend(items.into_iter().map(|item| (Kind::DisplayItem, item)));
                "delete"
            }
            Alteration::Price { variant, pricelist, minor } => {
                let former = overlay.former_prices.entry((variant, pricelist)).or_default();
                former.push((self.now(), former_price));
                overlay.prices.insert((variant, pricelist), minor);
                "update"
            }
            Alteration::Stock { size, warehouse, physical } => {
                overlay.stock.insert((size, warehouse), physical);
                "update"
            }
        };
        locked(&self.events).record(self.config.events.mode, overlay, &happened);
        for (topic, id) in reported {
            self.webhooks.publish(topic, id, action);
        }
        true
    }

    /// Makes or replaces a campaign and reports the edit; gives its id. That a campaign starts or stops by the clock is reported by
    /// nothing: no page of Centra promises it `[U]`.
    pub fn put_campaign(&self, make: impl FnOnce(View<'_>) -> Result<Campaign, String>) -> Result<i64, String> {
        let mut overlay = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        let view = self.view(&overlay);
        let campaign = make(view)?;
        let id = campaign.id;
        let action = if overlay.campaigns.get(id).is_some() { "update" } else { "create" };
        self.edit_campaigns(&mut overlay, id, Some(campaign), action);
        Ok(id)
    }

    /// Deletes a campaign and reports it. Says whether it was there.
    pub fn delete_campaign(&self, id: i64) -> bool {
        let mut overlay = self.overlay.write().unwrap_or_else(PoisonError::into_inner);
        let known = overlay.campaigns.get(id).is_some();
        if known {
            self.edit_campaigns(&mut overlay, id, None, "delete");
        }
        known
    }

    fn edit_campaigns(&self, overlay: &mut Arc<Overlay>, id: i64, campaign: Option<Campaign>, action: &'static str) {
        let mut variants: Vec<i64> = [overlay.campaigns.get(id), campaign.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|campaign| campaign.variants.iter().map(|row| row.variant))
            .collect();
        variants.sort_unstable();
        variants.dedup();
        let now = self.now();
        let inner = Arc::make_mut(overlay);
        let campaigns = Arc::make_mut(&mut inner.campaigns);
        let store = campaign.as_ref().or_else(|| campaigns.get(id)).map_or(RETAIL, |campaign| campaign.store);
        match campaign {
            Some(campaign) => campaigns.put(campaign, now),
            None => drop(campaigns.end(id, now)),
        }
        let happened = [Happening::of_action("Campaign", action, id, store)];
        locked(&self.events).record(self.config.events.mode, inner, &happened);
        self.webhooks.publish(Topic::Campaign, id, action);
        if self.config.sale.touches_items {
            let view = self.view(inner);
            let reported = variants.into_iter().flat_map(|variant| published(view, Kind::ProductVariant, variant));
            reported.for_each(|(topic, id)| self.webhooks.publish(topic, id, "update"));
        }
    }

    /// Parses and validates a query, or says what is wrong with it as GraphQL errors.
    pub fn parse(&self, query: &str) -> Result<Arc<Valid<ExecutableDocument>>, Vec<serde_json::Value>> {
        if let Some(document) = locked(&self.queries).get(query) {
            return Ok(Arc::clone(document));
        }
        let document =
            ExecutableDocument::parse_and_validate(&self.served.schema, query, "query.graphql").map_err(|failed| {
                let error = |diagnostic: &dyn Fn() -> serde_json::Value| diagnostic();
                failed
                    .errors
                    .iter()
                    .map(|diagnostic| error(&|| serde_json::json!(diagnostic.unstable_to_json_compat())))
                    .collect::<Vec<_>>()
            })?;
        let document = Arc::new(document);
        let mut queries = locked(&self.queries);
        if queries.len() >= CACHED_QUERIES {
            queries.clear();
        }
        queries.insert(query.to_owned(), Arc::clone(&document));
        Ok(document)
    }
}

/// What the webhook plugins tell when a row changes. Of the catalog they name display items, whatever changed.
fn published(view: View<'_>, kind: Kind, id: i64) -> Vec<(Topic, i64)> {
    let items = |kind: Kind, id: i64| {
        let displays = if kind == Kind::Display { vec![id] } else { view.references(kind, id, "displays") };
        displays.into_iter().flat_map(|display| view.references(Kind::Display, display, "displayItems"))
    };
    let of_variant = |variant: i64| {
        let on_it = move |item: &i64| view.references(Kind::DisplayItem, *item, "productVariant") == [variant];
        items(Kind::ProductVariant, variant).filter(on_it).collect::<Vec<_>>()
    };
    let ids = match kind {
        Kind::Display | Kind::Product => items(kind, id).collect(),
        Kind::ProductVariant => of_variant(id),
        Kind::ProductSize => {
            view.references(kind, id, "productVariant").into_iter().flat_map(of_variant).collect::<Vec<_>>()
        }
        _ => vec![],
    };
    ids.into_iter().map(|id| (Topic::DisplayItem, id)).collect()
}
