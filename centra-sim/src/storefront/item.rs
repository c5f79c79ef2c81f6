//! One size of a display item, and its stock.

use serde_json::{Value, json};

use super::run::Run;
use crate::checkout::context::Context;
use crate::checkout::goods::Item;
use crate::value::{Kind, Val};

impl Run<'_> {
    /// One size of a display item.
    pub(super) fn item(&self, item: Item) -> Value {
        let view = self.writer.view;
        let text = |field| self.text(Kind::ProductSize, item.size, field);
        let stock = |quantity: Option<i64>| json!({ "__typename": "Stock", "available": quantity.is_none_or(|quantity| quantity > 0), "quantity": quantity.unwrap_or(0) });
        let by_warehouse = view.ids_after(Kind::Warehouse, 0).map(|warehouse| {
            let free = view.stock(item.size, warehouse).free().max(0);
            json!({ "__typename": "WarehouseStock", "warehouseId": warehouse, "stock": stock(Some(free)) })
        });
        json!({ "__typename": "Item", "id": format!("{}-{}", item.shown, item.size), "productSizeId": item.size,
            "name": text("description"), "sku": text("SKU"), "GTIN": text("EAN"),
            "preorder": matches!(view.get(Kind::ProductSize, item.size, "preorder"), Val::Bool(true)),
            "stock": stock(item.stock(view, self.stock_market())), "stockByWarehouse": by_warehouse.collect::<Vec<_>>() })
    }

    /// The market whose stock is reported: the session's, or the first asked for.
    pub(super) fn stock_market(&self) -> i64 {
        let place = self.place().map(|place: Context| place.market);
        place.or_else(|| self.own(Kind::Market, &self.markets).first().copied()).unwrap_or(1)
    }
}
