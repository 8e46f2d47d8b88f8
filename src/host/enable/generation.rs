//! How the images of a system are made anew: which generator, with which arguments, and what carries them to where the
//! firmware finds them.
//!
//! Source: update-initramfs(8), dracut(8), mkinitcpio(8), kernel-install(8), rpm-ostree(1), proxmox-boot-tool.

use super::facts::{Facts, Kernel};
use super::invocation::Invocation;
use crate::host::check::Generator;
use crate::sys::UNIVERSAL_IMAGE;
use crate::sys::boot_setup::{ENABLED, NIXOS, OSTREE_BOOTED, PROXMOX_PARTITIONS};

/// How images are made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The generator; `None` where the system makes its images itself.
    pub generator: Option<Generator>,
    /// What makes the images.
    pub make: Vec<Invocation>,
    /// What carries images to where the firmware finds them; also after the old ones were put back.
    pub publish: Vec<Invocation>,
    /// What undoes it, where the system keeps its old images itself; then nothing can be looked into before the next boot.
    pub back: Option<Vec<Invocation>>,
    /// Whether a new image is written beside the old one, so that both need room.
    pub beside: bool,
}

/// Why nothing can be made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoGeneration {
    /// The system is built from its configuration, which is not ours to write.
    NixOs,
    /// No generator was found.
    NoGenerator,
    /// No kernel has an image where generators put them.
    NoImage,
    /// The generator made the images and its program is not there.
    NoProgram(&'static str),
}

impl NoGeneration {
    /// What is so, and what to do.
    pub fn message(self) -> String {
        match self {
            Self::NixOs => "NixOS makes its images from its own configuration, which is yours to write".to_owned(),
            Self::NoGenerator => {
                "no generator of images was found: neither update-initramfs nor dracut nor mkinitcpio; install one, or \
                 use the universal image (vfio-early image)"
                    .to_owned()
            }
            Self::NoImage => {
                "no kernel has an image in /boot, /boot/efi or /efi; mount /boot".to_owned()
            }
            Self::NoProgram(program) => {
                format!("the image of the running kernel is made by {program}, which is not there; install it")
            }
        }
    }
}

impl Generation {
    /// Decides how the images are made anew; `gone` where the settings are removed.
    pub fn new(facts: &Facts, gone: bool) -> Result<Self, NoGeneration> {
        if facts.has_file(NIXOS) {
            return Err(NoGeneration::NixOs);
        }
        if facts.has_file(OSTREE_BOOTED) && facts.has("rpm-ostree") {
            return Ok(deployment(facts, gone));
        }
        if facts.kernels.is_empty() {
            return Err(NoGeneration::NoImage);
        }
        let generator = generator(facts)?;
        let (make, publish) = match generator {
            Generator::InitramfsTools => initramfs_tools(facts),
            Generator::Dracut => (dracut(facts), Vec::new()),
            Generator::Mkinitcpio => (vec![Invocation::new("mkinitcpio", &["-P"])], Vec::new()),
            Generator::Universal => {
                let arguments = ["image", "-o", UNIVERSAL_IMAGE];
                (vec![Invocation::new("vfio-early", &arguments)], Vec::new())
            }
        };
        let proxmox = facts.has_file(PROXMOX_PARTITIONS) && facts.has("proxmox-boot-tool");
        let refresh = proxmox.then(|| Invocation::new("proxmox-boot-tool", &["refresh"]));
        Ok(Self {
            generator: Some(generator),
            make,
            publish: publish.into_iter().chain(refresh).collect(),
            back: None,
            beside: matches!(generator, Generator::InitramfsTools | Generator::Universal),
        })
    }

    /// Everything that is run, in its order.
    pub fn all(&self) -> impl Iterator<Item = &Invocation> {
        self.make.iter().chain(&self.publish)
    }
}

