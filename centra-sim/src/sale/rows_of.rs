//! The campaigns' rows of a variant or a display.

use crate::shop::View;
use crate::value::Kind;

/// The rows of a variant, or of all variants of a display.
pub(crate) fn of_row(view: View<'_>, kind: Kind, id: i64) -> Vec<i64> {
    let variants = if kind == Kind::Display { view.references(kind, id, "productVariants") } else { vec![id] };
    let mut rows: Vec<i64> =
        variants.into_iter().flat_map(|variant| view.overlay.campaigns.rows_of_variant(variant)).collect();
    rows.sort_unstable();
    rows
}
