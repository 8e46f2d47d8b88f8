//! Whether the kernel has a driver, or how it gets it.

use super::load::{Load, Loads};
use super::message::Reason;
use crate::config::Request;
use crate::machine::{COMPANIONS, Machine};
use crate::pci::DriverName;

/// Whether the kernel has a driver, or how it gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// The driver is there, perhaps once these files are loaded, in this order.
    Loads(Vec<Load>),
    /// It cannot be had.
    Missing(Reason),
}

impl Availability {
    /// Looks `driver` up on `machine`. What is loaded is not loaded again.
    pub fn of(driver: &DriverName, machine: &Machine, request: &Request) -> Self {
        let modules = &machine.modules;
        let module = driver.module();
        let known = modules.registered.contains(driver)
            || modules.builtin.contains(&module)
            || machine.unknown.modules;
        let mut loads = Loads::new(machine, request);
        match modules.file(&module) {
            _ if known => {}
            Some(file) => loads.add(file, false),
            None if modules.loaded.contains(&module) => {}
            None => {
                let reason = Reason::ModuleMissing {
                    driver: driver.clone(),
                    release: machine.kernel.clone(),
                };
                return Self::Missing(reason);
            }
        }
        if driver.is_vfio() {
            COMPANIONS
                .iter()
                .for_each(|module| loads.add_optional(module));
        }
        Self::Loads(loads.loads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_dependencies_are_loaded_around_their_module_and_may_be_missing() {
        let table = "module vfio/vfio-pci.ko: vfio/vfio-pci-core.ko vfio/vfio.ko\n\
                     module extra/vendor-reset.ko: extra/hook.ko\nmodule late.ko: vfio/vfio.ko\n\
                     module kernel/vfio_iommu_type1.ko: vfio/vfio.ko\nloaded here\n\
                     option vfio_pci x=\"a b\"\noption vendor_reset y=1\n\
                     softdep vfio_pci pre: vendor_reset here gone post: late\nsoftdep vendor_reset pre: vfio_pci\n";
        let machine: Machine = table.parse().unwrap();
        let found = Availability::of(&DriverName::vfio_pci(), &machine, &Request::default());
        let Availability::Loads(loads) = found else {
            panic!("{found:?}");
        };
        let show = |load: &Load| format!("{} {} {}", load.module, load.options, load.optional);
        let shown: Vec<String> = loads.iter().map(show).collect();
        let wanted = [
            "vfio  false",
            "vfio_pci_core  false",
            "hook  true",
            "vendor_reset y=1 true",
            "vfio_pci x=\"a b\" false",
            "late  true",
            "vfio_iommu_type1  true",
        ];
        assert_eq!(shown, wanted);
    }
}
