//! The files of an image that are kept, with the contents of those that are chosen, within bounds: an image may have
//! anything in it. A file with several names has its data with the last of them, as in the kernel.
//!
//! Source: maybe_link() in Linux's init/initramfs.c.

use std::collections::BTreeMap;
use std::io::{Read, Result};

use super::reader::{ArchiveReader, Entry};

/// The most bytes that are kept of one file.
const MOST_OF_ONE: usize = 4 << 20;
/// The most bytes that are kept of all files.
const MOST_OF_ALL: usize = 16 << 20;
/// The most files that are kept.
const MOST_FILES: usize = 1 << 16;

/// What to keep of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Its name.
    Name,
    /// Its name and its contents.
    Contents,
}

/// Chooses what to keep, by path; `None` for nothing.
pub type Choice = fn(&str) -> Option<Keep>;

/// A file that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its path, without a slash in front.
    pub name: String,
    /// Its contents, where these were chosen.
    pub bytes: Vec<u8>,
    /// Whether it is a symbolic link, and the bytes are its target.
    pub link: bool,
}

/// The files that `choice` keeps of the archives, in their order: of two files with one name the kernel has the second
/// one in the end. With them the error that ended the reading.
pub fn kept<R: Read>(archive: &mut ArchiveReader<R>, choice: Choice) -> (Vec<Kept>, Result<()>) {
    let mut keeper = Keeper {
        choice,
        files: Vec::new(),
        waiting: BTreeMap::new(),
        names_waiting: 0,
        room: MOST_OF_ALL,
    };
    let read = keeper.read(archive);
    keeper.end_archive();
    (keeper.files, read)
}

struct Keeper {
    choice: Choice,
    files: Vec<Kept>,
    /// By inode, the names whose data has not come yet.
    waiting: BTreeMap<[u32; 3], Vec<String>>,
    names_waiting: usize,
    /// How many more bytes are kept.
    room: usize,
}

impl Keeper {
    fn read<R: Read>(&mut self, archive: &mut ArchiveReader<R>) -> Result<()> {
        while let Some(entry) = archive.next_entry()? {
            if entry.is_trailer() {
                self.end_archive();
            } else {
                self.add(entry)?;
            }
        }
        Ok(())
    }

    fn add<R: Read>(&mut self, mut entry: Entry<'_, R>) -> Result<()> {
        let header = entry.header;
        let name = std::mem::take(&mut entry.name);
        let is_full = self.files.len() + self.names_waiting >= MOST_FILES;
        let keep = (self.choice)(&name).filter(|_| !is_full);
        let with_contents = keep == Some(Keep::Contents);
        if with_contents && header.has_other_names() && header.size == 0 {
            self.waiting.entry(header.inode).or_default().push(name);
            self.names_waiting += 1;
            return Ok(());
        }
        let others = if header.has_other_names() {
            self.waiting.remove(&header.inode).unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut bytes = Vec::new();
        let mut read = Ok(0);
        if with_contents || !others.is_empty() {
            let most = MOST_OF_ONE.min(self.room) as u64;
            read = entry.take(most).read_to_end(&mut bytes);
        }
        if keep.is_some() {
            let own: &[u8] = if with_contents { &bytes } else { &[] };
            self.keep(name, own, header.is_link());
        }
        self.names_waiting -= others.len();
        for other in others {
            self.keep(other, &bytes, false);
        }
        read.map(drop)
    }

    /// Names that still wait are those of an empty file: the kernel links no file of one archive to one of another.
    fn end_archive(&mut self) {
        for name in std::mem::take(&mut self.waiting).into_values().flatten() {
            self.keep(name, &[], false);
        }
        self.names_waiting = 0;
    }

    fn keep(&mut self, name: String, bytes: &[u8], link: bool) {
        let bytes = bytes.get(..self.room).unwrap_or(bytes).to_vec();
        self.room -= bytes.len();
        self.files.push(Kept { name, bytes, link });
    }
}
