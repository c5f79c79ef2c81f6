//! Amounts: sub-units, decimals and the formatted text of a `MonetaryValue`.

use crate::shop::View;
use crate::value::{Kind, Money, Val};

/// How many digits follow the decimal point in a currency of the store.
fn digits(view: View<'_>, currency: i64) -> u32 {
    match view.get(Kind::Currency, currency, "digits") {
        Val::Int(digits) => u32::try_from(digits).unwrap_or(2),
        _ => 2,
    }
}

/// The decimal text of an amount, exact.
pub fn decimal(minor: i64, digits: u32) -> String {
    if digits == 0 {
        return minor.to_string();
    }
    let unit = 10_u64.pow(digits);
    let magnitude = minor.unsigned_abs();
    let sign = if minor < 0 { "-" } else { "" };
    let width = usize::try_from(digits).unwrap_or(2);
    format!("{sign}{}.{:0width$}", magnitude / unit, magnitude % unit)
}

/// A field of `MonetaryValue`.
pub fn field<'a>(view: View<'a>, amount: Money, name: &str) -> Val<'a> {
    match name {
        "valueInCents" => Val::Int64(amount.minor),
        "currency" => Val::Ref(Kind::Currency, amount.currency),
        "value" => decimal(amount.minor, digits(view, amount.currency)).parse::<f64>().ok().into(),
        "formattedValue" => {
            let code = view.get(Kind::Currency, amount.currency, "code");
            let text = decimal(amount.minor, digits(view, amount.currency));
            format!("{text} {}", code.as_str().unwrap_or_default()).into()
        }
        _ => match view.get(Kind::Currency, amount.currency, "rate") {
            Val::Null => Val::Float(1.0),
            rate => rate,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn sub_units_are_not_always_hundredths() {
        assert_eq!(decimal(129_900, 2), "1299.00");
        assert_eq!(decimal(12_800, 0), "12800");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(1_234, 3), "1.234");
    }
}
