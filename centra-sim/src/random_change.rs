//! `POST /_sim/change`: many random changes at once, the same for the same seed, each emitted to the webhook plugins.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::alteration::Alteration;
use crate::shop::View;
use crate::store::Store;
use crate::value::Kind;
use crate::webhook::chance::Chance;

/// Most changes in one call.
const MOST_CHANGES: usize = 100_000;

/// What can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A display's name and `updatedAt`.
    Display,
    /// A price; it moves no `updatedAt`.
    Price,
    /// Stock; it moves no `updatedAt`.
    Stock,
    /// A display disappears.
    Remove,
}

/// How much of what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeRequest {
    count: usize,
    seed: u64,
    kinds: Vec<ChangeKind>,
}

impl Default for ChangeRequest {
    fn default() -> Self {
        Self { count: 1, seed: 1, kinds: vec![ChangeKind::Display, ChangeKind::Price, ChangeKind::Stock] }
    }
}

/// What was changed.
#[derive(Debug, Default, Serialize)]
pub struct Changed {
    /// How many changes were made.
    pub changed: u64,
    /// By kind.
    pub by_kind: BTreeMap<ChangeKind, u64>,
}

/// Makes them.
pub async fn change(State(store): State<Arc<Store>>, Json(request): Json<ChangeRequest>) -> Json<Changed> {
    let mut chance = Chance::new(request.seed);
    let mut changed = Changed::default();
    for _ in 0..request.count.min(MOST_CHANGES) {
        let kind = request.kinds.get(chance.below(request.kinds.len())).copied();
        let overlay = store.overlay();
        let alteration = kind.and_then(|kind| alteration(store.view(&overlay), kind, &mut chance));
        // The change itself must be the only one to hold the overlay, or it would copy it.
        drop(overlay);
        if let (Some(kind), Some(alteration)) = (kind, alteration)
            && store.alter(alteration)
        {
            changed.changed += 1;
            *changed.by_kind.entry(kind).or_default() += 1;
        }
    }
    Json(changed)
}

fn alteration(view: View<'_>, kind: ChangeKind, chance: &mut Chance) -> Option<Alteration> {
    let display = any(view, Kind::Display, chance)?;
    let items = view.references(Kind::Display, display, "displayItems");
    let mut variant = || {
        let item = *items.get(chance.below(items.len()))?;
        view.references(Kind::DisplayItem, item, "productVariant").first().copied()
    };
    match kind {
        ChangeKind::Display => Some(Alteration::Touch(Kind::Display, display)),
        ChangeKind::Remove => Some(Alteration::Remove(Kind::Display, display)),
        ChangeKind::Price => {
            let variant = variant()?;
            let lists: Vec<i64> = view
                .ids_after(Kind::Pricelist, i64::MIN)
                .filter(|list| view.references(Kind::Pricelist, *list, "store") == [1])
                .collect();
            let pricelist = *lists.get(chance.below(lists.len()))?;
            let minor = 100 * i64::try_from(1 + chance.below(9_999)).unwrap_or(1);
            Some(Alteration::Price { variant, pricelist, minor })
        }
        ChangeKind::Stock => {
            let sizes = view.references(Kind::ProductVariant, variant()?, "productSizes");
            let size = *sizes.get(chance.below(sizes.len()))?;
            let warehouse = any(view, Kind::Warehouse, chance)?;
            let physical = i64::try_from(chance.below(200)).unwrap_or(0);
            Some(Alteration::Stock { size, warehouse, physical })
        }
    }
}

/// A row of a table, unless the few tried are gone.
fn any(view: View<'_>, kind: Kind, chance: &mut Chance) -> Option<i64> {
    let all = usize::try_from(view.base_count(kind)).ok()?;
    (0..8).find_map(|_| {
        let index = i64::try_from(chance.below(all)).ok()?;
        view.nth(kind, index).filter(|id| view.exists(kind, *id))
    })
}
