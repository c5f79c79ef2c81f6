//! Markets, pricelists, currencies, countries, languages, and amounts of money.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::run::{Run, node};
use crate::checkout::coin::Coin;
use crate::checkout::context::{Context, ships_to, states};
use crate::checkout::writer::{formatted, number};
use crate::money::decimal;
use crate::sale::effective_price::half_up;
use crate::seed::base::RETAIL;
use crate::value::{Kind, Val};

/// Languages of the store: code, and whether it is the default.
pub(super) const LANGUAGES: [(&str, bool); 2] = [("en", true), ("sv", false)];

/// A language.
pub(super) fn language(code: &str) -> Value {
    let is_default = LANGUAGES.iter().any(|(own, default)| own == &code && *default);
    json!({ "__typename": "Language", "code": code, "languageCode": code, "countryCode": null, "default": is_default, "name": code })
}

/// Markets of one price: which, and the price.
pub(super) type Group<T> = (Vec<i64>, T);

impl Run<'_> {
    pub(super) fn market(&self, id: i64, field: &str) -> Value {
        match field {
            "id" => id.into(),
            "name" => self.text(Kind::Market, id, "name").into(),
            "countries" => self.countries_of(Kind::Market, id),
            "hasCampaignSite" => false.into(),
            _ => Value::Null,
        }
    }

    pub(super) fn pricelist(&self, id: i64, field: &str) -> Value {
        match field {
            "id" => id.into(),
            "name" => self.text(Kind::Pricelist, id, "name").into(),
            "currency" => node("Currency", self.reference(Kind::Pricelist, id, "currency").unwrap_or(1)),
            "countries" => self.countries_of(Kind::Pricelist, id),
            _ => Value::Null,
        }
    }

    fn countries_of(&self, kind: Kind, id: i64) -> Value {
        let countries = self.writer.view.references(kind, id, "assignedToCountries");
        countries.into_iter().map(|country| node("Country", country)).collect()
    }

    pub(super) fn country(&self, id: i64, field: &str) -> Value {
        let code = || self.text(Kind::Country, id, "code");
        match field {
            "code" => code().into(),
            "name" => self.text(Kind::Country, id, "name").into(),
            "isEU" => matches!(self.writer.view.get(Kind::Country, id, "isEU"), Val::Bool(true)).into(),
            "shipTo" => ships_to(self.writer.view, &code()).into(),
            "states" => {
                let states = states(self.writer.view, &code());
                let reported = states.into_iter().map(|(code, name)| state(&code, &name)).collect::<Vec<_>>();
                if reported.is_empty() { Value::Null } else { reported.into() }
            }
            _ => Value::Null,
        }
    }

    pub(super) fn currency(&self, id: i64, field: &str) -> Value {
        let code = || self.text(Kind::Currency, id, "code");
        match field {
            "id" => id.into(),
            "code" | "name" | "isoNumber" => code().into(),
            "currentBaseRate" => 1.0.into(),
            "decimalDigits" => self.digits(id).into(),
            "denominator" => 10_i64.pow(self.digits(id)).into(),
            "decimalPoint" => ".".into(),
            "thousandsSeparator" => "\u{a0}".into(),
            "prefix" => "".into(),
            "suffix" => format!("\u{a0}{}", code()).into(),
            _ => Value::Null,
        }
    }

    fn digits(&self, currency: i64) -> u32 {
        match self.writer.view.get(Kind::Currency, currency, "digits") {
            Val::Int(digits) => u32::try_from(digits).unwrap_or(2),
            _ => 2,
        }
    }

    /// An amount in sub-units, which may have a fraction where prices are not rounded.
    pub(super) fn money(&self, minor: impl Into<Decimal>, currency: i64) -> Value {
        let (minor, digits) = (minor.into(), self.digits(currency));
        let text = if minor.fract().is_zero() {
            decimal(half_up(minor), digits)
        } else {
            (minor / Decimal::from(10_i64.pow(digits))).normalize().to_string()
        };
        let code = self.text(Kind::Currency, currency, "code");
        let shown = formatted(half_up(minor), Coin { code: &code, digits });
        json!({ "__typename": "MonetaryValue", "value": number(&text), "formattedValue": shown, "currency": node("Currency", currency) })
    }

    /// The markets or pricelists of the store, narrowed to those asked for.
    pub(super) fn own(&self, kind: Kind, wanted: &[i64]) -> Vec<i64> {
        let view = self.writer.view;
        let of_store = view.ids_after(kind, 0).filter(|id| view.references(kind, *id, "store") == [RETAIL]);
        of_store.filter(|id| wanted.is_empty() || wanted.contains(id)).collect()
    }

    /// The markets of a display item, narrowed to those asked for.
    pub(super) fn markets_of(&self, display: i64) -> Vec<i64> {
        let own = self.writer.view.references(Kind::Display, display, "markets");
        self.own(Kind::Market, &self.markets).into_iter().filter(|market| own.contains(market)).collect()
    }

    /// Where the session is.
    pub(super) fn session(&self) -> Value {
        let view = self.writer.view;
        let basket = &self.selection.basket;
        let context = Context::of(view, basket.country.as_deref(), basket.market, basket.pricelist);
        let country = basket.country.as_deref().and_then(|code| crate::checkout::context::country_row(view, code));
        let own_states = basket.country.as_deref().map(|code| states(view, code)).unwrap_or_default();
        let known = own_states.iter().find(|(code, _)| Some(code) == basket.state.as_ref());
        json!({ "__typename": "Session",
            "country": node("Country", country.unwrap_or(1)),
            "countryState": known.map(|(code, name)| state(code, name)),
            "language": language(self.selection.language.as_deref().unwrap_or("en")),
            "market": node("Market", context.market), "pricelist": node("Pricelist", context.pricelist), "loggedIn": null })
    }
}

pub(super) fn state(code: &str, name: &str) -> Value {
    json!({ "__typename": "CountryState", "code": code, "name": name })
}

/// Markets whose values are the same, together.
pub(super) fn grouped<T>(
    markets: &[i64],
    of: impl Fn(i64) -> Option<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Group<T>> {
    let mut groups: Vec<Group<T>> = Vec::new();
    for market in markets {
        let Some(own) = of(*market) else { continue };
        match groups.iter_mut().find(|(_, known)| same(known, &own)) {
            Some((markets, _)) => markets.push(*market),
            None => groups.push((vec![*market], own)),
        }
    }
    groups
}
