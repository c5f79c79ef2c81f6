//! Where a list that is read by page number stands, and where its next page begins.

use serde::{Deserialize, Serialize};

/// Most rows a list gives.
pub const MOST_ROWS: u32 = 200;

/// Sizes of pages read by number. Each divides the next, mostly, so that another one can take over in mid-list.
const PAGE_SIZES: &[u32] = &[200, 100, 50, 25, 20, 10, 5, 2, 1];

/// Rows that a platform may give at most, in silence, whatever is asked for: a short page of so many may not be the last.
const SILENT_CAPS: &[u32] = &[20, 50, 100];

/// Whether so many rows may be fewer than there are, although more were asked for.
pub fn may_be_capped(rows: usize, asked: usize) -> bool {
    rows < asked && SILENT_CAPS.iter().any(|cap| *cap as usize == rows)
}

/// Where a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The page to read, from one.
    pub page: u32,
    /// Rows in a page.
    pub size: u32,
    /// Most rows that a page may have.
    pub most: u32,
}

impl Place {
    /// The beginning of a list, in pages of at most so many rows.
    pub fn start(most: u32) -> Self {
        let most = most.clamp(1, MOST_ROWS);
        Self::at(0, most, most)
    }

    /// Whether it can be one of ours.
    pub fn is_possible(self) -> bool {
        self.page >= 1 && (1..=MOST_ROWS).contains(&self.size) && (1..=MOST_ROWS).contains(&self.most)
    }

    /// The same place in a page of at most so many rows.
    #[must_use]
    pub fn within(self, rows: u32) -> Self {
        Self::at(self.done(), rows.min(self.most), self.most)
    }

    /// The place after a page of so many rows; `None` at the end.
    pub fn after(self, rows: usize) -> Option<Self> {
        if may_be_capped(rows, self.size as usize) {
            // No more are asked for from here on: what a page number means to a platform that cuts pages is not certain.
            let rows = u32::try_from(rows).unwrap_or(self.size);
            return Some(Self::at(self.done().saturating_add(rows), rows, rows.min(self.most)));
        }
        let is_full = rows >= self.size as usize;
        is_full.then(|| Self::at(self.page.saturating_mul(self.size), self.most, self.most))
    }

    /// Rows before it.
    pub fn done(self) -> u32 {
        self.page.saturating_sub(1).saturating_mul(self.size)
    }

    /// The place of the single row behind this one.
    #[must_use]
    pub fn next_row(self) -> Self {
        Self::at(self.done().saturating_add(1), 1, self.most)
    }

    fn at(done: u32, wanted: u32, most: u32) -> Self {
        let size = PAGE_SIZES.iter().copied().find(|size| *size <= wanted && done.is_multiple_of(*size)).unwrap_or(1);
        Self { page: done / size + 1, size, most }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn another_size_takes_over_exactly_where_the_page_ended(page in 1_u32..5_000, index in 0_usize..PAGE_SIZES.len(), fits in 1_u32..=200) {
            let place = Place { page, size: PAGE_SIZES[index], most: MOST_ROWS };
            let next = place.after(place.size as usize).unwrap().within(fits);
            prop_assert_eq!(next.done(), page * place.size);
            prop_assert!(next.size <= fits);
            prop_assert!(place.within(place.size).size >= place.size, "{:?}", place);
        }

        #[test]
        fn a_list_whose_pages_are_cut_in_silence_is_read_whole(rows in 0_u32..700, cap in 0_usize..3, most in 1_u32..=200, page_of_asked in proptest::bool::ANY) {
            let cap = SILENT_CAPS[cap];
            let (mut place, mut read) = (Some(Place::start(most)), 0);
            while let Some(own) = place {
                let given = own.size.min(cap);
                // The page number counts pages as asked for, or as given.
                let begin = (own.page - 1) * if page_of_asked { own.size } else { given };
                prop_assert_eq!(begin, read);
                let count = rows.saturating_sub(begin).min(given);
                read += count;
                place = own.after(count as usize);
            }
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn pages_are_large_again_soon_after_a_small_one(done in 0_u32..100_000) {
            let mut place = Place::at(done, 1, MOST_ROWS);
            let mut pages = 0;
            while place.size < MOST_ROWS {
                place = place.after(place.size as usize).unwrap();
                pages += 1;
            }
            prop_assert!(pages <= 20, "{pages}");
        }
    }
}
