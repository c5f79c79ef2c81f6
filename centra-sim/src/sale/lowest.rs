//! The lowest price of the last thirty days, and the history it is taken from.
//!
//! Centra records prices that campaigns make and none that vouchers make, per market, pricelist and variant `[D]`.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::effective::{Place, at, effective};
use super::effective_price::half_up;
use super::settings::LowestOf;
use crate::bundle;
use crate::filter::Filter;
use crate::paging::{DEFAULT_LIMIT, Window};
use crate::shop::View;
use crate::value::{Kind, Money, Record, Val};

/// Days looked back on.
pub const PERIOD_DAYS: i64 = 30;

const DAY: i64 = 86_400;

/// A price in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Since when, seconds since 1970; the beginning of the period for what was in force then.
    pub since: i64,
    /// In sub-units, with a fraction where prices are not rounded.
    pub exact: Decimal,
    /// Before campaigns.
    pub list: i64,
}

impl Past {
    /// Rounded to sub-units.
    pub fn minor(&self) -> i64 {
        half_up(self.exact)
    }
}

/// The lowest price of the period; none when the variant is not for sale.
pub fn lowest(view: View<'_>, variant: i64, pricelist: i64, market: i64) -> Option<Past> {
    let current = effective(view, variant, pricelist, market)?;
    let now = Past { since: view.now, exact: current.exact, list: current.list };
    let running = current.applied.filter(|_| current.is_reduced()).map(|applied| applied.row.start_at);
    let period = PERIOD_DAYS * DAY;
    let past = if let (LowestOf::BeforeRunning, Some(start)) = (view.rules.lowest, running) {
        history(view, variant, pricelist, market, start - period, start)
    } else {
        let mut all = history(view, variant, pricelist, market, view.now - period, view.now);
        all.push(now);
        all
    };
    past.into_iter().min_by(|a, b| a.exact.cmp(&b.exact).then(b.since.cmp(&a.since))).or(Some(now))
}

/// The prices from one instant until before another, each with the instant it began.
pub fn history(view: View<'_>, variant: i64, pricelist: i64, market: i64, from: i64, until: i64) -> Vec<Past> {
    let behind = bundle::behind(view, variant);
    let mut instants: BTreeSet<i64> = behind.iter().flat_map(|own| view.price_changes(*own, pricelist)).collect();
    for (version, row) in behind.iter().flat_map(|own| view.overlay.campaigns.of_variant(*own)) {
        instants.extend([row.start_at, row.stop_at, row.stop_at.saturating_add(1), version.from, version.until]);
    }
    instants.retain(|instant| from < *instant && *instant < until);
    if from < until {
        instants.insert(from);
    }
    let mut past: Vec<Past> = Vec::new();
    for since in instants {
        let Some(then) = at(view, Place { variant, pricelist, market, at: since }) else { continue };
        if past.last().is_none_or(|last| (last.exact, last.list) != (then.exact, then.list)) {
            past.push(Past { since, exact: then.exact, list: then.list });
        }
    }
    past
}

/// Rows of `LowestPrice` `[S]`; they read like a price history: the price in force from `startDate` in these markets `[I]`.
pub(crate) fn rows<'a>(view: View<'a>, arguments: &Map<String, Json>) -> Result<Val<'a>, String> {
    let window = Window::of(arguments, Some(DEFAULT_LIMIT), 200)?;
    let filter = Filter::parse(arguments.get("where"))?;
    let variants = view.ids_after(Kind::ProductVariant, i64::MIN).filter(|variant| {
        filter.accepts("productVariantId", &Val::Int(*variant))
            && filter.accepts("productId", &view.get(Kind::ProductVariant, *variant, "product"))
    });
    let pricelists: Vec<i64> = view
        .ids_after(Kind::Pricelist, i64::MIN)
        .filter(|pricelist| {
            filter.accepts("pricelistId", &Val::Int(*pricelist))
                && filter.accepts("storeId", &view.get(Kind::Pricelist, *pricelist, "store"))
        })
        .collect();
    let rows = variants.flat_map(|variant| {
        let pricelists = pricelists.clone();
        let of_pricelist = move |pricelist| rows_of(view, variant, pricelist);
        pricelists.into_iter().flat_map(of_pricelist).collect::<Vec<_>>()
    });
    let matching = rows.filter(|row| filter.accepts("marketId", &row.get("markets")));
    Ok(Val::List(window.apply(matching).into_iter().map(Into::into).collect()))
}

fn rows_of(view: View<'_>, variant: i64, pricelist: i64) -> Vec<Record> {
    let store = view.references(Kind::Pricelist, pricelist, "store");
    let currency = view.references(Kind::Pricelist, pricelist, "currency").first().copied().unwrap_or(1);
    let displays = view.references(Kind::ProductVariant, variant, "displays");
    let markets = displays.into_iter().flat_map(|display| view.references(Kind::Display, display, "markets"));
    let markets: BTreeSet<i64> =
        markets.filter(|market| view.references(Kind::Market, *market, "store") == store).collect();
    let mut reported: Vec<(Past, Vec<i64>)> = Vec::new();
    for market in markets {
        for past in history(view, variant, pricelist, market, view.now - PERIOD_DAYS * DAY, view.now + 1) {
            match reported.iter_mut().find(|(known, _)| *known == past) {
                Some((_, markets)) => markets.push(market),
                None => reported.push((past, vec![market])),
            }
        }
    }
    reported.sort_by_key(|(past, _)| past.since);
    let money = |minor: i64| Money { minor, currency };
    reported
        .into_iter()
        .map(|(past, markets)| {
            Record::new("LowestPrice")
                .with("productVariant", (Kind::ProductVariant, variant))
                .with("pricelist", (Kind::Pricelist, pricelist))
                .with("originalPrice", money(past.list))
                .with("price", money(past.minor()))
                .with("startDate", Val::Time(past.since))
                .with("markets", (Kind::Market, markets))
        })
        .collect()
}
