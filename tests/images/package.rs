//! What the package does to the images when it comes and when it goes.

use crate::booted::Booted;
use crate::cell::{Cell, ROOT_DISK};
use crate::generator::Generator;
use crate::harness::store::Kernel;
use crate::root::Root;

const LIST: &str = "lsinitramfs /boot/initrd.img-*";

#[test]
fn the_boot_script_comes_before_that_of_udev() {
    for kernel in [Kernel::Bookworm, Kernel::Trixie, Kernel::Sid] {
        let root = Root::of(kernel);
        let order = root.enter(&[
            "sh",
            "-euc",
            "unmkinitramfs /boot/initrd.img-* /run/image; cat /run/image/scripts/init-top/ORDER ||
             cat /run/image/main/scripts/init-top/ORDER",
        ]);
        let place = |name: &str| order.lines().position(|line| line.contains(name));
        let (ours, udev) = (place("/00-vfio-early"), place("/udev"));
        assert!(ours.is_some() && udev.is_some() && ours < udev, "{order}");
    }
}

#[test]
fn the_image_has_binary_modules_and_configuration_on_bookworm() {
    has_all(Kernel::Bookworm);
}

#[test]
fn the_image_has_binary_modules_and_configuration_on_trixie() {
    has_all(Kernel::Trixie);
}

#[test]
fn the_image_has_binary_modules_and_configuration_on_sid() {
    has_all(Kernel::Sid);
}

fn has_all(kernel: Kernel) {
    let root = Root::of(kernel).copy("configured");
    std::fs::create_dir_all(root.path("etc/vfio-early.d")).unwrap();
    std::fs::write(
        root.path("etc/vfio-early.conf"),
        "ids=class:nvme\ndriver=uio_pci_generic@00:07.0\n",
    )
    .unwrap();
    std::fs::write(root.path("etc/vfio-early.d/10-more.conf"), "ids=00:06.0\n").unwrap();
    root.enter(&["update-initramfs", "-u"]);
    let initramfs_tools = root.enter(&["sh", "-euc", LIST]);
    Generator::DracutShell.make(&root);
    let dracut = root.enter(&["lsinitrd", "/boot/dracut-shell.img"]);
    let protect = [
        "lsinitrd",
        "-f",
        "etc/vfio-early.protect",
        "/boot/dracut-shell.img",
    ];
    let protect = root.enter(&protect);
    assert!(
        protect.contains("the list is empty"),
        "made in a chroot: {protect}"
    );
    for list in [initramfs_tools, dracut] {
        for file in [
            "usr/bin/vfio-early",
            "etc/vfio-early.conf",
            "etc/vfio-early.d/10-more.conf",
            "etc/vfio-early.protect",
            "/vfio-pci.ko",
            "/vfio_iommu_type1.ko",
            "/pci-stub.ko",
            "/uio_pci_generic.ko",
        ] {
            assert!(list.contains(file), "{file} is not in the image:\n{list}");
        }
    }
}

/// In a chroot a host-only image has all modules: only on a machine that runs it can be seen which are in use.
#[test]
fn a_host_only_image_of_dracut_has_the_modules_although_none_is_loaded() {
    let make = "ls -d /sys/module/vfio*
        # No emulated device has a variant driver: this names one for its disks.
        echo 'alias vfio_pci:v00001B36d00000010sv*sd*bc*sc*i* uio_pci_generic' \
            >>\"/lib/modules/$(uname -r)/modules.alias\"
        dracut --force --hostonly --modules 'bash vfio-early control' --add-drivers nvme \
            --compress cat --kver \"$(uname -r)\" /run/dracut.img >/run/dracut.log 2>&1 || cat /run/dracut.log
        lsinitrd /run/dracut.img | grep -o '[^/ ]*\\.ko.*'
        lsinitrd -f etc/vfio-early.protect /run/dracut.img";
    let Booted { seen, .. } = Cell::of(Kernel::Trixie, Generator::InitramfsTools)
        .into_debian()
        .script(make)
        .run();
    let has = |name: &str| seen.script.iter().any(|line| line.starts_with(name));
    assert!(
        has("nvme.ko") && !has("e1000.ko") && !has("/sys/module/vfio"),
        "not host-only: {:?}",
        seen.script
    );
    for name in [
        "vfio-pci.ko",
        "vfio_iommu_type1.ko",
        "pci-stub.ko",
        "uio_pci_generic.ko",
    ] {
        assert!(has(name), "{name} is missing: {:?}", seen.script);
    }
    // Made on the machine that runs it, it knows what that needs.
    let protected = || seen.script.iter().filter(|line| line.starts_with("0000:"));
    let is_root = |line: &String| line.starts_with(ROOT_DISK) && line.ends_with(" /");
    assert!(
        protected().count() == 1 && protected().all(is_root),
        "{:?}",
        seen.script
    );
}

