//! The guards at work.

use super::forces::Forces;
use super::subject::Subject;
use super::{hardware, listed, running};
use crate::config::{Guard, Request};
use crate::machine::Machine;
use crate::pci::Address;
use crate::plan::draft::Draft;
use crate::plan::message::{About, Reason, Warning};

/// A guard gives a reason where it refuses.
type Objection = fn(&Subject<'_>) -> Option<Reason>;

/// Every guard that looks at one device alone, in the order in which they are asked, with the word that overrides it.
const GUARDS: [(Option<Guard>, Objection); 10] = [
    (None, hardware::bridge),
    (None, hardware::no_answer),
    (None, hardware::unsupported),
    (None, running::open),
    (Some(Guard::BootDisk), running::disk),
    (Some(Guard::Network), running::network),
    (Some(Guard::Display), running::display),
    (Some(Guard::BootDisk), listed::boot_disk),
    (Some(Guard::Network), listed::network),
    (Some(Guard::Iommu), hardware::iommu),
];

/// The guards, with what the user overrides and the warnings about that.
#[derive(Debug)]
pub(in crate::plan) struct Guards<'a> {
    pub(super) forces: Forces<'a>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Guards<'a> {
    pub(in crate::plan) fn new(request: &'a Request, machine: &'a Machine) -> Self {
        let forces = Forces::new(request, &machine.bus);
        Self {
            warnings: forces.unused().collect(),
            forces,
        }
    }

    /// Why a device is refused, as far as it can be decided for this device alone.
    pub(in crate::plan) fn refuse(&mut self, subject: &Subject<'_>) -> Option<Reason> {
        for (guard, objection) in GUARDS {
            let reason = objection(subject);
            let kept =
                reason.and_then(|reason| self.unless_forced(guard, subject.device.address, reason));
            if kept.is_some() {
                return kept;
            }
        }
        None
    }

    /// The reason to keep a device, unless the user overrides `guard` for it, which is a warning.
    pub(super) fn unless_forced(
        &mut self,
        guard: Option<Guard>,
        address: Address,
        reason: Reason,
    ) -> Option<Reason> {
        let Some(guard) = guard.filter(|guard| self.forces.cover(*guard, address)) else {
            return Some(reason);
        };
        let over = Box::new(reason);
        self.warn(address, Reason::Forced { guard, over });
        None
    }

    pub(super) fn warn(&mut self, address: Address, reason: Reason) {
        self.warnings.push(Warning::device(address, reason));
    }

    /// The warnings about devices that are claimed nevertheless; nothing is forced that is not claimed in the end.
    pub(in crate::plan) fn into_warnings(mut self, draft: &Draft<'_>) -> Vec<Warning> {
        self.warnings
            .retain(|warning| match (&warning.about, &warning.reason) {
                (About::Device(address), Reason::Forced { .. }) => draft.is_claimed(*address),
                _ => true,
            });
        self.warnings
    }
}
