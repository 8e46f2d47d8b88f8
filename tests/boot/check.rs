//! `vfio-early check` in booted machines, each with an image of its kernel in /boot.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::facts::facts;
use crate::harness::machine::{E1000E, Iommu, NVME};
use crate::harness::program::copy;
use crate::harness::store::{Kernel, binary, source, tool};
use crate::harness::{Boot, code, cpio};

/// Runs a check for its JSON and shows its exit status behind what it prints.
const ASK: &str = "ask() { vfio-early check --json \"$@\" 2>&1; echo \"exit $?\"; }\n";

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

    /// Boots; the checks of `script` find at least these facts, with what `names` they name, and exit with these
    /// statuses.
    fn finds(self, script: &str, names: &[&str], wanted: &[&str], statuses: &[&str]) {
        let seen = self.boot.script(&format!("{ASK}{script}")).run();
        let facts = facts(&seen, names);
        for fact in wanted {
            assert!(
                facts.iter().any(|found| found == fact),
                "{fact}: {facts:#?}"
            );
        }
        let exits = facts.iter().filter(|line| line.starts_with("exit "));
        assert_eq!(exits.collect::<Vec<_>>(), statuses, "{facts:#?}");
        drop(self.scratch);
    }
}

#[test]
fn a_machine_is_ready_until_its_configuration_is_changed() {
    let release = Kernel::Bookworm.release();
    let image = format!("/boot/initrd.img-{release}");
    let version = format!("vfio-early {}", env!("CARGO_PKG_VERSION"));
    let remake = format!("update-initramfs -u -k {release}");
    let (config, drop_in) = ("/etc/vfio-early.conf", "/etc/vfio-early.d/log.conf");
    let names = [&image, &version, config, drop_in, "gzip", &remake];
    machine("")
        .with(|boot| boot.expect([("0000:00:04.0", "vfio-pci")]))
        .finds(
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
            &names,
            &[
                "ok firmware",
                "ok iommu",
                "ok interrupts",
                &format!("ok image [{image}] [{version}]"),
                "ok asked",
                "ok device",
                &format!("missing image [{image}] [{config}] [{remake}]"),
                &format!("missing image [{image}] [{drop_in}] [{remake}]"),
                &format!("unknown image [{image}] [gzip]"),
            ],
            &["exit 0", "exit 2", "exit 2", "exit 2", "exit 0"],
        );
}

#[test]
fn an_iommu_that_is_turned_off_is_missing_with_its_fix() {
    machine("intel_iommu=off")
        .with(|boot| {
            boot.expect([("0000:00:04.0", "nvme")])
                .refuses("0000:00:04.0", code::NO_IOMMU)
                .exit(2)
        })
        .finds(
            "ask; ask --cmdline intel_iommu=on",
            &["intel_iommu=off"],
            &[
                "ok firmware",
                "missing iommu [intel_iommu=off]",
                "unknown iommu",
            ],
            &["exit 2", "exit 2"],
        );
}

#[test]
fn firmware_without_an_iommu_is_missing() {
    machine("")
        .with(|boot| {
            boot.iommu(Iommu::None)
                .expect([("0000:00:04.0", "nvme")])
                .refuses("0000:00:04.0", code::NO_IOMMU)
                .exit(2)
        })
        .finds(
            "ask",
            &["VT-d"],
            &["missing firmware [VT-d]", "missing iommu"],
            &["exit 2"],
        );
}

#[test]
fn a_kernel_without_vfio_pci_and_interrupts_that_are_not_remapped_are_found() {
    let release = Kernel::Bookworm.release();
    machine("nointremap")
        .with(|boot| {
            boot.without_module("vfio_pci")
                .expect([("0000:00:04.0", "nvme")])
                .fails("0000:00:04.0", code::MODULE_MISSING)
                .exit(2)
        })
        .finds(
            "ask",
            &["nointremap", &release, "vfio-pci"],
            &[
                "warn interrupts [nointremap]",
                &format!("missing driver [{release}] [vfio-pci]"),
            ],
            &["exit 2"],
        );
}
