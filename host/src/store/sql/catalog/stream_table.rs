//! Where the rows of a stream are, for statements that are the same for all streams.

use connector_api::wire::pull::Stream;

/// Variants whose offer is held: their prices and stock stay with it.
const HELD_VARIANTS: &str = "FROM offers o JOIN variants v ON v.connection = o.connection \
     AND v.offer_id = o.id WHERE o.connection = $1 AND o.retired_at IS NULL AND o.missed_by IS NOT NULL \
     AND o.missed_by > o.generation AND v.retired_at IS NULL";

/// Where the rows of a stream are.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The column that `fetch` names a row by.
    pub(crate) id: &'static str,
    /// Which rows of the table are the stream's.
    pub(crate) own: &'static str,
    /// What its rows are called by a variant, where they belong to variants of offers.
    of_variant: Option<&'static str>,
    /// The column of the location or pricelist that its rows belong to.
    part: Option<&'static str>,
    /// Whether its rows end by themselves.
    pub(crate) ends: bool,
}

impl Table {
    /// Which rows may be deleted as far as their offers go.
    pub(crate) fn free(&self) -> String {
        match self.of_variant {
            Some(id) => format!("{} NOT IN (SELECT {id} {HELD_VARIANTS})", self.id),
            None => "TRUE".to_owned(),
        }
    }

    /// Finds a location or pricelist of which the pass (`$2`) saw no row, though it had `many`.
    pub(crate) fn missed_part(&self, many: u64, now: i64) -> Option<String> {
        let (Self { name, own, .. }, part, lasting) = (self, self.part?, self.lasting(now));
        Some(format!(
            "SELECT count(*) FROM (SELECT 1 FROM {name} WHERE {own} AND $3 IS NULL AND retired_at IS NULL AND {lasting} \
             GROUP BY {part} HAVING max(generation) < $2 AND count(*) >= {many} LIMIT 1)"
        ))
    }

    /// Which rows have not ended by themselves. That one is missed which has ended is no reason to doubt a pass.
    pub(crate) fn lasting(&self, now: i64) -> String {
        if self.ends { format!("(valid_until IS NULL OR valid_until > {now})") } else { "TRUE".to_owned() }
    }
}

pub(crate) fn table(stream: &Stream) -> Table {
    let own = "connection = $1 AND $4 IS NOT NULL";
    let whole = |name| Table { name, id: "id", own, of_variant: None, part: None, ends: false };
    match stream {
        Stream::Offers => whole("offers"),
        Stream::Prices => Table {
            id: "priced_id",
            of_variant: Some("coalesce(v.price_group_id, v.id)"),
            part: Some("pricelist_id"),
            ends: true,
            ..whole("prices")
        },
        Stream::Inventory => {
            Table { id: "variant_id", of_variant: Some("v.id"), part: Some("location_id"), ..whole("inventory") }
        }
        Stream::Orders => whole("orders"),
        Stream::Customers => whole("customers"),
        Stream::Shipments => whole("shipments"),
        Stream::Returns => whole("returns"),
        _ => Table { own: "connection = $1 AND stream = $4", ..whole("entities") },
    }
}
