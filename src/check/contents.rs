//! What of an image matters here: our program, what starts it, what it reads, and who made the image.
//!
//! *Pure.* Source of truth: the hooks of this project, and what each generator leaves in its images.
//! To add one: a file to look for is a row in [`choose`]; a generator is a variant of [`Generator`] with its rows.

use crate::image::{Keep, Kept, PROGRAM};
use crate::machine::module_name;
use crate::protect::ProtectList;
use crate::root::IMAGE_DIR;

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

    /// What makes the image at `path` for kernel `release` anew.
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
    name == PROGRAM.trim_start_matches('/')
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
    fn file(&self, name: &str) -> Option<&Kept> {
        self.files
            .iter()
            .rev()
            .find(|file| below(&file.name) == name)
    }

    /// Who made it, where that can be told.
    pub fn generator(&self) -> Option<Generator> {
        let made = MARKS.iter().find(|(_, mark)| self.file(mark).is_some());
        match self.files.iter().any(|file| is_first(&file.name)) {
            true => Some(Generator::Universal),
            false => made.map(|(generator, _)| *generator),
        }
    }

    /// Our program in it.
    fn program(&self) -> Option<&Kept> {
        let first = || self.file(PROGRAM.trim_start_matches('/'));
        self.file(OUR_PROGRAM).or_else(first)
    }

    /// Whether it has our program.
    pub fn has_program(&self) -> bool {
        // An empty file is there where somebody put it out of action.
        self.program()
            .is_some_and(|file| file.link || !file.bytes.is_empty())
    }

    /// The version of our program in it, where that can be told.
    pub fn version(&self) -> Option<String> {
        let bytes = &self.program()?.bytes;
        let begins = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(NAME));
        let mut places = (0..bytes.len()).filter(begins);
        places.find_map(|at| {
            let rest = bytes.get(at + NAME.len()..)?;
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let text = std::str::from_utf8(rest.get(..end)?).ok()?;
            let digit = text.starts_with(|c: char| c.is_ascii_digit());
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-+~".contains(c);
            (digit && text.len() < 40 && text.chars().all(plain)).then(|| text.to_owned())
        })
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

    /// The releases of the kernels that it has modules for.
    pub fn releases(&self) -> Vec<&str> {
        let release = |file| Some(split(file)?.0);
        let mut releases: Vec<&str> = self.files.iter().filter_map(release).collect();
        releases.sort_unstable();
        releases.dedup();
        releases
    }

    /// Whether it has this module for the kernel `release`.
    pub fn has_module(&self, release: &str, module: &str) -> bool {
        self.files.iter().filter_map(split).any(|(other, path)| {
            other == release && path.contains(".ko") && module_name(path) == module
        })
    }

    /// Its configuration files by name, the first directory left out; links are not followed.
    pub fn config(&self) -> Vec<&Kept> {
        let mut config: Vec<&Kept> = Vec::new();
        for file in self
            .files
            .iter()
            .rev()
            .filter(|file| is_config(below(&file.name)))
        {
            if !config.iter().any(|known| known.name == file.name) {
                config.push(file);
            }
        }
        config
    }

    /// Its configuration file of this name.
    pub fn config_file(&self, name: &str) -> Option<&Kept> {
        self.file(name)
    }

    /// Its protect list.
    pub fn protect(&self) -> Option<ProtectList> {
        Some(ProtectList::parse(&self.file(PROTECT)?.bytes).0)
    }
}

/// What stands in front of the version in every program of ours.
const NAME: &[u8] = b"vfio-early ";

/// The release and the rest of a path of modules: `usr/lib/modules/6.1/kernel/x.ko`.
fn split(file: &Kept) -> Option<(&str, &str)> {
    file.name.split_once("lib/modules/")?.1.split_once('/')
}
