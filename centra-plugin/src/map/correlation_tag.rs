//! What an order of the channel is known by, from its creation on: the channel's number, and the key it was placed with.
//! Two channels of one store may use the same numbers, never the same keys.
//!
//! Both stand in one line, as `[key 5d41402abc4b2a76b971] Channel order CH-9 [key 5d41402abc4b2a76b971]`: nobody says whether
//! Centra keeps line ends, how much of a text it keeps, or which letters it rewrites. The key is of plain digits and stands
//! at both ends, so that one of them is left whatever is cut off; older marks have it at the end alone.

use sha2::{Digest, Sha256};

use crate::wire::{catalog::Attribute, order as wire};

/// Before the channel's number.
const NUMBER: &str = "Channel order ";
/// Before the key.
const KEY: &str = "[key ";
/// Bytes of the key's digest that are written.
const KEY_BYTES: usize = 10;

/// What an order of the channel is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationTag<'a> {
    /// The channel's number.
    pub reference: &'a str,
    key: String,
}

/// Fewest letters of a mark that tell that it is one.
const FEWEST_LETTERS: usize = 5;

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

/// Where marks are written: comments, what payments refer to, and the merchant's attributes.
#[derive(Debug)]
pub struct Written<'a> {
    texts: Vec<&'a str>,
    attributes: &'a [Attribute],
}

impl<'a> From<&'a wire::Order> for Written<'a> {
    fn from(own: &'a wire::Order) -> Self {
        let payments = own.payment_history.iter().flatten().map(|entry| &entry.external_reference);
        let texts = [&own.internal_comment, &own.other_comment].into_iter().chain(payments);
        Self { texts: texts.filter_map(|text| text.as_deref()).collect(), attributes: &own.attributes }
    }
}

impl<'a> From<&'a wire::MarkedOrder> for Written<'a> {
    fn from(own: &'a wire::MarkedOrder) -> Self {
        let payments = own.payment_history.iter().map(|entry| &entry.external_reference);
        let texts = [&own.internal_comment, &own.other_comment].into_iter().chain(payments);
        Self { texts: texts.filter_map(|text| text.as_deref()).collect(), attributes: &own.attributes }
    }
}

impl<'a> CorrelationTag<'a> {
    /// The mark of an order that is placed with this idempotency key.
    pub fn new(reference: &'a str, idempotency_key: &str) -> Self {
        let digest = Sha256::digest(idempotency_key);
        Self { reference, key: hex::encode(digest.get(..KEY_BYTES).unwrap_or(&digest)) }
    }

    /// As it is written into a comment, or beside a payment.
    pub fn text(&self) -> String {
        let key = &self.key;
        format!("{KEY}{key}] {NUMBER}{} {KEY}{key}]", self.reference)
    }

    /// Whether something is written that may be the beginning of this mark, with the rest cut off.
    pub fn may_be_cut(&self, own: &Written<'_>) -> bool {
        let whole = self.text();
        own.texts.iter().map(|text| text.trim()).any(|text| text.len() >= FEWEST_LETTERS && whole.starts_with(text))
    }

    /// Whose an order is, by the key in its comments or with its payments, whatever number stands beside it.
    pub fn owner(&self, own: &Written<'_>) -> Owner {
        let found: Vec<&str> = own.texts.iter().copied().flat_map(keys).collect();
        match found.as_slice() {
            [] => Owner::Unknown,
            found if found.contains(&self.key.as_str()) => Owner::Own,
            _ => Owner::Other,
        }
    }
}

/// The channel's number: in the attribute it was written to, in a comment, else with a payment.
pub fn reference(own: &Written<'_>, attribute: Option<&str>) -> Option<String> {
    let in_attribute = attribute.and_then(|wanted| {
        own.attributes.iter().find_map(|attribute| {
            let kind = attribute.kind.name.as_deref()?;
            let element = attribute.elements.iter().find(|element| format!("{kind}_{}", element.key) == wanted)?;
            element.value.as_deref().map(str::trim).filter(|value| !value.is_empty())
        })
    });
    in_attribute.or_else(|| own.texts.iter().copied().filter_map(number).find(|own| !own.is_empty())).map(str::to_owned)
}

/// The number in a text that people may have written around.
fn number(text: &str) -> Option<&str> {
    let (_, after) = text.split_once(NUMBER)?;
    let line = after.lines().next()?;
    Some(line.rsplit_once(KEY).map_or(line, |(number, _)| number).trim())
}

/// The keys in a text, whole ones only.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    let is_key = |key: &&str| key.len() == 2 * KEY_BYTES && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split(KEY).skip(1).filter_map(|after| Some(after.split_once(']')?.0)).filter(is_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number, and whether the key is the mark's.
    fn read<'t>(tag: &CorrelationTag<'_>, text: &'t str) -> (Option<&'t str>, bool) {
        (number(text), keys(text).any(|key| key == tag.key))
    }

    #[test]
    fn a_tag_is_read_as_it_was_written_whatever_people_wrote_around_it() {
        let tag = CorrelationTag::new("CH-9 [key 1]", "key-1");
        let older = format!("Channel order CH-9 [key 1] [key {}]", tag.key);
        for text in [tag.text(), older] {
            for comment in [text.clone(), format!("Call first! {text} (gift)"), format!("{text}\nPacked by Bo.")] {
                assert_eq!(read(&tag, &comment), (Some("CH-9 [key 1]"), true), "{comment}");
            }
        }
        assert_eq!(read(&tag, "Channel order CH-9"), (Some("CH-9"), false));
        assert_eq!(read(&tag, "No order of a channel."), (None, false));
        assert_eq!(read(&tag, "Channel order CH-9 [key 5d41402abc4b2a76b971]"), (Some("CH-9"), false));
    }

    #[test]
    fn the_key_is_found_wherever_a_tag_is_cut_off_and_whatever_becomes_of_its_number() {
        let reference = "R&D \"7\"".repeat(20);
        let tag = CorrelationTag::new(&reference, "key-1");
        let text = tag.text();
        let half = text.len() / 2;
        let escaped = text.replace('&', "&amp;").replace('"', "&quot;");
        for altered in [&text[..half], &text[half..], &escaped, &text.replace(&reference, "")] {
            assert!(read(&tag, altered).1, "{altered}");
        }
    }
}
