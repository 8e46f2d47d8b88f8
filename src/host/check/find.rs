//! The images of the running kernel: where they are, and what is in them.
//!
//! Source: where initramfs-tools, dracut, mkinitcpio, kernel-install, proxmox-boot-tool and ostree put images.

use std::io::{ErrorKind, Read};

use super::contents::{Contents, choose};
use super::installed_image::InstalledImage;
use crate::host::image::form::{Section, compression_of, sections};
use crate::host::image::kept::kept;
use crate::host::image::reader::ArchiveReader;
use crate::sys::{BOOT_DIRS, Error, Result, Root, SysPath, UNIVERSAL_IMAGE};

/// The images for kernel `release` below `root`, those of other kernels left out; with `universal` the universal image,
/// which comes before all others. Beside them what could not be read.
pub fn images(root: &Root, release: &str, universal: bool) -> (Vec<InstalledImage>, Vec<String>) {
    let finder = Finder::look(root, release, universal);
    let read = |path: String| InstalledImage {
        contents: contents(root, &path),
        path,
    };
    let mut images: Vec<InstalledImage> = finder.paths.into_iter().map(read).collect();
    // Where a name shows no release, the contents do.
    if images
        .iter()
        .any(|image| image.is_for(release) == Some(true))
    {
        images.retain(|image| image.is_for(release) != Some(false));
    }
    (images, finder.unread)
}

/// Where the images for kernel `release` may be, by name: where the name shows no release, it may be another kernel's.
pub fn image_paths(root: &Root, release: &str, universal: bool) -> Vec<String> {
    Finder::look(root, release, universal).paths
}

struct Finder<'a> {
    root: &'a Root,
    paths: Vec<String>,
    unread: Vec<String>,
}

/// Images by their whole names below a directory, with `@` for the release.
const WHOLE: [&str; 5] = [
    "initrd.img-@",
    "initramfs-@.img",
    "initramfs-@-fallback.img",
    "initrd-@",
    "EFI/proxmox/@/initrd.img-@",
];

/// Unified kernel images, which may have any image in them.
const UNIFIED: &str = "/EFI/Linux";

impl<'a> Finder<'a> {
    fn look(root: &'a Root, release: &str, universal: bool) -> Self {
        let mut finder = Self {
            root,
            paths: Vec::new(),
            unread: Vec::new(),
        };
        if universal {
            finder.add(UNIVERSAL_IMAGE.to_owned());
        }
        for dir in BOOT_DIRS {
            if !universal {
                finder.separate(dir, release);
            }
            finder.listed(&format!("{dir}{UNIFIED}"), ["", ".efi", ""]);
        }
        finder
    }

    /// The images that boot loaders put beside the kernel.
    fn separate(&mut self, dir: &str, release: &str) {
        for name in WHOLE {
            self.add(format!("{dir}/{name}").replace('@', release));
        }
        self.listed(dir, ["initramfs-linux", ".img", ""]);
        // kernel-install, by an id of the machine.
        self.listed(dir, ["", "", &format!("/{release}/initrd")]);
        self.listed(
            &format!("{dir}/ostree"),
            ["", "", &format!("/initramfs-{release}.img")],
        );
    }

    /// What in `dir` begins and ends so, with what stands behind it.
    fn listed(&mut self, dir: &str, [begin, end, behind]: [&str; 3]) {
        for name in self.names(dir) {
            if name.starts_with(begin) && name.ends_with(end) {
                self.add(format!("{dir}/{name}{behind}"));
            }
        }
    }

    fn names(&mut self, dir: &str) -> Vec<String> {
        self.root.list(SysPath::Named(dir)).unwrap_or_else(|error| {
            self.unread.push(error.to_string());
            Vec::new()
        })
    }

    /// Adds an image that is there, and not by another name among the others.
    fn add(&mut self, path: String) {
        let place = SysPath::Named(&path);
        let mut others = self.paths.iter();
        let same = |other: &String| self.root.is_same(SysPath::Named(other), place) == Some(true);
        if self.root.exists(place) && !others.any(same) {
            self.paths.push(path);
        }
    }
}

