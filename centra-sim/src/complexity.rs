//! What a query costs. Centra does not publish its formula, only that cost grows with nesting × page size, that stock
//! quantities are dear, and that `freeToAllocateQuantity` is free. This one reproduces its one simple published
//! example (`{ stores { id name type } }` costs 121) and is otherwise our own.

use crate::plan::{Plan, PlanField};

/// Rows assumed in a root list that is always returned whole.
const WHOLE_ROOT_LIST: i64 = 30;
/// Rows assumed in a nested list that is always returned whole.
const WHOLE_NESTED_LIST: i64 = 5;
/// What a stock quantity costs, unless it is free to allocate.
const STOCK_QUANTITY: i64 = 10;

/// The cost of a plan.
pub fn of(plan: &Plan) -> i64 {
    plan.fields.iter().map(|field| of_field(plan, field, true)).fold(0, i64::saturating_add)
}

fn of_field(parent: &Plan, field: &PlanField, at_root: bool) -> i64 {
    if field.name == "__typename" {
        return 0;
    }
    if matches!(parent.type_name.as_str(), "Stock" | "StockTotals") && field.name.ends_with("Quantity") {
        return if field.name == "freeToAllocateQuantity" { 0 } else { STOCK_QUANTITY };
    }
    let inner = field.sub.iter().map(of_object).max().unwrap_or(0);
    1_i64.saturating_add(rows(field, at_root).saturating_mul(inner))
}

/// An element and its fields. The wrappers of a connection cost nothing themselves.
fn of_object(plan: &Plan) -> i64 {
    let is_connection = plan.type_name.ends_with("Connection");
    let fields = plan.fields.iter().map(|field| {
        let is_edges = is_connection && field.name == "edges";
        if is_edges {
            // The connection's own page size was counted already.
            field.sub.iter().map(of_object).max().unwrap_or(0)
        } else {
            of_field(plan, field, false)
        }
    });
    let own = i64::from(!is_connection);
    fields.fold(own, i64::saturating_add)
}

fn rows(field: &PlanField, at_root: bool) -> i64 {
    let given = ["limit", "first", "last"].iter().find_map(|name| field.int_argument(name));
    if let Some(rows) = given {
        return rows.max(0);
    }
    if field.ty.inner_named_type().ends_with("Connection") {
        return crate::paging::DEFAULT_LIMIT;
    }
    match (field.ty.is_list(), at_root) {
        (false, _) => 1,
        (true, true) => WHOLE_ROOT_LIST,
        (true, false) => WHOLE_NESTED_LIST,
    }
}
