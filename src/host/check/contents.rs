//! What of an image matters here: our program, what starts it, what it reads, and who made the image.
//!
//! Source: the hooks of this project, and what each generator leaves in its images.

use std::io::ErrorKind;

use crate::host::image::kept::{Keep, Kept};
use crate::machine::{ProtectList, module_name};
use crate::sys::{FIRST_PROGRAM, IMAGE_DIR};

/// What was found in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Its files, as far as they matter.
    pub files: Vec<Kept>,
    /// The kernel that a unified image is for.
    pub release: Option<String>,
    /// The kernel command line of a unified image.
    pub cmdline: Option<Vec<u8>>,
    /// Why some of it could not be read.
    pub unread: Option<String>,
    /// The kind of the error, where reading or running a program failed.
    pub error: Option<ErrorKind>,
    /// Whether that is because it is cut off or damaged: the kernel cannot read it either.
    pub damaged: bool,
}

/// Who made an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    /// Debian's.
    InitramfsTools,
    /// Fedora's, and others'.
    Dracut,
    /// Arch Linux's.
    Mkinitcpio,
    /// `vfio-early image`.
    Universal,
}

/// Generators, by what is in their images and in no other.
const MARKS: [(Generator, &str); 6] = [
    (Generator::InitramfsTools, "conf/initramfs.conf"),
    (Generator::InitramfsTools, "scripts/init-top/ORDER"),
    (Generator::Dracut, "usr/lib/dracut/build-parameter.txt"),
    (Generator::Dracut, "lib/dracut/build-parameter.txt"),
    (Generator::Mkinitcpio, "buildconfig"),
    (Generator::Mkinitcpio, "config"),
];

impl Generator {
    /// Where our hook for it is installed.
    pub fn hook(self) -> Option<&'static str> {
        Some(match self {
            Self::InitramfsTools => "/usr/share/initramfs-tools/hooks/vfio-early",
            Self::Dracut => "/usr/lib/dracut/modules.d/56vfio-early/module-setup.sh",
            Self::Mkinitcpio => "/usr/lib/initcpio/install/vfio-early",
            Self::Universal => return None,
        })
    }

    /// The command that rebuilds the image at `path` for kernel `release`.
    pub fn command(self, path: &str, release: &str) -> String {
        match self {
            Self::InitramfsTools => format!("update-initramfs -u -k {release}"),
            Self::Dracut => format!("dracut -f {path} {release}"),
            Self::Mkinitcpio => "mkinitcpio -P".to_owned(),
            Self::Universal => format!("vfio-early image -o {path}"),
        }
    }
}

/// What to keep of an image's files.
pub(super) fn choose(name: &str) -> Option<Keep> {
    let name = below(name);
    match name {
        OUR_PROGRAM | ORDER | PROTECT => Some(Keep::Contents),
        _ if is_first(name) || is_config(name) => Some(Keep::Contents),
        _ if MARKS.iter().any(|(_, mark)| *mark == name) || is_starter(name) => Some(Keep::Name),
        _ if name.contains("/modules/")
            && (name.contains(".ko") || name.contains("/modules.dep")) =>
        {
            Some(Keep::Name)
        }
        _ => None,
    }
}

const OUR_PROGRAM: &str = "usr/bin/vfio-early";
const ORDER: &str = "scripts/init-top/ORDER";
const PROTECT: &str = "etc/vfio-early.protect";

/// The name without the directory that the universal image has its files in.
fn below(name: &str) -> &str {
    let inside = name.strip_prefix(IMAGE_DIR);
    inside.map_or(name, |name| name.trim_start_matches('/'))
}

fn is_first(name: &str) -> bool {
    name == FIRST_PROGRAM.trim_start_matches('/')
}

fn is_config(name: &str) -> bool {
    let file = name.strip_prefix("etc/vfio-early.d/");
    let more = file.is_some_and(|file| file.ends_with(".conf") && !file.starts_with('.'));
    name == "etc/vfio-early.conf" || more
}

