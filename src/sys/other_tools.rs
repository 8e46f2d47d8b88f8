//! Where other tools keep settings that are about devices: paths on the running system, for `SysPath::Named`.

/// Lists of modules to load, and directories of such lists.
pub const MODULE_LISTS: [&str; 6] = [
    "/etc/modules",
    "/etc/modules-load.d",
    "/run/modules-load.d",
    "/usr/local/lib/modules-load.d",
    "/usr/lib/modules-load.d",
    "/lib/modules-load.d",
];
/// The list of modules that initramfs-tools puts into an image and loads there, with options.
pub const INITRAMFS_MODULES: &str = "/etc/initramfs-tools/modules";
/// The lists of the service that guides call vfio-bind.
pub const BIND_LISTS: [&str; 3] = [
    "/etc/vfio-pci.cfg",
    "/etc/vfio-pci1.cfg",
    "/etc/vfio-pci2.cfg",
];
/// Unraid's physical functions with how many virtual ones each gets, and its virtual functions.
pub const UNRAID_FUNCTIONS: [&str; 2] = ["/boot/config/sriov.cfg", "/boot/config/sriovvfs.cfg"];
/// Proxmox's virtual machines of this node, by two links.
pub const PROXMOX_GUESTS: [&str; 2] = ["/etc/pve/qemu-server", "/etc/pve/local/qemu-server"];
/// The nodes of a Proxmox cluster, with the virtual machines of each.
pub const PROXMOX_NODES: &str = "/etc/pve/nodes";
/// Proxmox's names for devices.
pub const PROXMOX_MAPPING: &str = "/etc/pve/mapping/pci.cfg";
/// The name of this machine.
pub const HOSTNAME: &str = "/etc/hostname";
/// What sysfsutils writes to /sys.
pub const SYSFS_CONF: [&str; 2] = ["/etc/sysfs.conf", "/etc/sysfs.d"];
/// What systemd-tmpfiles writes, the directory that wins first.
pub const TMPFILES_DIRS: [&str; 4] = [
    "/etc/tmpfiles.d",
    "/run/tmpfiles.d",
    "/usr/local/lib/tmpfiles.d",
    "/usr/lib/tmpfiles.d",
];
/// Rules of udev, the directory that wins first.
pub const UDEV_DIRS: [&str; 5] = [
    "/etc/udev/rules.d",
    "/run/udev/rules.d",
    "/usr/local/lib/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
];
/// Units of systemd, the directory that wins first.
pub const UNIT_DIRS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
/// Scripts that run in the course of a boot, and directories of such scripts.
pub const BOOT_SCRIPTS: [&str; 5] = [
    "/etc/rc.local",
    "/etc/rc.d/rc.local",
    "/etc/local.d",
    "/etc/init.d",
    "/boot/config/go",
];
/// Scripts of initramfs-tools: those that run in an image, one directory for each stage, and those that make it.
pub const INITRAMFS_SCRIPTS: [&str; 4] = [
    "/etc/initramfs-tools/scripts",
    "/etc/initramfs-tools/hooks",
    "/usr/share/initramfs-tools/scripts",
    "/usr/share/initramfs-tools/hooks",
];
/// Hooks of mkinitcpio.
pub const MKINITCPIO_HOOKS: [&str; 4] = [
    "/etc/initcpio/hooks",
    "/etc/initcpio/install",
    "/usr/lib/initcpio/hooks",
    "/usr/lib/initcpio/install",
];
/// Modules of dracut, one directory each.
pub const DRACUT_MODULES: &str = "/usr/lib/dracut/modules.d";
/// Parts of the names of files that are not their owner's, and whose settings are read elsewhere.
pub const PACKAGED: [&str; 7] = [
    "vfio-early",
    "05-driverctl.rules",
    "89-vfio-uio.rules",
    "driverctl@.service",
    "driverctl/",
    "qubes-pciback",
    "truenas",
];
