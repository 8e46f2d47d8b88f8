//! What comes with a module in the [model](super::model): a driver, which binds what only it may have, or an IOMMU.

use std::io::Result;
use std::path::Path;

use nix::errno::Errno;

use super::kernel::{Kernel, fail, is_vfio};
use super::tree::{Node, loaded_line};

impl Kernel {
    /// Loads a module.
    pub fn load(&mut self, module: &str) -> Result<()> {
        if self.knobs.unloadable.iter().any(|name| name == module) {
            return fail(Errno::ENODEV);
        }
        self.register(module);
        if module == "virtio_iommu" && !self.knobs.no_virtio_iommu {
            self.start_iommu();
        }
        Ok(())
    }

    /// A virtio-iommu comes into use: Linux 7.2 makes all groups at once.
    fn start_iommu(&mut self) {
        self.tree.dir("sys/class/iommu/0000:00:05.0");
        self.tree.file("sys/kernel/irq/0/chip_name", "IO-APIC\n");
        let addresses = if self.knobs.late_groups {
            Vec::new()
        } else {
            self.addresses()
        };
        for (number, address) in addresses.iter().enumerate() {
            let group = self.dir_of(address).unwrap().join("iommu_group");
            self.tree
                .link(group, format!("../kernel/iommu_groups/{number}"));
            let member = format!("sys/kernel/iommu_groups/{number}/devices/{address}");
            self.tree.link(member, format!("../../../../x/{address}"));
        }
    }

    /// Registers the driver of a module and binds what only it may have.
    fn register(&mut self, module: &str) {
        let Some(Node::File(mut text)) = self.tree.0.get(Path::new("proc/modules")).cloned() else {
            return;
        };
        text.extend_from_slice(loaded_line(module).as_bytes());
        self.tree.file("proc/modules", text);
        let driver = match module {
            "vfio_pci" => "vfio-pci",
            "pci_stub" => "pci-stub",
            // As in Linux, where the module of the others is spelled as their driver.
            "xe_vfio_pci" => "xe-vfio-pci",
            "uio_pci_generic" => module,
            _ if is_vfio(module) => module,
            _ => return,
        };
        self.tree.driver(driver);
        for address in self.addresses() {
            if self.driver_of(&address).is_none()
                && self.override_of(&address).as_deref() == Some(driver)
            {
                let _ = self.probe(driver, &address);
            }
        }
    }
}
