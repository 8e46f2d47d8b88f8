//! The images of the running kernel: where they are, and what is in them.
//!
//! Source: where initramfs-tools, dracut, mkinitcpio, kernel-install, proxmox-boot-tool and ostree put images.

use super::contents::{Contents, choose};
use super::installed_image::InstalledImage;
use crate::host::image::form::{Section, compression_of, sections};
use crate::host::image::walk::ArchiveWalk;
use crate::sys::{BOOT_DIRS, Error, Root, SysPath, UNIVERSAL_IMAGE};

/// The images for kernel `release` below `root`, those of other kernels left out; with `universal` the universal image,
/// which comes before all others. Beside them what could not be read.
pub fn images(root: &Root, release: &str, universal: bool) -> (Vec<InstalledImage>, Vec<String>) {
    let mut finder = Finder {
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

impl Finder<'_> {
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
    let mut head = Vec::new();
    let read = root.length(place).and_then(|length| {
        root.pieces(place, 0, &mut |bytes| {
            head.extend_from_slice(bytes);
            false
        })?;
        Ok(length)
    });
    let length = match read {
        Ok(length) => length,
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

/// A section with text in it.
fn text(root: &Root, place: SysPath<'_>, section: &Section) -> Vec<u8> {
    let mut text = Vec::new();
    let length = usize::try_from(section.length).unwrap_or(usize::MAX);
    let _ = root.pieces(place, section.offset, &mut |bytes| {
        let missing = length.saturating_sub(text.len());
        text.extend_from_slice(bytes.get(..missing).unwrap_or(bytes));
        text.len() < length
    });
    while matches!(text.last(), Some(0 | b'\n')) {
        text.pop();
    }
    text
}

impl Contents {
    /// Walks the archives in a part of the file, up to and through the first that is compressed.
    fn archives(&mut self, root: &Root, place: SysPath<'_>, (from, length): (u64, u64)) {
        let mut walk = ArchiveWalk::new(choose);
        let mut left = length;
        let read = root.pieces(place, from, &mut |bytes| {
            let count = usize::try_from(left).unwrap_or(usize::MAX);
            let part = bytes.get(..count).unwrap_or(bytes);
            left -= part.len() as u64;
            walk.feed(part) && left > 0
        });
        let (foreign, whole) = (walk.foreign(), walk.is_whole());
        self.files.extend(walk.into_files());
        match (read, foreign) {
            (Err(error), _) => self.fail(&error),
            (Ok(()), Some(at)) => self.compressed(root, place, (from + at, length - at)),
            (Ok(()), None) if !whole => self.damage(CUT.to_owned()),
            (Ok(()), None) => {}
        }
    }

    /// Walks what a decompressor makes of the rest of the image.
    fn compressed(&mut self, root: &Root, place: SysPath<'_>, part: (u64, u64)) {
        let mut magic = Vec::new();
        let _ = root.pieces(place, part.0, &mut |bytes| {
            magic.extend_from_slice(bytes);
            false
        });
        let Some(compression) = compression_of(&magic) else {
            self.unread = Some(
                "what it begins with is no archive, and no compression that is known".to_owned(),
            );
            return;
        };
        let mut walk = ArchiveWalk::new(choose);
        let program = compression.program;
        let unpacked = root.unpack(place, part, program, &mut |bytes| walk.feed(bytes));
        let (strange, whole) = (walk.foreign().is_some(), walk.is_whole());
        let ended = walk.is_ended();
        self.files.extend(walk.into_files());
        match unpacked {
            // Behind the end of the archive there may be what only fills up.
            Err(error) if error.is_damage() && !ended => self.damage(error.to_string()),
            Err(error) => self.fail(&error),
            Ok(()) if strange => self.damage(format!("what {program} makes of it is no archive")),
            Ok(()) if !whole => self.damage(CUT.to_owned()),
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

/// No image is larger, in bytes.
const LARGEST: u64 = 1 << 30;
const CUT: &str = "it ends in the middle of a file";
