//! Amounts of the Checkout API: a JSON number, a number as text, or `false`, null or an empty text for none.

use connector_api::domain::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// An amount in major units, read from its text so that no float comes near it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Amount {
    /// There is none.
    #[default]
    Absent,
    /// Exactly this.
    Exact(Decimal),
    /// Something that is no number, such as a price made for people.
    Unreadable,
}

impl Amount {
    /// Reads JSON text.
    pub fn read(json: &str) -> Self {
        let text = json.trim();
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
        match bare {
            "" | "false" | "null" => Self::Absent,
            number => number.parse().map_or(Self::Unreadable, Self::Exact),
        }
    }

    /// The number, zero when there is none; `None` when it cannot be read.
    pub fn or_zero(self) -> Option<Decimal> {
        match self {
            Self::Absent => Some(Decimal::default()),
            Self::Exact(number) => Some(number),
            Self::Unreadable => None,
        }
    }

    /// The number, if there is one.
    pub fn exact(self) -> Option<Decimal> {
        match self {
            Self::Exact(number) => Some(number),
            _ => None,
        }
    }

    /// This, or the other where this is no number: Centra's own description once swapped `taxAdded` and
    /// `taxAddedAsNumber`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exact(_), _) => self,
            (_, Self::Exact(_)) => other,
            (Self::Absent, _) | (_, Self::Absent) => Self::Absent,
            _ => Self::Unreadable,
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(Box::<RawValue>::deserialize(deserializer)?.get()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(text: &str) -> Amount {
        Amount::Exact(text.parse().unwrap())
    }

    #[test]
    fn false_null_and_nothing_are_no_amount() {
        for json in ["false", "null", "\"\"", "\" \""] {
            assert_eq!(Amount::read(json), Amount::Absent, "{json}");
        }
        assert_eq!(Amount::read("0"), exact("0"));
    }

    #[test]
    fn a_price_made_for_people_is_not_taken_for_a_number() {
        for json in ["\"$\u{a0}-21\u{a0}USD\"", "\"1\u{a0}299,00 kr\"", "true", "[]", "\"12,50\""] {
            assert_eq!(Amount::read(json), Amount::Unreadable, "{json}");
        }
    }

    #[test]
    fn of_two_fields_the_one_that_is_a_number_counts() {
        assert_eq!(Amount::Unreadable.or(exact("10.5")), exact("10.5"));
        assert_eq!(exact("-20.6").or(Amount::Unreadable), exact("-20.6"));
        assert_eq!(Amount::Absent.or(Amount::Unreadable), Amount::Absent);
    }

    proptest! {
        #[test]
        fn every_decimal_survives_as_number_and_as_text(units in -1_000_000_000_000_i64..1_000_000_000_000, scale in 0_u32..6) {
            let number = Decimal(rust_decimal::Decimal::new(units, scale).normalize());
            prop_assert_eq!(Amount::read(&number.to_string()), Amount::Exact(number));
            prop_assert_eq!(Amount::read(&format!("\"{number}\"")), Amount::Exact(number));
            let inside: Vec<Amount> = serde_json::from_str(&format!("[{number}, \"{number}\"]")).unwrap();
            prop_assert_eq!(inside, vec![Amount::Exact(number); 2]);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            Amount::read(&text);
        }
    }
}
