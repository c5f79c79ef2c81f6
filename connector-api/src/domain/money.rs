//! Money: integer minor units and a currency.

use std::{borrow::Cow, fmt, str::FromStr};

use rust_decimal::prelude::ToPrimitive;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Decimal;

/// An amount in the smallest unit of its currency: `{ "amount_minor": 12900, "currency": "SEK" }` is 129 kr,
/// `{ "amount_minor": 12900, "currency": "JPY" }` is 12 900 yen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// Amount in minor units; the currency says how many make one major unit.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: Currency,
}

/// An ISO 4217 currency code: three capital letters. Codes outside the ISO table are kept, with two decimals assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Why a text is not money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// The currency is not three letters.
    #[error("`{0}` is not a currency code: three letters such as EUR are needed")]
    Currency(String),
    /// The amount has more decimals than the currency has, so that rounding would change it.
    #[error("{amount} has more decimals than {currency} has ({exponent})")]
    TooPrecise {
        /// The amount as given.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
        /// Decimals of that currency.
        exponent: u32,
    },
    /// The amount does not fit into 64 bits of minor units.
    #[error("{0} is too large an amount")]
    TooLarge(Decimal),
}

impl Currency {
    /// Decimals of one major unit: 2 for EUR, 0 for JPY, 3 for KWD.
    ///
    /// ```
    /// use connector_api::domain::Currency;
    ///
    /// let yen: Currency = "JPY".parse()?;
    /// assert_eq!(yen.exponent(), 0);
    /// # Ok::<(), connector_api::domain::InvalidMoney>(())
    /// ```
    pub fn exponent(self) -> u32 {
        iso_currency::Currency::from_code(self.as_str()).and_then(iso_currency::Currency::exponent).map_or(2, u32::from)
    }

    /// The code, such as `EUR`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.trim().to_ascii_uppercase();
        match upper.as_bytes() {
            &[a, b, c] if upper.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([a, b, c])),
            _ => Err(InvalidMoney::Currency(text.chars().take(20).collect())),
        }
    }
}

impl Money {
    /// Exactly this amount of major units; refuses an amount the currency cannot express.
    ///
    /// ```
    /// use connector_api::domain::{Currency, Money};
    ///
    /// let euro: Currency = "EUR".parse()?;
    /// assert_eq!(Money::from_major("12.5".parse()?, euro)?.amount_minor, 1_250);
    ///
    /// let error = Money::from_major("12.505".parse()?, euro).unwrap_err();
    /// assert_eq!(error.to_string(), "12.505 has more decimals than EUR has (2)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_major(amount: Decimal, currency: Currency) -> Result<Self, InvalidMoney> {
        let exponent = currency.exponent();
        let minor = Self::scaled(amount, currency)?;
        if !minor.fract().is_zero() {
            return Err(InvalidMoney::TooPrecise { amount, currency, exponent });
        }
        minor.to_i64().map(|amount_minor| Self { amount_minor, currency }).ok_or(InvalidMoney::TooLarge(amount))
    }

    /// This amount of major units rounded half away from zero to the currency's smallest unit: for platforms that
    /// send decimals with noise of their own (`129.00000001`).
    ///
    /// ```
    /// # use connector_api::domain::Money;
    /// let price = Money::from_major_rounded("129.00000001".parse()?, "SEK".parse()?)?;
    /// assert_eq!(price.amount_minor, 12_900);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_major_rounded(amount: Decimal, currency: Currency) -> Result<Self, InvalidMoney> {
        let minor = Self::scaled(amount, currency)?
            .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        minor.to_i64().map(|amount_minor| Self { amount_minor, currency }).ok_or(InvalidMoney::TooLarge(amount))
    }

    /// The amount in major units, with as many decimals as the currency has.
    ///
    /// ```
    /// # use connector_api::domain::Money;
    /// let price = Money { amount_minor: 12_900, currency: "SEK".parse()? };
    /// assert_eq!(price.to_major().to_string(), "129.00");
    /// assert_eq!(price.to_string(), "129.00 SEK");
    /// # Ok::<(), connector_api::domain::InvalidMoney>(())
    /// ```
    pub fn to_major(self) -> Decimal {
        Decimal(rust_decimal::Decimal::new(self.amount_minor, self.currency.exponent()))
    }

    fn scaled(amount: Decimal, currency: Currency) -> Result<rust_decimal::Decimal, InvalidMoney> {
        let factor = rust_decimal::Decimal::from(10_i64.pow(currency.exponent()));
        amount.0.checked_mul(factor).ok_or(InvalidMoney::TooLarge(amount))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_major(), self.currency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"] })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_currency_decides_how_many_decimals_there_are() {
        let minor = |amount: &str, currency: &str| {
            Money::from_major(amount.parse().unwrap(), currency.parse().unwrap()).map(|money| money.amount_minor)
        };
        assert_eq!(minor("129", "SEK"), Ok(12_900));
        assert_eq!(minor("12900", "JPY"), Ok(12_900));
        assert_eq!(minor("1.234", "KWD"), Ok(1_234));
        assert_eq!(minor("1.5", "JPY").unwrap_err().to_string(), "1.5 has more decimals than JPY has (0)");
    }

    #[test]
    fn a_wrong_currency_is_named() {
        assert_eq!(
            "EURO".parse::<Currency>().unwrap_err().to_string(),
            "`EURO` is not a currency code: three letters such as EUR are needed"
        );
    }

    proptest! {
        #[test]
        fn minor_units_survive_the_way_through_major_units(amount_minor in any::<i64>(), code in "EUR|JPY|KWD|SEK|USD") {
            let money = Money { amount_minor, currency: code.parse().unwrap() };
            prop_assert_eq!(Money::from_major(money.to_major(), money.currency), Ok(money));
            prop_assert_eq!(serde_json::from_str::<Money>(&serde_json::to_string(&money).unwrap()).unwrap(), money);
        }

        #[test]
        fn rounding_moves_an_amount_by_less_than_one_minor_unit(units in -1_000_000_000_i64..1_000_000_000, scale in 0_u32..6) {
            let amount = Decimal(rust_decimal::Decimal::new(units, scale));
            let money = Money::from_major_rounded(amount, "EUR".parse().unwrap()).unwrap();
            prop_assert!((money.to_major().0 - amount.0).abs() <= rust_decimal::Decimal::new(5, 3));
        }
    }
}
