//! Where everything is: the only file with the strings /proc, /sys, /run, /dev and /etc.
//!
//! *Pure.* Source of truth: Linux's Documentation/ABI and filesystems/sysfs.rst.
//! To add one: a file we need is a variant of [`Place`] and its path in `Place::under`.

use std::path::{Path, PathBuf};

use crate::pci::{Address, DriverName, GroupId};

/// A file or directory that vfio-early knows.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The kernel command line.
    Cmdline,
    /// Keys put into the image or set on the host.
    Config,
    /// More such files, read in name order.
    ConfigDir,
    /// A file of a configuration directory.
    ConfigFile(&'a str),
    /// The devices that the machine needs, put into the image.
    ProtectList,
    /// Every PCI function, as a link into the device tree.
    Devices,
    /// The link of one function.
    Device(Address),
    /// A file of one function.
    DeviceFile(Address, &'a str),
    /// A driver; there while it is registered.
    Driver(&'a DriverName),
    /// A driver's file: `bind`, `unbind`.
    DriverFile(&'a DriverName, &'a str),
    /// Lets the kernel choose a driver for the device written to it.
    DriversProbe,
    /// One entry for each IOMMU in use.
    Iommus,
    /// The firmware's tables.
    AcpiTables,
    /// The members of an IOMMU group.
    GroupDevices(GroupId),
    /// One directory for each interrupt.
    Interrupts,
    /// The name of an interrupt's controller.
    InterruptChip(u32),
    /// The kernel's release.
    Release,
    /// The modules that are loaded.
    LoadedModules,
    /// A file of the modules of one kernel release.
    Modules(&'a str, &'a str),
    /// A directory of modprobe.d, see [`MODPROBE_DIRS`].
    ModprobeDir(usize),
    /// A file in such a directory.
    ModprobeFile(usize, &'a str),
    /// A file of names, see [`PCI_IDS`].
    PciIds(usize),
    /// Where /dev/kmsg lets user lines through: `on`, `off` or `ratelimit`.
    PrintkDevkmsg,
    /// The running program.
    OwnProgram,
    /// What became of the claim.
    Report,
    /// The report while it is written.
    ReportDraft,
    /// The directory of the report.
    ReportDir,
}

/// Where the universal image keeps its files; the name is one that no initrd has.
pub const IMAGE_DIR: &str = ".vfio-early";
/// Directories of modprobe.d, the one that wins first.
pub const MODPROBE_DIRS: [&str; 4] = [
    "etc/modprobe.d",
    "run/modprobe.d",
    "usr/lib/modprobe.d",
    "lib/modprobe.d",
];
/// Where distributions keep pci.ids(5); the first one that is there counts.
pub const PCI_IDS: [&str; 4] = [
    "usr/share/misc/pci.ids",
    "usr/share/hwdata/pci.ids",
    "var/lib/pciutils/pci.ids",
    "usr/share/pci.ids",
];
/// The running program's own file, also where its name is gone.
pub(super) const OWN_PROGRAM: &str = "/proc/self/exe";
/// Where a modprobe program may be.
pub(super) const MODPROBES: [&str; 4] = [
    "usr/sbin/modprobe",
    "sbin/modprobe",
    "usr/bin/modprobe",
    "bin/modprobe",
];

impl Place<'_> {
    /// The path below `root`; configuration and modules are below `files`.
    pub(super) fn under(&self, root: &Path, files: &Path) -> PathBuf {
        let pci = "sys/bus/pci";
        let modprobe = |index: &usize| {
            MODPROBE_DIRS
                .get(*index)
                .copied()
                .unwrap_or("etc/modprobe.d")
        };
        match self {
            Self::Cmdline => root.join("proc/cmdline"),
            Self::Config => files.join("etc/vfio-early.conf"),
            Self::ConfigDir => files.join("etc/vfio-early.d"),
            Self::ConfigFile(name) => files.join("etc/vfio-early.d").join(name),
            Self::ProtectList => files.join("etc/vfio-early.protect"),
            Self::Devices => root.join("sys/bus/pci/devices"),
            Self::Device(address) => root.join(format!("{pci}/devices/{address}")),
            Self::DeviceFile(address, file) => root.join(format!("{pci}/devices/{address}/{file}")),
            Self::Driver(driver) => root.join(format!("{pci}/drivers/{driver}")),
            Self::DriverFile(driver, file) => root.join(format!("{pci}/drivers/{driver}/{file}")),
            Self::DriversProbe => root.join("sys/bus/pci/drivers_probe"),
            Self::Iommus => root.join("sys/class/iommu"),
            Self::AcpiTables => root.join("sys/firmware/acpi/tables"),
            Self::GroupDevices(group) => {
                root.join(format!("sys/kernel/iommu_groups/{group}/devices"))
            }
            Self::Interrupts => root.join("sys/kernel/irq"),
            Self::InterruptChip(irq) => root.join(format!("sys/kernel/irq/{irq}/chip_name")),
            Self::Release => root.join("proc/sys/kernel/osrelease"),
            Self::LoadedModules => root.join("proc/modules"),
            Self::Modules(release, file) => files.join("lib/modules").join(release).join(file),
            Self::ModprobeDir(index) => files.join(modprobe(index)),
            Self::ModprobeFile(index, name) => files.join(modprobe(index)).join(name),
            Self::PciIds(index) => root.join(PCI_IDS.get(*index).copied().unwrap_or_default()),
            Self::PrintkDevkmsg => root.join("proc/sys/kernel/printk_devkmsg"),
            Self::OwnProgram => OWN_PROGRAM.into(),
            Self::Report => root.join("run/vfio-early/report.json"),
            Self::ReportDraft => root.join("run/vfio-early/report.json.new"),
            Self::ReportDir => root.join("run/vfio-early"),
        }
    }
}
