//! Reading the catalog, and writing rows of it.

pub(in crate::store) mod change;
pub(in crate::store) mod detail;
pub(in crate::store) mod entity_upsert;
pub(in crate::store) mod export;
pub(in crate::store) mod known_page;
pub(in crate::store) mod offer_upsert;
pub(in crate::store) mod price;
pub(in crate::store) mod price_seen;
pub(in crate::store) mod price_timer;
pub(in crate::store) mod price_upsert;
pub(in crate::store) mod quote;
pub(in crate::store) mod read;
mod records;
pub(in crate::store) mod row_table;
pub(in crate::store) mod stamp;
pub(in crate::store) mod stock_upsert;
pub(in crate::store) mod stream_table;
