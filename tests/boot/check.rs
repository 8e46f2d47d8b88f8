//! `vfio-early check` in booted machines, each with an image of its kernel in /boot.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::machine::{E1000E, Iommu, NVME};
use crate::harness::program::copy;
use crate::harness::store::{Kernel, binary, source, tool};
use crate::harness::{Boot, cpio};

/// Runs a check and shows its exit status behind what it prints.
const ASK: &str = "ask() { NO_COLOR=1 vfio-early check \"$@\" 2>&1; echo \"exit $?\"; }\n";

/// What an image of initramfs-tools has of us, for this kernel and with this configuration.
fn image(kernel: Kernel, config: &str, scratch: &TempDir) -> PathBuf {
    let tree = scratch.path().join("tree");
    let module = format!(
        "usr/lib/modules/{}/kernel/drivers/vfio/pci/vfio-pci.ko",
        kernel.release()
    );
    for (path, text) in [
        ("conf/initramfs.conf", ""),
        (
            "scripts/init-top/ORDER",
            "/scripts/init-top/00-vfio-early \"$@\"\n",
        ),
        ("etc/vfio-early.conf", config),
        ("etc/vfio-early.protect", ""),
        (&module, ""),
    ] {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    copy(&binary(), &tree.join("usr/bin/vfio-early"));
    let image = scratch.path().join("image");
    let mut bytes = Vec::new();
    cpio::write(&tree, &mut bytes).unwrap();
    fs::write(&image, bytes).unwrap();
    let status = Command::new(tool("gzip", "gzip")).arg(&image).status();
    assert!(status.unwrap().success());
    image.with_extension("gz")
}

/// The machine with such an image, with the hook that made it, and with this configuration.
pub(crate) fn installed(boot: Boot, kernel: Kernel, config: &str, scratch: &TempDir) -> Boot {
    let path = format!("/boot/initrd.img-{}", kernel.release());
    let hook = "usr/share/initramfs-tools/hooks/vfio-early";
    boot.kernel(kernel)
        .copy(image(kernel, config, scratch), &path)
        .copy(tool("gzip", "gzip"), "/usr/bin/gzip")
        .copy(source("initramfs-tools/hooks/vfio-early"), hook)
        .file("/etc/vfio-early.conf", config)
}

/// A machine with two devices, of which one is asked for, and the image that this is installed in.
struct Checked {
    boot: Boot,
    scratch: TempDir,
}

fn machine(words: &str) -> Checked {
    let scratch = tempfile::tempdir().unwrap();
    let boot = Boot::with([NVME.at("00:04.0"), E1000E.at("00:05.0")])
        .cmdline(&format!("{words} vfio-early.ids=00:04.0"));
    Checked {
        boot: installed(boot, Kernel::Bookworm, "log=info\n", &scratch),
        scratch,
    }
}

impl Checked {
    fn with(mut self, change: impl FnOnce(Boot) -> Boot) -> Self {
        self.boot = change(self.boot);
        self
    }

    /// Boots; each check of `script` prints these lines, and these exit statuses in their order.
    fn prints(self, script: &str, lines: &[&str], statuses: &[&str]) {
        let boot = self.boot.script(&format!("{ASK}{script}"));
        let boot = lines.iter().fold(boot, |boot, line| boot.prints(line));
        let seen = boot.run();
        let exits = seen.script.iter().filter(|line| line.starts_with("exit "));
        assert_eq!(exits.collect::<Vec<_>>(), statuses, "{:#?}", seen.script);
        drop(self.scratch);
    }
}

#[test]
fn a_machine_that_is_ready_says_so_until_its_configuration_is_changed() {
    let release = Kernel::Bookworm.release();
    let image = format!("/boot/initrd.img-{release}");
    let version = env!("CARGO_PKG_VERSION");
    let remake = format!("-> update-initramfs -u -k {release}");
    machine("")
        .with(|boot| boot.expect([("0000:00:04.0", "vfio-pci")]))
        .prints(
            "ask
            echo exclude=00:06.0 >>/etc/vfio-early.conf
            ask
            mkdir /etc/vfio-early.d
            echo log=debug >/etc/vfio-early.d/log.conf
            ask
            rm -r /etc/vfio-early.conf /etc/vfio-early.d
            ask
            busybox mv /usr/bin/gzip /usr/bin/zipper
            ask",
            &[
                "ok       firmware     it describes an IOMMU (DMAR)",
                "ok       iommu        intel IOMMU is in use",
                "ok       interrupts   they are remapped",
                &format!("ok       image        {image} has vfio-early {version}, what starts it, its modules and the settings of now"),
                "ok       asked        00:04.0 (cmdline vfio-early.ids): 0000:00:04.0",
                "ok       device       0000:00:04.0 (1b36:0010): ours, on vfio-pci",
                "ready",
                &format!("missing  image        {image} has another /etc/vfio-early.conf than this host: it was changed since {remake}"),
                &format!("missing  image        {image} lacks /etc/vfio-early.d/log.conf: it is older than that file {remake}"),
                &format!("missing  image        {image} has a /etc/vfio-early.conf, which this host has no longer {remake}"),
                &format!("unknown  image        {image} cannot be read: cannot run gzip: No such file or directory -> install that program"),
                "ready, 1 not known",
            ],
            &["exit 0", "exit 2", "exit 2", "exit 2", "exit 0"],
        );
}

#[test]
fn an_iommu_that_is_turned_off_is_missing_with_its_fix() {
    machine("intel_iommu=off")
        .with(|boot| {
            boot.expect([("0000:00:04.0", "nvme")])
                .refuses("0000:00:04.0", crate::harness::code::NO_IOMMU)
                .exit(2)
        })
        .prints(
            "ask; ask --cmdline intel_iommu=on",
            &[
                "ok       firmware     it describes an IOMMU (DMAR)",
                "missing  iommu        intel_iommu=off on the kernel command line turns it off -> remove it",
                "unknown  iommu        none is in use now; whether one is with that command line, its boot shows",
            ],
            &["exit 2", "exit 2"],
        );
}

#[test]
fn firmware_without_an_iommu_is_told() {
    machine("")
        .with(|boot| {
            boot.iommu(Iommu::None)
                .expect([("0000:00:04.0", "nvme")])
                .refuses("0000:00:04.0", crate::harness::code::NO_IOMMU)
                .exit(2)
        })
        .prints(
            "ask",
            &[
                "missing  firmware     the firmware offers none (no DMAR, IVRS, IORT or VIOT table) -> switch on VT-d, AMD-Vi or SMMU in its setup",
                "missing  iommu        none is in use",
            ],
            &["exit 2"],
        );
}

#[test]
fn a_kernel_without_vfio_pci_and_interrupts_that_are_not_remapped_are_told() {
    let release = Kernel::Bookworm.release();
    machine("nointremap")
        .with(|boot| {
            boot.without_module("vfio_pci")
                .expect([("0000:00:04.0", "nvme")])
                .fails("0000:00:04.0", crate::harness::code::MODULE_MISSING)
                .exit(2)
        })
        .prints(
            "ask",
            &[
                "warn     interrupts   interrupts are not remapped: VFIO refuses to start a virtual machine; nointremap on the kernel command line turns remapping off; remove it",
                &format!("missing  driver       kernel {release} has no vfio-pci, neither built in nor as a module -> install the rest of its modules (Ubuntu: linux-modules-extra), or another kernel"),
            ],
            &["exit 2"],
        );
}
