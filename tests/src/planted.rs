//! Planted secrets, and the search for them in everything a program left behind.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose};
use memchr::memmem;

/// A secret in every spelling in which it could leak.
pub struct Planted {
    spellings: Vec<(&'static str, Vec<u8>)>,
}

impl Planted {
    /// Looks for this secret.
    pub fn new(secret: &str) -> Self {
        let bytes = secret.as_bytes();
        let url: String = bytes
            .iter()
            .map(
                |byte| {
                    if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("%{byte:02X}") }
                },
            )
            .collect();
        let hexadecimal: String = bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect();
        let mut spellings = vec![
            ("as it is", bytes.to_vec()),
            ("URL-encoded", url.clone().into_bytes()),
            ("URL-encoded in lower case", url.to_ascii_lowercase().into_bytes()),
            ("in hexadecimal", hexadecimal.into_bytes()),
            ("reversed", bytes.iter().rev().copied().collect()),
        ];
        // Inside of a longer text, base64 depends on where the secret begins; the ends depend on their neighbours.
        for (shift, name) in
            ["in base64", "in base64, shifted by one", "in base64, shifted by two"].into_iter().enumerate()
        {
            let padded = [&vec![0_u8; shift], bytes].concat();
            let text = general_purpose::STANDARD_NO_PAD.encode(padded);
            let from = (shift * 8).div_ceil(6);
            spellings.push((name, text.as_bytes()[from..text.len() - 1].to_vec()));
        }
        Self { spellings }
    }

    /// Where and how the secret stands in `content`.
    pub fn find(&self, what: &str, content: &[u8]) -> Vec<String> {
        let found = self.spellings.iter().filter(|(_, spelling)| memmem::find(content, spelling).is_some());
        found.map(|(name, _)| format!("{what} holds the secret {name}")).collect()
    }

    /// Where and how the secret stands in any file below `folder`, file names included.
    pub fn find_below(&self, folder: &Path) -> Vec<String> {
        let mut found = vec![];
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.extend(self.find("a file name", path.to_string_lossy().as_bytes()));
            if path.is_dir() {
                found.extend(self.find_below(&path));
            } else {
                found.extend(self.find(&path.display().to_string(), &fs::read(&path).unwrap()));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cret/with+signs&more";

    #[test]
    fn every_spelling_is_found_wherever_it_stands() {
        let planted = Planted::new(SECRET);
        for before in ["", "a", "ab", "abc"] {
            let text = format!("{before}{SECRET}!");
            let base64 = general_purpose::STANDARD.encode(&text);
            assert!(!planted.find("text", text.as_bytes()).is_empty());
            assert!(!planted.find("base64", base64.as_bytes()).is_empty(), "{before:?}: {base64}");
        }
        assert_eq!(planted.find("url", b"x=s3cret%2Fwith%2Bsigns%26more").len(), 1);
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_eq!(Planted::new(SECRET).find("text", b"s3cret/with+signs is a part of it"), Vec::<String>::new());
    }
}
