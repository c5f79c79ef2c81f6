//! Prices that the platform itself computed, as its own shop charges them. What it gives is the price of this moment; campaigns,
//! where they can be read, tell when it ends and what comes after.

use connector_api::domain::{Currency, Decimal, Money, Price, PriceSource, Timestamp};

use super::{
    campaign::{By, Reduction, Rules, Span, spans},
    price, time,
};
use crate::wire::{amount::Amount, listed::ListedCampaign};

/// The days that the law of the European Union asks for.
pub const LOWEST_DAYS: u32 = 30;
/// How far a computed amount may be from the platform's, in minor units, and still be the same but for rounding.
const ROUNDING: u64 = 1;

/// How far apart, in milliseconds, two times may be and still mean the same. Wrong zones are a quarter of an hour off at least.
const NEAR_MS: u64 = 60_000;

/// A price as the platform gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The variant.
    pub variant: i64,
    /// The pricelist.
    pub pricelist: i64,
    /// The market.
    pub market: i64,
    /// What is paid now.
    pub amount: Money,
    /// What it is without reductions.
    pub regular: Money,
    /// The lowest of the last 30 days.
    pub lowest: Option<Money>,
    /// When the running reduction began.
    pub from: Option<Timestamp>,
    /// When the running reduction ends.
    pub until: Option<Timestamp>,
}

/// What is made of a price that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The regular price, in all markets.
    pub regular: Price,
    /// Reductions in the market: now, and where they are known, later.
    pub reduced: Vec<Price>,
    /// Whether the platform charges more than it calls the price without reductions.
    pub is_above_regular: bool,
    /// Whether the campaigns, computed by our rules, give another price than the platform, or another time.
    pub differs: bool,
}

impl Seen {
    /// The prices of a variant in a market. `rows` are the campaigns that hold for it there, where they are known.
    pub fn prices(&self, rows: Option<&[&Reduction]>, rules: Rules, now: Timestamp) -> Made {
        let regular = price::regular(self.variant, self.pricelist, self.regular, PriceSource::Platform);
        let spans: Vec<Span> = rows.map(|rows| spans(self.regular, rows, rules)).unwrap_or_default();
        let running = spans.iter().find(|span| span.from <= now && now < span.until).copied();
        let computed = running.map_or(self.regular, |span| span.amount);
        let agrees = computed.amount_minor.abs_diff(self.amount.amount_minor) <= ROUNDING
            && rows.is_none_or(|rows| self.times_are_of(rows, now));
        let is_reduced = self.amount.amount_minor < self.regular.amount_minor;
        let is_above_regular = self.amount.amount_minor > self.regular.amount_minor;
        let mut reduced = vec![];
        if is_above_regular {
            // What is charged counts, in this market alone; the other amount is no price of anything.
            let price = self.reduction(self.amount, PriceSource::Platform, None, self.next_change(rows, now));
            reduced.push(Price { list_amount: None, ..price });
        } else if rows.is_some() && agrees {
            let later = spans.into_iter().filter(|span| span.until > now).map(|span| {
                let is_running = Some(span) == running;
                let amount = if is_running { self.amount } else { span.amount };
                let source = if is_running { PriceSource::Platform } else { PriceSource::Computed };
                Price {
                    lowest_amount: self.lowest.filter(|_| is_running),
                    ..self.reduction(amount, source, Some(span.from), Some(span.until))
                }
            });
            reduced.extend(later.filter(|own| own.amount.amount_minor < self.regular.amount_minor));
        } else if is_reduced {
            // Nobody knows what comes after the next change of any campaign.
            let price = self.reduction(self.amount, PriceSource::Platform, self.from, self.next_change(rows, now));
            reduced.push(Price { lowest_amount: self.lowest, ..price });
        }
        Made { regular, reduced, is_above_regular, differs: rows.is_some() && !agrees && !is_above_regular }
    }

    /// When any campaign begins or ends next.
    fn next_change(&self, rows: Option<&[&Reduction]>, now: Timestamp) -> Option<Timestamp> {
        let bounds = rows.iter().flat_map(|rows| rows.iter()).flat_map(|own| [own.from, own.until]);
        bounds.chain(self.until).filter(|at| *at > now).min()
    }