/// The program of a generator.
fn program(generator: Generator) -> &'static str {
    match generator {
        Generator::InitramfsTools => "update-initramfs",
        Generator::Dracut => "dracut",
        Generator::Mkinitcpio => "mkinitcpio",
        Generator::Universal => "vfio-early",
    }
}

/// The generator that made the running kernel's image; where that cannot be known, the first that is there.
fn generator(facts: &Facts) -> Result<Generator, NoGeneration> {
    if facts.universal {
        return Ok(Generator::Universal);
    }
    if let Some(made_by) = facts.made_by {
        let program = program(made_by);
        return if facts.has(program) {
            Ok(made_by)
        } else {
            Err(NoGeneration::NoProgram(program))
        };
    }
    let all = [
        Generator::InitramfsTools,
        Generator::Dracut,
        Generator::Mkinitcpio,
    ];
    let mut there = all.into_iter().filter(|one| facts.has(program(*one)));
    there.next().ok_or(NoGeneration::NoGenerator)
}

/// The deployment that comes next; the one that runs stays in the boot menu.
fn deployment(facts: &Facts, gone: bool) -> Generation {
    let rpm_ostree = |arguments: &[&str]| Invocation::new("rpm-ostree", arguments);
    let track = format!("--track={ENABLED}");
    let untrack = format!("--untrack={ENABLED}");
    // An image that the distribution made has our program only where the distribution put it in.
    let enable = || rpm_ostree(&["initramfs", "--enable"]);
    let first = (!facts.has_program).then(enable);
    let word = if gone { &untrack } else { &track };
    let change = rpm_ostree(&["initramfs-etc", word, "--force-sync"]);
    Generation {
        generator: None,
        make: first.into_iter().chain([change]).collect(),
        publish: Vec::new(),
        back: Some(vec![rpm_ostree(&["cleanup", "--pending"])]),
        beside: false,
    }
}

fn initramfs_tools(facts: &Facts) -> (Vec<Invocation>, Vec<Invocation>) {
    let make = Invocation::new("update-initramfs", &["-u", "-k", "all"]);
    // A loader that reads no other file system has its own copies.
    let copied = |kernel: &&Kernel| {
        let mut images = kernel.images.iter();
        images.any(|image| is_installed(image, &kernel.release) || is_unified(image))
    };
    let install = facts.has("kernel-install") && !facts.post_update;
    let kernels = facts.kernels.iter().filter(|_| install).filter(copied);
    (vec![make], kernels.filter_map(install_kernel).collect())
}

/// Each image is written where it is; a unified one that dracut did not make is put together by kernel-install.
fn dracut(facts: &Facts) -> Vec<Invocation> {
    let mut list = Vec::new();
    for kernel in &facts.kernels {
        let (unified, separate): (Vec<&String>, Vec<&String>) =
            kernel.images.iter().partition(|image| is_unified(image));
        let own = unified.iter().filter(|_| facts.dracut_unified);
        for image in separate.iter().chain(own) {
            list.push(Invocation::new(
                "dracut",
                &["--force", image, &kernel.release],
            ));
        }
        let foreign = !unified.is_empty() && !facts.dracut_unified;
        if foreign && facts.has("kernel-install") {
            list.extend(install_kernel(kernel));
        }
    }
    list.dedup();
    list
}

/// What kernel-install does when a kernel is installed.
fn install_kernel(kernel: &Kernel) -> Option<Invocation> {
    let file = kernel.file.as_deref()?;
    let arguments = ["add", &kernel.release, file];
    Some(Invocation::new("kernel-install", &arguments))
}

/// Whether kernel-install put it there: in a directory by the kernel's release.
fn is_installed(image: &str, release: &str) -> bool {
    let dir = image.rsplit_once('/').map_or("", |(dir, _)| dir);
    dir.ends_with(&format!("/{release}")) && !dir.contains("/proxmox/")
}

fn is_unified(image: &str) -> bool {
    image.ends_with(".efi")
}
