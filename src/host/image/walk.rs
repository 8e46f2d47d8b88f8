//! What is in an image: archives of the kind that the kernel unpacks, taken as they come, up to where something else
//! begins.
//!
//! Source: Linux's Documentation/driver-api/early-userspace/buffer-format.rst and init/initramfs.c.

use std::collections::BTreeMap;

/// A header: a magic number and thirteen numbers of eight digits.
const HEADER: usize = 110;
/// The longest name that the kernel takes.
const NAME: u64 = 4096;
/// Of a file, and of all files, no more is kept than this, and no more files than so many: an image may hold anything.
const KEPT: usize = 4 << 20;
const ALL: usize = 16 << 20;
const FILES: usize = 1 << 16;
/// Behind more zeros than these no archive begins: who fills up does so to the next block or page.
const ZEROS: usize = 16 << 20;
const LAST: &str = "TRAILER!!!";

/// What to keep of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// That it is there.
    Name,
    /// What is in it.
    Contents,
}

/// A file that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its path, without a slash in front.
    pub name: String,
    /// What is in it, where that was asked for.
    pub bytes: Vec<u8>,
    /// Whether it is a link, and the bytes are where it leads.
    pub link: bool,
}

/// Chooses what to keep, by path; `None` for nothing.
pub type Choice = fn(&str) -> Option<Keep>;

/// A walk through the bytes of an image, which may come in pieces of any size.
#[derive(Debug)]
pub struct ArchiveWalk {
    choice: Choice,
    state: ReadState,
    /// A header or a name that is not whole yet.
    pending: Vec<u8>,
    /// How many bytes have been walked.
    at: u64,
    /// Files with several names whose contents come with the last of them.
    waiting: BTreeMap<Inode, Vec<String>>,
    /// How many names wait.
    names: usize,
    /// Whether the last file was the mark at the end of an archive.
    ended: bool,
    /// How many zeros there are since the last file.
    zeros: usize,
    files: Vec<Kept>,
    /// How many more bytes are kept.
    room: usize,
}

/// What identifies a file with several names.
type Inode = [u32; 3];

#[derive(Clone, Copy, Debug)]
enum ReadState {
    /// Zeros, or the next header.
    Between,
    Name(Entry),
    /// What fills up to the body, then the body itself, then what fills up to the next header.
    Body(Entry, Keeping),
    /// Something that is no archive begins here.
    Foreign,
}

/// The fields of a header.
#[derive(Clone, Copy, Debug)]
struct Entry {
    inode: Inode,
    shared: bool,
    link: bool,
    /// Where the name, the body, and all of it end.
    name_end: u64,
    body: u64,
    body_end: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeping {
    /// As the last of the files.
    Last,
    /// For the names that wait for it.
    Waiting,
    Nothing,
}

impl ArchiveWalk {
    /// A walk at the start of an image.
    pub fn new(choice: Choice) -> Self {
        Self {
            choice,
            state: ReadState::Between,
            pending: Vec::new(),
            at: 0,
            waiting: BTreeMap::new(),
            names: 0,
            ended: false,
            zeros: 0,
            files: Vec::new(),
            room: ALL,
        }
    }

    /// Walks on; `false` once something begins that is no archive.
    pub fn feed(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let used = match self.state {
                ReadState::Between => self.between(bytes),
                ReadState::Name(entry) => self.name(entry, bytes),
                ReadState::Body(entry, keeping) => self.body(entry, keeping, bytes),
                ReadState::Foreign => return false,
            };
            self.at = self.at.saturating_add(used as u64);
            bytes = bytes.get(used..).unwrap_or_default();
        }
        !matches!(self.state, ReadState::Foreign)
    }

    /// Where something begins that is no archive.
    pub fn foreign(&self) -> Option<u64> {
        matches!(self.state, ReadState::Foreign).then_some(self.at)
    }

    /// Whether the bytes so far end where an archive, or one of its files, may end.
    pub fn is_whole(&self) -> bool {
        matches!(self.state, ReadState::Between) && self.pending.is_empty()
    }

    /// Whether the last file so far was the mark at the end of an archive.
    pub fn is_ended(&self) -> bool {
        self.ended && self.is_whole()
    }

    /// What was kept, in the order of the image: of two files of one name the kernel has the second one in the end.
    pub fn into_files(self) -> Vec<Kept> {
        self.files
    }

    fn between(&mut self, bytes: &[u8]) -> usize {
        if self.pending.is_empty() {
            let room = bytes.get(..ZEROS - self.zeros).unwrap_or(bytes);
            let zeros = room.iter().take_while(|byte| **byte == 0).count();
            self.zeros += zeros;
            if zeros > 0 {
                return zeros;
            }
        }
        let used = self.fill(HEADER as u64, bytes);
        let magic = self.pending.get(..6).unwrap_or(&self.pending);
        let known = |whole: &&[u8]| whole.starts_with(magic);
        // The kernel takes no archive that begins elsewhere.
        let begin = self.at - (self.pending.len() - used) as u64;
        if begin % 4 == 0 && [&b"070701"[..], b"070702"].iter().any(known) {
            if self.pending.len() < HEADER {
                return used;
            }
            if let Some(entry) = entry(&self.pending, begin) {
                self.state = ReadState::Name(entry);
                self.pending.clear();
                self.zeros = 0;
                return used;
            }
        }
        self.at = begin;
        self.state = ReadState::Foreign;
        self.pending.clear();
        0
    }

