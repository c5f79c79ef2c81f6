//! Changes of the catalog while the store runs.

use crate::value::Kind;

/// A change made while the store runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// A row's `updatedAt` becomes now, and its name says how often this was done.
    Touch(Kind, i64),
    /// A row disappears, and with a display its items.
    Remove(Kind, i64),
    /// A price, in sub-units.
    Price {
        /// The variant.
        variant: i64,
        /// The pricelist.
        pricelist: i64,
        /// The amount.
        minor: i64,
    },
    /// Units on the shelf.
    Stock {
        /// The size.
        size: i64,
        /// The warehouse.
        warehouse: i64,
        /// How many.
        physical: i64,
    },
}

impl Alteration {
    /// The row that must exist.
    pub fn row(self) -> (Kind, i64) {
        match self {
            Self::Touch(kind, id) | Self::Remove(kind, id) => (kind, id),
            Self::Price { variant, .. } => (Kind::ProductVariant, variant),
            Self::Stock { size, .. } => (Kind::ProductSize, size),
        }
    }
}
