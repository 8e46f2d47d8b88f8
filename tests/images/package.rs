//! What the package does to the images when it comes and when it goes.

use crate::generator::Generator;
use crate::harness::store::Kernel;
use crate::root::Root;

const LIST: &str = "lsinitramfs /boot/initrd.img-*";

#[test]
fn the_boot_script_comes_before_that_of_udev() {
    for kernel in [Kernel::Bookworm, Kernel::Trixie] {
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
fn the_package_brings_itself_into_the_image_with_its_modules_and_configuration() {
    let root = Root::of(Kernel::Trixie).copy("configured");
    std::fs::create_dir_all(root.path("etc/vfio-early.d")).unwrap();
    std::fs::write(root.path("etc/vfio-early.conf"), "ids=class:nvme\n").unwrap();
    std::fs::write(root.path("etc/vfio-early.d/10-more.conf"), "ids=00:06.0\n").unwrap();
    root.enter(&["update-initramfs", "-u"]);
    let initramfs_tools = root.enter(&["sh", "-euc", LIST]);
    Generator::DracutShell.make(&root);
    let dracut = root.enter(&["lsinitrd", "/boot/dracut-shell.img"]);
    for list in [initramfs_tools, dracut] {
        for file in [
            "usr/bin/vfio-early",
            "etc/vfio-early.conf",
            "etc/vfio-early.d/10-more.conf",
            "/vfio-pci.ko",
            "/vfio_iommu_type1.ko",
            "/pci-stub.ko",
        ] {
            assert!(list.contains(file), "{file} is not in the image:\n{list}");
        }
    }
}

#[test]
fn removing_the_package_takes_it_out_of_the_image() {
    let root = Root::of(Kernel::Trixie).copy("removed");
    root.enter(&["dpkg", "--force-unsafe-io", "--purge", "vfio-early"]);
    let list = root.enter(&["sh", "-euc", LIST]);
    assert!(!list.contains("vfio"), "{list}");
    assert!(list.contains("/nvme.ko"), "{list}");
    let left = root.enter(&[
        "find",
        "/etc",
        "/usr",
        "/var",
        "/boot",
        "-name",
        "*vfio-early*",
    ]);
    assert_eq!(left, "");
}
