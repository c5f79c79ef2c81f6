//! Prices: which row holds when, and for whom. The one place that decides it.

use connector_api::domain::{PriceSource, TaxInclusion, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// A price. Key: what is priced, pricelist, market, minimum quantity and start; `""` stands for no pricelist or market.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PriceRow {
    /// What is priced: the `price_group_id` of variants, or one variant's own id.
    pub priced_id: String,
    /// The pricelist, or `""`.
    pub pricelist_id: String,
    /// The market, or `""`.
    pub market_id: String,
    /// Minimum quantity of this price.
    pub min_quantity: u32,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Price of one unit, in minor units.
    pub amount_minor: i64,
    /// What it cost before a reduction, in minor units.
    pub list_amount_minor: Option<i64>,
    /// The lowest amount of the 30 days before the reduction, in minor units.
    pub lowest_amount_minor: Option<i64>,
    /// Who knows the lowest amount.
    pub lowest_source: Option<LowestSource>,
    /// Since when this host has seen its prices, where that is for less than those 30 days. Only of observed ones.
    pub observed_since: Option<Timestamp>,
    /// Whether tax is inside.
    #[schemars(with = "TaxInclusion")]
    pub tax: String,
    /// Who made the amount.
    #[schemars(with = "PriceSource")]
    pub source: String,
    /// From when on.
    pub valid_from: Option<Timestamp>,
    /// Until when; it does not hold at this instant any more.
    pub valid_until: Option<Timestamp>,
}

/// A price as one of its variants has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VariantPrice {
    /// Id of the variant.
    pub variant_id: String,
    /// Its price.
    #[serde(flatten)]
    pub price: PriceRow,
}

/// Who knows the lowest amount of the last 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LowestSource {
    /// The platform gives it.
    Platform,
    /// This host saw the prices.
    Observed,
}

impl PriceRow {
    /// Whether it holds at an instant, as long as no other comes before it.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_until.is_none_or(|until| at < until)
    }

    /// Whether two rows are versions of one.
    pub fn has_key_of(&self, other: &Self) -> bool {
        self.priced_id == other.priced_id
            && self.pricelist_id == other.pricelist_id
            && self.market_id == other.market_id
            && self.min_quantity == other.min_quantity
            && self.valid_from == other.valid_from
    }

    /// Whether a shopper sees the same price.
    fn looks_like(&self, other: &Self) -> bool {
        self.currency == other.currency
            && self.amount_minor == other.amount_minor
            && self.list_amount_minor == other.list_amount_minor
            && self.lowest_amount_minor == other.lowest_amount_minor
            && self.tax == other.tax
    }
}

/// Where a price is looked for, and for which quantity.
#[derive(Debug, Clone, Copy)]
pub struct PriceScope<'a> {
    /// ISO 4217 code.
    pub currency: &'a str,
    /// The pricelist; absent where pricelists do not count.
    pub pricelist: Option<&'a str>,
    /// The market, or `""`.
    pub market: &'a str,
    /// Pieces.
    pub quantity: u32,
}

impl PriceScope<'_> {
    /// Whether a row counts there, whenever it holds.
    pub fn covers(&self, row: &PriceRow) -> bool {
        row.currency == self.currency
            && (row.pricelist_id.is_empty() || self.pricelist.is_none_or(|list| row.pricelist_id == list))
            && (row.market_id.is_empty() || row.market_id == self.market)
            && row.min_quantity <= self.quantity
    }

    /// The price that holds at an instant: that of the market and the pricelist before one for all, then the one with the
    /// highest minimum quantity, then the one that started last.
    pub fn price_at<'r>(&self, rows: impl IntoIterator<Item = &'r PriceRow>, at: Timestamp) -> Option<&'r PriceRow> {
        let holding = rows.into_iter().filter(|row| self.covers(row) && row.holds_at(at));
        holding.max_by(|a, b| {
            let rank = |row: &PriceRow| {
                (!row.market_id.is_empty(), !row.pricelist_id.is_empty(), row.min_quantity, row.valid_from)
            };
            // Of two that are equal in all this, the cheaper.
            rank(a).cmp(&rank(b)).then(b.amount_minor.cmp(&a.amount_minor))
        })
    }

    /// The first instant after this one at which another price holds, or none.
    pub fn next_change(&self, rows: &[PriceRow], after: Timestamp) -> Option<Timestamp> {
        let now = self.price_at(rows, after);
        let edges = rows.iter().filter(|row| self.covers(row)).flat_map(|row| [row.valid_from, row.valid_until]);
        let mut edges: Vec<Timestamp> = edges.flatten().filter(|edge| *edge > after).collect();
        edges.sort_unstable();
        edges.into_iter().find(|edge| match (now, self.price_at(rows, *edge)) {
            (Some(now), Some(then)) => !now.looks_like(then),
            (None, None) => false,
            _ => true,
        })
    }
}

/// Prices of variants that hold now, and those that start later. Of each pricelist, market and quantity one holds: the one that
/// started last. The rows come in the order of their keys.
pub fn by_time(rows: Vec<VariantPrice>, now: Timestamp) -> (Vec<VariantPrice>, Vec<VariantPrice>) {
    let (mut holding, mut upcoming) = (Vec::<VariantPrice>::with_capacity(rows.len()), vec![]);
    for row in rows {
        if row.price.valid_from.is_some_and(|from| from > now) {
            upcoming.push(row);
        } else if row.price.holds_at(now) {
            let is_later = |last: &VariantPrice| {
                let key = |row: &VariantPrice| {
                    let PriceRow { pricelist_id, market_id, min_quantity, currency, .. } = &row.price;
                    (row.variant_id.clone(), pricelist_id.clone(), market_id.clone(), *min_quantity, currency.clone())
                };
                key(last) == key(&row)
            };
            match holding.last_mut().filter(|last| is_later(last)) {
                Some(earlier) => *earlier = row,
                None => holding.push(row),
            }
        }
    }
    (holding, upcoming)
}
