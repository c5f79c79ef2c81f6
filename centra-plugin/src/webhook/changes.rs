//! The Checkout and Storefront versions: ids of what changed, by kind. Both say the same in other words, so one table
//! serves them. They carry neither time nor action, so two changes of one thing cannot be distinguished.

use connector_api::wire::{
    pull::{EntityRef, Stream},
    webhook::{EventDecision, PlatformEvent},
};
use serde_json::Value;

use super::{
    label::{id_of, label},
    member::{members, rejected},
};
use crate::entity::{self, EVERY};

/// What a kind of change concerns.
enum Concerns {
    /// The entity of this id.
    One(Stream),
    /// A variant on a display: the offer it stands on, its prices and stock.
    DisplayItem,
    /// A pricelist, what goods cost in it and what shipping costs with it.
    Pricelist,
    /// What the variants of a campaign cost.
    Campaign,
    /// Which warehouses serve which markets.
    Allocation,
    /// Nothing that is kept.
    Nothing(&'static str),
}

const KNOCK_ON: &str = "Centra also names the products whose data this changes; there is nothing else to read.";
const NOT_KEPT: &str = "This connector keeps nothing of this kind.";

/// What the kinds mean, in lower case: those of the Checkout version, then those that only the Storefront version has.
fn concerns(kind: &str) -> Option<Concerns> {
    Some(match kind {
        "products" | "displayitems" => Concerns::DisplayItem,
        "categories" => Concerns::One(Stream::Categories),
        "pricelists" => Concerns::Pricelist,
        "warehouses" => Concerns::One(Stream::Locations),
        "warehousegroups" => Concerns::Allocation,
        "markets" => Concerns::One(Stream::Markets),
        "languages" => Concerns::One(Stream::Languages),
        "brands" | "collections" => Concerns::Nothing(KNOCK_ON),
        "campaigns" => Concerns::Campaign,
        "campaignsites" | "affiliates" | "giftcertificates" | "statics" | "cmsarticles" | "mapslocations"
        | "mapsregion" | "mapsregions" | "brickandmortars" => Concerns::Nothing(NOT_KEPT),
        _ => return None,
    })
}

/// One event per id of a kind; one for all of a kind that concerns nothing.
pub(super) fn read(kind: &str, ids: Value) -> Box<dyn Iterator<Item = PlatformEvent>> {
    let topic = label(kind);
    let concerned = match concerns(&kind.to_ascii_lowercase()) {
        Some(Concerns::Nothing(reason)) => return Box::new(std::iter::once(ignored(topic, reason))),
        None => {
            let reason = "This version of the connector does not support this kind.";
            return Box::new(std::iter::once(ignored(topic, reason)));
        }
        Some(concerned) => concerned,
    };
    Box::new(members(ids).into_iter().map(move |id| match id_of(&id) {
        Some(id) => PlatformEvent {
            topic: topic.clone(),
            action: None,
            dedupe_key: None,
            occurred_at: None,
            decision: EventDecision::Route,
            reason: None,
            refs: refs(&concerned, id),
        },
        None => rejected(&topic, "The entry is not an id."),
    }))
}

fn refs(concerned: &Concerns, id: i64) -> Vec<EntityRef> {
    match concerned {
        Concerns::One(stream) => vec![EntityRef { stream: stream.clone(), id: id.into() }],
        Concerns::DisplayItem => vec![entity::display_item(id)],
        Concerns::Pricelist => vec![
            EntityRef { stream: Stream::Pricelists, id: id.into() },
            EntityRef { stream: Stream::ShippingOptions, id: EVERY.into() },
            entity::every_price(),
        ],
        Concerns::Campaign => vec![entity::campaign(id)],
        Concerns::Allocation => vec![EntityRef { stream: Stream::Markets, id: EVERY.into() }],
        Concerns::Nothing(_) => vec![],
    }
}

fn ignored(topic: String, reason: &str) -> PlatformEvent {
    PlatformEvent {
        topic,
        action: None,
        dedupe_key: None,
        occurred_at: None,
        decision: EventDecision::Ignore,
        reason: Some(reason.to_owned()),
        refs: vec![],
    }
}
