//! Undoes escapes in a text, and remembers where each byte came from.

use std::ops::Range;

/// A text whose escapes were undone once: `%2B`, `\u002b` and the other escapes of JSON, `&amp;` and numbered characters of HTML.
pub(super) struct Unescaped {
    /// The text; not always UTF-8.
    pub bytes: Vec<u8>,
    /// Where in the first text each byte begins, and where the text ends.
    origins: Vec<usize>,
}

impl Unescaped {
    /// `None` when there is nothing to undo.
    pub(super) fn of(text: &str) -> Option<Self> {
        Self::undo(text.as_bytes(), |at| at)
    }

    /// The same once more.
    pub(super) fn again(&self) -> Option<Self> {
        Self::undo(&self.bytes, |at| self.origins.get(at).copied().unwrap_or_default())
    }

    /// The place in the first text of a range of this one.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        let origin = |at: usize| self.origins.get(at).copied().unwrap_or_default();
        origin(range.start)..origin(range.end)
    }

    fn undo(text: &[u8], origin: impl Fn(usize) -> usize) -> Option<Self> {
        if !text.iter().any(|byte| b"%\\&".contains(byte)) {
            return None;
        }
        let (mut bytes, mut origins) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        let (mut at, mut undone) = (0, false);
        while let Some(byte) = text.get(at) {
            let unit = match byte {
                b'%' => percent(&text[at..]),
                b'\\' => backslash(&text[at..]),
                b'&' => entity(&text[at..]),
                _ => None,
            };
            let mut one = [0; 4];
            let (plain, length): (&[u8], usize) = match unit {
                Some((Plain::Byte(byte), length)) => {
                    one[0] = byte;
                    (&one[..1], length)
                }
                Some((Plain::Character(c), length)) => (c.encode_utf8(&mut one).as_bytes(), length),
                None => (std::slice::from_ref(byte), 1),
            };
            undone |= length > 1;
            bytes.extend_from_slice(plain);
            origins.extend(std::iter::repeat_n(origin(at), plain.len()));
            at += length;
        }
        origins.push(origin(text.len()));
        undone.then_some(Self { bytes, origins })
    }
}

enum Plain {
    Byte(u8),
    Character(char),
}

fn percent(text: &[u8]) -> Option<(Plain, usize)> {
    let byte = u8::try_from(number(text.get(1..3)?, 16)?).ok()?;
    Some((Plain::Byte(byte), 3))
}

fn backslash(text: &[u8]) -> Option<(Plain, usize)> {
    let character = match text.get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        sign @ (b'"' | b'\\' | b'/' | b'\'') => char::from(*sign),
        b'u' => {
            let unit = number(text.get(2..6)?, 16)?;
            if let Some(character) = char::from_u32(unit) {
                return Some((Plain::Character(character), 6));
            }
            let low = text.get(6..8).filter(|escape| *escape == b"\\u").and_then(|_| number(text.get(8..12)?, 16))?;
            let units = [u16::try_from(unit).ok()?, u16::try_from(low).ok()?];
            let character = char::decode_utf16(units).next()?.ok()?;
            return Some((Plain::Character(character), 12));
        }
        _ => return None,
    };
    Some((Plain::Character(character), 2))
}

fn entity(text: &[u8]) -> Option<(Plain, usize)> {
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let character = match &text[1..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((Plain::Character(character), end + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    u32::from_str_radix(text, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_undone_once_and_knows_its_place() {
        let text = r#"a%2Bb\u00e5\uD83D\uDE00\"&amp;lt;&#65;%zz\q&nope;"#;
        let once = Unescaped::of(text).unwrap();
        assert_eq!(String::from_utf8(once.bytes.clone()).unwrap(), "a+bå😀\"&lt;A%zz\\q&nope;");
        assert_eq!(&text[once.original(1..2)], "%2B");
        assert_eq!(&text[once.original(3..5)], r"\u00e5");
        let twice = once.again().unwrap();
        assert_eq!(String::from_utf8(twice.bytes.clone()).unwrap(), "a+bå😀\"<A%zz\\q&nope;");
        let less_than = twice.bytes.iter().position(|byte| *byte == b'<').unwrap();
        assert_eq!(&text[twice.original(less_than..less_than + 1)], "&amp;lt;");
        assert!(twice.again().is_none() && Unescaped::of("plain").is_none());
    }
}
