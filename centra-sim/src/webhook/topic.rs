//! What a webhook can be about, and how each version of the plugin calls it.

use jiff::Timestamp;

use crate::webhook::plugin::Version;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A variant on a display: data, prices, stock.
    DisplayItem,
    /// A category.
    Category,
    /// A pricelist.
    Pricelist,
    /// A market.
    Market,
    /// A language.
    Language,
    /// A warehouse.
    Warehouse,
    /// A brand.
    Brand,
    /// A campaign. The Storefront version has no name for it `[D]`.
    Campaign,
    /// An order, by its number.
    Order,
    /// A shipment.
    Shipment,
    /// A return.
    Return,
    /// A customer.
    Customer,
}

/// A change to report.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// What kind of thing.
    pub topic: Topic,
    /// Which; orders by number.
    pub id: i64,
    /// What was done; only the Integration version says it.
    pub action: &'static str,
    /// When.
    pub at: Timestamp,
}

impl Topic {
    /// What a version calls it; `None` when that version does not report it.
    pub fn name(self, version: Version) -> Option<&'static str> {
        let (integration, storefront, checkout) = match self {
            Self::DisplayItem => ("", "DisplayItems", "products"),
            Self::Category => ("", "Categories", "categories"),
            Self::Pricelist => ("", "Pricelists", "pricelists"),
            Self::Market => ("", "Markets", "markets"),
            Self::Language => ("", "Languages", ""),
            Self::Warehouse => ("", "", "warehouses"),
            Self::Brand => ("", "Brands", "brands"),
            Self::Campaign => ("", "", "campaigns"),
            Self::Order => ("order", "", ""),
            Self::Shipment => ("shipment", "", ""),
            Self::Return => ("return", "", ""),
            Self::Customer => ("customer", "", ""),
        };
        let name = match version {
            Version::Integration => integration,
            Version::Storefront => storefront,
            Version::Checkout => checkout,
        };
        (!name.is_empty()).then_some(name)
    }
}
