//! The words of a declaration: a machine, what it boots with, what must come of it.
//!
//! *Writes* the serial log to `target/boot/TEST.log`.
//! To add a word: a method that changes one field and returns the boot.

use std::fs;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::firmware::Firmware;
use super::image::Image;
use super::machine::{Device, Host, Iommu, Machine};
use super::modules::Format;
use super::qemu::{self, End};
use super::seen::Seen;
use super::store::{Kernel, target};
use super::verdict::{Wanted, faults};

/// A boot that is declared and then [`run`](Boot::run).
#[derive(Clone, Debug)]
pub(crate) struct Boot {
    machine: Machine,
    image: Image,
    before: Vec<String>,
    wanted: Wanted,
    limit: Duration,
}

impl Boot {
    /// Debian 12's kernel on a machine with an Intel IOMMU and these devices.
    pub(crate) fn with(devices: impl IntoIterator<Item = Device>) -> Self {
        Self {
            machine: Machine {
                firmware: Firmware::SeaBios,
                keeps_variables: false,
                kernel: Kernel::Bookworm,
                iommu: Iommu::Intel,
                devices: devices.into_iter().collect(),
                megabytes: 1024,
                cmdline: String::new(),
            },
            image: Image::new(),
            before: Vec::new(),
            wanted: Wanted {
                report: true,
                ..Wanted::default()
            },
            limit: Duration::from_secs(120),
        }
    }

    pub(crate) fn kernel(mut self, kernel: Kernel) -> Self {
        self.machine.kernel = kernel;
        self
    }

    pub(crate) fn firmware(mut self, firmware: Firmware) -> Self {
        self.machine.firmware = firmware;
        self
    }

    /// The firmware has the variables that the boot before left; that one is declared in the same test.
    pub(crate) fn keeps_variables(mut self) -> Self {
        self.machine.keeps_variables = true;
        self
    }

    pub(crate) fn iommu(mut self, iommu: Iommu) -> Self {
        self.machine.iommu = iommu;
        self
    }

    pub(crate) fn megabytes(mut self, megabytes: u32) -> Self {
        self.machine.megabytes = megabytes;
        self
    }

    pub(crate) fn limit(mut self, seconds: u64) -> Self {
        self.limit = Duration::from_secs(seconds);
        self
    }

    /// The kernel command line.
    pub(crate) fn cmdline(mut self, text: &str) -> Self {
        text.clone_into(&mut self.machine.cmdline);
        self
    }

    /// A text file in the image.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.image.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// A file of this machine in the image; a program comes with its libraries.
    pub(crate) fn copy(mut self, from: impl Into<PathBuf>, path: &str) -> Self {
        self.image.copies.push((path.to_owned(), from.into()));
        self
    }

    /// How the image's modules are compressed.
    pub(crate) fn modules(mut self, format: Format) -> Self {
        self.image.format = format;
        self
    }

    /// The image has this machine's modprobe.
    pub(crate) fn with_modprobe(mut self) -> Self {
        self.image.modprobe = true;
        self
    }

    /// The universal image with this configuration comes first and is the first process.
    pub(crate) fn universal(mut self, config: &str) -> Self {
        self.image.universal = Some(config.to_owned());
        // The kernel forgets the words for init that stand before it.
        self.machine.cmdline = format!("rdinit=/vfio-early {}", self.machine.cmdline);
        self.wanted.first = true;
        self.file("/test/claimed", "")
    }

    /// The image has this module besides those that every image has.
    pub(crate) fn with_module(mut self, name: &str) -> Self {
        self.image.modules.push(name.to_owned());
        self
    }

    /// This module is loaded before the claim, and before the host drivers that come then.
    pub(crate) fn loaded(mut self, name: &str) -> Self {
        self.before.push(name.to_owned());
        self.with_module(name)
    }

    /// The image lacks this module.
    pub(crate) fn without_module(mut self, name: &str) -> Self {
        self.image.missing.push(name.to_owned());
        self
    }

    /// Shell commands for the guest, run before the claim.
    pub(crate) fn first(self, text: &str) -> Self {
        self.file("/test/first", text)
    }

    /// Shell commands for the guest, run last.
    pub(crate) fn script(self, text: &str) -> Self {
        self.file("/test/script", text)
    }

