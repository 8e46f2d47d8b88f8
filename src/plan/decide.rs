//! What becomes of each device that a selector took: its driver, and whether it is claimed.

use std::rc::Rc;

use super::availability::Availability;
use super::draft::Draft;
use super::driver::Rules;
use super::entry::{Decision, Entry};
use super::guard::{Guards, Subject};
use super::message::{Reason, Warning};
use super::prepare::Preparations;
use crate::config::{Mode, RequestedSelector};
use crate::pci::{Address, Device, DriverName};

impl<'a> Draft<'a> {
    /// Chooses driver and fate of each device, and what must be loaded. The devices are in the order of their addresses, each
    /// with the selector that took it.
    pub(super) fn decide(&mut self, wanted: Vec<(&'a Device, Rc<RequestedSelector>)>) {
        let rules = Rules::new(self.request, self.machine);
        let mut guards = Guards::new(self.request, self.machine);
        let preparations = Preparations::new(self.request, self.machine);
        let asked: Vec<Address> = wanted.iter().map(|(device, _)| device.address).collect();
        self.warnings.extend(rules.unused());
        self.warnings.extend(preparations.unused(&asked));
        for (device, requested) in wanted {
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
            let decision = match self.excluded.get(device.address) {
                Some(by) => Decision::Refuse(Reason::Excluded {
                    selector: by.text.clone(),
                }),
                None => self.fate(device, &driver, &mut guards),
            };
            if let Some(reason) = missing.filter(|_| decision == Decision::Claim) {
                self.warnings.push(Warning::device(device.address, reason));
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
        self.warn_of_conflicts(&rules);
        // A driver that no device gets in the end is not loaded.
        let entries = &self.entries;
        self.loads.retain(|(driver, _)| {
            entries
                .iter()
                .any(|entry| entry.driver == *driver && entry.decision == Decision::Claim)
        });
        if self.request.mode == Mode::Off {
            self.loads.clear();
        }
        self.load_before_others();
    }

    /// What becomes of a device that is not excluded.
    fn fate(&self, device: &Device, driver: &DriverName, guards: &mut Guards<'a>) -> Decision {
        if let Some(problem) = self.request.forbids_claims() {
            return Decision::Refuse(problem.clone().into());
        }
        match self.physical(device) {
            Some(vfs) => Decision::Refuse(vfs.against(device, &self.machine.unknown)),
            None => self.judge(device, driver, guards),
        }
    }

    /// What becomes of a device, as far as it can be decided for this device alone.
    fn judge(&self, device: &Device, driver: &DriverName, guards: &mut Guards<'a>) -> Decision {
        let holder = device.driver.as_ref();
        // What a driver took by ids of its own has passed no guard yet.
        let has_passed = !device.no_answer && !self.is_taken_by_ids(device);
        if holder.is_some_and(|one| one.is_same(driver)) && has_passed {
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

    /// Warns where two selectors take a device and ask for different drivers, unless a rule names that device.
    fn warn_of_conflicts(&mut self, rules: &Rules<'_>) {
        let mut conflicts: Vec<Warning> = Vec::new();
        for one in &self.matches {
            let entries = one.addresses.iter().filter_map(|at| self.entry(*at));
            let entries = entries.filter(|entry| entry.decision != Decision::Hold);
            for entry in entries.filter(|entry| entry.requested != one.requested) {
                let dropped = match (&one.requested.driver, &entry.requested.driver) {
                    (Some(dropped), _) => dropped.clone(),
                    (None, Some(_)) if !rules.name(&entry.device) => DriverName::vfio_pci(),
                    (None, _) => continue,
                };
                let reason = Reason::DriverConflict {
                    kept: entry.driver.clone(),
                    dropped,
                    selector: one.requested.text.clone(),
                };
                let conflict = Warning::device(entry.device.address, reason);
                if !is_settled(&conflict.reason) && !conflicts.contains(&conflict) {
                    conflicts.push(conflict);
                }
            }
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

/// Whether the device gets the driver that was asked for all the same.
fn is_settled(reason: &Reason) -> bool {
    matches!(reason, Reason::DriverConflict { kept, dropped, .. } if kept == dropped)
}