/// What starts us in an image of a generator.
fn is_starter(name: &str) -> bool {
    name == "scripts/init-top/00-vfio-early"
        || name == "hooks/vfio-early"
        || name.ends_with("/hooks/cmdline/00-vfio-early.sh")
        || name.ends_with("/sysinit.target.wants/vfio-early.service")
}

impl Contents {
    /// The file of this name that the kernel has in the end.
    pub fn file(&self, name: &str) -> Option<&Kept> {
        self.files
            .iter()
            .rev()
            .find(|file| below(&file.name) == name)
    }

    /// The generator that made it, where that is known.
    pub fn generator(&self) -> Option<Generator> {
        let made = MARKS.iter().find(|(_, mark)| self.file(mark).is_some());
        if self.files.iter().any(|file| is_first(&file.name)) {
            Some(Generator::Universal)
        } else {
            made.map(|(generator, _)| *generator)
        }
    }

    /// Our program in it.
    fn program(&self) -> Option<&Kept> {
        let first = || self.file(FIRST_PROGRAM.trim_start_matches('/'));
        self.file(OUR_PROGRAM).or_else(first)
    }

    /// Whether it has our program.
    pub fn has_program(&self) -> bool {
        // An empty file is a hook that was disabled.
        self.program()
            .is_some_and(|file| file.link || !file.bytes.is_empty())
    }

    /// The version of our program in it, where that is known.
    pub fn version(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.program()?.bytes);
        let mut versions = text.split(NAME).skip(1).filter_map(|rest| {
            let (version, _) = rest.split_once('\n')?;
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
            let digit = version.starts_with(|c: char| c.is_ascii_digit());
            // Not the end of a sentence that names the version, as the program has one too.
            let ends = version.ends_with(|c: char| c.is_ascii_alphanumeric());
            let is_version = digit && ends && version.len() < 40 && version.chars().all(plain);
            is_version.then(|| version.to_owned())
        });
        versions.next()
    }

    /// Whether something starts our program.
    pub fn starts_it(&self) -> bool {
        let listed = |file: &Kept| {
            let text = String::from_utf8_lossy(&file.bytes);
            text.contains("/00-vfio-early")
        };
        // initramfs-tools runs what its list names.
        match self.file(ORDER) {
            Some(order) => listed(order),
            None => self.files.iter().any(|file| is_starter(&file.name)),
        }
    }

    /// Whether it has modules for the kernel `release`.
    pub fn has_release(&self, release: &str) -> bool {
        let mut split = self.files.iter().filter_map(split);
        split.any(|(other, _)| other == release)
    }

    /// A kernel that it has modules for.
    pub fn some_release(&self) -> Option<&str> {
        self.files
            .iter()
            .find_map(split)
            .map(|(release, _)| release)
    }

    /// Whether it has this module for the kernel `release`.
    pub fn has_module(&self, release: &str, module: &str) -> bool {
        self.files.iter().filter_map(split).any(|(other, path)| {
            other == release && path.contains(".ko") && module_name(path) == module
        })
    }

    /// The names of its configuration files, as on the host.
    pub fn config(&self) -> impl Iterator<Item = &str> {
        let names = self.files.iter().map(|file| below(&file.name));
        names.filter(|name| is_config(name))
    }

    /// Its protect list, empty where it has none.
    pub fn protect(&self) -> ProtectList {
        let file = self.file(PROTECT);
        file.map(|file| ProtectList::parse(&file.bytes).0)
            .unwrap_or_default()
    }
}

/// What stands in front of the version in every program of ours.
const NAME: &str = "vfio-early ";

/// The release and the rest of a path of modules: `usr/lib/modules/6.1/kernel/x.ko`.
fn split(file: &Kept) -> Option<(&str, &str)> {
    file.name.split_once("lib/modules/")?.1.split_once('/')
}
