//! Disks that a machine reaches by more than one way, or by something other than a PCI device of their own.
//!
//! Source: QEMU's docs/system/devices/nvme.rst and `-device help`; each layout here was seen to boot.

use std::path::Path;

use super::machine::{Device, Host, NVME, XHCI, on_root_bus};

const AHCI: Host = host("ahci", "ahci");
const SCSI: Host = host("virtio-pci", "virtio_scsi");

const fn host(driver: &'static str, module: &'static str) -> Host {
    Host { driver, module }
}

/// A disk on a port of the board's own SATA controller, 00:1f.2.
pub(crate) fn sata(file: &Path, port: u32) -> Device {
    let id = format!("sata{port}");
    let disk = format!("ide-hd,bus=ide.{port},drive={id}");
    device([backing(&id, file), ("-device", disk)], AHCI)
}

/// A stick at a USB controller.
pub(crate) fn stick(file: &Path, address: &str) -> Device {
    let at = on_root_bus(address);
    let id = id("usb", at);
    let arguments = [
        backing(&id, file),
        (
            "-device",
            format!("{},bus=pcie.0,addr={at},id=bus-{id}", XHCI.name()),
        ),
        ("-device", format!("usb-storage,bus=bus-{id}.0,drive={id}")),
    ];
    device(arguments, host("xhci_hcd", "xhci_pci"))
}

/// One disk at two SCSI adapters.
pub(crate) fn scsi_twice(file: &Path, addresses: [&str; 2]) -> Device {
    // What `-drive` makes is for one device only.
    let file = file.display();
    let node = format!("driver=raw,node-name=scsi,file.driver=file,file.filename={file}");
    let mut arguments = vec![("-blockdev", node)];
    for address in addresses {
        let at = on_root_bus(address);
        let bus = id("scsi", at);
        arguments.extend([
            (
                "-device",
                format!("virtio-scsi-pci,bus=pcie.0,addr={at},id={bus}"),
            ),
            (
                "-device",
                format!("scsi-hd,bus={bus}.0,drive=scsi,share-rw=on"),
            ),
        ]);
    }
    device(arguments, SCSI)
}

/// One NVMe disk with two controllers.
pub(crate) fn nvme_twice(file: &Path, addresses: [&str; 2]) -> Device {
    let mut arguments = vec![("-device", "nvme-subsys,id=twice".to_owned())];
    for address in addresses {
        let at = on_root_bus(address);
        let id = id("nvme", at);
        let controller = format!("nvme,bus=pcie.0,addr={at},id={id},serial=twice,subsys=twice");
        arguments.push(("-device", controller));
    }
    arguments.extend([
        backing("namespace-of-two", file),
        (
            "-device",
            "nvme-ns,drive=namespace-of-two,nsid=1,shared=on".to_owned(),
        ),
    ]);
    device(arguments, host("nvme", NVME.name()))
}

fn id(kind: &str, at: &str) -> String {
    format!("{kind}-{}", at.replace('.', "-"))
}

fn backing(id: &str, file: &Path) -> (&'static str, String) {
    let file = file.display();
    let drive = format!("if=none,id={id},driver=raw,file.driver=file,file.filename={file}");
    ("-drive", drive)
}

fn device(arguments: impl IntoIterator<Item = (&'static str, String)>, host: Host) -> Device {
    Device {
        arguments: arguments.into_iter().collect(),
        hosts: vec![host],
    }
}
