//! Lines of an order that belong together: a bundle, and the goods it consists of. Centra lists both as lines; the bundle has the
//! price, the goods are sent.
//!
//! No field names the bundle that goods belong to: they are taken to follow it in the list \[G\]. With one bundle in the order
//! there is nothing to guess; where the list cannot be so, the goods stay lines of their own.

use connector_api::domain::{OrderLine, OrderLinePart};

use crate::wire::order as wire;

const BUNDLE: &str = "BundleOrderLine";
const PART: &str = "BundleItemOrderLine";

/// A line, with what it consists of.
pub(super) struct Grouped<'a> {
    pub(super) line: &'a wire::OrderLine,
    pub(super) parts: Vec<&'a wire::OrderLine>,
}

fn is(line: &wire::OrderLine, kind: &str) -> bool {
    line.kind.as_deref() == Some(kind)
}

/// Puts goods of bundles to their bundles.
pub(super) fn grouped(lines: &[wire::OrderLine]) -> Vec<Grouped<'_>> {
    let bundles = lines.iter().filter(|line| is(line, BUNDLE)).count();
    let mut own: Vec<Grouped<'_>> =
        lines.iter().filter(|line| !is(line, PART)).map(|line| Grouped { line, parts: vec![] }).collect();
    let mut at: Option<usize> = None;
    let mut before = 0;
    let mut is_clear = true;
    for line in lines {
        if !is(line, PART) {
            if is(line, BUNDLE) {
                at = Some(before);
            }
            before += 1;
        } else if bundles == 1 {
            own.iter_mut().filter(|own| is(own.line, BUNDLE)).for_each(|own| own.parts.push(line));
        } else if let Some(own) = at.and_then(|at| own.get_mut(at)) {
            own.parts.push(line);
        } else {
            is_clear = false;
        }
    }
    let is_any = own.iter().any(|own| !own.parts.is_empty());
    is_clear &= own.iter().all(|own| !is_any || !is(own.line, BUNDLE) || !own.parts.is_empty());
    if is_clear { own } else { lines.iter().map(|line| Grouped { line, parts: vec![] }).collect() }
}

/// The lines that goods are sent of: in the place of a bundle, its goods. A bundle of which there are none counts itself, so that no order
/// looks sent which is not; where there are more bundles than goods, one has none.
pub(super) fn physical(lines: &[wire::OrderLine]) -> impl Iterator<Item = &wire::OrderLine> {
    let count = |kind: &str| lines.iter().filter(|line| is(line, kind)).count();
    let has_parts = count(PART) > 0 && count(PART) >= count(BUNDLE);
    lines.iter().filter(move |line| !has_parts || !is(line, BUNDLE))
}

/// A part of a bundle, of the line that it is on the platform.
pub(super) fn part(line: OrderLine) -> OrderLinePart {
    let OrderLine { id, variant_id, sku, title, ordered, fulfilled, returned, canceled, .. } = line;
    OrderLinePart { id, variant_id, sku, title, ordered, fulfilled, returned, canceled }
}

/// The bundle with its parts: as many are sent, returned and cancelled as all parts make whole.
pub(super) fn with_parts(line: OrderLine, parts: Vec<OrderLinePart>) -> OrderLine {
    if parts.is_empty() {
        return line;
    }
    let whole = |count: fn(&OrderLinePart) -> u32| {
        let bundles = |part: &OrderLinePart| {
            let made = u64::from(count(part)) * u64::from(line.ordered) / u64::from(part.ordered.max(1));
            u32::try_from(made).unwrap_or(u32::MAX)
        };
        parts.iter().map(bundles).min().unwrap_or(0).min(line.ordered)
    };
    let fulfilled = line.fulfilled.max(whole(|part| part.fulfilled));
    // Where nothing is to be sent any more, a bundle of which a piece was cancelled is not whole: it counts as cancelled.
    let is_done = parts.iter().all(|part| part.fulfilled.saturating_add(part.canceled) >= part.ordered);
    let rest = if is_done { line.ordered.saturating_sub(fulfilled) } else { whole(|part| part.canceled) };
    OrderLine {
        fulfilled,
        returned: line.returned.max(whole(|part| part.returned)),
        canceled: line.canceled.max(rest),
        parts,
        ..line
    }
}
