//! Which driver a device gets.

use super::availability::Availability;
use super::message::{Reason, Warning};
use crate::config::{Request, RequestedSelector, Selector};
use crate::machine::{Machine, Variant, best, selected};
use crate::pci::{Address, Device, DriverName};

/// One of the user's `driver=` rules.
#[derive(Debug)]
struct Rule<'a> {
    /// The driver, `None` for the one we would choose.
    driver: Option<&'a DriverName>,
    /// What the rule is for, and the devices that this takes in the order of their addresses; `None` where it is for all.
    scope: Option<(&'a Selector, Vec<Address>)>,
}

/// The user's `driver=` rules in the order written.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    rules: Vec<Rule<'a>>,
    machine: &'a Machine,
    request: &'a Request,
}

impl<'a> Rules<'a> {
    pub(super) fn new(request: &'a Request, machine: &'a Machine) -> Self {
        let scope = |selector: &'a Selector| {
            let devices = selected(selector, &machine.bus);
            (
                selector,
                devices.iter().map(|device| device.address).collect(),
            )
        };
        let rule = |(driver, selector): &'a (Option<DriverName>, Option<Selector>)| Rule {
            driver: driver.as_ref(),
            scope: selector.as_ref().map(scope),
        };
        Self {
            rules: request.drivers.iter().map(rule).collect(),
            machine,
            request,
        }
    }

    /// A warning for each rule that is for some devices and finds none.
    pub(super) fn unused(&self) -> impl Iterator<Item = Warning> + '_ {
        self.rules.iter().filter_map(|rule| {
            let (selector, _) = rule
                .scope
                .as_ref()
                .filter(|(_, devices)| devices.is_empty())?;
            let name = rule.driver.map_or("auto", DriverName::as_str);
            Some(
                Reason::UnusedRule {
                    rule: format!("driver {name}@{selector}"),
                    devices: "device of this machine",
                }
                .into(),
            )
        })
    }

    /// The driver for `device`: the last rule that names it, else the key that asked for it, else the last rule for
    /// all, else the one that is best; and the reason to prefer another one that is not available.
    pub(super) fn driver(
        &self,
        device: &Device,
        ask: &RequestedSelector,
    ) -> (DriverName, Option<Reason>) {
        let chosen = |rule: &Rule<'_>| match rule.driver {
            Some(driver) => (driver.clone(), None),
            None => self.best(device),
        };
        let named = |rule: &&Rule<'_>| {
            rule.scope
                .as_ref()
                .is_some_and(|(_, devices)| devices.binary_search(&device.address).is_ok())
        };
        let general = |rule: &&Rule<'_>| rule.scope.is_none();
        let (named, general) = (
            self.rules.iter().rev().find(named),
            self.rules.iter().rev().find(general),
        );
        named
            .map(chosen)
            .or_else(|| Some((ask.driver.clone()?, None)))
            .or_else(|| general.map(chosen))
            .unwrap_or_else(|| self.best(device))
    }

    /// Whether a rule for some devices names this one.
    pub(super) fn name(&self, device: &Device) -> bool {
        let mut scopes = self.rules.iter().filter_map(|rule| rule.scope.as_ref());
        scopes.any(|(_, devices)| devices.binary_search(&device.address).is_ok())
    }

    /// The VFIO driver that has the device, else the variant that its module's aliases offer, else vfio-pci.
    fn best(&self, device: &Device) -> (DriverName, Option<Reason>) {
        if let Some(driver) = device.driver.as_ref().filter(|driver| driver.is_vfio()) {
            return (driver.clone(), None);
        }
        let variant = best(&self.machine.modules.variants, device);
        let Some(driver) = variant.and_then(Variant::driver) else {
            return (DriverName::vfio_pci(), None);
        };
        match Availability::of(&driver, self.machine, self.request) {
            Availability::Loads(_) => (driver, None),
            Availability::Missing(_) => {
                let reason = Reason::VariantMissing { driver };
                (DriverName::vfio_pci(), Some(reason))
            }
        }
    }
}
