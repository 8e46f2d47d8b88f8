//! Reads the archives of an image entry by entry: cpio archives ("newc") that follow each other, with zeros between
//! them, up to the end or to something that is no archive. Memory is bounded by the longest name, time by the input.
//!
//! Source: Linux's Documentation/driver-api/early-userspace/buffer-format.rst and init/initramfs.c.

use std::io::{BufRead, BufReader, ErrorKind, Read, Result, copy, sink};

/// A magic number and thirteen numbers of eight digits.
const HEADER: usize = 110;
const MAGICS: [&[u8]; 2] = [b"070701", b"070702"];
/// The longest name that the kernel takes, with the NUL at its end.
const LONGEST_NAME: u32 = 4096;
/// After more zeros than these no archive is looked for: they pad to the next block or page.
const MOST_ZEROS: u64 = 16 << 20;
/// Names, contents and headers begin on a multiple of this.
const ALIGNMENT: u64 = 4;
const BUFFER: usize = 1 << 16;
/// The name of the entry that ends an archive.
const TRAILER: &str = "TRAILER!!!";

/// The archives of an image, one entry after the other.
#[derive(Debug)]
pub struct ArchiveReader<R> {
    input: BufReader<R>,
    /// How many bytes have been read.
    at: u64,
    /// How many bytes of the current entry's data have not been read.
    data_left: u64,
    /// Whether the last entry was the end of an archive, and nothing but zeros has followed.
    ended: bool,
    foreign: Option<u64>,
}

/// The fields of a header that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What is equal for all names of one file: inode number, major and minor number of the device.
    pub inode: [u32; 3],
    /// Type and permissions, as in stat(2).
    pub mode: u32,
    /// How many names the file has.
    pub links: u32,
    /// The length of the data in bytes.
    pub size: u32,
    /// The length of the name in bytes, with the NUL at its end.
    name_size: u32,
}

/// An entry of an archive. Reading from it gives its data; what is not read is skipped.
#[derive(Debug)]
pub struct Entry<'a, R> {
    /// Its header.
    pub header: Header,
    /// Its path, without a slash in front.
    pub name: String,
    archive: &'a mut ArchiveReader<R>,
}

impl<R: Read> ArchiveReader<R> {
    /// The archives that `input` begins with.
    pub fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER, input),
            at: 0,
            data_left: 0,
            ended: false,
            foreign: None,
        }
    }

    /// The next entry; `None` at the end of the input or where something begins that is no archive. An input that ends
    /// inside an entry is an error of the kind `UnexpectedEof`.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_, R>>> {
        if self.foreign.is_some() {
            return Ok(None);
        }
        self.skip_data()?;
        self.skip_zeros()?;
        let Some(header) = self.header()? else {
            return Ok(None);
        };
        let name = self.name(header.name_size)?;
        self.data_left = header.size.into();
        self.ended = name == TRAILER;
        Ok(Some(Entry {
            header,
            name,
            archive: self,
        }))
    }

    /// Where something begins that is no archive, in bytes from the start.
    pub fn foreign(&self) -> Option<u64> {
        self.foreign
    }

    /// Whether the last archive is complete, and nothing but zeros has followed it so far.
    pub fn is_ended(&self) -> bool {
        self.ended && self.data_left == 0 && self.at % ALIGNMENT == 0
    }

    /// Skips what is left of an entry, up to where the next one may begin.
    fn skip_data(&mut self) -> Result<()> {
        let mut data = self.input.by_ref().take(self.data_left);
        let skipped = copy(&mut data, &mut sink())?;
        self.at += skipped;
        self.data_left -= skipped;
        if self.data_left > 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.skip_padding()
    }

    fn skip_padding(&mut self) -> Result<()> {
        let padding = self.at.next_multiple_of(ALIGNMENT) - self.at;
        let mut bytes = [0; ALIGNMENT as usize];
        let wanted = usize::try_from(padding).unwrap_or_default();
        self.read_exact(bytes.get_mut(..wanted).unwrap_or_default())
    }

    fn skip_zeros(&mut self) -> Result<()> {
        let mut left = MOST_ZEROS;
        while left > 0 {
            let bytes = self.input.fill_buf()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count() as u64;
            if zeros == 0 {
                break;
            }
            let skipped = zeros.min(left);
            self.input
                .consume(usize::try_from(skipped).unwrap_or_default());
            self.at += skipped;
            left -= skipped;
        }
        Ok(())
    }

    /// The next header; `None` at the end of the input, or where there is something else, which is foreign.
    fn header(&mut self) -> Result<Option<Header>> {
        let begin = self.at;
        let mut bytes = Vec::with_capacity(HEADER);
        let mut input = self.input.by_ref().take(HEADER as u64);
        input.read_to_end(&mut bytes)?;
        self.at += bytes.len() as u64;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.ended = false;
        let magic = bytes.get(..6).unwrap_or(&bytes);
        let is_known = MAGICS.iter().any(|known| known.starts_with(magic));
        // The kernel takes no archive that begins elsewhere.
        if is_known && begin % ALIGNMENT == 0 {
            if bytes.len() < HEADER {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(header) = Header::parse(&bytes) {
                return Ok(Some(header));
            }
        }
        self.foreign = Some(begin);
        Ok(None)
    }

    fn name(&mut self, size: u32) -> Result<String> {
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        self.read_exact(&mut bytes)?;
        self.skip_padding()?;
        let until_nul = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(until_nul);
        let relative = name.strip_prefix("./").or_else(|| name.strip_prefix('/'));
        Ok(relative.unwrap_or(&name).to_owned())
    }

    fn read_exact(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.input.read_exact(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

impl<R> Entry<'_, R> {
    /// Whether it is the end of an archive, and no file.
    pub fn is_trailer(&self) -> bool {
        self.name == TRAILER
    }
}

impl<R: Read> Read for Entry<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let archive = &mut *self.archive;
        let left = usize::try_from(archive.data_left).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        if wanted == 0 {
            return Ok(0);
        }
        let count = archive
            .input
            .read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        archive.at += count as u64;
        archive.data_left -= count as u64;
        Ok(count)
    }
}

impl Header {
    /// `None` where the bytes make no sense.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let number = |index: usize| {
            let digits = bytes.get(6 + 8 * index..14 + 8 * index)?;
            u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        };
        let header = Self {
            inode: [number(0)?, number(7)?, number(8)?],
            mode: number(1)?,
            links: number(4)?,
            size: number(6)?,
            name_size: number(11)?,
        };
        (1..=LONGEST_NAME)
            .contains(&header.name_size)
            .then_some(header)
    }

    /// Whether the file may have other names, and its data with another of them.
    pub fn has_other_names(&self) -> bool {
        self.links > 1 && self.mode & 0o170_000 == 0o100_000
    }

    /// Whether it is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }
}
