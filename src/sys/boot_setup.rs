//! What kernels, images and boot loaders of a system are made from, and by which programs: paths on the running system,
//! for `SysPath::Named`.
//!
//! Source: the manual pages of initramfs-tools, dracut, mkinitcpio, kernel-install, grub-mkconfig, proxmox-boot-tool.

/// The modules of each kernel, a directory each.
pub const MODULES: &str = "/lib/modules";
/// The settings that `vfio-early enable` writes, and their name in an image.
pub const ENABLED: &str = "/etc/vfio-early.d/50-enabled.conf";
/// What `vfio-early enable` keeps until it has succeeded.
pub const STATE_DIR: &str = "/var/lib/vfio-early";
/// The settings as they were before: there while `enable` or `disable` has not come to its end.
pub const UNFINISHED: &str = "/var/lib/vfio-early/unfinished";
/// Copies of the images as they were before.
pub const KEPT_IMAGES: &str = "/var/lib/vfio-early/images";
/// What only NixOS has.
pub const NIXOS: &str = "/etc/NIXOS";
/// What a system has that was booted from a deployment of OSTree.
pub const OSTREE_BOOTED: &str = "/run/ostree-booted";
/// The partitions that proxmox-boot-tool copies kernels and images to.
pub const PROXMOX_PARTITIONS: &str = "/etc/kernel/proxmox-boot-uuids";
/// The command line that kernel-install, proxmox-boot-tool and mkinitcpio give to the kernels that they install.
pub const KERNEL_CMDLINE: &str = "/etc/kernel/cmdline";
/// How kernel-install installs kernels.
pub const INSTALL_CONF: &str = "/etc/kernel/install.conf";
/// The settings of GRUB.
pub const GRUB_DEFAULTS: &str = "/etc/default/grub";
/// Our file among those that Debian's GRUB reads after it.
pub const GRUB_FILE: &str = "/etc/default/grub.d/50-vfio-early.cfg";
/// The settings of kernelstub.
pub const KERNELSTUB_CONF: &str = "/etc/kernelstub/configuration";
/// Parts of the command line that mkinitcpio puts into unified kernel images.
pub const CMDLINE_DIR: &str = "/etc/cmdline.d";
/// Our file among them.
pub const CMDLINE_FILE: &str = "/etc/cmdline.d/50-vfio-early.conf";
/// mkinitcpio's presets.
pub const PRESET_DIR: &str = "/etc/mkinitcpio.d";
/// The settings of dracut, a file and directories of files.
pub const DRACUT_CONF: &str = "/etc/dracut.conf";
/// More of them, the directory that wins first.
pub const DRACUT_DIRS: [&str; 2] = ["/etc/dracut.conf.d", "/usr/lib/dracut/dracut.conf.d"];
/// Our file among them.
pub const DRACUT_FILE: &str = "/etc/dracut.conf.d/50-vfio-early.conf";
/// What runs after initramfs-tools has made an image, where systemd-boot is used.
pub const POST_UPDATE: [&str; 3] = [
    "/etc/initramfs/post-update.d/systemd-boot",
    "/etc/initramfs/post-update.d/zz-kernelstub",
    "/etc/initramfs/post-update.d/kernel-install",
];
/// Where GRUB has its configuration.
pub const GRUB_CONFIGS: [&str; 2] = ["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"];
/// What the boot loader calls itself: four bytes of attributes, then UTF-16.
pub const LOADER_INFO: &str = "LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/// Entries of the Boot Loader Specification below a boot directory.
pub const ENTRIES: &str = "loader/entries";
/// Where a program may be, the directory that wins first.
pub const PROGRAM_DIRS: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];
