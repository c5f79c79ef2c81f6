//! Items: what can be put into carts, at which price, and how much of it there is.

use rust_decimal::Decimal;

use super::context::Context;
use crate::sale::{Effective, effective};
use crate::shop::View;
use crate::value::{Kind, Node, Val};

/// Something that can be bought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) display: i64,
    /// The display item.
    pub(crate) shown: i64,
    pub(crate) variant: i64,
    pub(crate) size: i64,
}

impl Item {
    /// Reads `<display item>-<size>` if there is such an item.
    pub(crate) fn read(view: View<'_>, text: &str) -> Option<Self> {
        let (display_item, size) = text.split_once('-')?;
        let (display_item, size) = (display_item.parse().ok()?, size.parse().ok()?);
        if !view.exists(Kind::DisplayItem, display_item) || !view.exists(Kind::ProductSize, size) {
            return None;
        }
        let variant = *view.references(Kind::DisplayItem, display_item, "productVariant").first()?;
        let display = *view.references(Kind::DisplayItem, display_item, "display").first()?;
        let is_its_size = view.references(Kind::ProductSize, size, "productVariant") == [variant];
        is_its_size.then_some(Self { display, shown: display_item, variant, size })
    }

    /// Its price now, if it is for sale there.
    pub(crate) fn price<'a>(&self, view: View<'a>, context: &Context) -> Option<Effective<'a>> {
        let is = |kind, id, field: &str, wanted: &str| view.get(kind, id, field).as_str() == Some(wanted);
        let for_sale = is(Kind::Display, self.display, "status", "ACTIVE")
            && is(Kind::ProductVariant, self.variant, "status", "ACTIVE")
            && matches!(view.get(Kind::ProductSize, self.size, "isActive"), Val::Bool(true))
            && view.references(Kind::Display, self.display, "displayItems").contains(&self.shown)
            && view.references(Kind::Display, self.display, "markets").contains(&context.market);
        if for_sale { effective(view, self.variant, context.pricelist, context.market) } else { None }
    }

    /// Pieces that may be sold in a market: of the warehouses that its rule names, less what each and the variant hold
    /// back. None when stock does not matter.
    pub(crate) fn stock(&self, view: View<'_>, market: i64) -> Option<i64> {
        if matches!(view.get(Kind::ProductSize, self.size, "preorder"), Val::Bool(true)) {
            return None;
        }
        let number = |value: Val<'_>| if let Val::Int(number) = value { number } else { 0 };
        let rules = view.references(Kind::Market, market, "allocationRule");
        let of_rule = |warehouse: &i64| {
            view.references(Kind::Warehouse, *warehouse, "allocationRules").iter().any(|rule| rules.contains(rule))
        };
        let free: i64 = view
            .ids_after(Kind::Warehouse, 0)
            .filter(of_rule)
            .map(|id| {
                let threshold = number(view.get(Kind::Warehouse, id, "threshold"));
                (view.stock(self.size, id).free() - threshold).max(0)
            })
            .sum();
        Some((free - number(view.get(Kind::ProductVariant, self.variant, "stockOffset"))).max(0))
    }

    /// Its weight in kilograms.
    pub(crate) fn kilograms(&self, view: View<'_>) -> Decimal {
        match view.get(Kind::ProductSize, self.size, "weight") {
            Val::Node(Node::Record(weight)) => match weight.get("value") {
                Val::Float(kilograms) => Decimal::try_from(kilograms).unwrap_or_default(),
                _ => Decimal::ZERO,
            },
            _ => Decimal::ZERO,
        }
    }
}
