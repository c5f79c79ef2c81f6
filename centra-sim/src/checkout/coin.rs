//! How amounts of a currency are written.

/// How amounts of a currency are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coin<'a> {
    pub(crate) code: &'a str,
    pub(crate) digits: u32,
}
