//! Sentences in two languages.

/// English and Swedish, `{}` in the same order in both.
pub(super) type Table = &'static [(&'static str, &'static str)];
