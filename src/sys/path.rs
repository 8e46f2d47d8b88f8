//! Where everything is: the only file with the strings /proc, /sys, /run, /dev and /etc.
//!
//! Source: Linux's Documentation/ABI and filesystems/sysfs.rst.

use std::path::{Path, PathBuf};

use crate::pci::{Address, DriverName, GroupId};

/// A file or directory that vfio-early knows.
#[derive(Clone, Copy, Debug)]
pub enum SysPath<'a> {
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
    /// The drivers that are registered.
    Drivers,
    /// A driver; there while it is registered.
    Driver(&'a DriverName),
    /// A driver's file: `bind`, `unbind`.
    DriverFile(&'a DriverName, &'a str),
    /// The devices on no bus that could be asked what is there, each a link into the device tree.
    PlatformDevices,
    /// The link of one of them.
    PlatformDevice(&'a str),
    /// A file of one of them.
    PlatformFile(&'a str, &'a str),
    /// A file of a driver of such devices: `bind`, `unbind`.
    PlatformDriverFile(&'a DriverName, &'a str),
    /// Who has which memory.
    Memory,
    /// Lets the kernel choose a driver for the device written to it.
    DriversProbe,
    /// One entry for each IOMMU in use.
    Iommus,
    /// A table of the firmware by its name, or the directory of all.
    AcpiTable(&'a str),
    /// The options that a kernel release was built with.
    KernelConfig(&'a str),
    /// A node of the device tree by its name at the top, or the top itself.
    DeviceTree(&'a str),
    /// The environment that the kernel gave to the first process.
    InitEnvironment,
    /// The members of an IOMMU group.
    GroupDevices(GroupId),
    /// What is reserved in an IOMMU group.
    GroupRegions(GroupId),
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
    /// The module list in an image of initramfs-tools.
    InitramfsModules,
    /// A file of names, see [`PCI_IDS`].
    PciIds(usize),
    /// Every process, among other things.
    Processes,
    /// A file of one process.
    ProcessFile(u32, &'a str),
    /// What a process has open under this number.
    ProcessDescriptor(u32, &'a str),
    /// The kernel log since the kernel started.
    KernelLog,
    /// The displays of NVIDIA's own driver, or a file of one.
    Nvidia(&'a str),
    /// Where /dev/kmsg lets user lines through: `on`, `off` or `ratelimit`.
    PrintkDevkmsg,
    /// The running program.
    OwnProgram,
    /// The root directory itself.
    Top,
    /// The root directory of the first process.
    FirstRoot,
    /// The environment of the first process.
    FirstEnvironment,
    /// A file that only containers have, see [`CONTAINER_MARKS`].
    ContainerMark(usize),
    /// What is mounted where.
    Mounts,
    /// The swap space in use.
    Swaps,
    /// The block device that the kernel resumes from.
    Resume,
    /// A kind of device, one entry each: `block`, `net`.
    Class(&'a str),
    /// Such an entry, a link into the device tree.
    ClassEntry(&'a str, &'a str),
    /// A file or directory of such an entry.
    ClassFile(&'a str, &'a str, &'a str),
    /// The btrfs file systems in use, and other entries.
    Btrfs,
    /// The block devices of one of them.
    BtrfsDevices(&'a str),
    /// The routes of IPv4.
    Routes,
    /// The routes of IPv6.
    Routes6,
    /// A file that the kernel or the user named by its whole path.
    Named(&'a str),
    /// Whether the kernel keeps root from changing it.
    Lockdown,
    /// A variable of UEFI firmware by its name with its vendor's number, see [`SECURE_BOOT`].
    EfiVariable(&'a str),
    /// What the kernel shows of UEFI firmware.
    Efi,
    /// Where its variables are mounted.
    EfiVariables,
    /// What became of the claim.
    Report,
    /// Where the report is, and the lock of whoever changes it.
    ReportDir,
    /// Where the copies of ROMs are.
    RomDir,
    /// The copy of a device's ROM.
    Rom(Address),
    /// driverctl's overrides.
    DriverctlDir,
    /// A file of [`SysPath::DriverctlDir`].
    DriverctlFile(&'a str),
    /// Unraid's list of devices.
    UnraidConfig,
    /// TrueNAS' list of devices.
    TrueNasList,
    /// A script by its absolute path, see [`OLD_SCRIPTS`].
    OldScript(&'a str),
}

/// Where the universal image has the program, and the value that `rdinit=` needs.
pub const FIRST_PROGRAM: &str = "/vfio-early";

/// Where the universal image keeps its files; the name is one that no initrd has.
pub const IMAGE_DIR: &str = ".vfio-early";
/// Directories of modprobe.d, the one that wins first.
pub const MODPROBE_DIRS: [&str; 5] = [
    "etc/modprobe.d",
    "run/modprobe.d",
    "usr/local/lib/modprobe.d",
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
/// What marks a container: the files of systemd, podman and docker.
pub const CONTAINER_MARKS: [&str; 3] = ["run/systemd/container", "run/.containerenv", ".dockerenv"];
/// Whether the firmware starts only what is signed: four bytes of attributes, then 1.
pub const SECURE_BOOT: &str = "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// Set by systemd-stub: the machine was started from a unified kernel image.
pub const STUB_INFO: &str = "StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/// How many boots may still make a claim that is on trial; the number is our own.
pub const TRIAL: &str = "VfioEarlyTrial-d5f50b95-b842-470a-a6d5-6bb36a3456fa";
/// The configuration file that `vfio-early enable` writes.
pub const ENABLED: &str = "50-enabled.conf";
/// Where boot loaders and firmware find kernels and images.
pub const BOOT_DIRS: [&str; 3] = ["/boot", "/boot/efi", "/efi"];
/// The universal image, where guides put it.
pub const UNIVERSAL_IMAGE: &str = "/boot/vfio-early.img";
/// Where the program of ZFS may be.
pub(super) const ZPOOLS: [&str; 4] = [
    "usr/sbin/zpool",
    "sbin/zpool",
    "usr/bin/zpool",
    "usr/local/sbin/zpool",
];
/// Where guides put the script that writes overrides.
pub const OLD_SCRIPTS: [&str; 7] = [
    "etc/initramfs-tools/scripts/init-top/vfio.sh",
    "etc/initramfs-tools/scripts/init-top/bind_vfio.sh",
    "sbin/vfio-pci-override.sh",
    "usr/bin/vfio-pci-override.sh",
    "usr/local/bin/vfio-pci-override.sh",
    "usr/local/sbin/vfio-pci-override.sh",
    "usr/sbin/vfio-pci-override.sh",
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

impl SysPath<'_> {
    /// The path on the running system, whatever root is looked at: for those who read what we print.
    pub fn on_system(&self) -> String {
        let root = Path::new("/");
        self.under(root, root).display().to_string()
    }

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
            Self::Drivers => root.join("sys/bus/pci/drivers"),
            Self::Driver(driver) => root.join(format!("{pci}/drivers/{driver}")),
            Self::DriverFile(driver, file) => root.join(format!("{pci}/drivers/{driver}/{file}")),
            Self::PlatformDevices => root.join("sys/bus/platform/devices"),
            Self::PlatformDevice(name) => root.join("sys/bus/platform/devices").join(name),
            Self::PlatformFile(name, file) => {
                root.join(format!("sys/bus/platform/devices/{name}/{file}"))
            }
            Self::PlatformDriverFile(driver, file) => {
                root.join(format!("sys/bus/platform/drivers/{driver}/{file}"))
            }
            Self::Memory => root.join("proc/iomem"),
            Self::DriversProbe => root.join("sys/bus/pci/drivers_probe"),
            Self::Iommus => root.join("sys/class/iommu"),
            Self::AcpiTable(name) => root.join("sys/firmware/acpi/tables").join(name),
            Self::KernelConfig(release) => root.join(format!("boot/config-{release}")),
            Self::DeviceTree(name) => root.join("sys/firmware/devicetree/base").join(name),
            Self::InitEnvironment => root.join("proc/1/environ"),
            Self::GroupDevices(group) => {
                root.join(format!("sys/kernel/iommu_groups/{group}/devices"))
            }
            Self::GroupRegions(group) => {
                root.join(format!("sys/kernel/iommu_groups/{group}/reserved_regions"))
            }
            Self::Interrupts => root.join("sys/kernel/irq"),
            Self::InterruptChip(irq) => root.join(format!("sys/kernel/irq/{irq}/chip_name")),
            Self::Release => root.join("proc/sys/kernel/osrelease"),
            Self::LoadedModules => root.join("proc/modules"),
            Self::Modules(release, file) => files.join("lib/modules").join(release).join(file),
            Self::ModprobeDir(index) => files.join(modprobe(index)),
            Self::ModprobeFile(index, name) => files.join(modprobe(index)).join(name),
            Self::InitramfsModules => root.join("conf/modules"),
            Self::PciIds(index) => root.join(PCI_IDS.get(*index).copied().unwrap_or_default()),
            Self::Processes => root.join("proc"),
            Self::ProcessFile(pid, file) => root.join(format!("proc/{pid}/{file}")),
            Self::ProcessDescriptor(pid, name) => root.join(format!("proc/{pid}/fd/{name}")),
            Self::KernelLog => root.join("dev/kmsg"),
            Self::Nvidia(name) => root.join("proc/driver/nvidia/gpus").join(name),
            Self::PrintkDevkmsg => root.join("proc/sys/kernel/printk_devkmsg"),
            Self::OwnProgram => OWN_PROGRAM.into(),
            Self::Top => root.to_owned(),
            Self::FirstRoot => root.join("proc/1/root"),
            Self::FirstEnvironment => root.join("proc/1/environ"),
            Self::ContainerMark(index) => {
                root.join(CONTAINER_MARKS.get(*index).copied().unwrap_or_default())
            }
            Self::Mounts => root.join("proc/self/mountinfo"),
            Self::Swaps => root.join("proc/swaps"),
            Self::Resume => root.join("sys/power/resume"),
            Self::Class(class) => root.join("sys/class").join(class),
            Self::ClassEntry(class, name) => root.join("sys/class").join(class).join(name),
            Self::ClassFile(class, name, file) => {
                root.join("sys/class").join(class).join(name).join(file)
            }
            Self::Btrfs => root.join("sys/fs/btrfs"),
            Self::BtrfsDevices(name) => root.join("sys/fs/btrfs").join(name).join("devices"),
            Self::Routes => root.join("proc/net/route"),
            Self::Routes6 => root.join("proc/net/ipv6_route"),
            Self::Named(path) => root.join(path.trim_start_matches('/')),
            Self::Lockdown => root.join("sys/kernel/security/lockdown"),
            Self::EfiVariable(name) => root.join("sys/firmware/efi/efivars").join(name),
            Self::Efi => root.join("sys/firmware/efi"),
            Self::EfiVariables => root.join("sys/firmware/efi/efivars"),
            Self::Report => root.join("run/vfio-early/report.json"),
            Self::Rom(address) => root.join(format!("run/vfio-early/rom/{address}.rom")),
            Self::ReportDir => root.join("run/vfio-early"),
            Self::RomDir => root.join("run/vfio-early/rom"),
            Self::DriverctlDir => root.join("etc/driverctl.d"),
            Self::DriverctlFile(name) => root.join("etc/driverctl.d").join(name),
            Self::UnraidConfig => root.join("boot/config/vfio-pci.cfg"),
            Self::TrueNasList => root.join("etc/truenas_vfio_pci_ids"),
            Self::OldScript(path) => root.join(path.trim_start_matches('/')),
        }
    }
}