    /// Host drivers that are loaded before the claim and hold these devices.
    pub(crate) fn held<const N: usize>(mut self, devices: [(&str, &'static str); N]) -> Self {
        self.wanted
            .held
            .extend(devices.map(|(address, driver)| (address.to_owned(), driver)));
        self
    }

    /// The drivers at the end. What is on vfio-pci or pci-stub must have been claimed, nothing else may be.
    pub(crate) fn expect<'a>(
        mut self,
        devices: impl IntoIterator<Item = (impl Into<String>, &'a str)>,
    ) -> Self {
        let owned = devices
            .into_iter()
            .map(|(address, driver)| (address.into(), driver.to_owned()));
        self.wanted.drivers.extend(owned);
        self
    }

    /// The exit status of the claim, 0 unless set.
    pub(crate) fn exit(mut self, status: i32) -> Self {
        self.wanted.status = status;
        self
    }

    /// A warning of this code is in the report.
    pub(crate) fn warns(mut self, code: &'static str) -> Self {
        self.wanted.warnings.push(code);
        self
    }

    /// A device that a selector matched is not claimed, for this reason.
    pub(crate) fn refuses(self, address: &str, code: &'static str) -> Self {
        self.outcome(address, "refused", Some(code))
    }

    /// A device could not be claimed, for this reason.
    pub(crate) fn fails(self, address: &str, code: &'static str) -> Self {
        self.outcome(address, "failed", Some(code))
    }

    /// What the report has for a device.
    pub(crate) fn outcome(
        mut self,
        address: &str,
        outcome: &'static str,
        code: Option<&'static str>,
    ) -> Self {
        self.wanted
            .outcomes
            .insert(address.to_owned(), (outcome, code));
        self
    }

    /// This name (an address, a parameter, a number) is in the program's output or its kernel log lines; never a
    /// sentence, whose words may change.
    pub(crate) fn names(mut self, name: &str) -> Self {
        self.wanted.names.push(name.to_owned());
        self
    }

    /// The script prints this line.
    pub(crate) fn prints(mut self, line: &str) -> Self {
        self.wanted.script.push(line.to_owned());
        self
    }

    /// There is no report.
    pub(crate) fn without_report(mut self) -> Self {
        self.wanted.report = false;
        self
    }

    /// Boots, and panics with everything that is not as declared.
    #[track_caller]
    pub(crate) fn run(self) -> Seen {
        let name = test_name(Location::caller());
        let log = target().join("boot").join(format!("{name}.log"));
        let (end, seen) = self.boot(&log);
        let faults = self.faults(end, &seen);
        assert!(
            faults.is_empty(),
            "{name}, command line {:?}\n  {}\n{}the whole log: {}",
            self.machine.cmdline,
            faults.join("\n  "),
            seen.extract(&String::from_utf8_lossy(
                &fs::read(&log).unwrap_or_default()
            )),
            log.display()
        );
        seen
    }

    /// Everything that is not as declared.
    pub(crate) fn faults(&self, end: End, seen: &Seen) -> Vec<String> {
        let mut faults = faults(&self.wanted, seen, &self.machine.hosts());
        if end != End::PoweredOff {
            let limit = self.limit.as_secs();
            faults.insert(0, format!("QEMU: {end:?}, the limit is {limit} s"));
        }
        faults
    }

    /// Builds the image, boots it, reads the log.
    pub(crate) fn boot(&self, log: &Path) -> (End, Seen) {
        let mut image = self.image.clone();
        let hosts = self.machine.hosts();
        let module = |driver: &str| {
            hosts
                .iter()
                .find(|host| host.driver == driver)
                .map(|host| host.module)
        };
        let held = self
            .wanted
            .held
            .values()
            .filter_map(|driver| module(driver));
        let before = self.before.iter().map(String::as_str);
        let after: Vec<&str> = hosts.iter().map(|host: &Host| host.module).collect();
        let mut list = |name: &str, lines: Vec<&str>| {
            let text = lines.iter().map(|line| format!("{line}\n")).collect();
            image.files.push((format!("/test/{name}"), text));
        };
        list("before.modules", before.chain(held).collect());
        list(
            "before.bound",
            self.wanted.held.keys().map(String::as_str).collect(),
        );
        list("after.modules", after.clone());
        list("after.bound", self.wanted.awaited().collect());
        let all = ["vfio_pci", "vfio_iommu_type1", "pci_stub"].into_iter();
        image.modules.extend(all.chain(after).map(str::to_owned));

        fs::create_dir_all(log.parent().unwrap()).unwrap();
        let built = image.build(self.machine.kernel);
        let end = qemu::run(&self.machine, &built.archive, log, self.limit);
        let text = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
        (end, Seen::parse(&text))
    }
}

/// The name of the running test; where all tests share the main thread, the place of the declaration.
fn test_name(place: &Location<'_>) -> String {
    let thread = thread::current();
    let named = thread.name().filter(|name| *name != "main");
    let name = named.map_or_else(
        || format!("{}-{}", place.file(), place.line()),
        str::to_owned,
    );
    name.replace("::", "-").replace('/', "-")
}
