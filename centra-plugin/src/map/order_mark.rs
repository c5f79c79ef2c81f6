//! What an order of the channel is known by, from its creation on: the channel's number, and the key it was placed with.
//! Two channels of one store may use the same numbers, never the same keys.
//!
//! Both stand in one line, as `Channel order CH-9 [key 5d41402abc4b2a76b971]`: nobody says whether Centra keeps line ends.

use sha2::{Digest, Sha256};

use crate::wire::order as wire;

/// Before the channel's number.
const NUMBER: &str = "Channel order ";
/// Before the key.
const KEY: &str = " [key ";
/// Bytes of the key's digest that are written.
const KEY_BYTES: usize = 10;

/// What an order of the channel is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderMark<'a> {
    /// The channel's number.
    pub reference: &'a str,
    key: String,
}

/// Whose an order is that has the channel's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It was placed with this key.
    Own,
    /// It was placed with another key.
    Other,
    /// Its key cannot be read.
    Unknown,
}

impl<'a> OrderMark<'a> {
    /// The mark of an order that is placed with this idempotency key.
    pub fn new(reference: &'a str, idempotency_key: &str) -> Self {
        let digest = Sha256::digest(idempotency_key);
        Self { reference, key: hex::encode(digest.get(..KEY_BYTES).unwrap_or(&digest)) }
    }

    /// As it is written into a comment, or beside a payment.
    pub fn text(&self) -> String {
        format!("{NUMBER}{}{KEY}{}]", self.reference, self.key)
    }

    /// Whose an order is, by the key in its comments or with its payments.
    pub fn owner(&self, own: &wire::Order) -> Owner {
        let keys: Vec<&str> = texts(own).filter_map(|text| read(text)?.1).collect();
        match keys.as_slice() {
            [] => Owner::Unknown,
            keys if keys.contains(&self.key.as_str()) => Owner::Own,
            _ => Owner::Other,
        }
    }
}

/// The channel's number: in the attribute it was written to, in a comment, else with a payment.
pub fn reference(own: &wire::Order, attribute: Option<&str>) -> Option<String> {
    let in_attribute = attribute.and_then(|wanted| {
        own.attributes.iter().find_map(|attribute| {
            let kind = attribute.kind.name.as_deref()?;
            let element = attribute.elements.iter().find(|element| format!("{kind}_{}", element.key) == wanted)?;
            element.value.clone().filter(|value| !value.is_empty())
        })
    });
    let in_text =
        || texts(own).filter_map(read).map(|(number, _)| number).find(|own| !own.is_empty()).map(str::to_owned);
    in_attribute.or_else(in_text)
}

/// Where marks are written: comments, and what payments refer to.
fn texts(own: &wire::Order) -> impl Iterator<Item = &str> {
    let comments = [&own.internal_comment, &own.other_comment].into_iter();
    let payments = own.payment_history.iter().flatten().map(|entry| &entry.external_reference);
    comments.chain(payments).filter_map(|text| text.as_deref())
}

/// Number and key in a text that people may have written around.
fn read(comment: &str) -> Option<(&str, Option<&str>)> {
    let (_, after) = comment.split_once(NUMBER)?;
    let line = after.lines().next()?;
    let Some((number, rest)) = line.rsplit_once(KEY) else { return Some((line.trim(), None)) };
    let key = rest.split_once(']').map(|(key, _)| key);
    Some((number.trim(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_whatever_people_wrote_around_it() {
        let mark = OrderMark::new("CH-9 [key 1]", "key-1");
        let text = mark.text();
        for comment in [text.clone(), format!("Call first! {text} (gift)"), format!("{text}\nPacked by Bo.")] {
            let (number, key) = read(&comment).unwrap();
            assert_eq!((number, key), ("CH-9 [key 1]", Some(mark.key.as_str())), "{comment}");
        }
        assert_eq!(read("Channel order CH-9"), Some(("CH-9", None)));
        assert_eq!(read("No order of a channel."), None);
    }
}
