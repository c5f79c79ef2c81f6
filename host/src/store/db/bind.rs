//! What can be bound to a statement: one of four kinds of value, each of which may be absent.

/// A bound value. That it is absent does not change its kind: PostgreSQL plans a statement for the kinds of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Number(Option<i64>),
    Truth(Option<bool>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// The kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Truth,
    Text,
    Bytes,
}

/// A type whose values can be bound.
pub(crate) trait Bind: Sized {
    /// A value of this type, or that there is none.
    fn value(of: Option<Self>) -> Value;
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Bind for $number {
            fn value(of: Option<Self>) -> Value {
                Value::Number(of.map(i64::from))
            }
        })+
    };
}
numbers!(i64, i32, u32, u16);

impl Bind for bool {
    fn value(of: Option<Self>) -> Value {
        Value::Truth(of)
    }
}

impl Bind for String {
    fn value(of: Option<Self>) -> Value {
        Value::Text(of)
    }
}

impl Bind for &str {
    fn value(of: Option<Self>) -> Value {
        Value::Text(of.map(str::to_owned))
    }
}

impl Bind for Vec<u8> {
    fn value(of: Option<Self>) -> Value {
        Value::Bytes(of)
    }
}

impl Bind for &[u8] {
    fn value(of: Option<Self>) -> Value {
        Value::Bytes(of.map(<[u8]>::to_vec))
    }
}

impl<T: Bind> Bind for Option<T> {
    fn value(of: Option<Self>) -> Value {
        T::value(of.flatten())
    }
}

impl<T: Bind + Clone> Bind for &T {
    fn value(of: Option<Self>) -> Value {
        T::value(of.cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_keeps_its_kind() {
        assert_eq!(Bind::value(Some(None::<u32>)), Value::Number(None));
        assert_eq!(Bind::value(Some(None::<&str>)), Value::Text(None));
        assert_eq!(Bind::value(Some(&Some("a".to_owned()))), Value::Text(Some("a".to_owned())));
        assert_eq!(Bind::value(Some(u32::MAX)), Value::Number(Some(4_294_967_295)));
        assert_eq!(Bind::value(Some(&b"ab"[..])), Value::Bytes(Some(b"ab".to_vec())));
    }
}
