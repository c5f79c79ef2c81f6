//! The data of a simulated store. All of it is deterministic.

pub mod base;
pub mod catalog;
pub mod demo;
pub mod ids;
pub mod large;
pub mod locations;
pub mod orders;
pub mod sale;
pub mod shipping_tax;
pub mod small;
pub mod special;

use crate::shop::Shop;

/// The names of the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SeedName {
    /// A dozen products, each an edge case.
    Small,
    /// A believable fashion store with pictures.
    Demo,
    /// Any number of generated products.
    Large,
}

/// The data a store starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// A dozen products, each an edge case.
    Small,
    /// A believable fashion store with pictures.
    Demo,
    /// So many generated products of five sizes each; nothing is stored per product.
    Large(u32),
}

impl Seed {
    /// The seed of a name.
    pub fn of(name: SeedName, products: u32) -> Self {
        match name {
            SeedName::Small => Self::Small,
            SeedName::Demo => Self::Demo,
            SeedName::Large => Self::Large(products),
        }
    }

    /// Builds the data.
    pub fn build(self) -> Shop {
        match self {
            Self::Small => small::build(),
            Self::Demo => demo::build(),
            Self::Large(products) => large::build(products),
        }
    }
}
