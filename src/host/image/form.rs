//! The forms that an image, or a part of it, comes in: compressions by their first bytes, and a unified kernel image,
//! which has the image in one of its sections.
//!
//! Source: the table in Linux's lib/decompress.c; Microsoft's PE/COFF specification and the sections of
//! systemd-stub(7).

/// A way to compress, and who undoes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    magic: &'static [u8],
    /// The program, which is called with `-dc`.
    pub program: &'static str,
}

const fn compression(magic: &'static [u8], program: &'static str) -> Compression {
    Compression { magic, program }
}

const COMPRESSIONS: [Compression; 8] = [
    compression(b"\x1f\x8b", "gzip"),
    compression(b"\x28\xb5\x2f\xfd", "zstd"),
    compression(b"\xfd7zXZ\0", "xz"),
    compression(b"\x5d\0\0", "xz"),
    compression(b"\x02\x21\x4c\x18", "lz4"),
    compression(b"\x04\x22\x4d\x18", "lz4"),
    compression(b"BZh", "bzip2"),
    compression(b"\x89LZO", "lzop"),
];

/// How bytes that begin so are compressed.
pub fn compression_of(first: &[u8]) -> Option<Compression> {
    let mut known = COMPRESSIONS.into_iter();
    known.find(|compression| first.starts_with(compression.magic))
}

/// A section of a unified kernel image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name: `.initrd`, `.cmdline`, `.uname`.
    pub name: String,
    /// Where in the file it is, in bytes.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
}

/// The sections of a program for UEFI, of which `head` is the beginning; none where it is no such program.
pub fn sections(head: &[u8]) -> Vec<Section> {
    header(head).unwrap_or_default()
}

/// Of more sections than these the rest is passed over.
const SECTIONS: u16 = 64;

fn header(head: &[u8]) -> Option<Vec<Section>> {
    let short = |at: usize| Some(u16::from_le_bytes(*head.get(at..)?.first_chunk()?));
    let long = |at: usize| Some(u32::from_le_bytes(*head.get(at..)?.first_chunk()?));
    if !head.starts_with(b"MZ") {
        return None;
    }
    let at = usize::try_from(long(0x3c)?).ok()?;
    if !head.get(at..)?.starts_with(b"PE\0\0") {
        return None;
    }
    let table = at.checked_add(24 + usize::from(short(at + 20)?))?;
    let section = |index: u16| {
        let at = table + 40 * usize::from(index);
        let name = head.get(at..at + 8)?.split(|byte| *byte == 0).next()?;
        // What it has in memory may be less than what is in the file, which is filled up.
        Some(Section {
            name: String::from_utf8_lossy(name).into_owned(),
            offset: long(at + 20)?.into(),
            length: long(at + 8)?.min(long(at + 16)?).into(),
        })
    };
    Some(
        (0..short(at + 6)?.min(SECTIONS))
            .map_while(section)
            .collect(),
    )
}
