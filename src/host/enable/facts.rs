//! What a system has that makes its images and starts them: read once, before anything is decided.
//!
//! Source: the programs and files of each distribution, in `sys/boot_setup.rs`.

use crate::host::check::setup::is_universal;
use crate::host::check::{Generator, image_paths, images};
use crate::sys::boot_setup::{
    CMDLINE_DIR, DRACUT_CONF, DRACUT_DIRS, GRUB_CONFIGS, GRUB_DEFAULTS, INSTALL_CONF,
    KERNEL_CMDLINE, KERNELSTUB_CONF, LOADER_INFO, MODULES, NIXOS, OSTREE_BOOTED, POST_UPDATE,
    PRESET_DIR, PROXMOX_PARTITIONS,
};
use crate::sys::{Root, STUB_INFO, SysPath};

/// The programs that matter.
const PROGRAMS: [&str; 12] = [
    "dracut",
    "grub-mkconfig",
    "grub2-mkconfig",
    "grubby",
    "kernel-install",
    "kernelstub",
    "mkinitcpio",
    "proxmox-boot-tool",
    "rpm-ostree",
    "update-grub",
    "update-initramfs",
    "vfio-early",
];

/// The files and directories that matter for being there.
const FILES: [&str; 9] = [
    NIXOS,
    OSTREE_BOOTED,
    PROXMOX_PARTITIONS,
    GRUB_DEFAULTS,
    KERNELSTUB_CONF,
    CMDLINE_DIR,
    GRUB_CONFIGS[0],
    GRUB_CONFIGS[1],
    KERNEL_CMDLINE,
];

/// A kernel that has an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kernel {
    /// Its release.
    pub release: String,
    /// Its images, or those that may be, where their names do not show a release.
    pub images: Vec<String>,
    /// Its own file, where that was found.
    pub file: Option<String>,
}

/// What a system has that makes its images and starts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The kernels that have images.
    pub kernels: Vec<Kernel>,
    /// Who made the image of the running kernel.
    pub made_by: Option<Generator>,
    /// Whether our program is in it.
    pub has_program: bool,
    /// Which of the programs that matter are there.
    pub programs: Vec<&'static str>,
    /// Which of the files that matter are there.
    pub files: Vec<&'static str>,
    /// Whether the universal image is the first process.
    pub universal: bool,
    /// What the boot loader calls itself; empty where it does not.
    pub loader: String,
    /// Whether the machine was started from a unified kernel image.
    pub unified: bool,
    /// How kernel-install installs kernels, its `layout=`.
    pub layout: Option<String>,
    /// Whether dracut makes unified kernel images.
    pub dracut_unified: bool,
    /// Whether a preset of mkinitcpio makes unified kernel images.
    pub preset_unified: bool,
    /// Whether images get where the firmware finds them by a hook of initramfs-tools.
    pub post_update: bool,
    /// The command line for new kernels.
    pub kernel_cmdline: Option<Vec<u8>>,
    /// Boot directories with entries of the Boot Loader Specification.
    pub entries: Vec<String>,
}

impl Facts {
    /// Reads what is below `root`, which runs `release` with `cmdline`.
    pub fn read(root: &Root, release: &str, cmdline: &[u8]) -> Self {
        let universal = is_universal(cmdline);
        let (running, _) = images(root, release, universal);
        let exists = |path: &str| root.exists(SysPath::Named(path));
        let text = |path: &str| root.read(SysPath::Named(path)).ok().flatten();
        let programs = PROGRAMS.iter().copied();
        let files = FILES.iter().copied();
        Self {
            kernels: kernels(root, release, universal),
            made_by: running.iter().find_map(|image| image.contents.generator()),
            has_program: running.iter().any(|image| image.contents.has_program()),
            programs: programs
                .filter(|name| root.find_program(name).is_some())
                .collect(),
            files: files.filter(|path| exists(path)).collect(),
            universal,
            loader: loader(root),
            unified: root.exists(SysPath::EfiVariable(STUB_INFO)),
            layout: text(INSTALL_CONF).and_then(|text| value(&text, "layout")),
            dracut_unified: dracut_unified(root),
            preset_unified: preset_unified(root),
            post_update: POST_UPDATE.iter().any(|path| exists(path)),
            kernel_cmdline: text(KERNEL_CMDLINE),
            entries: entries(root),
        }
    }

