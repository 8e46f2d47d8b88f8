//! A cpio archive of the kind that the kernel unpacks ("newc"), uncompressed.
//!
//! Source: Linux's Documentation/driver-api/early-userspace/buffer-format.rst.

use std::collections::BTreeSet;

const DIRECTORY: u32 = 0o040_755;
const FILE: u32 = 0o100_000;
const CHARACTER_DEVICE: u32 = 0o020_600;

/// An archive under construction. Everything belongs to root and is dated 1970, so that equal contents are equal bytes.
#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    directories: BTreeSet<String>,
    entries: u32,
}

impl Archive {
    /// Adds a file and the directories above it; `path` does not begin with a slash.
    pub(super) fn file(&mut self, path: &str, permissions: u32, contents: &[u8]) {
        self.directories_above(path);
        self.entry(path, FILE | permissions, (0, 0), contents);
    }

    /// Adds a character device and the directories above it.
    pub(super) fn device(&mut self, path: &str, major: u32, minor: u32) {
        self.directories_above(path);
        self.entry(path, CHARACTER_DEVICE, (major, minor), &[]);
    }

    /// Ends the archive. Its length is a multiple of 512, so that whatever is put behind it is found.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, (0, 0), &[]);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self.bytes
    }

    fn directories_above(&mut self, path: &str) {
        for (at, _) in path.match_indices('/') {
            let above = path.get(..at).unwrap_or_default();
            if self.directories.insert(above.to_owned()) {
                self.entry(above, DIRECTORY, (0, 0), &[]);
            }
        }
    }

    fn entry(&mut self, name: &str, mode: u32, device: (u32, u32), contents: &[u8]) {
        self.entries += 1;
        let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let (size, name_size) = (length(contents.len()), length(name.len() + 1));
        // inode, mode, uid, gid, links, time, size, device it is on (2), device it is (2), name size, checksum
        let fields = [
            self.entries,
            mode,
            0,
            0,
            1,
            0,
            size,
            0,
            0,
            device.0,
            device.1,
            name_size,
            0,
        ];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes
                .extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(contents);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::image::reader::ArchiveReader;

    #[test]
    fn directories_come_once_and_before_what_is_in_them() {
        let mut archive = Archive::default();
        archive.file("a/b/c", 0o755, b"hello");
        archive.file("a/d", 0o644, b"");
        archive.device("dev/null", 1, 3);
        let bytes = archive.finish();
        assert_eq!(bytes.len() % 512, 0);
        let mut reader = ArchiveReader::new(&bytes[..]);
        let mut entries = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            entries.push((entry.name, entry.header.mode, entry.header.size));
        }
        let wanted = [
            ("a", DIRECTORY, 0),
            ("a/b", DIRECTORY, 0),
            ("a/b/c", FILE | 0o755, 5),
            ("a/d", FILE | 0o644, 0),
            ("dev", DIRECTORY, 0),
            ("dev/null", CHARACTER_DEVICE, 0),
            ("TRAILER!!!", 0, 0),
        ];
        assert_eq!(
            entries,
            wanted.map(|(name, mode, size)| (name.to_owned(), mode, size))
        );
    }
}
