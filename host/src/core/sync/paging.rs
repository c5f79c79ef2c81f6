//! Whether a list comes to its end: pages that bring nothing new, ceilings, and the size of the next page.

use std::{
    collections::{HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    time::Duration,
};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::Timestamp,
    wire::pull::{Checkpoint, Stream},
};

use crate::model::{rows::Rows, run::Mode, sync::Kept};

/// Bits of the filter of rows: its memory does not grow with the catalog.
const FILTER_BITS: u64 = 1 << 24;
/// Places of a row in the filter.
const PLACES: u64 = 4;
/// So many pages in a row that bring no row the pass has not seen end a full pass.
const STALE_PAGES: u32 = 3;
/// The same of an increment: what changed in two ways comes twice.
const STALE_PAGES_OF_INCREMENT: u32 = 1_000;

/// What one store may make the host read and keep.
#[derive(Debug, Clone, Copy)]
pub struct Ceilings {
    /// Records of one pass over a stream.
    pub stream_records: u64,
    /// Pages of one pass over a stream.
    pub stream_pages: u64,
    /// Bytes of one pass over a stream.
    pub stream_bytes: u64,
    /// How long one pass over a stream may take.
    pub stream_time: Duration,
    /// Rows of a connection, deleted ones included.
    pub connection_rows: u64,
    /// Bytes of a connection's rows.
    pub connection_bytes: u64,
}

/// How far a pass is.
#[derive(Debug, Clone, Copy)]
pub struct Progressed {
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub seen: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Since when.
    pub since: Timestamp,
}

impl Ceilings {
    /// The error of a pass that may not go on.
    pub fn check(&self, stream: &Stream, far: Progressed, now: Timestamp) -> Result<(), ConnectorError> {
        let took = u64::try_from(now.as_unix_ms().saturating_sub(far.since.as_unix_ms())).unwrap_or(0);
        let hours = self.stream_time.as_secs() / 3_600;
        let reached = if far.seen >= self.stream_records {
            ("advanced.sync_max_stream_records", format!("{} records", self.stream_records))
        } else if far.pages >= self.stream_pages {
            ("advanced.sync_max_stream_pages", format!("{} pages", self.stream_pages))
        } else if far.bytes >= self.stream_bytes {
            ("advanced.sync_max_stream_bytes", format!("{} bytes", self.stream_bytes))
        } else if Duration::from_millis(took) >= self.stream_time {
            ("advanced.sync_max_stream_hours", format!("{hours} hours"))
        } else {
            return Ok(());
        };
        Err(limit_reached(&format!("one pass over stream `{stream}`"), &reached.1, reached.0))
    }

    /// The ceiling that a connection has reached.
    pub fn of_connection(&self, kept: Kept) -> Result<(), ConnectorError> {
        let reached = if kept.rows >= self.connection_rows {
            ("advanced.sync_max_connection_rows", format!("{} rows", self.connection_rows))
        } else if kept.bytes >= self.connection_bytes {
            ("advanced.sync_max_connection_bytes", format!("{} bytes", self.connection_bytes))
        } else {
            return Ok(());
        };
        Err(limit_reached("the stored data of one connection", &reached.1, reached.0))
    }
}

fn limit_reached(what: &str, limit: &str, setting: &str) -> ConnectorError {
    let message = format!("{what} has reached the limit of {limit} ({setting}); check the store, or raise the setting");
    ConnectorError::new(ErrorCode::LimitReached, message)
}

/// What a pass has seen, well enough to notice that it sees nothing new.
pub struct SeenRows {
    filter: Vec<u64>,
    checkpoints: HashSet<u64>,
    stale: u32,
    most_stale: u32,
}

impl SeenRows {
    /// Nothing yet.
    pub fn new(mode: Mode) -> Self {
        let words = usize::try_from(FILTER_BITS / 64).unwrap_or(0);
        let most_stale = if mode == Mode::Full { STALE_PAGES } else { STALE_PAGES_OF_INCREMENT };
        Self { filter: vec![0; words], checkpoints: HashSet::new(), stale: 0, most_stale }
    }

