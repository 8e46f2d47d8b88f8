//! Emulated devices and where they are plugged in, as QEMU arguments.
//!
//! Source: QEMU's `-device help`; each layout here was seen to boot. To add a device: a [`Model`] with the host driver
//! that wants it, and that driver's module.

use std::path::Path;

/// A kind of emulated device and the host driver that takes it when nobody else does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    qemu: &'static str,
    /// Name and module of the host driver; `None` where Debian's kernel has no driver for the device.
    host: Option<Host>,
}

/// A host driver: its name in sysfs and the module that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) driver: &'static str,
    pub(crate) module: &'static str,
}

const fn model(qemu: &'static str, driver: &'static str, module: &'static str) -> Model {
    Model {
        qemu,
        host: Some(Host { driver, module }),
    }
}

// An empty romfile keeps QEMU from asking for the boot ROMs of a package nobody needs here.
pub(crate) const E1000: Model = model("e1000,romfile=", "e1000", "e1000");
pub(crate) const E1000E: Model = model("e1000e,romfile=", "e1000e", "e1000e");
pub(crate) const HDA: Model = model("intel-hda", "snd_hda_intel", "snd_hda_intel");
pub(crate) const NVME: Model = model("nvme", "nvme", "nvme");
pub(crate) const RTL8139: Model = model("rtl8139,romfile=", "8139cp", "8139cp");
pub(crate) const SECONDARY_VGA: Model = model("secondary-vga", "bochs-drm", "bochs");
pub(crate) const TESTDEV: Model = Model {
    qemu: "pci-testdev",
    host: None,
};
pub(crate) const VGA: Model = model("VGA", "bochs-drm", "bochs");
pub(crate) const VIRTIO_BLK: Model = model("virtio-blk-pci", "virtio-pci", "virtio_pci");
pub(crate) const XHCI: Model = model("qemu-xhci", "xhci_hcd", "xhci_pci");

impl Model {
    /// What QEMU calls it.
    #[allow(dead_code, reason = "for the image tests")]
    pub(crate) fn name(self) -> &'static str {
        self.qemu
    }

    /// One such device on the root bus at `address`, bus and all: `00:04.0`.
    pub(crate) fn at(self, address: &str) -> Device {
        let mut device = Device::default();
        device.plug(self, "pcie.0", on_root_bus(address), false);
        device
    }

    /// An empty disk that takes this long for each request.
    pub(crate) fn slow(self, seconds: u32, address: &str) -> Device {
        let backing = format!("{EMPTY_DISK},latency-ns={seconds}000000000");
        self.backed(&backing, address)
    }

    /// An empty disk of which so many bytes come at once and the rest comes at ten bytes a second, until the monitor
    /// lifts the limit.
    #[allow(dead_code, reason = "for the image tests")]
    pub(crate) fn dragging(self, bytes: u32, address: &str) -> Device {
        let limit = format!("throttling.bps-total=10,throttling.bps-total-max={bytes}");
        self.backed(&format!("{EMPTY_DISK},{limit}"), address)
    }

    /// A disk that holds the contents of `file`, on the root bus.
    pub(crate) fn holding(self, file: &Path, address: &str) -> Device {
        let file = file.display();
        let backing = format!("driver=raw,file.driver=file,file.filename={file}");
        self.backed(&backing, address)
    }

    /// One whose ROM is this file, on the root bus.
    pub(crate) fn with_rom(self, file: &Path, address: &str) -> Device {
        let mut device = self.at(address);
        for (_, value) in &mut device.arguments {
            *value = value.replace("romfile=", &format!("romfile={}", file.display()));
        }
        device
    }

    fn backed(self, backing: &str, address: &str) -> Device {
        let mut device = self.at(address);
        for (_, value) in &mut device.arguments {
            *value = value.replace(EMPTY_DISK, backing);
        }
        device
    }
}

/// Some devices that belong together, as QEMU arguments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Device {
    /// QEMU options with their values.
    pub(super) arguments: Vec<(&'static str, String)>,
    pub(crate) hosts: Vec<Host>,
}

const EMPTY_DISK: &str = "driver=null-co,size=64M,read-zeroes=on";

impl Device {
    fn plug(&mut self, model: Model, bus: &str, at: &str, multifunction: bool) {
        let mut device = format!("{},bus={bus},addr={at}", model.qemu);
        if multifunction {
            device.push_str(",multifunction=on");
        }
        if [NVME.qemu, VIRTIO_BLK.qemu].contains(&model.qemu) {
            let id = format!("disk-{bus}-{at}").replace('.', "-");
            self.arguments
                .push(("-drive", format!("if=none,id={id},{EMPTY_DISK}")));
            device.push_str(&format!(",drive={id},serial={id}"));
        }
        self.arguments.push(("-device", device));
        self.hosts
            .extend(model.host.filter(|host| !self.hosts.contains(host)));
    }

