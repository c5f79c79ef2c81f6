//! Bundles: products made of others. A fixed bundle has one variant in every section; of a flexible one the shopper chooses one
//! in each. Its price is its own (static) or the sum of its parts' and its own, if it has one (dynamic) `[D]`.

use rust_decimal::Decimal;

use crate::sale::Effective;
use crate::shop::View;
use crate::value::{Kind, Val};

/// A section: so many of one of these variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) id: i64,
    pub(crate) quantity: i64,
    pub(crate) variants: Vec<i64>,
}

/// A bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub(crate) id: i64,
    pub(crate) is_flexible: bool,
    pub(crate) is_dynamic: bool,
    pub(crate) sections: Vec<Section>,
}

impl Bundle {
    /// The bundle that a variant stands for.
    pub(crate) fn of_variant(view: View<'_>, variant: i64) -> Option<Self> {
        if view.base_count(Kind::Bundle) == 0 {
            return None;
        }
        let product = view.references(Kind::ProductVariant, variant, "product").first().copied()?;
        let id = view.references(Kind::Product, product, "bundle").first().copied()?;
        let is = |field: &str, wanted: &str| view.get(Kind::Bundle, id, field).as_str() == Some(wanted);
        let sections = view.references(Kind::Bundle, id, "sections").into_iter().map(|section| Section {
            id: section,
            quantity: match view.get(Kind::BundleSection, section, "quantity") {
                Val::Int(quantity) => quantity,
                _ => 1,
            },
            variants: view.references(Kind::BundleSection, section, "productVariants"),
        });
        Some(Self {
            id,
            is_flexible: is("type", "FLEXIBLE"),
            is_dynamic: is("priceType", "DYNAMIC"),
            sections: sections.collect(),
        })
    }

    /// How `bundleInfo` and the Storefront API name its kinds.
    pub(crate) fn kinds(&self) -> (&'static str, &'static str) {
        (if self.is_flexible { "FLEXIBLE" } else { "FIXED" }, if self.is_dynamic { "DYNAMIC" } else { "STATIC" })
    }

    /// The parts of a fixed bundle: variant and pieces.
    pub(crate) fn parts(&self) -> Vec<(i64, i64)> {
        let first = |section: &Section| Some((*section.variants.first()?, section.quantity));
        if self.is_flexible { vec![] } else { self.sections.iter().filter_map(first).collect() }
    }

    /// The least and the most that a flexible bundle with dynamic prices can cost; none when a section has nothing for sale.
    pub(crate) fn range(&self, price: impl Fn(i64) -> Option<Decimal>) -> Option<(Decimal, Decimal)> {
        let mut range = (Decimal::ZERO, Decimal::ZERO);
        for section in &self.sections {
            let prices: Vec<Decimal> = section.variants.iter().filter_map(|variant| price(*variant)).collect();
            let quantity = Decimal::from(section.quantity);
            range.0 += prices.iter().min()? * quantity;
            range.1 += prices.iter().max()? * quantity;
        }
        Some(range)
    }
}

/// What a variant costs, given what variants cost by themselves. None for a flexible bundle whose price depends on the choice.
pub(crate) fn priced<'a>(
    view: View<'a>,
    variant: i64,
    alone: &dyn Fn(i64) -> Option<Effective<'a>>,
) -> Option<Effective<'a>> {
    match Bundle::of_variant(view, variant) {
        Some(bundle) if bundle.is_dynamic && bundle.is_flexible => None,
        Some(bundle) if bundle.is_dynamic => sum(alone(variant), &bundle.parts(), alone),
        _ => alone(variant),
    }
}

/// The price of a bundle with dynamic prices: its parts', and its own if it has one.
pub(crate) fn sum<'a>(
    own: Option<Effective<'a>>,
    parts: &[(i64, i64)],
    alone: &dyn Fn(i64) -> Option<Effective<'a>>,
) -> Option<Effective<'a>> {
    let mut whole = own.unwrap_or(Effective { list: 0, exact: Decimal::ZERO, applied: None });
    for (variant, quantity) in parts {
        let part = alone(*variant)?;
        whole.list += part.list * quantity;
        whole.exact += part.exact * Decimal::from(*quantity);
    }
    Some(whole)
}

/// The size of a part that goes with a size of its bundle: the one at the same place, else the first.
pub(crate) fn part_size(view: View<'_>, bundle: i64, size: i64, part: i64) -> Option<i64> {
    let sizes = |variant| view.references(Kind::ProductVariant, variant, "productSizes");
    let place = sizes(bundle).iter().position(|own| *own == size).unwrap_or(0);
    let own = sizes(part);
    own.get(place).or(own.first()).copied()
}

/// Every variant whose campaigns and prices make the price of this one.
pub(crate) fn behind(view: View<'_>, variant: i64) -> Vec<i64> {
    let bundle = Bundle::of_variant(view, variant).filter(|bundle| bundle.is_dynamic);
    let parts = bundle.map(|bundle| bundle.parts()).unwrap_or_default();
    std::iter::once(variant).chain(parts.into_iter().map(|(part, _)| part)).collect()
}