    /// Takes a page in. An error when the list leads nowhere.
    pub fn page(&mut self, stream: &Stream, rows: &Rows, next: Option<&Checkpoint>) -> Result<(), ConnectorError> {
        let mut is_new = false;
        each_key(rows, |key| is_new |= self.insert(hash_of(&key)));
        let news = if rows.is_empty() { None } else { Some(is_new) };
        self.goes_on(stream, news, next)
    }

    /// `news` is whether the page brought something new; `None` of an empty one.
    fn goes_on(
        &mut self,
        stream: &Stream,
        news: Option<bool>,
        next: Option<&Checkpoint>,
    ) -> Result<(), ConnectorError> {
        let Some(next) = next else { return Ok(()) };
        if !self.checkpoints.insert(hash_of(&next.0.to_string())) {
            return Err(endless(stream, "a page links back to one that was already read"));
        }
        match news {
            None => {}
            Some(true) => self.stale = 0,
            Some(false) => self.stale += 1,
        }
        if self.stale >= self.most_stale {
            let pages = format!("{} pages in a row brought no record that was not read before", self.stale);
            return Err(endless(stream, &pages));
        }
        Ok(())
    }

    /// Takes in a page whose rows nobody reads, by its digest. An error when the list leads nowhere.
    pub fn known_page(
        &mut self,
        stream: &Stream,
        digest: &[u8],
        next: Option<&Checkpoint>,
    ) -> Result<(), ConnectorError> {
        let is_new = self.insert(hash_of(&digest));
        self.goes_on(stream, Some(is_new), next)
    }

    /// Whether a row was not there yet.
    fn insert(&mut self, hash: u64) -> bool {
        let (mut place, step) = (hash, (hash >> 32) | 1);
        let mut is_new = false;
        for _ in 0..PLACES {
            let bit = place % FILTER_BITS;
            place = place.wrapping_add(step);
            if let Some(word) = usize::try_from(bit / 64).ok().and_then(|word| self.filter.get_mut(word)) {
                is_new |= *word & (1 << (bit % 64)) == 0;
                *word |= 1 << (bit % 64);
            }
        }
        is_new
    }
}

fn endless(stream: &Stream, why: &str) -> ConnectorError {
    let message = format!("the list of stream `{stream}` does not end: {why}; what was read is kept");
    ConnectorError::new(ErrorCode::PagingEndless, message)
}

