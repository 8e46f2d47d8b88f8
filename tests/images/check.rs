//! What `vfio-early check` finds in the images that the generators made, and the command with which to rebuild each.
//!
//! *Writes* a host's files around a copy of the image; nothing is booted.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::generator::Generator;
use crate::harness::store::{Kernel, binary};
use crate::image::{unified, universal_for};
use crate::root::Root;

/// A host that runs this kernel, with an image where its generator puts it.
struct Host {
    files: TempDir,
}

impl Host {
    fn new(kernel: Kernel, image: &Path, place: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let release = kernel.release();
        let place = place.replace("RELEASE", &release);
        for (path, text) in [
            ("proc/cmdline", "vfio-early.ids=00:04.0"),
            ("proc/sys/kernel/osrelease", &release),
            ("sys/bus/pci/devices/none", ""),
            ("lib/modules/none", ""),
            (&place, ""),
        ] {
            let path = files.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::remove_file(files.path().join("sys/bus/pci/devices/none")).unwrap();
        fs::copy(image, files.path().join(place)).unwrap();
        symlink(
            kernel.modules(),
            files.path().join("lib/modules").join(release),
        )
        .unwrap();
        Self { files }
    }

    /// Sets the kernel command line.
    fn cmdline(self, text: &str) -> Self {
        fs::write(self.files.path().join("proc/cmdline"), text).unwrap();
        self
    }

    /// The finding about the one image there is: verdict, fact and fix.
    fn checked(&self) -> [String; 3] {
        let mut command = Command::new(binary());
        command.arg("--root").arg(self.files.path());
        let output = command.args(["check", "--json"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"));
        let findings = value["findings"].as_array().unwrap().iter();
        let images: Vec<&Value> = findings.filter(|one| one["topic"] == "image").collect();
        assert_eq!(images.len(), 1, "{text}");
        ["verdict", "fact", "fix"].map(|key| images[0][key].as_str().unwrap_or("").to_owned())
    }

    /// The image is as it should be, until the host's configuration is another; `command` rebuilds it.
    fn is_ready_until_changed(&self, command: &str) {
        let [verdict, fact, _] = self.checked();
        let wanted = format!("vfio-early {}", env!("CARGO_PKG_VERSION"));
        assert!(
            verdict == "ok" && fact.contains(&wanted),
            "{verdict}: {fact}"
        );
        fs::create_dir_all(self.files.path().join("etc")).unwrap();
        fs::write(
            self.files.path().join("etc/vfio-early.conf"),
            "ids=00:04.0\n",
        )
        .unwrap();
        let [verdict, fact, fix] = self.checked();
        assert!(
            verdict == "missing" && fact.contains("/etc/vfio-early.conf"),
            "{verdict}: {fact}"
        );
        assert!(fix.contains(command), "{fix}");
    }
}

const DEBIANS: &str = "boot/initrd.img-RELEASE";

fn ready(kernel: Kernel, generator: Generator, place: &str, command: &str) {
    let image = generator.image(Root::of(kernel));
    Host::new(kernel, &image, place).is_ready_until_changed(command);
}

#[test]
fn images_of_initramfs_tools_are_known_on_bookworm() {
    let generator = Generator::InitramfsTools;
    ready(
        Kernel::Bookworm,
        generator,
        DEBIANS,
        "update-initramfs -u -k 6.",
    );
}

#[test]
fn images_of_initramfs_tools_are_known_on_trixie() {
    let generator = Generator::InitramfsTools;
    ready(
        Kernel::Trixie,
        generator,
        DEBIANS,
        "update-initramfs -u -k 6.",
    );
}

#[test]
fn images_of_initramfs_tools_are_known_on_sid() {
    ready(
        Kernel::Sid,
        Generator::InitramfsTools,
        DEBIANS,
        "update-initramfs -u -k ",
    );
}

#[test]
fn images_of_dracut_are_known_with_systemd() {
    let (generator, place) = (Generator::DracutSystemd, "boot/initramfs-RELEASE.img");
    ready(
        Kernel::Trixie,
        generator,
        place,
        "dracut -f /boot/initramfs-6.",
    );
}

#[test]
fn images_of_dracut_are_known_without_systemd_on_bookworm() {
    let (generator, place) = (Generator::DracutShell, "boot/0123/RELEASE/initrd");
    ready(
        Kernel::Bookworm,
        generator,
        place,
        "dracut -f /boot/0123/6.",
    );
}

#[test]
fn images_of_mkinitcpio_are_known() {
    let (generator, place) = (Generator::MkinitcpioBusybox, "boot/initramfs-linux.img");
    ready(Kernel::Trixie, generator, place, "mkinitcpio -P");
}

/// Only with a checkout of mkinitcpio.
#[test]
#[ignore = "wants MKINITCPIO=DIR"]
fn images_of_mkinitcpio_are_known_with_systemd() {
    let (generator, place) = (Generator::MkinitcpioSystemd, "boot/initramfs-linux.img");
    ready(Kernel::Trixie, generator, place, "mkinitcpio -P");
}

#[test]
fn unified_images_are_known() {
    let (kernel, scratch) = (Kernel::Trixie, tempfile::tempdir().unwrap());
    let root = Root::of(kernel);
    let cmdline = "root=/dev/sda vfio-early.ids=00:04.0";
    let disk = unified(
        root,
        &[Generator::InitramfsTools.image(root)],
        cmdline,
        &scratch,
    );
    let host = Host::new(
        kernel,
        &disk.join("EFI/BOOT/BOOTX64.EFI"),
        "efi/EFI/Linux/debian.efi",
    );
    host.is_ready_until_changed("");
    let host = host.cmdline("vfio-early.ids=00:05.0");
    fs::remove_file(host.files.path().join("etc/vfio-early.conf")).unwrap();
    let [verdict, fact, _] = host.checked();
    let wanted = "vfio-early.ids=00:04.0";
    assert!(
        verdict == "warn" && fact.contains(wanted),
        "{verdict}: {fact}"
    );
}

#[test]
fn the_universal_image_is_known() {
    let (kernel, scratch) = (Kernel::Trixie, tempfile::tempdir().unwrap());
    let image = universal_for(kernel, &scratch);
    let host = Host::new(kernel, &image, "boot/vfio-early.img");
    host.cmdline("rdinit=/vfio-early vfio-early.ids=00:04.0")
        .is_ready_until_changed("vfio-early image -o /boot/vfio-early.img");
}

#[test]
fn an_image_without_us_is_missing() {
    for generator in [Generator::InitramfsTools, Generator::DracutShell] {
        let image = generator.image(Root::stock(Kernel::Trixie));
        let [verdict, fact, fix] = Host::new(Kernel::Trixie, &image, DEBIANS).checked();
        assert_eq!(verdict, "missing", "{fact}");
        assert!(!fix.is_empty(), "{fact}");
    }
}

/// What `make` itself would find, where the image was made: the whole root with its hook.
#[test]
fn the_root_that_made_the_image_has_the_hook_for_it() {
    let root = Root::of(Kernel::Trixie).copy("checked");
    let release = root.kernel.release();
    fs::write(root.path("etc/vfio-early.conf"), "ids=class:nvme\n").unwrap();
    // The kernel that runs here is another one.
    let kernel = format!(
        "echo {release} >/run/release
        mount --bind /run/release /proc/sys/kernel/osrelease
        vfio-early check | grep image || :"
    );
    let before = root.enter(&["sh", "-euc", &kernel]);
    let remake = format!("update-initramfs -u -k {release}");
    assert!(before.starts_with("missing "), "{before}");
    assert!(
        before.contains("/etc/vfio-early.conf") && before.contains(&remake),
        "{before}"
    );
    root.enter(&["update-initramfs", "-u", "-k", &release]);
    let after = root.enter(&["sh", "-euc", &kernel]);
    assert!(
        after.starts_with("ok       image        /boot/initrd.img-"),
        "{after}"
    );
}
