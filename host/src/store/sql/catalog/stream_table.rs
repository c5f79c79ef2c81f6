//! Where the rows of a stream are, for statements that are the same for all streams.

use connector_api::wire::pull::Stream;

use crate::store::{
    db::{bulk::BulkStatement, dialect::Dialect},
    sql::catalog::known_page::SEEN_BY,
};

/// Variants whose offer is held: their prices and stock stay with it.
const HELD_VARIANTS: &str = "FROM offers o JOIN variants v ON v.connection = o.connection \
     AND v.offer_id = o.id WHERE o.connection = $1 AND o.deleted_at IS NULL AND o.missed_by IS NOT NULL \
     AND o.missed_by > coalesce((SELECT k.seen_by FROM known_page k WHERE k.key = o.page_key \
     AND k.seen_by > o.generation), o.generation) AND v.deleted_at IS NULL";

/// Where the rows of a stream are.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The column that `fetch` names a row by.
    pub(crate) id: &'static str,
    /// The columns that are unique within a connection, or within its stream.
    keys: &'static str,
    /// Which rows of the table are the stream's.
    pub(crate) own: &'static str,
    /// Whether the table holds rows of several streams.
    is_shared: bool,
    /// What its rows are called by a variant, where they belong to variants of offers.
    of_variant: Option<&'static str>,
    /// The column of the location or pricelist that its rows belong to.
    part: Option<&'static str>,
    /// Whether its rows end by themselves.
    pub(crate) ends: bool,
}

/// Deletes rows by what `fetch` names them by, and returns their keys.
pub(crate) struct DeleteNamed {
    head: String,
    tail: String,
    /// Whether the stream is bound after the times.
    pub(crate) binds_stream: bool,
}

impl DeleteNamed {
    /// The statement to run. Binds time, time of the reading, connection, then twice time of the reading, time and an hour, then ids.
    pub(crate) fn statement(&self) -> BulkStatement<'_> {
        BulkStatement { head: &self.head, columns: 1, tail: &self.tail }
    }
}

/// Takes the digests away from pages.
pub(crate) struct ForgetPages {
    head: String,
}

impl ForgetPages {
    /// The statement to run.
    pub(crate) fn statement(&self) -> BulkStatement<'_> {
        BulkStatement { head: &self.head, columns: 1, tail: "))" }
    }
}

impl Table {
    /// Which rows may be deleted as far as their offers go.
    pub(crate) fn free(&self) -> String {
        match self.of_variant {
            Some(id) => format!("{} NOT IN (SELECT {id} {HELD_VARIANTS})", self.id),
            None => "TRUE".to_owned(),
        }
    }

    /// How many of the rows that a page has just changed wait in their entity's queue: `$1` connection, `$2` stream, `$3` time,
    /// `$4` generation.
    pub(crate) fn changed_in_queues(&self, dialect: Dialect) -> String {
        let Self { name, id, is_shared, .. } = self;
        let is_named = match (*name, is_shared) {
            // A queue is of what is priced, or of one of the variants that it is the price of.
            ("prices", _) => format!(
                "t.priced_id IN (SELECT l.id UNION SELECT v.price_group_id FROM variants v {} \
                 WHERE v.connection = l.connection AND v.id = l.id)",
                dialect.indexed_by("variants_by_id")
            ),
            (_, true) => format!("t.stream = l.stream AND t.{id} = l.id"),
            (_, false) => format!("t.{id} = l.id"),
        };
        format!(
            "SELECT count(*) FROM entity_queue l JOIN {name} t ON t.connection = l.connection AND {is_named} \
             WHERE l.connection = $1 AND l.stream = $2 AND t.changed_at = $3 AND t.generation = $4"
        )
    }

