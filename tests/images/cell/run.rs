//! Boots what a cell declares, and holds it against what was seen.
//!
//! *Writes* the serial log to `target/images/log/TEST.log`. The machine is the same in all tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Cell, HOST};
use crate::booted::Booted;
use crate::disk::{self, LABEL, RealRoot};
use crate::harness::firmware::Firmware;
use crate::harness::machine::{E1000E, Host, Machine, NVME, VGA, XHCI};
use crate::harness::qemu::{self, End};
use crate::harness::store::target;
use crate::harness::verdict::faults;
use crate::image::{joined, of_files, unified, universal_for};
use crate::root::Root;
use crate::row::Row;
use crate::times;

impl Cell {
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
            keeps_variables: false,
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
