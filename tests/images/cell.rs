//! The words of a declaration: a suite, a generator, what it boots with, what must come of it.
//!
//! What is declared is booted by `cell/run.rs`. To add a word: a method that changes one field and returns the cell.

mod run;

use crate::disk::RealRoot;
use crate::generator::Generator;
use crate::harness::machine::{Device, Iommu, Model, NVME, VIRTIO_BLK};
use crate::harness::store::Kernel;
use crate::harness::verdict::Wanted;

/// All devices of the machine but the disk of the real root, with their host drivers. Two have a twin.
pub(crate) const HOST: [(&str, &str); 6] = [
    ("0000:00:04.0", "nvme"),
    ("0000:00:05.0", "nvme"),
    ("0000:00:06.0", "e1000e"),
    ("0000:00:07.0", "xhci_hcd"),
    ("0000:00:08.0", "bochs-drm"),
    ("0000:00:0a.0", "e1000e"),
];

/// The disk of the real root.
pub(crate) const ROOT_DISK: &str = "0000:00:1e.0";

/// A boot of an image that a generator made.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    kernel: Kernel,
    generator: Generator,
    iommu: Iommu,
    real_root: RealRoot,
    /// What the real root is on.
    disk: Model,
    cmdline: String,
    wanted: Wanted,
    /// Files that the image has besides, or in place of its own.
    files: Vec<(&'static str, &'static str)>,
    /// The kernel of the universal image in front of a stock image, where there is one.
    universal: Option<Kernel>,
    /// The firmware starts kernel and image out of one file.
    unified: bool,
    script: String,
    first: String,
    /// What the machine has besides.
    more: Vec<Device>,
}

impl Cell {
    /// The image of this suite's generator on a machine with an Intel IOMMU, with everything on its host driver.
    pub(crate) fn of(kernel: Kernel, generator: Generator) -> Self {
        Self {
            kernel,
            generator,
            iommu: Iommu::Intel,
            real_root: RealRoot::Tiny,
            disk: VIRTIO_BLK,
            cmdline: String::new(),
            wanted: Wanted::default(),
            files: Vec::new(),
            universal: None,
            unified: false,
            script: String::new(),
            first: String::new(),
            more: Vec::new(),
        }
        .expect(HOST)
        .expect([(ROOT_DISK, "virtio-pci")])
    }

    /// The real root is Debian, and not just a script.
    pub(crate) fn into_debian(mut self) -> Self {
        self.real_root = RealRoot::Debian;
        self
    }

    /// The real root is Debian with libvirt and QEMU.
    pub(crate) fn into_libvirt(mut self) -> Self {
        self.real_root = RealRoot::Libvirt;
        self
    }

    /// The real root's disk is a third NVMe disk, of the same id as the other two.
    pub(crate) fn nvme_root(mut self) -> Self {
        self.disk = NVME;
        self.expect([(ROOT_DISK, "nvme")])
    }

    /// Another IOMMU than Intel's.
    pub(crate) fn iommu(mut self, iommu: Iommu) -> Self {
        self.iommu = iommu;
        self
    }

    /// What the user adds to the kernel command line.
    pub(crate) fn cmdline(mut self, text: &str) -> Self {
        text.clone_into(&mut self.cmdline);
        self
    }

    /// The drivers in the real root, where they are not the host's.
    pub(crate) fn expect<const N: usize>(mut self, devices: [(&str, &str); N]) -> Self {
        let owned = devices.map(|(address, driver)| (address.to_owned(), driver.to_owned()));
        self.wanted.drivers.extend(owned);
        let mut devices = self.wanted.drivers.keys();
        self.wanted.report = devices.any(|address| self.wanted.claims(address));
        self
    }

    /// A host driver that has a device for a moment before it is claimed.
    pub(crate) fn held(mut self, address: &str, driver: &'static str) -> Self {
        self.wanted.held.insert(address.to_owned(), driver);
        self
    }

    /// A device that a selector matched is not claimed, for this reason.
    pub(crate) fn refuses(mut self, address: &str, code: &'static str) -> Self {
        let outcome = ("refused", Some(code));
        self.wanted.outcomes.insert(address.to_owned(), outcome);
        self
    }

    /// A device could not be claimed, for this reason.
    pub(crate) fn fails(mut self, address: &str, code: &'static str) -> Self {
        let outcome = ("failed", Some(code));
        self.wanted.outcomes.insert(address.to_owned(), outcome);
        self
    }

    /// Shell commands for the real root, run last; what they print is in [`Seen::script`].
    pub(crate) fn script(mut self, text: &str) -> Self {
        text.clone_into(&mut self.script);
        self
    }

    /// Shell commands for the real root, run before the machine is looked at.
    pub(crate) fn first(mut self, text: &str) -> Self {
        text.clone_into(&mut self.first);
        self
    }

    /// A device that the machine has besides.
    pub(crate) fn device(mut self, device: Device) -> Self {
        self.more.push(device);
        self
    }

    /// The binary in the image is no program.
    pub(crate) fn without_binary(self) -> Self {
        self.file("usr/bin/vfio-early", "")
    }

    /// A text file that the image has besides, or in place of its own.
    pub(crate) fn file(mut self, path: &'static str, text: &'static str) -> Self {
        self.files.push((path, text));
        self
    }

    /// The image is one without the package, behind a universal image for `kernel`, which is the first process.
    pub(crate) fn universal(mut self, kernel: Kernel) -> Self {
        self.universal = Some(kernel);
        self
    }

    /// Kernel, images and command line are one file, a unified kernel image, which UEFI firmware starts.
    pub(crate) fn unified(mut self) -> Self {
        self.unified = true;
        self
    }

    /// Whether the real root has a report, where that is not just whether anything is claimed.
    pub(crate) fn report(mut self, there: bool) -> Self {
        self.wanted.report = there;
        self
    }
}
