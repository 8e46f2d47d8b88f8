//! The generators: how each makes an image in a root, and how to look into it.
//!
//! Source: each generator's man page.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::mkinitcpio::{self, Flavour};
use crate::root::Root;

/// A generator, with the flavour of image it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Generator {
    InitramfsTools,
    /// The image starts systemd.
    DracutSystemd,
    /// The image starts dracut's own shell script.
    DracutShell,
    /// The image that the trigger of the package dracut made, which starts systemd.
    DracutPackage,
    /// The image starts mkinitcpio's shell script, or what stands in for it: see `mkinitcpio.rs`.
    MkinitcpioBusybox,
    /// The same, with our hook last in HOOKS.
    MkinitcpioLast,
    /// The image starts systemd; only with a checkout.
    MkinitcpioSystemd,
}

impl Generator {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InitramfsTools => "initramfs-tools",
            Self::DracutSystemd => "dracut, systemd",
            Self::DracutShell => "dracut, no systemd",
            Self::DracutPackage => "dracut, its package",
            Self::MkinitcpioBusybox => "mkinitcpio, busybox",
            Self::MkinitcpioLast => "mkinitcpio, busybox, last in HOOKS",
            Self::MkinitcpioSystemd => "mkinitcpio, systemd",
        }
    }

    pub(crate) fn version(self, root: &Root) -> String {
        match self {
            Self::InitramfsTools => root.version("initramfs-tools"),
            Self::DracutSystemd | Self::DracutShell | Self::DracutPackage => {
                root.version("dracut-core")
            }
            Self::MkinitcpioBusybox | Self::MkinitcpioLast | Self::MkinitcpioSystemd => {
                mkinitcpio::version()
            }
        }
    }

    /// Whether udevd is started before us. It has nothing to do until it is triggered.
    pub(crate) fn starts_udevd_first(self) -> bool {
        self == Self::MkinitcpioLast
    }

    /// The image in this root, made when it is first asked for.
    pub(crate) fn image(self, root: &Root) -> PathBuf {
        static MADE: Mutex<BTreeMap<(PathBuf, Generator), PathBuf>> = Mutex::new(BTreeMap::new());
        // A generator that failed for one test has to fail for the next one too.
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry((root.path(""), self))
            .or_insert_with(|| self.make(root))
            .clone()
    }

    /// Makes the image in this root, as a user of the distribution does.
    pub(crate) fn make(self, root: &Root) -> PathBuf {
        let image = match self {
            // It came with the kernel; the package's trigger made it anew.
            Self::InitramfsTools => root.initrd(),
            Self::DracutSystemd => dracut(root, "/boot/dracut-systemd.img", ""),
            Self::DracutShell => dracut(root, "/boot/dracut-shell.img", NO_SYSTEMD),
            Self::DracutPackage => {
                let root = root.copy(&format!("dracut-{}", root.kernel.suite()));
                root.turn_to_dracut();
                root.initrd()
            }
            Self::MkinitcpioBusybox => mkinitcpio::make(root, Flavour::Busybox),
            Self::MkinitcpioLast => mkinitcpio::make(root, Flavour::Last),
            Self::MkinitcpioSystemd => mkinitcpio::make(root, Flavour::Systemd),
        };
        // dracut for one is content to make nothing.
        assert!(image.is_file(), "{} is not there", image.display());
        image
    }
}

/// dracut's modules that bring systemd into an image.
const NO_SYSTEMD: &str = "systemd systemd-initrd dracut-systemd systemd-udevd systemd-journald \
                          systemd-modules-load systemd-battery-check systemd-pcrphase";

fn dracut(root: &Root, image: &str, omitted: &str) -> PathBuf {
    let release = root.kernel.release();
    root.enter(&[
        "dracut", "--quiet", "--force", "--omit", omitted, "--kver", &release, image,
    ]);
    root.path(image)
}
