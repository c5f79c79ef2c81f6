//! Writes ids, amounts and empty objects as Centra does, with the quirks of a store.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::coin::Coin;
use super::settings::{Quirk, Settings};
use crate::money::decimal;
use crate::sale::effective_price::half_up;
use crate::shop::View;

/// Writes answers for one store and one selection.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) view: View<'a>,
    pub(crate) settings: &'a Settings,
    /// Whether products list their campaigns.
    pub(crate) shows_campaigns: bool,
}

impl Writer<'_> {
    /// An amount that may have a fraction of a sub-unit.
    pub(crate) fn put_exact(&self, fields: &mut Map<String, Value>, name: &str, minor: Decimal, coin: Coin<'_>) {
        let text = if minor.fract().is_zero() {
            decimal(half_up(minor), coin.digits)
        } else {
            (minor / Decimal::from(10_i64.pow(coin.digits))).normalize().to_string()
        };
        let exact = if self.settings.has(Quirk::NumbersAsText) { text.into() } else { number(&text) };
        fields.insert(name.to_owned(), formatted(half_up(minor), coin).into());
        fields.insert(format!("{name}AsNumber"), exact);
    }

    pub(crate) fn map(&self, map: Map<String, Value>) -> Value {
        if map.is_empty() && !self.settings.has(Quirk::EmptyObjects) { json!([]) } else { Value::Object(map) }
    }

    pub(crate) fn id(&self, id: i64) -> Value {
        if self.settings.has(Quirk::NumberIds) { id.into() } else { id.to_string().into() }
    }
}

/// A decimal as the shortest JSON number.
pub(crate) fn number(text: &str) -> Value {
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    serde_json::from_str(short).unwrap_or(Value::Null)
}

/// Rounded to whole units, with a space that does not break, as `1 300 SEK` for 1299.90.
pub(crate) fn formatted(minor: i64, coin: Coin<'_>) -> String {
    let unit = 10_i64.pow(coin.digits);
    let whole = ((minor.abs() + unit / 2) / unit).to_string();
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{grouped}\u{a0}{}", coin.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_keep_their_zeros_before_the_point() {
        assert_eq!(number("12800").to_string(), "12800");
        assert_eq!(number("129.90").to_string(), "129.9");
        assert_eq!(number("1300.00").to_string(), "1300");
    }
}