    fn name(&mut self, entry: Entry, bytes: &[u8]) -> usize {
        let length = entry.name_end - (self.at - self.pending.len() as u64);
        let used = self.fill(length, bytes);
        if (self.pending.len() as u64) < length {
            return used;
        }
        let name = std::mem::take(&mut self.pending);
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        let plain = name.strip_prefix("./").or_else(|| name.strip_prefix('/'));
        let name = plain.unwrap_or(&name);
        let empty = entry.body == entry.body_end;
        self.ended = name == LAST;
        let keeping = match (self.choice)(name) {
            _ if name == LAST => {
                self.waiting.clear();
                self.names = 0;
                Keeping::Nothing
            }
            _ if self.files.len() + self.names >= FILES => Keeping::Nothing,
            Some(Keep::Contents) if entry.shared && empty => {
                let names = self.waiting.entry(entry.inode).or_default();
                names.push(name.to_owned());
                self.names += 1;
                Keeping::Nothing
            }
            Some(keep) => {
                self.keep(name, entry.link);
                match keep {
                    Keep::Contents => Keeping::Last,
                    Keep::Name => Keeping::Nothing,
                }
            }
            None if !empty && self.is_awaited(entry) => {
                self.keep("", false);
                Keeping::Waiting
            }
            None => Keeping::Nothing,
        };
        self.state = ReadState::Body(entry, keeping);
        self.end_body(entry, keeping, self.at + used as u64);
        used
    }

    fn body(&mut self, entry: Entry, keeping: Keeping, bytes: &[u8]) -> usize {
        let end = if self.at < entry.body {
            entry.body
        } else if self.at < entry.body_end {
            entry.body_end
        } else {
            entry.body_end.next_multiple_of(4)
        };
        let left = usize::try_from(end - self.at).unwrap_or(usize::MAX);
        let part = bytes.get(..left).unwrap_or(bytes);
        let inside = self.at >= entry.body && self.at < entry.body_end;
        if let Some(file) = self
            .files
            .last_mut()
            .filter(|_| inside && keeping != Keeping::Nothing)
        {
            let room = KEPT.saturating_sub(file.bytes.len()).min(self.room);
            let taken = part.get(..room).unwrap_or(part);
            file.bytes.extend_from_slice(taken);
            self.room -= taken.len();
        }
        self.end_body(entry, keeping, self.at + part.len() as u64);
        part.len()
    }

    /// Turns to the next header where the walk has come to the end of this file.
    fn end_body(&mut self, entry: Entry, keeping: Keeping, at: u64) {
        if at < entry.body_end.next_multiple_of(4) {
            return;
        }
        self.state = ReadState::Between;
        if keeping == Keeping::Nothing || !self.is_awaited(entry) {
            return;
        }
        let last = match keeping {
            Keeping::Waiting => self.files.pop(),
            _ => self.files.last().cloned(),
        };
        let bytes = last.map(|file| file.bytes).unwrap_or_default();
        for name in self.waiting.remove(&entry.inode).unwrap_or_default() {
            self.names -= 1;
            let taken = bytes.get(..self.room).unwrap_or(&bytes).to_vec();
            self.room -= taken.len();
            self.files.push(Kept {
                name,
                bytes: taken,
                link: false,
            });
        }
    }

    fn is_awaited(&self, entry: Entry) -> bool {
        entry.shared && self.waiting.contains_key(&entry.inode)
    }

    fn keep(&mut self, name: &str, link: bool) {
        self.files.push(Kept {
            name: name.to_owned(),
            bytes: Vec::new(),
            link,
        });
    }

    /// Takes as many bytes as are missing from `wanted`.
    fn fill(&mut self, wanted: u64, bytes: &[u8]) -> usize {
        let missing = wanted.saturating_sub(self.pending.len() as u64);
        let missing = usize::try_from(missing).unwrap_or(usize::MAX);
        let part = bytes.get(..missing).unwrap_or(bytes);
        self.pending.extend_from_slice(part);
        part.len()
    }
}

/// Reads a header that begins at `at`; `None` where it makes no sense.
fn entry(header: &[u8], at: u64) -> Option<Entry> {
    let number = |index: usize| {
        let digits = header.get(6 + 8 * index..14 + 8 * index)?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mode, size, name_size) = (number(1)?, u64::from(number(6)?), u64::from(number(11)?));
    if name_size == 0 || name_size > NAME {
        return None;
    }
    let name_end = at + HEADER as u64 + name_size;
    let body = name_end.next_multiple_of(4);
    Some(Entry {
        inode: [number(0)?, number(7)?, number(8)?],
        shared: number(4)? > 1 && mode & 0o170_000 == 0o100_000,
        link: mode & 0o170_000 == 0o120_000,
        name_end,
        body,
        body_end: body + size,
    })
}
