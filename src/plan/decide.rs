//! What becomes of each device that a selector took: its driver, and whether it is claimed.

use super::draft::{Draft, Wanted};
use super::driver::Rules;
use super::guard::{Guards, Subject};
use super::load::Availability;
use super::message::Reason;
use super::plan::{Decision, Entry, Warning};
use super::prepare::Preparations;
use crate::pci::{Address, Device, DriverName};

impl<'a> Draft<'a> {
    /// Chooses driver and fate of each device, and what must be loaded.
    pub(super) fn decide(&mut self, wanted: Wanted<'a>) {
        let rules = Rules::new(self.request, self.machine);
        let mut guards = Guards::new(self.request, self.machine);
        let preparations = Preparations::new(self.request, self.machine);
        let asked: Vec<Address> = wanted.keys().copied().collect();
        self.warnings.extend(rules.unused());
        self.warnings.extend(preparations.unused(&asked));
        for (device, requested) in wanted.into_values() {
            let holds = self.holds(device);
            let (driver, missing) = if holds {
                (DriverName::none(), None)
            } else {
                rules.driver(device, &requested)
            };
            if !holds && !self.loads.iter().any(|(known, _)| *known == driver) {
                self.loads.push((
                    driver.clone(),
                    Availability::of(&driver, self.machine, self.request),
                ));
            }
            let decision = match self.excluded.get(&device.address) {
                Some(by) => Decision::Refuse(Reason::Excluded {
                    selector: by.text.clone(),
                }),
                None => self.fate(device, &driver, &mut guards),
            };
            if let Some(reason) = missing.filter(|_| decision == Decision::Claim) {
                let address = Some(device.address);
                self.warnings.push(Warning { address, reason });
            }
            self.entries.push(Entry {
                device: device.clone(),
                requested,
                driver,
                decision,
                preparations: preparations.of(device, self.machine),
            });
        }
        guards.keep_the_last(self);
        self.drop_needless_holds();
        let warnings = guards.into_warnings(self);
        self.warnings.extend(warnings);
        self.warn_of_platform();
        self.warn_of_conflicts();
        // A driver that nobody gets in the end is not loaded.
        let entries = &self.entries;
        self.loads.retain(|(driver, _)| {
            entries
                .iter()
                .any(|entry| entry.driver == *driver && entry.decision == Decision::Claim)
        });
    }

    /// What becomes of a device that is not excluded.
    fn fate(&self, device: &Device, driver: &DriverName, guards: &mut Guards<'a>) -> Decision {
        if let Some(problem) = self.request.unreadable() {
            return Decision::Refuse(problem.clone().into());
        }
        match self.physical(device) {
            Some(vfs) => Decision::Refuse(vfs.against(device)),
            None => self.judge(device, driver, guards),
        }
    }

    /// What becomes of a device, as far as it can be said of this device alone.
    fn judge(&self, device: &Device, driver: &DriverName, guards: &mut Guards<'a>) -> Decision {
        if device
            .driver
            .as_ref()
            .is_some_and(|one| one.is_same(driver))
        {
            return Decision::Already;
        }
        if *driver == DriverName::none() {
            return hold(device);
        }
        let subject = Subject {
            device,
            driver,
            request: self.request,
            machine: self.machine,
            iommu: &self.iommu,
        };
        if let Some(reason) = guards.refuse(&subject) {
            return Decision::Refuse(reason);
        }
        match self.loads.iter().find(|(known, _)| known == driver) {
            Some((_, Availability::Missing(reason))) => Decision::Fail(reason.clone()),
            _ => Decision::Claim,
        }
    }

    /// Whether a key that implies a driver took a device that gets another one.
    fn warn_of_conflicts(&mut self) {
        let mut conflicts = Vec::new();
        for one in &self.matches {
            let Some(dropped) = &one.requested.driver else {
                continue;
            };
            let entries = one
                .addresses
                .iter()
                .filter_map(|address| self.entry(*address));
            let others = entries.filter(|entry| {
                let held = entry.decision == Decision::Hold;
                entry.driver != *dropped && entry.requested != one.requested && !held
            });
            conflicts.extend(others.map(|entry| Warning {
                address: Some(entry.device.address),
                reason: Reason::DriverConflict {
                    kept: entry.driver.clone(),
                    dropped: dropped.clone(),
                    selector: one.requested.text.clone(),
                },
            }));
        }
        self.warnings.extend(conflicts);
    }
}

/// What becomes of a device that no driver is to have: what is given away already may stay so.
fn hold(device: &Device) -> Decision {
    let given = |driver: &DriverName| driver.is_vfio() || *driver == DriverName::pci_stub();
    if device.driver.as_ref().is_some_and(given) {
        Decision::Already
    } else {
        Decision::Hold
    }
}