    /// Whether a program is there.
    pub fn has(&self, program: &str) -> bool {
        self.programs.contains(&program)
    }

    /// Whether a file is there.
    pub fn has_file(&self, path: &str) -> bool {
        self.files.contains(&path)
    }
}

/// The kernels with images; with the universal image only the running one matters.
fn kernels(root: &Root, running: &str, universal: bool) -> Vec<Kernel> {
    let mut releases = root.list(SysPath::Named(MODULES)).unwrap_or_default();
    releases.retain(|release| {
        let has_modules = root.exists(SysPath::Modules(release, "modules.dep"));
        has_modules && (!universal || release == running)
    });
    let kernel = |release: String| {
        let files = [
            format!("/boot/vmlinuz-{release}"),
            format!("{MODULES}/{release}/vmlinuz"),
        ];
        Kernel {
            images: image_paths(root, &release, universal),
            file: files
                .into_iter()
                .find(|path| root.exists(SysPath::Named(path))),
            release,
        }
    };
    let kernels = releases.into_iter().map(kernel);
    kernels.filter(|kernel| !kernel.images.is_empty()).collect()
}

/// The name that the boot loader leaves in a variable: four bytes of attributes, then UTF-16.
fn loader(root: &Root) -> String {
    let bytes = root.attribute(SysPath::EfiVariable(LOADER_INFO));
    let bytes = bytes.unwrap_or_default();
    let units = bytes.get(4..).unwrap_or_default().chunks_exact(2);
    let units = units.filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}

/// The value of `key` in a file of lines `key=value`, the last one, without quotes and blanks.
fn value(text: &[u8], key: &str) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let mut values = text.lines().filter_map(|line| {
        let value = line.trim().strip_prefix(key)?.trim_start();
        let value = value.strip_prefix('=')?;
        Some(
            value
                .trim_matches(|c: char| c.is_whitespace() || c == '"')
                .to_owned(),
        )
    });
    values.next_back()
}

fn dracut_unified(root: &Root) -> bool {
    let mut paths = vec![DRACUT_CONF.to_owned()];
    for dir in DRACUT_DIRS {
        let names = root.list(SysPath::Named(dir)).unwrap_or_default();
        let names = names.into_iter().filter(|name| name.ends_with(".conf"));
        paths.extend(names.map(|name| format!("{dir}/{name}")));
    }
    let mut texts = paths
        .iter()
        .filter_map(|path| root.read(SysPath::Named(path)).ok().flatten());
    texts.any(|text| value(&text, "uefi").is_some_and(|value| value == "yes"))
}

/// A preset has `default_uki="/efi/EFI/Linux/arch-linux.efi"`.
fn preset_unified(root: &Root) -> bool {
    let names = root.list(SysPath::Named(PRESET_DIR)).unwrap_or_default();
    let names = names.into_iter().filter(|name| name.ends_with(".preset"));
    let mut texts = names.filter_map(|name| {
        let path = format!("{PRESET_DIR}/{name}");
        root.read(SysPath::Named(&path)).ok().flatten()
    });
    texts.any(|text| {
        let text = String::from_utf8_lossy(&text);
        let mut keys = text.lines().filter_map(|line| line.split_once('='));
        keys.any(|(key, _)| key.trim().ends_with("_uki") && !key.trim().starts_with('#'))
    })
}

fn entries(root: &Root) -> Vec<String> {
    let has_entries = |dir: &&str| {
        let path = format!("{dir}/{}", crate::sys::boot_setup::ENTRIES);
        let names = root.list(SysPath::Named(&path)).unwrap_or_default();
        names.iter().any(|name| name.ends_with(".conf"))
    };
    let dirs = crate::sys::BOOT_DIRS.iter().copied();
    dirs.filter(has_entries).map(str::to_owned).collect()
}
