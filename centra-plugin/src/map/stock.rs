//! Stock of the sizes that are put into carts.

use connector_api::domain::{InventoryLevel, StockPolicy};

/// What may be sold of one size from one warehouse.
///
/// Centra subtracts neither the warehouse's threshold nor the variant's offset from the free quantity here, although
/// its storefront does; an offset above 0 stands in for the threshold. That the offset counts per warehouse is
/// inference: it never promises more than there is.
pub fn level(
    size: i64,
    warehouse: i64,
    free: i64,
    threshold: Option<i64>,
    offset: Option<i64>,
    preorder: bool,
) -> InventoryLevel {
    let held_back = offset.filter(|offset| *offset > 0).or(threshold).unwrap_or(0).max(0);
    InventoryLevel {
        variant_id: size.into(),
        location_id: Some(warehouse.into()),
        available: free.saturating_sub(held_back).max(0),
        policy: if preorder { StockPolicy::Backorder } else { StockPolicy::Deny },
        as_of: None,
    }
}
