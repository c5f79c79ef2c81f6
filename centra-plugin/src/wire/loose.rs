//! PHP's JSON: an empty map is `[]`, a list with gaps is an object, an id is a text or a number, nothing is `false`.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::fault::Fault;

/// The elements of a list, or the values of an object that stands for one.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Elements<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
            let mut list = vec![];
            while let Some(element) = elements.next_element()? {
                list.push(element);
            }
            Ok(list)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut list = vec![];
            while let Some((_, element)) = entries.next_entry::<IgnoredAny, T>()? {
                list.push(element);
            }
            Ok(list)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(vec![])
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(vec![])
        }
    }
    deserializer.deserialize_any(Elements(PhantomData))
}

/// An object, unless something empty stands for it.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct Object<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(entries)).map(Some)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Object(PhantomData))
}

/// A text, or a number as text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or a number")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }
    deserializer.deserialize_any(Text)
}

/// A count: a number, or a number as text; nothing counts nothing.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(text(deserializer)?.and_then(|text| text.trim().parse().ok()).unwrap_or(0))
}

/// `true`, in any of the forms it may have.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Bool(flag) => Some(flag),
        serde_json::Value::Number(number) => Some(number.as_i64() != Some(0)),
        serde_json::Value::String(text) => Some(!matches!(text.as_str(), "" | "0" | "false")),
        _ => None,
    })
}

/// The keys of an object; a bare text is a key of its own. Their texts may repeat what was sent and are not kept.
pub(super) fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Object(entries) => entries.into_iter().map(|(key, _)| key).collect(),
        serde_json::Value::Array(elements) => elements.iter().map(|_| "unnamed".to_owned()).collect(),
        serde_json::Value::String(_) => vec!["unnamed".to_owned()],
        _ => vec![],
    })
}

/// The same with their texts.
pub(super) fn faults<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Fault>, D::Error> {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Object(own) => {
            own.get("message").and_then(|own| own.as_str()).unwrap_or_default().to_owned()
        }
        _ => String::new(),
    };
    let unnamed = |value: &serde_json::Value| Fault { name: "unnamed".to_owned(), text: text(value) };
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Object(entries) => {
            entries.into_iter().map(|(name, value)| Fault { text: text(&value), name }).collect()
        }
        serde_json::Value::Array(elements) => elements.iter().map(unnamed).collect(),
        value @ serde_json::Value::String(_) => vec![unnamed(&value)],
        _ => vec![],
    })
}

/// Whether anything stands there.
pub(super) fn is_filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Object(entries) => !entries.is_empty(),
        serde_json::Value::Array(elements) => !elements.is_empty(),
        serde_json::Value::String(text) => !text.is_empty(),
        _ => false,
    })
}
