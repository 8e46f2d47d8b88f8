//! The words of a declaration: a suite, a generator, what it boots with, what must come of it.
//!
//! *Writes* the serial log to `target/images/log/TEST.log`. The machine is the same in all tests.
//! To add a word: a method that changes one field and returns the cell.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::booted::Booted;
use crate::disk::{self, LABEL, RealRoot};
use crate::generator::Generator;
use crate::harness::firmware::Firmware;
use crate::harness::machine::{
    Device, E1000E, Host, Iommu, Machine, Model, NVME, VGA, VIRTIO_BLK, XHCI,
};
use crate::harness::qemu::{self, End};
use crate::harness::store::{Kernel, target};
use crate::harness::verdict::{Wanted, faults};
use crate::image::{joined, of_files, unified, universal_for};
use crate::root::Root;
use crate::row::Row;
use crate::times;

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

    /// Boots, writes the table's row, panics with everything that is not as declared.
    #[track_caller]
    pub(crate) fn run(self) -> Booted {
        let test = thread::current()
            .name()
            .unwrap_or("main")
            .replace("::", "-");
        let log = target().join("images/log").join(format!("{test}.log"));
        let (booted, faults, wall) = self.boot(&log);
        Row {
            generator: &self.name(),
            version: &self.generator.version(self.root()),
            kernel: &self.kernel.release(),
            iommu: self.iommu,
            root: &format!("{:?} on {}", self.real_root, self.disk.name()).to_lowercase(),
            outcome: if faults.is_empty() {
                "as declared"
            } else {
                "FAILED"
            },
            wall,
        }
        .write(&test, booted.times);
        assert!(
            faults.is_empty(),
            "{test}\n  {}\nthe whole log: {}",
            faults.join("\n  "),
            log.display()
        );
        booted
    }

    /// Boots; what was seen, what is not as declared, and the seconds it took.
    fn boot(&self, log: &Path) -> (Booted, Vec<String>, f64) {
        let directory = target().join("images");
        fs::create_dir_all(&directory).unwrap();
        let scratch = tempfile::Builder::new()
            .prefix("cell-")
            .tempdir_in(directory)
            .unwrap();
        let bound: Vec<&str> = self.wanted.drivers.keys().map(String::as_str).collect();
        let scripts = [self.first.as_str(), &self.script];
        let disk = disk::make(self.real_root, self.root(), &bound, scripts, &scratch);
        let machine = self.machine(&disk);
        let images = self.images(&scratch);
        fs::create_dir_all(log.parent().unwrap()).unwrap();
        // More than anything takes on an idle machine.
        let limit = Duration::from_secs(match self.real_root {
            RealRoot::Libvirt => 900,
            RealRoot::Tiny | RealRoot::Debian => 300,
        });
        let (end, wall) = if self.unified {
            let disk = unified(self.root(), &images, &machine.append(), &scratch);
            timed(|| qemu::run_from(&machine, &disk, log, limit))
        } else {
            let image = joined(&images, &scratch);
            timed(|| qemu::run(&machine, &image, log, limit))
        };
        let text = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
        let booted = Booted::read(&text, &machine.hosts(), &self.wanted.held);
        let mut faults = self.faults(&booted, &machine.hosts());
        if end != End::PoweredOff {
            faults.insert(0, format!("QEMU: {end:?}"));
        }
        (booted, faults, wall)
    }

    /// The root that the image is made in.
    fn root(&self) -> &'static Root {
        if self.real_root == RealRoot::Libvirt {
            Root::libvirt()
        } else if self.universal.is_some() {
            Root::stock(self.kernel)
        } else {
            Root::of(self.kernel)
        }
    }

    /// The generator, as the table has it.
    fn name(&self) -> String {
        let around = if self.unified { "UKI, " } else { "" };
        let before = self.universal.map_or("", |_| "universal, ");
        format!("{around}{before}{}", self.generator.name())
    }

    /// What is booted, one after the other.
    fn images(&self, scratch: &TempDir) -> Vec<PathBuf> {
        let made = self.generator.image(self.root());
        let universal = self.universal.map(|kernel| universal_for(kernel, scratch));
        let behind = (!self.files.is_empty()).then(|| of_files(&self.files, scratch));
        universal.into_iter().chain([made]).chain(behind).collect()
    }

    fn machine(&self, disk: &Path) -> Machine {
        // The kernel forgets the words for init that stand before it.
        let first = self.universal.map_or("", |_| "rdinit=/vfio-early ");
        Machine {
            firmware: if self.unified {
                Firmware::Ovmf
            } else {
                Firmware::SeaBios
            },
            kernel: self.kernel,
            iommu: self.iommu,
            devices: [
                NVME.at("00:04.0"),
                NVME.at("00:05.0"),
                E1000E.at("00:06.0"),
                XHCI.at("00:07.0"),
                VGA.at("00:08.0"),
                E1000E.at("00:0a.0"),
                self.disk.holding(disk, "00:1e.0"),
            ]
            .into_iter()
            .chain(self.more.iter().cloned())
            .collect(),
            // The firmware has the images in memory twice.
            megabytes: match self.real_root {
                RealRoot::Libvirt => 2048,
                _ if self.unified => 1536,
                _ => 1024,
            },
            cmdline: format!(
                "{first}intel_iommu=on root=LABEL={LABEL} rw {} {}",
                times::CMDLINE,
                self.cmdline
            ),
        }
    }

    fn faults(&self, booted: &Booted, hosts: &[Host]) -> Vec<String> {
        let Booted { seen, times, .. } = booted;
        let mut faults = faults(&self.wanted, seen, hosts);
        if HOST.iter().any(|(address, _)| self.wanted.claims(address)) {
            faults.extend(times.faults(self.generator.starts_udevd_first()));
        }
        if !seen.script.iter().any(|line| line.contains(" / ext4 ")) {
            faults.push(format!("the real root is not mounted: {:?}", seen.script));
        }
        faults
    }
}

/// What the function returns, and the seconds it took.
fn timed<T>(function: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    (function(), start.elapsed().as_secs_f64())
}