    /// Deletes rows that no later reading has written. Of rows that are filed under one id, those stay that the same reading
    /// has written.
    pub(crate) fn delete_named(&self) -> DeleteNamed {
        let Self { name, id, keys, .. } = self;
        let earlier = if self.is_set() { "<" } else { "<=" };
        let own = if self.is_shared { " AND stream = ?" } else { "" };
        DeleteNamed {
            head: format!(
                "UPDATE {name} SET deleted_at = ?, read_at = ? WHERE connection = ? AND deleted_at IS NULL \
                 AND (read_at {earlier} ? OR read_at > ?) AND NOT EXISTS (SELECT 1 FROM known_page k \
                 WHERE k.key = page_key AND k.read_at > ? AND k.read_at <= ?){own} AND {id} IN (VALUES"
            ),
            tail: format!(") RETURNING {keys}"),
            binds_stream: self.is_shared,
        }
    }

    /// Takes the digests away from pages that have rows which `fetch` names like this. Binds the connection, the stream
    /// where the table has several, then ids.
    pub(crate) fn forget_pages(&self) -> ForgetPages {
        let Self { name, id, is_shared, .. } = self;
        let own = if *is_shared { " AND stream = ?" } else { "" };
        ForgetPages {
            head: format!(
                "UPDATE known_page SET digest = NULL WHERE digest IS NOT NULL AND key IN \
                 (SELECT page_key FROM {name} WHERE connection = ?{own} AND {id} IN (VALUES"
            ),
        }
    }

    /// Whether an id stands for several rows.
    fn is_set(&self) -> bool {
        self.keys != self.id
    }

    /// Deletes rows that meet a condition and lie after an id (`$5`) up to another (`$6`), and returns their keys; and finds
    /// that other id, so that so many are deleted at once.
    pub(crate) fn delete_some(&self, which: &str, now: i64, ids: u32) -> (String, String) {
        let Self { name, id, keys, own, .. } = self;
        let rows = format!("{own} AND deleted_at IS NULL AND {which} AND {id} > $5");
        let last = format!(
            "SELECT max(id) FROM (SELECT DISTINCT {id} AS id FROM {name} WHERE {rows} ORDER BY {id} LIMIT {ids}) AS few"
        );
        (last, format!("UPDATE {name} SET deleted_at = {now} WHERE {rows} AND {id} <= $6 RETURNING {keys}"))
    }

    /// Finds a location or pricelist of which the pass (`$2`) saw no row, though it had `many`.
    pub(crate) fn missed_part(&self, many: u64, now: i64) -> Option<String> {
        let (Self { name, own, .. }, part, lasting) = (self, self.part?, self.lasting(now));
        Some(format!(
            "SELECT count(*) FROM (SELECT 1 FROM {name} WHERE {own} AND $3 IS NULL AND deleted_at IS NULL AND {lasting} \
             GROUP BY {part} HAVING max({SEEN_BY}) < $2 AND count(*) >= {many} LIMIT 1) AS parts"
        ))
    }

    /// Which rows have not ended by themselves. That one is missed which has ended is no reason to doubt a pass.
    pub(crate) fn lasting(&self, now: i64) -> String {
        if self.ends { format!("(valid_until IS NULL OR valid_until > {now})") } else { "TRUE".to_owned() }
    }
}

pub(crate) fn table(stream: &Stream) -> Table {
    let own = "connection = $1 AND $4 IS NOT NULL";
    let whole =
        |name| Table { name, id: "id", keys: "id", own, is_shared: false, of_variant: None, part: None, ends: false };
    match stream {
        Stream::Offers => whole("offers"),
        Stream::Prices => Table {
            id: "priced_id",
            keys: "priced_id, pricelist_id, market_id, min_quantity, valid_from",
            of_variant: Some("coalesce(v.price_group_id, v.id)"),
            part: Some("pricelist_id"),
            ends: true,
            ..whole("prices")
        },
        Stream::Inventory => Table {
            id: "variant_id",
            keys: "variant_id, location_id",
            of_variant: Some("v.id"),
            part: Some("location_id"),
            ..whole("inventory")
        },
        Stream::Orders => whole("orders"),
        Stream::Customers => whole("customers"),
        Stream::Shipments => whole("shipments"),
        Stream::Returns => whole("returns"),
        _ => Table { own: "connection = $1 AND stream = $4", is_shared: true, ..whole("entities") },
    }
}