#[test]
fn a_new_kernel_gets_an_image_with_vfio_early_from_initramfs_tools() {
    let root = Root::of(Kernel::Trixie).copy("upgraded");
    has_it_for_a_new_kernel(&root, "lsinitramfs");
}

/// What a new kernel's package does, as far as images go.
fn has_it_for_a_new_kernel(root: &Root, lister: &str) {
    let old = root.kernel.release();
    let install = format!(
        "cp -a /usr/lib/modules/{old} /usr/lib/modules/9.9.9-test
        cp /boot/vmlinuz-{old} /boot/vmlinuz-9.9.9-test
        cp /boot/config-{old} /boot/config-9.9.9-test
        depmod 9.9.9-test
        run-parts --arg=9.9.9-test --arg=/boot/vmlinuz-9.9.9-test /etc/kernel/postinst.d
        {lister} /boot/initrd.img-9.9.9-test"
    );
    let list = root.enter(&["sh", "-euc", &install]);
    for file in [
        "usr/bin/vfio-early",
        "9.9.9-test/kernel/drivers/vfio/pci/vfio-pci.ko",
    ] {
        assert!(list.contains(file), "{file} is not in the image:\n{list}");
    }
}

#[test]
fn removing_the_package_takes_it_out_of_the_image() {
    let root = Root::of(Kernel::Trixie).copy("removed");
    leaves_nothing(&root, LIST);
}

/// What purging the package leaves: an image without it, and no file.
fn leaves_nothing(root: &Root, list: &str) {
    root.enter(&["dpkg", "--force-unsafe-io", "--purge", "vfio-early"]);
    let list = root.enter(&["sh", "-euc", list]);
    assert!(!list.contains("vfio"), "{list}");
    assert!(list.contains("/nvme.ko"), "{list}");
    let places = ["/etc", "/usr", "/var", "/boot"];
    let named = ["-name", "*vfio-early*"];
    let left = root.enter(&[&["find"][..], &places, &named].concat());
    assert_eq!(left, "");
}

#[test]
fn the_package_dracut_of_bookworm_follows_ours() {
    dracut_follows(Kernel::Bookworm);
}

#[test]
fn the_package_dracut_of_trixie_follows_ours() {
    dracut_follows(Kernel::Trixie);
}

#[test]
fn the_package_dracut_of_sid_follows_ours() {
    dracut_follows(Kernel::Sid);
}

/// Where dracut is in the place of initramfs-tools, our package comes, a kernel comes, our package goes.
fn dracut_follows(kernel: Kernel) {
    let list = "lsinitrd /boot/initrd.img-*";
    let root = Root::stock(kernel).copy(&format!("follows-{}", kernel.suite()));
    root.turn_to_dracut();
    assert!(!root.enter(&["sh", "-euc", list]).contains("vfio"));
    root.install();
    let with = root.enter(&["sh", "-euc", list]);
    for file in ["usr/bin/vfio-early", "/vfio-pci.ko"] {
        assert!(with.contains(file), "{file} is not in the image:\n{with}");
    }
    has_it_for_a_new_kernel(&root, "lsinitrd");
    let gone = "rm -r /boot/*-9.9.9-test /usr/lib/modules/9.9.9-test";
    root.enter(&["sh", "-euc", gone]);
    leaves_nothing(&root, list);
}
