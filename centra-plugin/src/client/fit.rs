//! How large a page may be where pages fail: one record after the first failure, twice as many after each page that came, and ever more
//! seldom more where larger ones keep failing. A connection that works never gets here.

/// Most pages until a larger one is tried.
const MOST_PATIENCE: u32 = 256;
/// So large that no page is larger.
const LARGEST: u32 = 200;
/// How many records in a row may be passed over: more are no bad records, but a list that cannot be read.
pub const MOST_LOST: usize = 5;

/// Pages of one operation since one failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    /// Most rows of a page.
    pub(super) size: u32,
    /// A single record failed, and none was read since.
    pub(super) is_lost: bool,
    came: u32,
    patience: u32,
    has_grown: bool,
}

impl Fit {
    /// After a page of so many rows failed: the single record shows at once whether all of them do.
    pub(super) fn after_failure(known: Option<Self>, rows: u32) -> Self {
        let first = Self { size: 1, is_lost: false, came: 0, patience: 1, has_grown: false };
        let Some(known) = known else { return first };
        let patience = if known.has_grown { (known.patience * 4).min(MOST_PATIENCE) } else { known.patience };
        Self { size: (rows / 2).max(1), came: 0, patience, has_grown: false, ..known }
    }

    /// After a single record failed: the next one shows whether it was the record.
    pub(super) fn after_loss(known: Option<Self>) -> Self {
        Self { is_lost: true, ..Self::after_failure(known, 1) }
    }

    /// After a page came; none when there is nothing to remember any more.
    pub(super) fn after_success(self) -> Option<Self> {
        if self.is_lost {
            return None;
        }
        let came = self.came + 1;
        if came < self.patience {
            return Some(Self { came, ..self });
        }
        let size = self.size.saturating_mul(2);
        (size < LARGEST).then_some(Self { size, came: 0, has_grown: true, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_too_large_is_tried_ever_more_seldom() {
        let (mut fit, mut failures) = (None, 0);
        for _ in 0..1_000 {
            let rows = fit.map_or(200, |fit: Fit| fit.size);
            if rows > 5 {
                failures += 1;
                fit = Some(Fit::after_failure(fit, rows));
            } else {
                fit = fit.and_then(Fit::after_success);
            }
        }
        assert!(failures < 20, "{failures}");
        assert_eq!(fit.map(|fit| (3..=5).contains(&fit.size)), Some(true));
    }

    #[test]
    fn pages_are_large_again_behind_a_record_that_was_passed_over() {
        let fit = Fit::after_loss(Some(Fit::after_failure(None, 200)));
        assert_eq!((fit.size, fit.is_lost, fit.after_success()), (1, true, None));
    }
}