    /// Whether the reduction that the platform names begins and ends with one of the campaigns that hold now. A store may lie about the
    /// zone of their times.
    fn times_are_of(&self, rows: &[&Reduction], now: Timestamp) -> bool {
        let mut running = rows.iter().filter(|own| own.from <= now && now < own.until);
        // A last second may be reported instead of the end.
        let is_near = |reported: Option<Timestamp>, own: Timestamp| {
            reported.is_none_or(|reported| reported.as_unix_ms().abs_diff(own.as_unix_ms()) <= NEAR_MS)
        };
        let is_its = |own: &&Reduction| is_near(self.from, own.from) && is_near(self.until, own.until);
        (self.from.is_none() && self.until.is_none()) || running.any(is_its)
    }

    fn reduction(
        &self,
        amount: Money,
        source: PriceSource,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Price {
        Price {
            market_id: Some(self.market.into()),
            list_amount: Some(self.regular),
            valid_from: from,
            valid_until: until,
            ..price::regular(self.variant, self.pricelist, amount, source)
        }
    }
}

/// An amount in major units; `None` where there is none, or none that can be read, or one below zero.
pub fn money(amount: Amount, currency: Currency) -> Option<Money> {
    let money = Money::from_major_rounded(amount.exact()?, currency).ok()?;
    (money.amount_minor >= 0).then_some(money)
}

/// A campaign as the Checkout API lists it with a product, in a pricelist of this currency; `None` where it makes no sense. A sample
/// of Centra's holds a price where the per cent should be, and the first bit of its flags set: that bit is taken to mean a fixed
/// price \[I\]. The price that the platform gives beside it says whether that is right.
pub fn listed(campaign: &ListedCampaign, currency: Currency) -> Option<Reduction> {
    let (from, until) = (moment(campaign.start_date.as_deref())?, moment(campaign.stop_date.as_deref())?);
    let by = if campaign.flags & 1 == 1 {
        By::Fixed(money(campaign.percent, currency)?)
    } else {
        let percent = campaign.percent.exact()?;
        let possible = Decimal::default()..=Decimal(rust_decimal::Decimal::ONE_HUNDRED);
        By::Percent(Some(percent).filter(|own| possible.contains(own))?)
    };
    let ids =
        |ids: &[crate::wire::listed::ListedId]| ids.iter().filter_map(crate::wire::listed::ListedId::number).collect();
    (from < until).then(|| Reduction {
        campaign: 0,
        row: 0,
        from,
        until,
        by,
        markets: ids(&campaign.markets),
        pricelists: ids(&campaign.pricelists),
    })
}

/// A time whose offset may have no colon: `2018-12-17T12:00:00+0100`.
pub fn moment(text: Option<&str>) -> Option<Timestamp> {
    let text = text?;
    time(Some(text)).or_else(|| {
        let (start, end) = text.split_at_checked(text.len().checked_sub(2)?)?;
        time(Some(&format!("{start}:{end}")))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_800_000_000_000).unwrap().plus_seconds(hours * 3_600)
    }

    fn eur(amount_minor: i64) -> Money {
        Money { amount_minor, currency: "EUR".parse().unwrap() }
    }

    fn seen(amount: i64) -> Seen {
        Seen {
            variant: 5,
            pricelist: 2,
            market: 3,
            amount: eur(amount),
            regular: eur(10_000),
            lowest: Some(eur(6_500)),
            from: None,
            until: None,
        }
    }

    fn percent(off: i64, from: i64, until: i64) -> Reduction {
        Reduction {
            campaign: 1,
            row: 1,
            from: at(from),
            until: at(until),
            by: By::Percent(Decimal(off.into())),
            markets: Arc::new([3]),
            pricelists: Arc::new([2]),
        }
    }

    /// Amount, source, span, lowest amount.
    type Shown = (i64, PriceSource, Option<Timestamp>, Option<Timestamp>, Option<i64>);

    fn shown(made: &Made) -> Vec<Shown> {
        let lowest = |own: &Price| own.lowest_amount.map(|own| own.amount_minor);
        let all = made.reduced.iter();
        all.map(|own| (own.amount.amount_minor, own.source.clone(), own.valid_from, own.valid_until, lowest(own)))
            .collect()
    }

    #[test]
    fn campaigns_report_when_a_price_ends_and_what_comes_after() {
        let rows = [percent(30, -2, 5), percent(20, -1, 9), percent(50, 20, 30)];
        let made = seen(7_000).prices(Some(&rows.iter().collect::<Vec<_>>()), Rules::default(), at(0));
        assert!(!made.differs);
        assert_eq!((made.regular.amount, made.regular.market_id.clone()), (eur(10_000), None));
        assert_eq!(
            shown(&made),
            [
                (7_000, PriceSource::Platform, Some(at(-2)), Some(at(5)), Some(6_500)),
                (8_000, PriceSource::Computed, Some(at(5)), Some(at(9)), None),
                (5_000, PriceSource::Computed, Some(at(20)), Some(at(30)), None),
            ]
        );
    }

    #[test]
    fn a_price_that_differs_from_the_rules_counts_until_anything_changes() {
        let rows = [percent(30, -2, 5), percent(10, -1, 9)];
        let made = seen(6_300).prices(Some(&rows.iter().collect::<Vec<_>>()), Rules::default(), at(0));
        assert!(made.differs);
        assert_eq!(shown(&made), [(6_300, PriceSource::Platform, None, Some(at(5)), Some(6_500))]);
        let not_reduced = seen(10_000).prices(Some(&[&rows[0]]), Rules::default(), at(0));
        assert_eq!((not_reduced.differs, not_reduced.reduced), (true, vec![]));
    }

    #[test]
    fn a_campaign_that_ends_at_another_time_than_the_platform_says_is_not_believed() {
        let rows = [percent(30, -2, 5)];
        let rows: Vec<&Reduction> = rows.iter().collect();
        let of = |until| Seen { until: Some(at(until)), ..seen(7_000) }.prices(Some(&rows), Rules::default(), at(0));
        assert!(!of(5).differs);
        let made = of(4);
        assert_eq!((made.differs, shown(&made)[0].3), (true, Some(at(4))));
    }

    #[test]
    fn a_price_above_the_one_without_reductions_is_what_is_charged() {
        for rows in [None, Some(&[][..])] {
            let made = seen(10_001).prices(rows, Rules::default(), at(0));
            assert!(made.is_above_regular && !made.differs);
            assert_eq!(shown(&made), [(10_001, PriceSource::Platform, None, None, None)]);
            assert_eq!(made.reduced[0].list_amount, None, "nothing is struck through");
        }
        assert!(!seen(10_000).prices(None, Rules::default(), at(0)).is_above_regular);
    }

    #[test]
    fn one_minor_unit_is_rounding() {
        let made = seen(7_001).prices(Some(&[&percent(30, -2, 5)]), Rules::default(), at(0));
        assert_eq!((made.differs, shown(&made)[0].0), (false, 7_001));
    }

    #[test]
    fn without_campaigns_the_price_holds_as_long_as_the_platform_says() {
        let made = Seen { until: Some(at(4)), from: Some(at(-1)), ..seen(7_000) }.prices(None, Rules::default(), at(0));
        assert_eq!(shown(&made), [(7_000, PriceSource::Platform, Some(at(-1)), Some(at(4)), Some(6_500))]);
        assert_eq!(shown(&seen(7_000).prices(None, Rules::default(), at(0)))[0].3, None);
        assert_eq!(seen(10_000).prices(None, Rules::default(), at(0)).reduced, []);
    }

    #[test]
    fn listed_campaigns_are_read_as_the_samples_have_them() {
        let read = |text: &str| {
            listed(&serde_json::from_str(text).unwrap(), "SEK".parse().unwrap())
                .map(|own| (own.by, own.from.to_string(), own.markets.to_vec()))
        };
        let dates = r#""startDate":"2018-12-17T12:00:00+0100","stopDate":"2028-12-17T12:00:00+0100","markets":["1",2],"pricelists":["19"]"#;
        assert_eq!(
            read(&format!(r#"{{"percent":50,"flags":0,{dates}}}"#)),
            Some((By::Percent(Decimal(50.into())), "2018-12-17T11:00:00Z".to_owned(), vec![1, 2]))
        );
        let fixed = Money { amount_minor: 2_340_050, currency: "SEK".parse().unwrap() };
        assert_eq!(
            read(&format!(r#"{{"percent":23400.5,"flags":1,{dates}}}"#)).map(|own| own.0),
            Some(By::Fixed(fixed))
        );
        assert_eq!(read(&format!(r#"{{"percent":23400.5,"flags":0,{dates}}}"#)), None);
        assert_eq!(read(r#"{"percent":50,"flags":0}"#), None);
    }
}
