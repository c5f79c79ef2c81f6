//! Items: what can be put into carts, at which price, and how much of it there is.

use rust_decimal::Decimal;

use super::context::Context;
use crate::bundle::{self, Bundle};
use crate::sale::effective::alone;
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
    /// Reads `<display item>-<size>` if there is such an item. What was chosen of a flexible bundle may follow: see [`choice`].
    pub(crate) fn read(view: View<'_>, text: &str) -> Option<Self> {
        let text = text.split('+').next().unwrap_or_default();
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

    /// The price of what stands in a cart: of a flexible bundle, that of what was chosen.
    pub(crate) fn price_in_cart<'a>(&self, view: View<'a>, context: &Context, text: &str) -> Option<Effective<'a>> {
        let Some(bundle) = Bundle::of_variant(view, self.variant).filter(|bundle| bundle.is_flexible) else {
            return self.price(view, context);
        };
        let parts = self.parts(view, text);
        if parts.len() != bundle.sections.len() {
            return None;
        }
        let alone = |variant| alone(view, variant, context.pricelist, context.market);
        let variants: Vec<(i64, i64)> = parts.iter().map(|(_, part, quantity)| (part.variant, *quantity)).collect();
        if bundle.is_dynamic { bundle::sum(alone(self.variant), &variants, &alone) } else { self.price(view, context) }
    }

    /// The parts of a bundle in a cart: section, item, pieces in one bundle. None for what is no bundle.
    pub(crate) fn parts(&self, view: View<'_>, text: &str) -> Vec<(i64, Self, i64)> {
        let Some(bundle) = Bundle::of_variant(view, self.variant) else { return vec![] };
        let chosen = choice(text);
        let part = |section: &bundle::Section| {
            let item = if bundle.is_flexible {
                let (_, item) = chosen.iter().find(|(id, _)| *id == section.id)?;
                Self::read(view, item).filter(|item| section.variants.contains(&item.variant))?
            } else {
                Self::of_variant(view, self, *section.variants.first()?)?
            };
            Some((section.id, item, section.quantity))
        };
        bundle.sections.iter().filter_map(part).collect()
    }

    /// The item of a variant that goes with an item of its bundle.
    fn of_variant(view: View<'_>, bundle: &Self, variant: i64) -> Option<Self> {
        let display = view.references(Kind::ProductVariant, variant, "displays").first().copied()?;
        let items = view.references(Kind::Display, display, "displayItems");
        let shown =
            items.into_iter().find(|id| view.references(Kind::DisplayItem, *id, "productVariant") == [variant])?;
        let size = bundle::part_size(view, bundle.variant, bundle.size, variant)?;
        Some(Self { display, shown, variant, size })
    }

    /// Pieces that may be sold in a market: of the warehouses that its rule names, less what each and the variant hold
    /// back. None when stock does not matter.
    pub(crate) fn stock(&self, view: View<'_>, market: i64) -> Option<i64> {
        self.stock_in_cart(view, market, "")
    }

    /// The same for what stands in a cart. A bundle is as many as its parts make.
    pub(crate) fn stock_in_cart(&self, view: View<'_>, market: i64, text: &str) -> Option<i64> {
        if matches!(view.get(Kind::ProductSize, self.size, "preorder"), Val::Bool(true)) {
            return None;
        }
        let parts = self.parts(view, text);
        if parts.is_empty() && Bundle::of_variant(view, self.variant).is_some() {
            // Nothing was chosen yet.
            return None;
        }
        if !parts.is_empty() {
            let whole = |(_, part, quantity): &(i64, Self, i64)| Some(part.stock(view, market)? / quantity.max(&1));
            return parts.iter().filter_map(whole).min();
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

/// What was chosen of a flexible bundle: section and item, as they follow the item of the bundle: `130-1300+131:10-100`.
pub(crate) fn choice(text: &str) -> Vec<(i64, &str)> {
    let chosen = text.split('+').skip(1).filter_map(|part| part.split_once(':'));
    chosen.filter_map(|(section, item)| Some((section.parse().ok()?, item))).collect()
}