    /// `models` as functions 0, 1, ... of one device; every eight of them fill a further slot.
    fn fill(&mut self, models: &[Model], bus: &str, slot: usize) {
        for (index, model) in models.iter().enumerate() {
            let at = format!("{:02x}.{:x}", slot + index / 8, index % 8);
            self.plug(*model, bus, &at, models.len() > 1 && index % 8 == 0);
        }
    }
}

/// `models` as the functions of one device on the root bus, in slot `slot`: `00:05`.
pub(crate) fn slot(slot: &str, models: &[Model]) -> Device {
    let mut device = Device::default();
    device.fill(
        models,
        "pcie.0",
        usize::from_str_radix(on_root_bus(slot), 16).unwrap(),
    );
    device
}

/// The functions that a q35 board has by itself at 00:1f, which share a group behind an Intel IOMMU: ISA bridge, SATA and
/// SMBus. The host has a driver for each.
pub(crate) fn board() -> Device {
    let host = |driver, module| Host { driver, module };
    Device {
        arguments: Vec::new(),
        hosts: vec![
            host("lpc_ich", "lpc_ich"),
            host("ahci", "ahci"),
            host("i801_smbus", "i2c_i801"),
        ],
    }
}

/// A root port at `address`, with `models` as the functions of the device behind it, if any.
pub(crate) fn port(address: &str, models: &[Model]) -> Device {
    let at = on_root_bus(address);
    let id = format!("port{}", at.replace('.', "-"));
    // QEMU wants a chassis of its own for each port; the place on the root bus is one.
    let (slot, function) = at.split_once('.').unwrap();
    let chassis = u8::from_str_radix(slot, 16).unwrap() * 8 + function.parse::<u8>().unwrap();
    let several = if function == "0" {
        ",multifunction=on"
    } else {
        ""
    };
    let mut device = Device::default();
    let port = format!(
        "pcie-root-port,bus=pcie.0,addr={at},id={id},slot={chassis},chassis={chassis}{several}"
    );
    device.arguments.push(("-device", port));
    device.fill(models, &id, 0);
    device
}

/// An NVMe disk that can have up to four virtual functions, behind a root port at `address`.
pub(crate) fn virtual_functions(address: &str) -> Device {
    let mut device = port(address, &[]);
    let id = format!("port{}", on_root_bus(address).replace('.', "-"));
    let disk = format!(
        "nvme,bus={id},serial={id},subsys=subsystem,sriov_max_vfs=4,sriov_vq_flexible=8,\
         sriov_vi_flexible=8,max_ioqpairs=16,msix_qsize=17"
    );
    device.arguments.extend([
        ("-device", "nvme-subsys,id=subsystem".to_owned()),
        ("-device", disk),
        ("-drive", format!("if=none,id=namespace,{EMPTY_DISK}")),
        ("-device", "nvme-ns,drive=namespace,nsid=1".to_owned()),
    ]);
    device.hosts.extend(NVME.host);
    device
}

/// A sound card at `address` whose codec plays to nobody.
pub(crate) fn sound(address: &str) -> Device {
    let mut device = HDA.at(address);
    let codec = "hda-output,bus=sound.0,audiodev=nobody".to_owned();
    for (_, value) in &mut device.arguments {
        value.push_str(",id=sound");
    }
    device.arguments.extend([
        ("-audiodev", "none,id=nobody".to_owned()),
        ("-device", codec),
    ]);
    device
}

/// A conventional PCI bridge at `address` with `models` in slots 1, 2, ... behind it: one IOMMU group.
pub(crate) fn bridge(address: &str, models: &[Model]) -> Device {
    let at = on_root_bus(address);
    let id = format!("bridge{}", at.replace('.', "-"));
    let mut device = Device::default();
    device.arguments.push((
        "-device",
        format!("pcie-pci-bridge,bus=pcie.0,addr={at},id={id}"),
    ));
    for (index, model) in models.iter().enumerate() {
        device.plug(*model, &id, &format!("{:02x}.0", index + 1), false);
    }
    device
}

pub(super) fn on_root_bus(address: &str) -> &str {
    address
        .strip_prefix("00:")
        .unwrap_or_else(|| panic!("{address} is not on the root bus 00"))
}
