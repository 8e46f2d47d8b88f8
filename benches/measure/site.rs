//! Machines of any size as file trees in memory.
//!
//! *Writes* below /dev/shm, or a temporary directory where there is none.
//! The machine is a desktop of twenty functions, repeated on further buses and domains for bigger sizes.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vfio_early::machine::Machine;
use vfio_early::pci::{Address, Id};

use super::super::tree::{Node, Tree};

/// Functions of the desktop: the bus below its own root bus, device and function, and the rest of a table's line up to
/// the driver. A bus other than 0 is behind the port above it.
const DESKTOP: [(usize, &str, &str); 20] = [
    (0, "00.0", "8086:4660 1458:5000 060000 -"),
    (0, "01.0", "8086:460d 1458:5000 060400 pcieport"),
    (1, "00.0", "10de:1b80 1458:3702 030000 -"),
    (1, "00.1", "10de:10f0 1458:3702 040300 -"),
    (0, "01.1", "8086:462d 1458:5000 060400 pcieport"),
    (2, "00.0", "10de:2204 1458:4043 030000 -"),
    (2, "00.1", "10de:1aef 1458:4043 040300 -"),
    (0, "14.0", "8086:7ae0 1458:5007 0c0330 -"),
    (0, "17.0", "8086:7ae2 1458:b005 010601 -"),
    (0, "1b.0", "8086:7ac0 1458:5001 060400 pcieport"),
    (3, "00.0", "144d:a80a 144d:a801 010802 -"),
    (0, "1c.0", "8086:7ab8 1458:5001 060400 pcieport"),
    (4, "00.0", "8086:15f3 1458:e000 020000 -"),
    (0, "1c.1", "8086:7ab9 1458:5001 060400 pcieport"),
    (5, "00.0", "8086:1521 8086:0002 020000 -"),
    (5, "00.1", "8086:1521 8086:0002 020000 -"),
    (0, "1d.0", "8086:7ab4 1458:5001 060400 pcieport"),
    (6, "00.0", "144d:a80a 144d:a801 010802 -"),
    (0, "1f.0", "8086:7a84 1458:5001 060100 -"),
    (0, "1f.4", "8086:7aa3 1458:5001 0c0500 -"),
];

const FACTS: &str = "\
kernel 6.1.0
iommu dmar0
tables DMAR
interrupts IR-IO-APIC
registered vfio-pci
";

const BUSES: usize = 8;
const DESKTOPS_IN_A_DOMAIN: usize = 256 / BUSES;

/// The command line, but for what is asked for.
const CMDLINE: &str = "BOOT_IMAGE=/vmlinuz ro quiet intel_iommu=on";
/// The second graphics card of each desktop with its audio function, by id.
pub(crate) const CARDS: &str = "10de:2204,10de:1aef";

/// A machine of `functions` functions.
fn machine(functions: usize) -> Machine {
    let mut table = FACTS.to_owned();
    for index in 0..functions {
        let (desktop, (bus, function, rest)) = (index / DESKTOP.len(), DESKTOP[index % 20]);
        let domain = desktop / DESKTOPS_IN_A_DOMAIN;
        let number = desktop % DESKTOPS_IN_A_DOMAIN * BUSES + bus;
        let indent = if bus > 0 { "  " } else { "" };
        // Functions behind the same port share a group.
        let group = desktop * 100 + if bus > 0 { 50 + bus } else { index % 20 };
        let flag = match rest.contains(" 030000 ") {
            true if index == 2 => " boot-display=1",
            true => " boot-display=0",
            false => "",
        };
        writeln!(
            table,
            "{indent}{domain:04x}:{number:02x}:{function} {rest} {group}{flag}"
        )
        .unwrap();
    }
    table.parse().unwrap()
}

/// What a tree shows in place of a kernel that binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The devices asked for are on vfio-pci: so a claim finds them that wrote all overrides and then loaded the module.
    Bound,
    /// No device is bound: so it is before a claim that goes device by device.
    Free,
}

/// A machine on a file system, with a command line.
#[derive(Debug)]
pub(crate) struct Site {
    dir: TempDir,
    pub(crate) functions: usize,
    /// The functions that the command line asks for.
    pub(crate) asked: Vec<(Address, Id)>,
}

impl Site {
    /// Writes a machine of `functions` functions that is asked for its [`CARDS`].
    pub(crate) fn new(functions: usize) -> Self {
        let machine = machine(functions);
        let mut tree = Tree::new(&machine, "");
        for device in &machine.bus.devices {
            attributes(&mut tree, device.address, device.id, device.class.0);
        }
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() {
            TempDir::new_in(memory)
        } else {
            TempDir::new()
        };
        let dir = dir.unwrap();
        tree.write_to(dir.path()).unwrap();
        let cards = machine.bus.devices.iter().filter(|device| {
            CARDS
                .split(',')
                .any(|card| device.id.to_string().starts_with(card))
        });
        let asked = cards.map(|device| (device.address, device.id)).collect();
        let site = Self {
            dir,
            functions,
            asked,
        };
        site.ask(CARDS);
        site
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Puts `selectors` on the command line.
    pub(crate) fn ask(&self, selectors: &str) {
        let line = format!("{CMDLINE} vfio-early.ids={selectors}\n");
        fs::write(self.root().join("proc/cmdline"), line).unwrap();
    }

    /// Makes the tree what it was before a claim, `answer` included.
    pub(crate) fn restore(&self, answer: Answer) {
        let driver = self.root().join("sys/bus/pci/drivers/vfio-pci");
        for (address, _) in &self.asked {
            fs::write(self.file(address, "driver_override"), "(null)\n").unwrap();
            for link in [
                self.file(address, "driver"),
                driver.join(address.to_string()),
            ] {
                let _ = fs::remove_file(&link);
                if answer == Answer::Bound {
                    symlink(&driver, link).unwrap();
                }
            }
        }
        for dir in ["run/vfio-early", "etc/driverctl.d"] {
            let _ = fs::remove_dir_all(self.root().join(dir));
        }
        for file in ["drivers_probe", "drivers/vfio-pci/bind"] {
            fs::write(self.root().join("sys/bus/pci").join(file), "").unwrap();
        }
    }

    /// Whether exactly the requested functions were claimed, as far as a tree shows it: by their override.
    pub(crate) fn is_claimed(&self) -> bool {
        let devices = fs::read_dir(self.root().join("sys/bus/pci/devices")).unwrap();
        let claimed = |name: &str| {
            let text = fs::read_to_string(self.file(name, "driver_override")).unwrap();
            text.starts_with("vfio-pci")
        };
        let mut names: Vec<String> = devices
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| claimed(name))
            .collect();
        names.sort();
        let mut asked: Vec<String> = self.asked.iter().map(|(at, _)| at.to_string()).collect();
        asked.sort();
        names == asked
    }

    fn file(&self, address: impl std::fmt::Display, name: &str) -> PathBuf {
        let device = format!("sys/bus/pci/devices/{address}");
        self.root().join(device).join(name)
    }
}

/// What shell hooks read of a function and vfio-early does not.
fn attributes(tree: &mut Tree, address: Address, id: Id, class: u32) {
    let link = Path::new("sys/bus/pci/devices").join(address.to_string());
    let Some(Node::Link(target)) = tree.0.get(&link) else {
        panic!("{address} is not in the tree");
    };
    let dir = Path::new("sys").join(target.trim_start_matches("../"));
    tree.file(dir.join("vendor"), format!("0x{:04x}\n", id.vendor));
    tree.file(dir.join("device"), format!("0x{:04x}\n", id.device));
    tree.file(dir.join("class"), format!("0x{class:06x}\n"));
}
