//! Where a cart is sold: country, market, pricelist, currency.

use super::coin::Coin;
use crate::seed::base::RETAIL;
use crate::shop::View;
use crate::value::{Kind, Val};

/// A place with everything that follows from it.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) market: i64,
    pub(crate) pricelist: i64,
    /// Row of the currency.
    pub(crate) currency: i64,
    pub(crate) code: String,
    pub(crate) digits: u32,
}

impl Context {
    /// What follows from a country, a market and a pricelist, each of which may be left open.
    pub(crate) fn of(view: View<'_>, country: Option<&str>, market: Option<i64>, pricelist: Option<i64>) -> Self {
        let by_country = |kind| {
            let wanted = country.and_then(|code| country_row(view, code));
            let mut own = view.ids_after(kind, 0).filter(|id| view.references(kind, *id, "store") == [RETAIL]);
            let serving = own.find(|id| {
                wanted.is_some_and(|country| view.references(kind, *id, "assignedToCountries").contains(&country))
            });
            serving.unwrap_or(1)
        };
        let market = market.unwrap_or_else(|| by_country(Kind::Market));
        let pricelist = pricelist.unwrap_or_else(|| by_country(Kind::Pricelist));
        let currency = view.references(Kind::Pricelist, pricelist, "currency").first().copied().unwrap_or(1);
        let code = view.get(Kind::Currency, currency, "code").as_str().unwrap_or("XXX").to_owned();
        let digits = match view.get(Kind::Currency, currency, "digits") {
            Val::Int(digits) => u32::try_from(digits).unwrap_or(2),
            _ => 2,
        };
        Self { market, pricelist, currency, code, digits }
    }
}

impl Context {
    /// Its currency.
    pub(crate) fn coin(&self) -> Coin<'_> {
        Coin { code: &self.code, digits: self.digits }
    }
}

/// The row of a country.
pub(crate) fn country_row(view: View<'_>, code: &str) -> Option<i64> {
    view.ids_after(Kind::Country, 0).find(|id| view.get(Kind::Country, *id, "code").as_str() == Some(code))
}

/// The states of a country: code and name.
pub(crate) fn states(view: View<'_>, country: &str) -> Vec<(String, String)> {
    let rows = country_row(view, country).map(|row| view.references(Kind::Country, row, "states")).unwrap_or_default();
    let text = |id: i64, field| view.get(Kind::CountryState, id, field).as_str().unwrap_or_default().to_owned();
    rows.into_iter().map(|id| (text(id, "code"), text(id, "name"))).collect()
}

/// Whether the store sends to a country: one of its markets has it.
pub(crate) fn ships_to(view: View<'_>, code: &str) -> bool {
    let Some(country) = country_row(view, code) else { return false };
    view.ids_after(Kind::Market, 0).any(|market| {
        view.references(Kind::Market, market, "store") == [RETAIL]
            && view.references(Kind::Market, market, "assignedToCountries").contains(&country)
    })
}
