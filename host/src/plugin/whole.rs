//! Whether a library file is whole. The dynamic linker maps a file that was cut off without a word, and the first look
//! at what is missing ends the process; what was overwritten with zeros ends it at some later call.
//!
//! Only ELF files say of themselves what belongs where; others are left to the dynamic linker and to the trial.

/// Damage comes in blocks of this size: what a disk or a file system loses.
const BLOCK: usize = 4_096;

/// Whether the file can be a library of this system at all.
pub fn is_library(content: &[u8]) -> bool {
    !cfg!(target_os = "linux") || content.starts_with(b"\x7fELF")
}

/// How many bytes the file must have by its own account, when it has fewer.
pub fn bytes_missing_from(content: &[u8]) -> Option<u64> {
    let needed = Elf::read(content)?.needed();
    (needed > content.len() as u64).then_some(needed)
}

/// A block of zeros where none can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// What the part of the file is for.
    pub part: &'static str,
    /// Where the block begins.
    pub offset: usize,
}

/// The first block of zeros within code, tables of relocations and symbols, or what unwinding a panic needs. Constants are not
/// looked at: a table of zeros is a good one.
pub fn damage_in(content: &[u8]) -> Option<Damage> {
    let elf = Elf::read(content)?;
    let mut parts = (0..elf.sections.entries).filter_map(|entry| elf.guarded_section(entry));
    parts.find_map(|(part, offset, size)| {
        let mut starts = blocks(content, offset, size)?.map(|block| block * BLOCK);
        let offset = starts.find(|at| content[*at..*at + BLOCK].iter().all(|byte| *byte == 0))?;
        Some(Damage { part, offset })
    })
}

/// The whole blocks within a part of the file, by number.
fn blocks(content: &[u8], offset: u64, size: u64) -> Option<std::ops::Range<usize>> {
    let first = usize::try_from(offset).ok()?.div_ceil(BLOCK);
    let end = usize::try_from(offset.saturating_add(size)).unwrap_or(usize::MAX).min(content.len());
    Some(first..end / BLOCK)
}

/// What the header of an ELF file says about where things are.
struct Elf<'a> {
    content: &'a [u8],
    is_64_bit: bool,
    is_big_endian: bool,
    segments: Table,
    sections: Table,
    /// Offset of the sections' names.
    names: u64,
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

    fn at(&self, entry: u64) -> Option<usize> {
        usize::try_from(self.offset.checked_add(entry.checked_mul(self.entry_size)?)?).ok()
    }
}

impl<'a> Elf<'a> {
    fn read(content: &'a [u8]) -> Option<Self> {
        if content.get(..4)? != b"\x7fELF" {
            return None;
        }
        let (is_64_bit, is_big_endian) = (*content.get(4)? == 2, *content.get(5)? == 2);
        let number = |at: usize, size: usize| number(content, at, size, is_big_endian);
        let table = |offset: u64, sizes_at: usize| {
            Some(Table { offset, entry_size: number(sizes_at, 2)?, entries: number(sizes_at + 2, 2)? })
        };
        let (segments, sections, names_at) = if is_64_bit {
            (table(number(32, 8)?, 54)?, table(number(40, 8)?, 58)?, 62)
        } else {
            (table(number(28, 4)?, 42)?, table(number(32, 4)?, 46)?, 50)
        };
        let mut elf = Self { content, is_64_bit, is_big_endian, segments, sections, names: 0 };
        elf.names = number(names_at, 2).and_then(|entry| elf.of_section(entry, 24, 16)).unwrap_or_default();
        Some(elf)
    }

    /// A number of a section's entry, at an offset that depends on the width.
    fn of_section(&self, entry: u64, at_64: usize, at_32: usize) -> Option<u64> {
        let (at, width) = if self.is_64_bit { (at_64, 8) } else { (at_32, 4) };
        number(self.content, self.sections.at(entry)?.checked_add(at)?, width, self.is_big_endian)
    }

    /// What a section is for, its offset and its size, when it can hold no block of zeros.
    fn guarded_section(&self, entry: u64) -> Option<(&'static str, u64, u64)> {
        const PROGRAM: u64 = 1;
        const UNWIND: u64 = 0x7000_0001;
        const IS_LOADED: u64 = 2;
        const IS_CODE: u64 = 4;
        let kind = number(self.content, self.sections.at(entry)?.checked_add(4)?, 4, self.is_big_endian)?;
        let flags = self.of_section(entry, 8, 8)?;
        let part = match kind {
            _ if flags & IS_LOADED == 0 => return None,
            PROGRAM if flags & IS_CODE != 0 => "code",
            PROGRAM | UNWIND if self.is_named(entry, &[b".eh_frame\0", b".gcc_except_table\0"]) => "tables for panics",
            3 | 11 => "symbols",
            4 | 9 => "relocations",
            _ => return None,
        };
        Some((part, self.of_section(entry, 24, 16)?, self.of_section(entry, 32, 20)?))
    }

    fn is_named(&self, entry: u64, names: &[&[u8]]) -> bool {
        let name = || {
            let at = number(self.content, self.sections.at(entry)?, 4, self.is_big_endian)?;
            self.content.get(usize::try_from(self.names.checked_add(at)?).ok()?..)
        };
        name().is_some_and(|found| names.iter().any(|name| found.starts_with(name)))
    }

    /// The end of the last of all parts.
    fn needed(&self) -> u64 {
        let (offset_at, size_at, width) = if self.is_64_bit { (8, 32, 8) } else { (4, 16, 4) };
        let ends = (0..self.segments.entries).filter_map(|entry| {
            let start = self.segments.at(entry)?;
            let field = |at: usize| number(self.content, start.checked_add(at)?, width, self.is_big_endian);
            Some(field(offset_at)?.saturating_add(field(size_at)?))
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
    #[test]
    fn a_block_of_zeros_in_the_code_is_noticed_and_a_good_program_is_not_blamed() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(damage_in(&program), None);
        let elf = Elf::read(&program).unwrap();
        let parts: Vec<_> = (0..elf.sections.entries).filter_map(|entry| elf.guarded_section(entry)).collect();
        for wanted in ["code", "tables for panics", "relocations"] {
            let (_, offset, _) = parts.iter().find(|(part, _, size)| *part == wanted && *size > 10_000).unwrap();
            let block = usize::try_from(*offset).unwrap().div_ceil(BLOCK) * BLOCK;
            let mut damaged = program.clone();
            damaged[block..block + BLOCK].fill(0);
            assert_eq!(damage_in(&damaged), Some(Damage { part: wanted, offset: block }));
        }
    }

    #[test]
    fn nonsense_in_the_tables_of_a_file_does_no_harm() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for at in 0..64 {
            for value in [0, 0x7f, 0xff] {
                let mut content = program[..200_000.min(program.len())].to_vec();
                content[at] = value;
                damage_in(&content);
                bytes_missing_from(&content);
            }
        }
    }
}
