//! Whether a library file is whole. The dynamic linker maps a file that was cut off without a word, and the first look
//! at what is missing ends the process.

/// How many bytes the file must have by its own account, when it has fewer. Only ELF files tell; others are left to
/// the dynamic linker.
pub fn bytes_missing_from(content: &[u8]) -> Option<u64> {
    let header = Header::read(content)?;
    let needed = header.needed(content);
    (needed > content.len() as u64).then_some(needed)
}

/// The parts of an ELF header that say where things are.
struct Header {
    is_64_bit: bool,
    is_big_endian: bool,
    segments: Table,
    sections: Table,
}

struct Table {
    offset: u64,
    entry_size: u64,
    entries: u64,
}

impl Table {
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.entry_size.saturating_mul(self.entries))
    }
}

impl Header {
    fn read(content: &[u8]) -> Option<Self> {
        if content.get(..4)? != b"\x7fELF" {
            return None;
        }
        let (is_64_bit, is_big_endian) = (*content.get(4)? == 2, *content.get(5)? == 2);
        let number = |at: usize, size: usize| number(content, at, size, is_big_endian);
        let table = |offset: u64, sizes_at: usize| {
            Some(Table { offset, entry_size: number(sizes_at, 2)?, entries: number(sizes_at + 2, 2)? })
        };
        let (segments, sections) = if is_64_bit {
            (table(number(32, 8)?, 54)?, table(number(40, 8)?, 58)?)
        } else {
            (table(number(28, 4)?, 42)?, table(number(32, 4)?, 46)?)
        };
        Some(Self { is_64_bit, is_big_endian, segments, sections })
    }

    /// The end of the last of all parts.
    fn needed(&self, content: &[u8]) -> u64 {
        let (offset_at, size_at, width) = if self.is_64_bit { (8, 32, 8) } else { (4, 16, 4) };
        let ends = (0..self.segments.entries).filter_map(|entry| {
            let start =
                usize::try_from(self.segments.offset.checked_add(entry.checked_mul(self.segments.entry_size)?)?)
                    .ok()?;
            let offset = number(content, start.checked_add(offset_at)?, width, self.is_big_endian)?;
            Some(offset.saturating_add(number(content, start.checked_add(size_at)?, width, self.is_big_endian)?))
        });
        ends.chain([self.segments.end(), self.sections.end()]).max().unwrap_or(0)
    }
}

fn number(content: &[u8], at: usize, size: usize, is_big_endian: bool) -> Option<u64> {
    let bytes = content.get(at..at.checked_add(size)?)?;
    let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    Some(if is_big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_cut_off_anywhere_is_noticed() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(bytes_missing_from(&program), None);
        for length in [100, 4_096, program.len() / 2, program.len() - 1] {
            let needed = bytes_missing_from(&program[..length]).unwrap();
            assert!(needed > length as u64 && needed <= program.len() as u64, "{length}: {needed}");
        }
    }

    #[test]
    fn what_is_no_elf_file_is_not_judged_and_nonsense_does_no_harm() {
        for content in [&b""[..], b"#!/bin/sh", b"\x7fELF", b"\x7fELF\x02\x01"] {
            assert_eq!(bytes_missing_from(content), None, "{content:?}");
        }
        let mut nonsense = b"\x7fELF\x02\x01".to_vec();
        nonsense.resize(200, 0xff);
        assert_eq!(bytes_missing_from(&nonsense), Some(u64::MAX));
    }
}
