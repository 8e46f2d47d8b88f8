//! What becomes of the ids that a driver was given itself: the claim loads such a driver first, without them, so that
//! nobody loads it with them later; a driver that holds them already loses them, and what it took against the request.
//!
//! Source: `remove_id_store()` in Linux's drivers/pci/pci-driver.c; a driver that binds by its ids leaves
//! `driver_override` alone.

use super::availability::Availability;
use super::draft::Draft;
use super::entry::Decision;
use super::taken_by_ids::{IdsReturn, TakenByIds};
use crate::config::{DriverIds, Mode};
use crate::pci::{Device, DriverName};

impl Draft<'_> {
    /// Every list of ids for a driver of the kernel.
    fn driver_ids(&self) -> impl Iterator<Item = &DriverIds> {
        let configured = self.machine.modules.modprobe.ids.iter();
        self.request.driver_ids.iter().chain(configured)
    }

    /// The list by which the driver of `device` took it at this boot, if one names it and nobody wrote an override.
    fn list_that_took<'a>(&'a self, device: &Device) -> Option<&'a DriverIds> {
        let driver = device.driver.as_ref()?;
        if self.request.is_running() || device.driver_override.as_ref() == Some(driver) {
            return None;
        }
        let module = driver.module();
        let mut lists = self.driver_ids().filter(|ids| ids.module == module);
        lists.find(|ids| {
            let mut patterns = ids.patterns();
            patterns.any(|id| id.matches(&device.id, device.class))
        })
    }

    /// Whether the driver of `device` took it by ids of its own.
    pub(super) fn is_taken_by_ids(&self, device: &Device) -> bool {
        self.list_that_took(device).is_some()
    }

    /// Adds the drivers that were given ids to what is loaded, where they are not there yet.
    pub(super) fn load_before_others(&mut self) {
        if self.request.is_running() {
            return;
        }
        let drivers: Vec<DriverName> = self.driver_ids().filter_map(driver).collect();
        for driver in drivers {
            let known = self.loads.iter().any(|(known, _)| *known == driver);
            let registered = self.machine.modules.registered.contains(&driver);
            if known || registered {
                continue;
            }
            let availability = Availability::of(&driver, self.machine, self.request);
            if let Availability::Loads(_) = availability {
                self.loads.push((driver, availability));
            }
        }
    }

    /// What the drivers that are there lose.
    pub(super) fn taken_by_ids(&self) -> TakenByIds {
        if self.request.is_running() {
            return TakenByIds::default();
        }
        let registered = |driver: &DriverName| self.machine.modules.registered.contains(driver);
        let mut taken = TakenByIds::default();
        for ids in self.driver_ids() {
            let Some(driver) = driver(ids).filter(registered) else {
                continue;
            };
            let held = ids.patterns().map(|id| (driver.clone(), id));
            taken.ids.extend(held);
        }
        let devices = self.machine.bus.devices.iter();
        taken.returns = devices
            .filter(|device| self.is_unwanted(device))
            .filter_map(|device| {
                Some(IdsReturn {
                    address: device.address,
                    driver: device.driver.clone()?,
                    driver_override: device.driver_override.clone(),
                    origin: self.list_that_took(device)?.origin.clone(),
                })
            })
            .collect();
        taken
    }

    /// Whether the request wants `device` to stay with the host.
    fn is_unwanted(&self, device: &Device) -> bool {
        let address = device.address;
        let left =
            |decision: &Decision| matches!(decision, Decision::Refuse(_) | Decision::Fail(_));
        self.request.mode == Mode::Off
            || self.excluded.get(address).is_some()
            || self
                .entry(address)
                .is_some_and(|entry| left(&entry.decision))
    }
}

/// The driver of a module: its name has `-` where the kernel's own drivers have it.
fn driver(ids: &DriverIds) -> Option<DriverName> {
    match ids.module.as_str() {
        "vfio_pci" => Some(DriverName::vfio_pci()),
        "pci_stub" => Some(DriverName::pci_stub()),
        module => module.parse().ok(),
    }
}
