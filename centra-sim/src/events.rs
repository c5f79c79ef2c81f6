//! The Integration API's queue of events: what is listened to is queued as it happens, and stays until it is confirmed.
//!
//! Centra must switch it on for a merchant; until then listening works and nothing is queued. Which event a change of
//! stock makes is not documented, nor what is answered to a token without an integration name: both are switches. An
//! event's `object` and `market` are not simulated.

use std::collections::{BTreeMap, BTreeSet};

use crate::alteration::Alteration;
use crate::shop::{Overlay, View};
use crate::value::{Kind, Record, Val};

/// Whether the merchant has the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum QueueMode {
    /// Not switched on: it stays empty.
    #[default]
    Off,
    /// Switched on.
    On,
    /// The token has no integration name: changes are refused.
    Refused,
}

/// Which event a change of stock makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum StockEvent {
    /// `StockChange`, by an id of its own.
    #[default]
    StockChange,
    /// `ProductSize`, by the size's id.
    ProductSize,
}

/// How the queue behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether the merchant has it.
    pub mode: QueueMode,
    /// Which event a change of stock makes.
    pub stock: StockEvent,
}

/// Something that may become an event.
#[derive(Clone, Copy, Debug)]
pub struct Happening {
    object_type: &'static str,
    change_type: &'static str,
    /// An id, but the number of an order.
    reference: i64,
    store: Option<i64>,
}

impl Happening {
    /// What happened to an order, shipment, return, customer or campaign; `action` as webhooks call it.
    pub fn of_action(object_type: &'static str, action: &str, reference: i64, store: i64) -> Self {
        let change_type = match action {
            "create" => "CREATED",
            "delete" => "DELETED",
            _ => "UPDATED",
        };
        Self { object_type, change_type, reference, store: Some(store) }
    }

    /// What an alteration of the catalog makes.
    pub fn of_alteration(view: View<'_>, alteration: Alteration, stock: StockEvent) -> Vec<Self> {
        let (kind, id) = alteration.row();
        let store = |kind: Kind, id: i64| view.references(kind, id, "store").first().copied();
        let own = |object_type, change_type, reference, store| Self { object_type, change_type, reference, store };
        match alteration {
            Alteration::Touch(..) => {
                // What a display shows has changed with the product behind it.
                let displays = if kind == Kind::Display { vec![] } else { view.references(kind, id, "displays") };
                let shown = displays
                    .into_iter()
                    .map(|display| own("Display", "DEPENDENT_DATA_CHANGED", display, store(Kind::Display, display)));
                std::iter::once(own(kind.type_name(), "UPDATED", id, store(kind, id))).chain(shown).collect()
            }
            Alteration::Remove(..) => vec![own(kind.type_name(), "DELETED", id, store(kind, id))],
            // By an id that nothing can be found by.
            Alteration::Price { variant, pricelist, .. } => {
                vec![own("Price", "UPDATED", pricelist * 1_000_000 + variant, store(Kind::Pricelist, pricelist))]
            }
            Alteration::Stock { size, warehouse, .. } => vec![match stock {
                StockEvent::StockChange => own("StockChange", "CREATED", warehouse * 1_000_000 + size, None),
                StockEvent::ProductSize => own("ProductSize", "UPDATED", size, None),
            }],
        }
    }
}

/// Who listens to what, and what waits: as rows of the store, so that queries see both.
#[derive(Debug, Default)]
pub struct EventQueue {
    /// Change types by object type; none listed are all.
    listeners: BTreeMap<String, BTreeSet<String>>,
    last_id: i64,
}

impl EventQueue {
    /// Queues what is listened to.
    pub fn record(&mut self, mode: QueueMode, overlay: &mut Overlay, happened: &[Happening]) {
        if mode != QueueMode::On {
            return;
        }
        for own in happened {
            let listened = self.listeners.get(own.object_type);
            if !listened.is_some_and(|types| types.is_empty() || types.contains(own.change_type)) {
                continue;
            }
            self.last_id += 1;
            let row = Record::new("Event")
                .with("id", self.last_id)
                .with("objectType", own.object_type)
                .with("changeType", own.change_type)
                .with("objectReference", Val::Int64(own.reference))
                .with("createdAt", Val::Time(jiff::Timestamp::now().as_second()))
                .with("store", own.store.map(|store| (Kind::Store, store)));
            overlay.rows.insert((Kind::Event, self.last_id), row);
        }
    }

    /// Listens to more; asking again changes nothing.
    pub(crate) fn listen(&mut self, overlay: &mut Overlay, wanted: &[(String, BTreeSet<String>)]) {
        for (object_type, change_types) in wanted {
            let known = self.listeners.entry(object_type.clone()).or_insert_with(|| change_types.clone());
            if change_types.is_empty() {
                known.clear();
            } else if !known.is_empty() {
                known.extend(change_types.iter().cloned());
            }
        }
        self.show_listeners(overlay);
    }

    /// Listens no more, and forgets what waits of it.
    pub(crate) fn ignore(&mut self, overlay: &mut Overlay, wanted: &[(String, BTreeSet<String>)]) {
        for (object_type, _) in wanted {
            self.listeners.remove(object_type);
            let is_of = |row: &Record| row.get("objectType").as_str() == Some(object_type);
            overlay.rows.retain(|(kind, _), row| *kind != Kind::Event || !is_of(row));
        }
        self.show_listeners(overlay);
    }

    fn show_listeners(&self, overlay: &mut Overlay) {
        overlay.rows.retain(|(kind, _), _| *kind != Kind::EventListener);
        let now = jiff::Timestamp::now().as_second();
        for (id, (object_type, change_types)) in (1..).zip(&self.listeners) {
            let row = Record::new("EventListener")
                .with("integrationName", "connector")
                .with("objectType", object_type.clone())
                .with("changeTypes", change_types.iter().cloned().collect::<Vec<String>>())
                .with("createdAt", Val::Time(now))
                .with("updatedAt", Val::Time(now));
            overlay.rows.insert((Kind::EventListener, id), row);
        }
    }
}
