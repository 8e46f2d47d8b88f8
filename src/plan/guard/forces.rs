//! The guards that the user overrides, and for which devices.

use crate::config::{Force, Guard, Request};
use crate::machine::{Bus, selected};
use crate::pci::Address;
use crate::plan::message::{Reason, Warning};

/// The elements of `force=`, each with the devices that it is for where it is for some, in the order of their addresses.
#[derive(Debug)]
pub(super) struct Forces<'a>(Vec<(&'a Force, Option<Vec<Address>>)>);

impl<'a> Forces<'a> {
    pub(super) fn new(request: &'a Request, bus: &Bus) -> Self {
        let addresses = |selector| {
            let devices = selected(selector, bus).into_iter();
            devices.map(|device| device.address).collect()
        };
        let scope = |force: &'a Force| (force, force.scope.as_ref().map(addresses));
        Self(request.forces.iter().map(scope).collect())
    }

    /// Whether the user overrides `guard` for the device at `address`.
    pub(super) fn cover(&self, guard: Guard, address: Address) -> bool {
        self.0.iter().any(|(force, devices)| {
            force.guard.is_none_or(|known| known == guard)
                && devices
                    .as_ref()
                    .is_none_or(|devices| devices.binary_search(&address).is_ok())
        })
    }

    /// A warning for each element that is for some devices and finds none.
    pub(super) fn unused(&self) -> impl Iterator<Item = Warning> + '_ {
        let empty = |devices: &Vec<Address>| devices.is_empty();
        self.0
            .iter()
            .filter(move |(_, devices)| devices.as_ref().is_some_and(empty))
            .map(|(force, _)| {
                let rule = format!("force {force}");
                Reason::UnusedRule {
                    rule,
                    devices: "device of this machine",
                }
                .into()
            })
    }
}