/// What is in the image at `path`. What cannot be read is recorded in it.
pub(super) fn contents(root: &Root, path: &str) -> Contents {
    let place = SysPath::Named(path);
    let mut contents = Contents::default();
    let read = root.length(place).and_then(|length| {
        let head = start(root, place, (0, HEAD))?;
        Ok((length, head))
    });
    let (length, head) = match read {
        Ok(read) => read,
        Err(error) => {
            contents.fail(&error);
            return contents;
        }
    };
    if length > LARGEST {
        contents.unread = Some(format!("it is larger than {} MiB", LARGEST >> 20));
        return contents;
    }
    let sections = sections(&head);
    if sections.is_empty() {
        contents.archives(root, place, (0, length));
        return contents;
    }
    for section in &sections {
        let text = || text(root, place, section);
        match section.name.as_str() {
            ".initrd" => contents.archives(root, place, (section.offset, section.length)),
            ".cmdline" => contents.cmdline = Some(text()),
            ".uname" => contents.release = Some(String::from_utf8_lossy(&text()).trim().to_owned()),
            _ => {}
        }
    }
    contents
}

/// A part of the file, which is short.
fn start(root: &Root, place: SysPath<'_>, part: (u64, u64)) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = root.part(place, part)?;
    match part.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(part.error(error)),
    }
}

/// A section with text in it.
fn text(root: &Root, place: SysPath<'_>, section: &Section) -> Vec<u8> {
    let length = section.length.min(LONGEST_TEXT);
    let mut text = start(root, place, (section.offset, length)).unwrap_or_default();
    while matches!(text.last(), Some(0 | b'\n')) {
        text.pop();
    }
    text
}

impl Contents {
    /// Reads the archives in a part of the file, up to and through the first that is compressed.
    fn archives(&mut self, root: &Root, place: SysPath<'_>, (from, length): (u64, u64)) {
        let mut part = match root.part(place, (from, length)) {
            Ok(part) => part,
            Err(error) => return self.fail(&error),
        };
        let mut archive = ArchiveReader::new(&mut part);
        let (files, read) = kept(&mut archive, choose);
        let foreign = archive.foreign();
        self.files.extend(files);
        match (read, foreign) {
            (Err(error), _) if is_cut(&error) => self.damage(CUT.to_owned()),
            (Err(error), _) => self.fail(&part.error(error)),
            (Ok(()), Some(at)) => self.compressed(root, place, (from + at, length - at)),
            (Ok(()), None) => {}
        }
    }

    /// Reads what a decompressor makes of the rest of the image.
    fn compressed(&mut self, root: &Root, place: SysPath<'_>, part: (u64, u64)) {
        let magic = start(root, place, (part.0, part.1.min(MAGIC))).unwrap_or_default();
        let Some(compression) = compression_of(&magic) else {
            self.unread = Some(
                "what it begins with is no archive, and no compression that is known".to_owned(),
            );
            return;
        };
        let program = compression.program;
        let mut unpacked = match root.unpack(place, part, program) {
            Ok(unpacked) => unpacked,
            Err(error) => return self.fail(&error),
        };
        let mut archive = ArchiveReader::new(&mut unpacked);
        let (files, read) = kept(&mut archive, choose);
        let (foreign, ended) = (archive.foreign(), archive.is_ended());
        self.files.extend(files);
        match read {
            Err(error) if is_cut(&error) => self.damage(CUT.to_owned()),
            Err(error) => {
                let error = unpacked.error(error);
                // Behind the end of the archive there may be what only fills up.
                if error.is_damage() && !ended {
                    self.damage(error.to_string());
                } else {
                    self.fail(&error);
                }
            }
            Ok(()) if foreign.is_some() => {
                self.damage(format!("what {program} makes of it is no archive"));
            }
            Ok(()) => {}
        }
    }

    /// Records that the image could not be read, or no program could decompress it.
    fn fail(&mut self, error: &Error) {
        self.unread = Some(error.to_string());
        self.error = Some(error.kind());
    }

    /// Records that the image is cut off or damaged.
    fn damage(&mut self, why: String) {
        self.unread = Some(why);
        self.damaged = true;
    }
}

/// Whether the archive ends inside an entry.
fn is_cut(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::UnexpectedEof
}

/// The headers of a unified kernel image are among its first bytes.
const HEAD: u64 = 1 << 16;
/// No magic number of a compression is longer.
const MAGIC: u64 = 8;
/// The longest text in a section.
const LONGEST_TEXT: u64 = 1 << 20;
/// No image is larger, in bytes.
const LARGEST: u64 = 1 << 30;
const CUT: &str = "it ends in the middle of a file";