fn hash_of(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The ids by which `fetch` names rows: of prices what is priced, of stock the variants.
pub fn ids_of(rows: &Rows) -> HashSet<&str> {
    let mut ids = HashSet::new();
    each_key(rows, |(id, ..)| {
        ids.insert(id);
    });
    ids
}

fn each_key<'r>(rows: &'r Rows, mut each: impl FnMut((&'r str, &'r str, &'r str, u32, Option<Timestamp>))) {
    let of_id = |id: &'r str| each((id, "", "", 0, None));
    match rows {
        Rows::Entities(rows) => rows.iter().map(|row| &*row.id).for_each(of_id),
        Rows::Offers(rows) => rows.iter().map(|row| &*row.id).for_each(of_id),
        Rows::Orders(rows) => rows.iter().map(|row| &*row.id).for_each(of_id),
        Rows::Customers(rows) => rows.iter().map(|row| &*row.id).for_each(of_id),
        Rows::Shipments(rows) => rows.iter().map(|row| &*row.id).for_each(of_id),
        Rows::Returns(rows) => rows.iter().map(|row| &*row.id).for_each(of_id),
        Rows::Prices(rows) => {
            for row in rows {
                each((&row.priced_id, &row.pricelist_id, &row.market_id, row.min_quantity, row.valid_from));
            }
        }
        Rows::Inventory(rows) => {
            for row in rows {
                each((&row.variant_id, &row.location_id, "", 0, None));
            }
        }
    }
}

/// How many records are asked for: fewer after a page that could not be read, then more again.
#[derive(Debug, Clone, Copy)]
pub struct PageSize {
    wanted: u32,
    most: u32,
}

impl PageSize {
    /// As many as there may be.
    pub fn new(most: u32) -> Self {
        Self { wanted: most, most }
    }

    /// How many are asked for.
    pub fn wanted(self) -> u32 {
        self.wanted
    }

    /// A page of so many was read.
    pub fn read(&mut self, limit: u32) {
        self.wanted = limit.saturating_mul(2).clamp(1, self.most);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::rows::EntityRow;

    fn page(ids: std::ops::Range<u32>) -> Rows {
        Rows::Entities(ids.map(|id| EntityRow { id: id.to_string(), ..EntityRow::default() }).collect())
    }

    fn read(pages: impl IntoIterator<Item = (Rows, u32)>) -> Result<(), ConnectorError> {
        let mut seen = SeenRows::new(Mode::Full);
        pages
            .into_iter()
            .try_for_each(|(rows, next)| seen.page(&Stream::Markets, &rows, Some(&Checkpoint(json!({ "page": next })))))
    }

    #[test]
    fn a_list_that_brings_nothing_new_is_endless_and_a_long_one_is_not() {
        let long = (0..5_000).map(|number| (page(number * 200..number * 200 + 200), number));
        assert!(read(long).is_ok(), "a million rows");
        let last_again = (0..9).map(|number| (page(0..200), number));
        assert_eq!(read(last_again).unwrap_err().code, ErrorCode::PagingEndless);
        let in_turn = (0..9).map(|number| (page(number % 2 * 200..number % 2 * 200 + 200), number));
        assert!(read(in_turn).unwrap_err().message.contains("brought no record"));
        let back = [(page(0..2), 1), (page(2..4), 2), (page(4..6), 1)];
        assert!(read(back).unwrap_err().message.contains("links back"));
        let moved = [(page(0..2), 1), (page(1..2), 2), (page(2..4), 3), (page(3..4), 4), (page(3..4), 5)];
        assert!(read(moved).is_ok(), "a row that comes twice is no endless list");
        assert!(read((0..50).map(|number| (page(0..0), number))).is_ok(), "pages may be empty");
    }

    #[test]
    fn ceilings_name_what_was_reached_and_its_setting() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ceilings = Ceilings {
            stream_records: 100,
            stream_pages: 10,
            stream_bytes: 1_000,
            stream_time: Duration::from_hours(24),
            connection_rows: 500,
            connection_bytes: 5_000,
        };
        let far = Progressed { pages: 9, seen: 99, bytes: 999, since: at("2026-01-01T00:00:00Z") };
        let (soon, late) = (at("2026-01-01T23:59:00Z"), at("2026-01-02T00:00:00Z"));
        let named = |far, now| ceilings.check(&Stream::Offers, far, now).map_err(|error| error.message);
        assert!(named(far, soon).is_ok());
        for (far, now, setting) in [
            (Progressed { seen: 100, ..far }, soon, "max_stream_records"),
            (Progressed { pages: 10, ..far }, soon, "max_stream_pages"),
            (Progressed { bytes: 1_000, ..far }, soon, "max_stream_bytes"),
            (far, late, "max_stream_hours"),
        ] {
            assert!(named(far, now).unwrap_err().contains(setting), "{setting}");
        }
        assert!(ceilings.of_connection(Kept { rows: 499, bytes: 4_999 }).is_ok());
        let error = ceilings.of_connection(Kept { rows: 500, bytes: 0 }).unwrap_err();
        assert!(error.code == ErrorCode::LimitReached && error.message.contains("max_connection_rows"), "{error}");
        assert!(ceilings.of_connection(Kept { rows: 0, bytes: 5_000 }).is_err());
    }

    #[test]
    fn a_page_grows_again_after_it_had_to_be_small() {
        let mut size = PageSize::new(200);
        size.read(1);
        assert_eq!(size.wanted(), 2);
        size.read(150);
        assert_eq!(size.wanted(), 200);
    }
}
