//! Reasons to doubt a pass, and what a pass may delete without a second one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::stored_word::stored_word;

stored_word!(
    /// Why what a pass did not see is not taken for deleted.
    Doubt {
        /// A request failed although its page was returned.
        RequestFailed = "request_failed",
        /// Every request of a page failed although the page was returned.
        PageFailed = "page_failed",
        /// A page was returned although no request was sent to the platform.
        NoRequest = "no_request",
        /// The pass returned fewer records than the platform's own total.
        ShortOfTotal = "short_of_total",
        /// The platform's total became smaller while the list was read.
        TotalShrank = "total_shrank",
        /// The list was read in several requests by number: rows that left it moved others.
        MayHaveShifted = "may_have_shifted",
        /// Too large a share of the stream would be deleted.
        LargeShare = "large_share",
        /// No row of a location or pricelist was returned that had many before.
        WholePart = "whole_part",
        /// The list was empty, and it was not before.
        Empty = "empty",
        /// Deletions of the offers that these rows belong to are held.
        OfferHeld = "offer_held",
    }
);

impl Doubt {
    /// The reason, in one sentence.
    pub fn message(self) -> &'static str {
        match self {
            Self::RequestFailed => "A request failed although the connector answered with a page.",
            Self::PageFailed => "Every request of a page failed although the connector answered with a page.",
            Self::NoRequest => "A page was returned without any request to the platform.",
            Self::ShortOfTotal => "Fewer records were returned than the platform's total.",
            Self::TotalShrank => "The platform's total became smaller while the list was read.",
            Self::MayHaveShifted => {
                "The list is read in several requests by number: a row that leaves it moves others."
            }
            Self::LargeShare => "More than sync.max_delete_percent of the rows would be deleted.",
            Self::WholePart => "No row of a location or pricelist was returned that had many before.",
            Self::Empty => "The list was empty, and it was not before.",
            Self::OfferHeld => "The offers of these rows are held themselves.",
        }
    }

    /// Whether the pass itself failed in a part: what it missed does not even count as missed once.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::RequestFailed | Self::PageFailed | Self::NoRequest | Self::ShortOfTotal)
    }

    /// Whether only a second pass can confirm it. Single questions follow the same list of locations or pricelists as the
    /// pass: they would confirm whatever that list lacks.
    pub fn needs_second_pass(self) -> bool {
        self == Self::WholePart
    }

    /// Whether the pass is not complete: it is partial whether anything would be deleted or not.
    pub fn is_incomplete(self) -> bool {
        matches!(self, Self::PageFailed | Self::ShortOfTotal)
    }
}

/// What the end of a complete full pass may delete without being confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletionRule {
    /// Largest share of a stream's rows, in per cent; fewer rows than [`SMALL`] are no reason for doubt.
    pub max_percent: u8,
    /// How many milliseconds lie at least between two passes of which the second confirms the first.
    pub confirm_after_ms: i64,
}

/// So few deletions are no large share, however small the stream is.
pub const SMALL: u64 = 50;

impl Default for DeletionRule {
    fn default() -> Self {
        Self { max_percent: 20, confirm_after_ms: 15 * 60_000 }
    }
}

/// A reason, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeldDoubt {
    /// Stable word for programs.
    pub code: Doubt,
    /// The reason, in one sentence.
    pub message: String,
}

impl From<Doubt> for HeldDoubt {
    fn from(code: Doubt) -> Self {
        Self { code, message: code.message().to_owned() }
    }
}
